// The few things a page cannot do by itself. Everything works without this file.
const SCRIPT = { "X-Requested-With": "fetch" };
// Taken now: whoever sits before a locked screen puts nothing in its place.
const ask = window.fetch.bind(window);
const OPEN = document.getElementById("kept-words")?.dataset.renew;
const say = (text) => {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
};

// Leave quickly: Shift three times within five seconds.
let shifts = [];
document.addEventListener("keydown", (event) => {
  if (event.key === "Shift" && !event.repeat) {
    shifts = shifts.filter((at) => event.timeStamp - at < 5000);
    shifts.push(event.timeStamp);
    if (shifts.length >= 3) leave();
  } else shifts = [];
});
// All tabs go together: what another one shows is as much as this one.
function leave(told = true) {
  if (told) tabs?.postMessage("leave");
  document.title = "…";
  document.body.hidden = true;
  window.keepNow?.();
  window.leaves = true; // nothing asks on the way out
  location.replace("/leave");
}
document.querySelectorAll("[data-leave]").forEach((link) =>
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  }),
);

// Two steps: the screen goes blank after some minutes without a touch in any tab, and a touch brings
// it back; it is locked by the button, by Esc twice, or when one stays away, and asks for the
// password.
const curtain = document.getElementById("curtain");
const title = document.title;
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("office") : null;
const BLANK = Number(curtain?.dataset.blank) * 1000;
const LOCK = Number(curtain?.dataset.lockAfter) * 1000;
const WARNING = Math.min(60000, BLANK / 2);
let emptying = 0,
  taken = null,
  locked = false,
  before = null;
const is_shut = () => Boolean(curtain && !curtain.hidden);
function cover(name) {
  if (curtain.hidden) before = document.activeElement;
  curtain.hidden = false;
  curtain.dataset.state = name;
  document.title = "…";
  document.body.classList.add("is-hidden");
}
function blank() {
  if (curtain && !is_shut()) cover("blank");
}
function hide(told = true) {
  if (!curtain || (is_shut() && curtain.dataset.state === "locked")) return;
  cover("locked");
  curtain.querySelector("input[type=password]").focus();
  locked = !told;
  if (told) tabs?.postMessage("lock");
  // What was typed is kept before the lock: a locked session takes nothing any more.
  Promise.race([window.keepTyped?.(), new Promise((go) => setTimeout(go, 3000))]).then(tellAgain);
  emptying = setTimeout(empty, 60000);
}
window.hideScreen = () => hide(false);
// After a minute the page itself goes, not only its picture: what was typed stays in the memory of
// this tab, and comes back with the page for the same person.
function empty() {
  if (taken || curtain.hidden) return;
  taken = document.createDocumentFragment();
  taken.append(...[...document.body.children].filter((each) => each !== curtain));
}
// What was locked is shown when the server says that it is open, whoever else says so.
async function showOpened() {
  const answer = await ask(OPEN, { headers: SCRIPT, redirect: "error" }).catch(() => null);
  if (answer?.status === 200) show();
  return answer?.status === 200;
}
function show() {
  clearTimeout(emptying);
  if (taken) document.body.prepend(taken);
  taken = null;
  curtain.hidden = true;
  document.title = title;
  document.body.classList.remove("is-hidden");
  before?.focus?.();
  wake();
}
// The server locks too: what it would have sent next, it does not send before the screen is opened
// again.
async function lock() {
  const token = curtain.querySelector("input[name=csrf_token]").value;
  const answer = await fetch(curtain.dataset.lock, {
    method: "POST",
    body: new URLSearchParams({ csrf_token: token }),
    headers: SCRIPT,
    keepalive: true,
  }).catch(() => null);
  locked = Boolean(answer?.ok) || answer?.status === 401;
}
// Without a line the server did not hear of it: it is told as soon as there is one.
function tellAgain() {
  if (is_shut() && curtain.dataset.state === "locked" && !locked) lock();
}
window.addEventListener("online", tellAgain);
setInterval(tellAgain, 15000);
function fault(name) {
  curtain.querySelectorAll(".fault").forEach((each) => {
    each.hidden = each.dataset.why !== name;
  });
}
const FAULTS = { 401: "ended", 403: "ended", 422: "wrong", 429: "slowed" };
curtain?.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  setTimeout(() => delete form.dataset.sent);
  const here = location.pathname + location.search;
  const body = new FormData(form);
  body.set("next", here);
  const answer = await ask(form.action, { method: "POST", body, headers: SCRIPT }).catch(
    () => null,
  );
  if (answer?.status === 401 && (await window.renewSession?.())) {
    // Signed in anew in another tab, as the same person.
    form.elements.password.value = "";
    if (await showOpened()) tabs?.postMessage("open");
    return;
  }
  fault(answer?.ok ? "" : answer ? (FAULTS[answer.status] ?? "busy") : "busy");
  if (!answer?.ok) return;
  form.elements.password.value = "";
  // The server says where it goes on; anywhere but here, nothing of this page may be seen again.
  const there = answer.redirected ? answer.url : (await answer.json()).go;
  if (there === here) {
    if (await showOpened()) tabs?.postMessage("open");
    else fault("busy");
  } else {
    taken = null;
    location.replace(there);
  }
});
document
  .querySelectorAll("[data-hide]")
  .forEach((button) =>
    button.addEventListener("click", (event) => {
      if (!curtain) return;
      event.preventDefault();
      hide();
    }),
  );
