// What is typed is kept on the server: two seconds after the last change, before the screen is
// hidden, when the page is left, and as soon as the line is back. Nothing is kept in the browser.
const words = document.getElementById("kept-words")?.dataset ?? {};
const SCRIPT = { "X-Requested-With": "fetch" };
const AFTER = 1500;
const AGAIN = 15000;
const SOON = 2000; // while somebody waits for what they sent
const PATIENCE = 3000; // how long the server may be silent before what was sent is kept as well
const TYPED = "textarea, input:not([type]), input[type=text], input[type=email]";
// A form with words in it, or one of many questions.
const QUESTIONS = "fieldset, select, input[type=date]";
const typedInto = (form) =>
  form.elements.form_token &&
  !("unkept" in form.dataset) &&
  (form.querySelector(TYPED) || form.querySelectorAll(QUESTIONS).length > 2);
// While something is being pressed nothing moves under it: what a script says waits until it was let
// go, and the click has come.
let pressed = false,
  later = [];
window.calmly = (change) => (pressed ? later.push(change) : change());
function letGo() {
  pressed = false;
  setTimeout(() => !pressed && later.splice(0).forEach((change) => change()));
}
addEventListener("pointerdown", () => (pressed = true), true);
addEventListener("pointerup", letGo, true);
addEventListener("pointercancel", letGo, true);
addEventListener("blur", letGo); // of the window

// Without a line the browser would put a page of its own in the place of this one: nothing leaves
// it before the server answered. A browser may say "no line" where the server is on its own machine.
const without = document.getElementById("no-line");
let leads_on = false;
async function isAnswered() {
  const answer = await fetch(words.renew ?? "/healthz", { headers: SCRIPT }).catch(() => null);
  return answer?.status < 500;
}
async function hasLine() {
  const is_there = navigator.onLine || (await isAnswered());
  if (without) without.hidden = is_there;
  return is_there;
}
addEventListener("online", () => without && (without.hidden = true));
// What was sent has no answer, though there is a line: the server is asked, later each time, until
// it is there; then what waits goes.
const TRIES = 5; // of sending by itself; after that somebody presses
let tries = 0,
  asks = 0;
addEventListener("unanswered", () => {
  if (without) without.hidden = false;
  tries += 1;
  clearTimeout(asks);
  asks = setTimeout(askOn, SOON * tries);
});
async function askOn() {
  const is_there = await isAnswered();
  if (without) without.hidden = is_there;
  if (is_there) again();
  else asks = setTimeout(askOn, SOON);
}
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[href]");
  const is_plain = !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (navigator.onLine || !link || event.defaultPrevented || !is_plain || link.target) return;
  if (link.pathname === location.pathname && link.hash) return;
  event.preventDefault();
  leads_on = await hasLine();
  if (leads_on) location.assign(link.href);
});
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (navigator.onLine || event.defaultPrevented || form.dataset.goes) return;
  event.preventDefault();
  if (!(await hasLine())) return;
  form.dataset.goes = leads_on = "1";
  form.requestSubmit(event.submitter);
  delete form.dataset.goes;
});
const time = () =>
  new Date().toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
  });

// Its heading tells forms apart under *Not finished*; the server seals it with the words.
function heading(form) {
  const near =
    form.querySelector("h1, h2, h3") ??
    form.closest("details")?.querySelector("summary") ??
    form.closest("section, .panel")?.querySelector("h1, h2, h3") ??
    document.querySelector(".tabs [aria-current]") ??
    form.querySelector("legend") ??
    document.querySelector("main h1");
  return (near?.textContent ?? "").trim().slice(0, 120);
}

// A session that began anew in another tab has another token: this tab takes it over. The server
// checks that it is the same person's.
async function renew() {
  const answer = await fetch(words.renew, { headers: SCRIPT, redirect: "error" }).catch(() => null);
  if (answer?.status !== 200) return false;
  const { csrf_token } = await answer.json();
  document.querySelectorAll("input[name=csrf_token]").forEach((each) => (each.value = csrf_token));
  return true;
}

