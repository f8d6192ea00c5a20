// Stands between a page and the line while a form is sent, reads nothing of it, keeps nothing.
// Where no answer comes the browser would put a page of its own in the place of the form, and what was
// typed a moment ago would be gone: an answer without a page leaves the form as it stands, and the
// page is told. Without this file a form is sent as any other.
const FORM = "application/x-www-form-urlencoded"; // files go as before: they may take long
const MOST = 240000; // ms; a browser ends this script after five minutes
const silence = (time) => new Promise((go) => setTimeout(go, time, null));
// What stands before the server answers for it while it is away; ours carries a policy.
const isOurs = (answer) => answer.status < 500 || answer.headers.has("Content-Security-Policy");

async function carry(request) {
  const sent = fetch(request).catch(() => null);
  const answer = await Promise.race([sent, silence(MOST)]);
  if (answer && isOurs(answer)) return answer;
  if (!request.signal.aborted)
    for (const page of await clients.matchAll({ type: "window" }))
      page.postMessage({ unanswered: request.url });
  return new Response(null, { status: 204 });
}

// What goes ahead of a page that is left: the page may be gone before it went.
const ours = new URL("/", location.href).origin;
addEventListener("message", (event) => {
  const { address, pairs } = event.data;
  const there = new URL(address, ours);
  if (there.origin !== ours) return;
  const body = new FormData();
  for (const [name, value] of pairs) body.append(name, value);
  const headers = { "X-Requested-With": "fetch" };
  event.waitUntil(fetch(there, { method: "POST", body, headers }).catch(() => null));
});

addEventListener("install", (event) => {
  // Pages that are only looked at go past it, where the browser can tell.
  const past = { condition: { requestMethod: "GET" }, source: "network" };
  event.waitUntil(Promise.resolve(event.addRoutes?.(past)).catch(() => null));
  skipWaiting();
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { method, mode, headers } = event.request;
  const is_form = (headers.get("Content-Type") ?? "").startsWith(FORM);
  if (method === "POST" && mode === "navigate" && is_form) event.respondWith(carry(event.request));
});