let escaped = 0;
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (event.timeStamp - escaped < 800) hide();
    escaped = event.timeStamp;
  }
});
// One clock for all tabs: a touch of any keeps all awake.
let clocks = [],
  told = 0;
const warning = document.getElementById("idle-warning");
function wake() {
  clocks.forEach(clearTimeout);
  if (!curtain || (is_shut() && curtain.dataset.state === "locked")) return;
  if (warning) warning.hidden = true;
  clocks = [
    setTimeout(() => warning && !is_shut() && (warning.hidden = false), BLANK - WARNING),
    setTimeout(blank, BLANK),
    setTimeout(hide, Math.max(LOCK, BLANK + 1000)),
  ];
}
function touched(event) {
  if (is_shut() && curtain.dataset.state === "blank") {
    event.preventDefault();
    event.stopPropagation();
    show();
  }
  wake();
  if (event.timeStamp - told < 2000) return;
  told = event.timeStamp;
  tabs?.postMessage("awake");
}
["pointerdown", "pointermove", "keydown", "scroll"].forEach((kind) =>
  document.addEventListener(kind, touched, { passive: kind !== "keydown", capture: true }),
);
tabs?.addEventListener("message", ({ data }) => {
  if (data === "leave") leave(false);
  else if (data === "lock") hide(false);
  else if (data === "open") {
    if (is_shut()) showOpened();
  } else {
    if (is_shut() && curtain.dataset.state === "blank") show();
    wake();
  }
});
wake();
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// "/" goes to the search, "g" then a letter to a place; never while typing.
let going = 0;
document.addEventListener("keydown", (event) => {
  if (
    event.target.closest("input, textarea, select, [contenteditable]") ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey
  )
    return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("search")?.focus();
  }
  if (event.key === "g") {
    going = event.timeStamp;
    return;
  }
  const place = { w: "/work", c: "/cases", r: "/referrals" }[event.key];
  if (place && event.timeStamp - going < 1500) location.assign(place);
});

// A form is sent once; the button keeps its words.
let sending = null;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
  if (form.dataset.signsOut !== undefined) tabs?.postMessage("lock");
  const button = event.submitter;
  const action = button?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
  const address = new URL(action, location.href).href;
  sending = { form, button, address };
});
// It had no answer, and the page stands as it was (static/carrier.js).
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (!sending || sending.address !== data.unanswered) return;
  const { form, button } = sending;
  sending = null;
  delete form.dataset.sent;
  form.dispatchEvent(new CustomEvent("unanswered", { bubbles: true, detail: button }));
});