class Kept {
  constructor(form) {
    this.form = form;
    this.changes = this.saved = this.sent = 0;
    this.unanswered = false; // the last saving had no answer: the line may be away
    this.waiting = null; // the button that was pressed while there was no line
    this.timer = 0;
    this.state = document.getElementById(form.dataset.state ?? "") ?? this.foot();
    form.addEventListener("input", () => this.changed());
    form.addEventListener("change", () => this.changed());
    form.addEventListener("submit", (event) => this.submit(event));
    form.addEventListener("unanswered", ({ detail }) => {
      this.wait(detail);
      if (tries >= TRIES) this.waiting = null;
    });
  }
  foot() {
    const foot = document.createElement("p");
    foot.className = "kept-state small quiet";
    foot.setAttribute("role", "status");
    this.form.append(foot);
    return foot;
  }
  get open() {
    return this.saved < this.changes;
  }
  // Whether leaving the page would lose what neither went nor is kept.
  get isHeld() {
    return this.open && this.sent < this.changes;
  }
  changed() {
    this.changes += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), AFTER);
  }
  body() {
    this.form.dataset.keeping = "";
    const body = new FormData(this.form);
    delete this.form.dataset.keeping;
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    this.form.querySelectorAll("input[type=password]").forEach((each) => body.delete(each.name));
    body.set("form_action", new URL(this.form.action).pathname);
    body.set("form_title", heading(this.form));
    return body;
  }
  // 204 alone is saved: a page that came instead (a lock, a sign-in) is not.
  async save() {
    clearTimeout(this.timer);
    if (!this.open || this.saving) return this.saving ?? true;
    const until = this.changes;
    const address = this.form.dataset.autosave ?? words.keep;
    this.saving = fetch(address, {
      method: "POST",
      body: this.body(),
      headers: SCRIPT,
      redirect: "error",
    })
      .catch(() => null)
      .then((answer) => this.told(answer, until));
    const is_saved = await this.saving;
    this.saving = null;
    return is_saved;
  }
  say(text) {
    window.calmly(() => {
      if (this.state.textContent !== text) this.state.textContent = text;
    });
  }
  async told(answer, until) {
    this.unanswered = !answer;
    if (answer?.status === 204) {
      this.saved = until;
      this.say(words.saved + " " + time());
      this.form.dispatchEvent(new CustomEvent("kept"));
      return true;
    }
    if (answer?.status === 401 && (await renew())) {
      setTimeout(() => this.save(), 100);
      return false;
    }
    if (answer?.status === 423) {
      this.waiting = null; // whoever opens the screen again sends it, or does not
      window.hideScreen?.();
    }
    const why = { 401: words.ended, 423: words.locked, 413: words.big, 429: words.busy };
    const other = answer?.status < 500 ? words.refused : words.busy;
    this.say(answer ? (why[answer.status] ?? other) : words.offline);
    return false;
  }
  // With a line a form goes at once, and is kept beside where no answer comes: whoever goes back
  // finds it. Where nothing holds the page until it is answered (static/carrier.js) what was typed
  // a moment ago goes ahead. Without a line a form stays, and goes when the line is back.
  submit(event) {
    if (event.defaultPrevented) return;
    clearTimeout(this.timer);
    if (this.goes || (navigator.onLine && !(this.open && this.unanswered))) {
      if (this.isHeld && !navigator.serviceWorker?.controller) ahead(this);
      this.sent = this.changes;
      this.timer = setTimeout(() => this.save(), PATIENCE);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    this.wait(event.submitter);
    this.again();
  }
  // What was pressed cannot go, or had no answer: the page is there, and so is what was typed.
  wait(button) {
    clearTimeout(this.timer);
    this.sent = 0;
    this.waiting = button ?? this.form;
    this.say(words.offline);
  }
  go() {
    if (!this.waiting || this.open) return;
    const button = this.waiting instanceof HTMLButtonElement ? this.waiting : undefined;
    this.waiting = null;
    this.goes = this.form.dataset.goes = leads_on = true;
    this.form.requestSubmit(button);
    this.goes = leads_on = false;
    delete this.form.dataset.goes;
  }
  async again() {
    if (document.hidden) return;
    if (this.open) await this.save();
    if (this.waiting && (await hasLine())) this.go();
  }
}

const kept = [...document.querySelectorAll("form[method=post]")]
  .filter((form) => typedInto(form) && !form.closest("#curtain"))
  .map((form) => new Kept(form));
