// Safeconduct: the few things a page cannot do by itself. Everything works without this file.
const policy = window.trustedTypes?.createPolicy("safeconduct", { createHTML: (text) => text });
const html = (text) => (policy ? policy.createHTML(text) : text);
const say = (text) => { const live = document.getElementById("live"); if (live) live.textContent = text; };

// Leave quickly: Shift three times within five seconds.
let shifts = [];
document.addEventListener("keydown", (event) => {
  if (event.key === "Shift" && !event.repeat) {
    shifts = shifts.filter((at) => event.timeStamp - at < 5000);
    shifts.push(event.timeStamp);
    if (shifts.length >= 3) leave();
  } else shifts = [];
});
function leave() {
  document.title = "…";
  document.body.hidden = true;
  location.replace("/leave");
}
document.querySelectorAll("[data-leave]").forEach((link) => link.addEventListener("click", (event) => { event.preventDefault(); leave(); }));

// Hide the screen: the button, Esc twice, or three minutes without a touch.
const curtain = document.getElementById("curtain");
function hide() {
  if (!curtain || !curtain.hidden) return;
  curtain.hidden = false;
  document.body.classList.add("is-hidden");
  curtain.querySelector("button").focus();
}
curtain?.querySelector("button").addEventListener("click", () => { curtain.hidden = true; document.body.classList.remove("is-hidden"); });
document.querySelectorAll("[data-hide]").forEach((button) => button.addEventListener("click", hide));
let escaped = 0, idle = 0;
document.addEventListener("keydown", (event) => { if (event.key === "Escape") { if (event.timeStamp - escaped < 800) hide(); escaped = event.timeStamp; } });
const wake = () => { clearTimeout(idle); if (curtain) idle = setTimeout(hide, 180000); };
["pointerdown", "keydown", "scroll"].forEach((kind) => document.addEventListener(kind, wake, { passive: true }));
wake();
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// "/" goes to the search, "g" then a letter to a place; never while typing.
let going = 0;
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, [contenteditable]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") { event.preventDefault(); document.getElementById("search")?.focus(); }
  if (event.key === "g") { going = event.timeStamp; return; }
  const place = { w: "/work", c: "/cases", r: "/referrals" }[event.key];
  if (place && event.timeStamp - going < 1500) location.assign(place);
});

// A form is sent once; the button keeps its words.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});

// Drafts: saved on the server two seconds after the last change; duplicates looked for while typing.
const draft = document.querySelector("form[data-autosave]");
if (draft) {
  let timer = 0, unsaved = false;
  const state = document.getElementById("draft-state");
  const send = async (address) => fetch(address, { method: "POST", body: new FormData(draft), headers: { "X-Requested-With": "fetch" } });
  const save = async () => {
    try {
      const answer = await send(draft.dataset.autosave);
      if (!answer.ok) throw new Error("not saved");
      unsaved = false;
      state.textContent = state.dataset.saved + " " + new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      await look();
    } catch { state.textContent = state.dataset.unsaved; }
  };
  const look = async () => {
    const beside = document.getElementById("duplicates");
    if (!beside || !draft.dataset.duplicates) return;
    beside.setAttribute("aria-busy", "true");
    const answer = await send(draft.dataset.duplicates);
    if (answer.ok) beside.innerHTML = html(await answer.text());
    beside.removeAttribute("aria-busy");
  };
  draft.addEventListener("input", () => { unsaved = true; clearTimeout(timer); timer = setTimeout(save, 1200); });
  draft.addEventListener("submit", () => { unsaved = false; clearTimeout(timer); });
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
}

// Progress of an import.
const bar = document.querySelector("progress[data-progress]");
if (bar) {
  const ask = async () => {
    if (document.hidden) return;
    const answer = await fetch(bar.dataset.progress);
    if (!answer.ok) return;
    const now = await answer.json();
    bar.max = now.total; bar.value = now.position;
    document.getElementById("progress-words").textContent = now.position + " / " + now.total;
    if (now.state !== "running") location.reload();
  };
  setInterval(ask, 1000);
}

// What the reader chose as "not answered" goes quiet, and back.
document.querySelectorAll("[data-unanswered]").forEach((group) => group.addEventListener("change", () => {
  const field = document.getElementById(group.dataset.unanswered);
  if (field && "value" in field && group.querySelector(":checked")?.value) { field.value = ""; say(""); }
}));
document.querySelector(".summary-fault")?.focus();