// Progress of an import.
const bar = document.querySelector("progress[data-progress]");
if (bar) {
  const ask = async () => {
    if (document.hidden) return;
    const answer = await fetch(bar.dataset.progress, { headers: SCRIPT });
    if (!answer.ok || answer.redirected) return;
    const now = await answer.json();
    bar.max = now.total;
    bar.value = now.position;
    document.getElementById("progress-words").textContent = now.position + " / " + now.total;
    if (now.state !== "running") location.reload();
  };
  setInterval(ask, 1000);
}

// A reason in place of an answer puts the answer aside, and takes nothing out of it: it is not sent
// while the reason stands, and is back when the same reason is chosen again or somebody types on.
class Reason {
  constructor(group) {
    this.group = group;
    const field = document.getElementById(group.dataset.unanswered);
    this.field = field;
    this.inputs = field?.matches("fieldset")
      ? [...field.querySelectorAll("input, select")].filter((each) => !group.contains(each))
      : field
        ? [field]
        : [];
    this.chosen = group.querySelector(":checked");
    group.addEventListener("click", ({ target }) => target.matches("input") && this.press(target));
    for (const each of this.inputs) each.addEventListener("input", () => this.take(null));
    group.closest("form")?.addEventListener("formdata", (event) => this.leaveOut(event));
    this.show();
  }
  press(reason) {
    this.take(reason === this.chosen ? null : reason);
    this.group.dispatchEvent(new Event("change", { bubbles: true }));
  }
  take(reason) {
    if (this.chosen && !reason) this.chosen.checked = false;
    this.chosen = reason;
    this.show();
  }
  get isFilled() {
    const is_box = (each) => each.type === "radio" || each.type === "checkbox";
    return this.inputs.some((each) => (is_box(each) ? each.checked : each.value));
  }
  show() {
    const is_aside = Boolean(this.chosen) && this.isFilled;
    for (const each of this.inputs) each.classList.toggle("is-aside", is_aside);
    this.told ??= this.group.appendChild(document.createElement("p"));
    this.told.className = "hint";
    this.told.textContent = is_aside ? this.group.dataset.aside : "";
    if (is_aside) say(this.group.dataset.aside);
  }
  // A draft has both.
  leaveOut({ target, formData }) {
    if (!this.chosen || "keeping" in target.dataset) return;
    for (const name of new Set(this.inputs.map((each) => each.name))) {
      const aside = formData.getAll(name);
      formData.delete(name);
      for (const value of aside) formData.append(name + "__aside", value);
    }
  }
}
document.querySelectorAll("[data-unanswered]").forEach((group) => new Reason(group));

// A day that was typed in part is none to the browser, which would send nothing of it: it is said
// beside the field, and the form stays. Without a script the browser itself says so.
const sayings = document.getElementById("kept-words")?.dataset ?? {};
document.querySelectorAll("form").forEach((form) => {
  if (!form.querySelector("[required]")) form.noValidate = true;
});
function checkDay(input) {
  const is_wrong = input.validity.badInput;
  let told = document.getElementById(input.id + "-part");
  if (is_wrong && !told && sayings.day) {
    told = document.createElement("p");
    told.id = input.id + "-part";
    told.className = "fault";
    told.setAttribute("role", "alert");
    told.textContent = sayings.day;
    input.after(told);
  }
  if (!is_wrong) told?.remove();
  input.toggleAttribute("data-part", is_wrong);
  if (is_wrong) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  return !is_wrong;
}
// A press that leaves the field comes first; a tap is over within the same task.
const calmly = window.calmly ?? ((change) => change());
document.addEventListener("focusout", ({ target }) => {
  if (target.matches?.("input[type=date]")) setTimeout(() => calmly(() => checkDay(target)));
});
addEventListener(
  "submit",
  (event) => {
    const days = [...event.target.querySelectorAll("input[type=date]")];
    const wrong = days.filter((each) => !checkDay(each));
    if (!wrong.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wrong[0].focus();
  },
  { capture: true },
);
(document.querySelector(".summary-fault") ?? document.querySelector("[data-told]"))?.focus();

// Passkeys: the server gives options, the browser proves, the form carries the proof.
const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) =>
    letter.charCodeAt(0),
  );