const again = () => kept.forEach((each) => each.again());
window.keepTyped = () => Promise.all(kept.map((each) => each.save()));
window.renewSession = renew;
window.isTyped = () => kept.some((each) => each.isHeld);
addEventListener("online", again);
document.addEventListener("visibilitychange", again);
setInterval(again, AGAIN);
// On the way out what is not kept yet goes ahead, and outlives the page: before a session that ends
// with it, too. More than this a browser does not carry on.
const CARRIED = 60000;
function ahead(each) {
  const body = each.body();
  const size = [...body.values()].reduce((sum, value) => sum + 3 * value.length, 0);
  const keepalive = size < CARRIED;
  const address = each.form.dataset.autosave ?? words.keep;
  fetch(address, { method: "POST", body, headers: SCRIPT, keepalive }).catch(() => null);
  // Of a page that is held (static/carrier.js) a browser may forget what goes out as it is left.
  const carrier = navigator.serviceWorker?.controller;
  carrier?.postMessage({ address, pairs: [...body] });
  return keepalive || Boolean(carrier);
}
window.keepNow = (leaving) => {
  for (const each of kept) {
    if (!each.isHeld || !words.keep || each.form === leaving) continue;
    if (ahead(each) && navigator.onLine && !each.unanswered) each.sent = each.changes;
  }
};
addEventListener("pagehide", () => window.keepNow());
// Another form of the page goes: what stands in the others is no reason to hold it up.
addEventListener("submit", ({ target, defaultPrevented }) => {
  if (!defaultPrevented && target.method === "post") window.keepNow(target);
});
const isLost = (each) => (navigator.onLine || leads_on ? each.isHeld : each.changes > each.sent);
addEventListener("beforeunload", (event) => {
  if (!window.leaves && kept.some((each) => isLost(each) && !each.goes)) event.preventDefault();
});

// Duplicates are looked for while typing, each time that something was saved.
const policy = window.trustedTypes?.createPolicy("office", {
  createHTML: (text) => text,
  createScriptURL: (address) => address,
});
if (words.carrier)
  navigator.serviceWorker
    ?.register(policy ? policy.createScriptURL(words.carrier) : words.carrier, {
      scope: "/",
      updateViaCache: "all", // its address names its content
    })
    .catch(() => null);
const draft = document.querySelector("form[data-duplicates]");
draft?.addEventListener("kept", async () => {
  const beside = document.getElementById("duplicates");
  if (!beside) return;
  beside.setAttribute("aria-busy", "true");
  const answer = await fetch(draft.dataset.duplicates, {
    method: "POST",
    body: new FormData(draft),
    headers: SCRIPT,
    redirect: "error",
  }).catch(() => null);
  if (answer?.status === 200) {
    const text = await answer.text();
    beside.innerHTML = policy ? policy.createHTML(text) : text;
  }
  beside.removeAttribute("aria-busy");
});

// How much still fits is said before it is sent, as the server counts it: nothing is cut off.
const NEARLY = 0.9;
const number = new Intl.NumberFormat(document.documentElement.lang);
function count(field) {
  const most = Number(field.dataset.most);
  const used = [...field.value.trim()].length;
  let told = field.nextElementSibling;
  if (!told?.classList.contains("counted")) {
    if (used < NEARLY * most) return;
    told = document.createElement("p");
    told.id = `${field.id}-counted`;
    field.after(told);
    field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${told.id}`);
  }
  const is_over = used > most;
  const text = used < NEARLY * most ? "" : is_over ? words.over : words.counted;
  // Read out once as it gets too long, not with each letter.
  const is_new = is_over && !told.classList.contains("fault");
  told.toggleAttribute("role", is_new);
  if (is_new) told.setAttribute("role", "alert");
  told.className = is_over ? "counted fault" : "counted hint";
  told.textContent = text
    .replace("{count}", number.format(used))
    .replace("{most}", number.format(most));
}
const counts = "textarea[data-most], input[data-most]:not([type=file])";
if (words.counted) {
  document.addEventListener("input", ({ target }) => target.matches?.(counts) && count(target));
  document.querySelectorAll(counts).forEach((field) => field.value && count(field));
}

// A deed that only wanted a second factor goes on at once.
document.querySelector("form[data-at-once]")?.requestSubmit();