const words = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
document.querySelectorAll("form[data-passkey]").forEach((form) =>
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    delete form.dataset.sent;
    const fault = form.querySelector("[data-passkey-fault]");
    fault.hidden = true;
    try {
      const answer = await fetch(form.dataset.options, {
        method: "POST",
        body: new URLSearchParams({ csrf_token: form.elements.csrf_token.value }),
      });
      if (answer.redirected) {
        location.assign("/confirm?next=" + encodeURIComponent(location.pathname));
        return;
      }
      const options = await answer.json();
      options.challenge = bytes(options.challenge);
      if (options.user) options.user.id = bytes(options.user.id);
      for (const known of [
        ...(options.excludeCredentials || []),
        ...(options.allowCredentials || []),
      ])
        known.id = bytes(known.id);
      const made = await navigator.credentials[form.dataset.passkey]({ publicKey: options });
      const response = {};
      for (const part of [
        "clientDataJSON",
        "attestationObject",
        "authenticatorData",
        "signature",
        "userHandle",
      ])
        if (made.response[part]) response[part] = words(made.response[part]);
      delete form.dataset.sent;
      form.elements.answer.value = JSON.stringify({
        id: made.id,
        rawId: words(made.rawId),
        type: made.type,
        response,
        clientExtensionResults: {},
      });
      form.requestSubmit();
    } catch {
      fault.hidden = false;
    }
  }),
);

// Files go up in parts, each sealed as it arrives; a broken line goes on where it stopped. What is
// refused is told in the server's words.
class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}
async function asked(address, more = {}) {
  const answer = await fetch(address, { ...more, headers: { ...SCRIPT, ...more.headers } });
  const told = await answer.json().catch(() => ({}));
  if (answer.ok && !answer.redirected) return told;
  throw new Refused(answer.redirected ? 401 : answer.status, (told.words ?? []).join(" "));
}
class Upload {
  constructor(form) {
    this.form = form;
    this.bar = form.querySelector("progress");
    this.state = form.querySelector("[data-upload-state]");
    form.addEventListener("submit", (event) => this.submit(event));
  }
  async submit(event) {
    const file = this.form.elements.file.files[0];
    if (!file) return;
    event.preventDefault();
    delete this.form.dataset.sent;
    this.state.hidden = false;
    if (!file.size) {
      this.say(this.state.dataset.empty);
      return;
    }
    this.bar.hidden = false;
    this.say(this.state.dataset.sending);
    try {
      await this.send(file);
      location.reload();
    } catch (wrong) {
      await this.tell(wrong);
    }
  }
  say(text) {
    this.state.textContent = text;
  }
  post(address, body, kind) {
    const headers = { "X-CSRFToken": this.form.elements.csrf_token.value };
    if (kind) headers["Content-Type"] = kind;
    return asked(address, { method: "POST", body, headers });
  }
  async send(file) {
    let now =
      this.begun?.file === file ? await asked(`/files/${this.begun.key}/state`) : await this.begin(file);
    const part = now.part;
    while (now.received < file.size) {
      now = await this.post(
        `/files/${this.begun.key}/parts?start=${now.received}`,
        file.slice(now.received, now.received + part),
        "application/octet-stream",
      );
      this.bar.value = (100 * now.received) / file.size;
    }
  }
  async begin(file) {
    const { csrf_token, compartment, shows_person } = this.form.elements;
    const about = {
      csrf_token: csrf_token.value,
      name: file.name,
      size: file.size,
      compartment: compartment.value,
      shows_person: shows_person.value,
    };
    const now = await this.post(this.form.dataset.upload, new URLSearchParams(about));
    this.begun = { file, key: now.key };
    return now;
  }
  async tell(wrong) {
    const { again, ended, locked, busy } = this.state.dataset;
    if (!(wrong instanceof Refused)) this.say(again);
    else if (wrong.status === 401) this.say((await window.renewSession?.()) ? again : ended);
    else if (wrong.status === 423) {
      window.hideScreen?.();
      this.say(locked);
    } else if (wrong.status >= 500) this.say(busy);
    else {
      this.bar.hidden = true;
      this.say(wrong.message || busy);
    }
  }
}
document.querySelectorAll("form[data-upload]").forEach((form) => new Upload(form));

// What is being inspected is asked for every two seconds, until it is kept or refused.
const inspected = [...document.querySelectorAll("[data-file-state]")];
const look = setInterval(async () => {
  if (!inspected.length) clearInterval(look);
  if (document.hidden || is_shut()) return;
  for (const each of [...inspected]) {
    const now = await asked(each.dataset.fileState).catch(() => null);
    if (!now || now.state === each.dataset.state) continue;
    each.dataset.state = now.state;
    each.textContent = now.words;
    if (now.state !== "kept" && now.state !== "refused") continue;
    inspected.splice(inspected.indexOf(each), 1);
    if (!inspected.length && !window.isTyped?.()) location.reload();
  }
}, 2000);

// A file that is too big for its form is told at once: the server would cut the line.
document.querySelectorAll("input[type=file][data-most]").forEach((input) =>
  input.addEventListener("change", () => {
    const is_big = [...input.files].some((file) => file.size > Number(input.dataset.most));
    const told = document.getElementById(input.dataset.told);
    told.hidden = !is_big;
    if (is_big) input.value = "";
  }),
);

// New notices: asked for every half minute while the page can be seen, and at once when it comes
// back to view.
const badge = document.querySelector("[data-unread]");
if (badge) {
  const news = async () => {
    if (document.hidden || (curtain && !curtain.hidden)) return;
    const answer = await fetch(badge.dataset.unread, {
      headers: { Accept: "application/json", ...SCRIPT },
    }).catch(() => null);
    // It was ended or locked from elsewhere: a phone that was taken shows nothing more.
    if (answer?.status === 401 || answer?.status === 423) hide(false);
    if (!answer?.ok || answer.redirected) return;
    const { unread } = await answer.json();
    if (unread > Number(badge.textContent)) say(badge.dataset.one);
    badge.textContent = unread;
    badge.hidden = !unread;
  };
  setInterval(news, 30000);
  document.addEventListener("visibilitychange", news);
}

// A page that is made to be printed has a button for it.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// Fields that belong to some answers of another field are shown for those alone. Without a script
// all of them stand there; what belongs elsewhere is not kept by the server.
const follow = (part) => {
  const asked = part.closest("form").elements[part.dataset.for];
  const show = () => {
    part.hidden = !part.dataset.when.split(" ").includes(asked.value);
    // Of a list, only what belongs to the answer is chosen.
    for (const option of part.querySelectorAll("option[data-of]")) {
      option.hidden = option.disabled = !option.dataset.of.split(" ").includes(asked.value);
      if (option.disabled && option.selected) option.selected = false;
    }
  };
  asked.addEventListener("change", show);
  part.closest("details")?.addEventListener("toggle", show);
  show();
};
document.querySelectorAll("[data-for][data-when]").forEach(follow);

// Which elements the ticked answers support, while they are ticked. A name with a plus before it
// counts with words alone; without a script the server says it when the form comes back.
const elements = document.querySelector("[data-elements]");
if (elements) {
  const form = document.querySelector("main form [name=decision]").form;
  const parts = [...elements.querySelectorAll("[data-element]")];
  const holds = (asked) => {
    const [name, code] = asked.replace("+", "").split("=");
    const ticked = form.querySelector(`[name="${name}"][value="${code}"]`)?.checked;
    return ticked && (!asked.startsWith("+") || form.elements.other_words.value.trim());
  };
  const mark = () => {
    const found = parts.map((part) => {
      const is_there = part.dataset.follows.split(" ").some(holds);
      part.querySelector("[data-there]").hidden = !is_there;
      part.querySelector("[data-missing]").hidden = is_there;
      return is_there;
    });
    elements.querySelector("[data-whole]").hidden = !found.every(Boolean);
    elements.querySelector("[data-part]").hidden = found.every(Boolean);
  };
  form.addEventListener("input", mark);
  mark();
}
