// What makes the pages live. Every page works without it: this only refreshes pieces, ticks clocks, and helps hands.
const LIVE_DELAY = 300; // ms that changes are gathered
const LIVE_PAUSE = 1000; // ms between two refreshes, however much happens
const AT_WORK_PAUSE = 15_000; // ms until a piece in which somebody was at work, or which could not be had, is tried again
const LISTEN_AGAIN = 2000; // ms until a line that was refused is opened again; longer each time
const LOST_AFTER = 5000; // ms of a broken line before it is mentioned
const MINUTE = 60_000;

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const isField = (element) => Boolean(element?.closest?.("input, textarea, select, [contenteditable]"));

/** Tell those who do not see the page. */
function say(words) {
  const place = $("#said");
  if (place) place.textContent = words;
}

// ---- changes elsewhere: one stream while the page is seen (a browser allows six to a host), told as `live` on <body>

const live = { source: null, told: "", due: 0, last: 0, lost: 0, wait: LISTEN_AGAIN, over: false };

function changed() {
  if (live.due) return;
  const wait = Math.max(LIVE_DELAY, live.last + LIVE_PAUSE - Date.now());
  live.due = setTimeout(() => {
    Object.assign(live, { due: 0, last: Date.now() });
    document.body.dispatchEvent(new CustomEvent("live"));
  }, wait);
}

function showLine(words) {
  const place = $("#line");
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
}

function opened() {
  clearTimeout(live.lost);
  Object.assign(live, { lost: 0, wait: LISTEN_AGAIN });
  showLine("");
}

function lost() {
  live.lost ||= setTimeout(() => showLine("连接中断，页面可能不是最新；正在重连"), LOST_AFTER);
}

async function broken() {
  lost();
  if (live.source?.readyState !== EventSource.CLOSED) return; // it comes back by itself
  unlisten();
  if (await isOver()) return signedOut();
  setTimeout(listen, live.wait * (1 + Math.random()));
  live.wait = Math.min(live.wait * 2, MINUTE);
}

/** Whether the line is refused because the session has ended: the browser does not say why it is closed. */
async function isOver() {
  const question = new AbortController();
  try {
    return (await fetch(lineAddress(), { signal: question.signal })).status === 401;
  } catch {
    return false; // nobody answers: it may be back soon
  } finally {
    question.abort();
  }
}

/** The address of the line, from where this page knows everything: a new line is not told by itself what came before. */
function lineAddress() {
  const url = new URL(document.body.dataset.live, location.href);
  if (live.told) url.searchParams.set("after", live.told);
  return url;
}

function told(event) {
  live.told = event.lastEventId;
  const only = document.body.dataset.liveNumber;
  if (!only || JSON.parse(event.data).number === only) changed();
}

function listen() {
  if (!document.body.dataset.live || live.source || live.over || document.hidden) return;
  live.source = new EventSource(lineAddress());
  live.source.onopen = opened;
  live.source.onerror = broken;
  live.source.onmessage = told;
  live.source.addEventListener("signed-out", signedOut);
}

// The network is gone, of which a line that is open need not hear; and it is back.
addEventListener("offline", () => live.source && lost());
addEventListener("online", () => {
  if (live.source?.readyState === EventSource.OPEN) opened();
});

function unlisten() {
  live.source?.close();
  live.source = null;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return unlisten();
  listen();
  if (document.body.dataset.live && !live.over) changed(); // whatever was missed
});

// ---- pieces that are refreshed: never under somebody's hands, and the focus stays where it was

/** Whether somebody is at work in there. */
function isAtWork(piece) {
  const active = document.activeElement;
  if (piece.contains(active) && isField(active)) return true;
  if ($("dialog[open], details[data-keep][open]", piece)) return true;
  return $$("input, textarea, select", piece).some((field) => {
    if (field.type === "hidden") return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((o) => o.selected !== o.defaultSelected) && field.dataset.touched;
    return field.value !== field.defaultValue;
  });
}

/** Whether anything could be lost: also what was refused and is shown again as it was typed. */
function isTyped() {
  const words = $$("form[method=post] textarea, form[method=post] input:not([type=hidden], [type=checkbox], [type=radio])");
  return isAtWork(document.body) || words.some((field) => field.value);
}

/** The session has ended: to the page of signing in, but never away from what somebody has typed. */
function signedOut() {
  live.over = true;
  unlisten();
  if (!isTyped()) return location.reload();
  clearTimeout(live.lost);
  showLine("登录已失效：填写的内容还在，提交时会请您重新登录");
}

document.addEventListener("change", (event) => {
  if (event.target.options) event.target.dataset.touched = "1";
});

/** Of the people to choose from, those of the unit that is chosen; without one, all. */
function narrow() {
  const people = $("#act select[name='/officer']");
  const unit = $("#act select[name='/lead_unit'], #act select[name='/unit']");
  if (!people || !unit) return;
  const name = unit.value && unit.selectedOptions[0].textContent;
  for (const group of $$("optgroup", people)) group.hidden = group.disabled = Boolean(name) && group.label !== name;
  if (people.selectedOptions[0]?.parentElement.disabled) people.value = "";
}

document.addEventListener("change", (event) => {
  if (event.target.name === "/lead_unit" || event.target.name === "/unit") narrow();
});

let focused = null;
let said = "";

document.addEventListener("htmx:before:response", (event) => {
  const raw = event.detail.ctx.response.raw;
  if (!raw.redirected || new URL(raw.url).pathname !== "/sign-in") return;
  event.preventDefault();
  signedOut();
});

/** What could not be refreshed now is tried again. */
function changeAgain() {
  live.again ||= setTimeout(() => (live.again = 0) || changed(), AT_WORK_PAUSE);
}

for (const failure of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(failure, (event) => {
    if (event.detail.ctx?.sourceEvent?.type === "live" && !live.over) changeAgain();
  });
}

document.addEventListener("htmx:before:swap", (event) => {
  const { target, sourceEvent } = event.detail.ctx;
  if (sourceEvent?.type === "live" && isAtWork(target)) {
    event.preventDefault();
    return changeAgain();
  }
  said = target?.dataset.say ?? "";
  const active = document.activeElement;
  focused = target?.contains(active) && !active.id ? active.getAttribute("href") : null;
});

/** Beside a form that is open: that somebody acted since it was, and who. */
function tellMeanwhile() {
  const { seq, last } = $("#state[data-seq]")?.dataset ?? {};
  const place = $("[data-meanwhile]");
  const seen = Number($("input[name=seen]", place?.parentElement)?.value);
  if (!place || !last || !(Number(seq) > seen)) return;
  place.textContent = `您打开本页以后，${last}。提交前请核对。`;
  place.hidden = false;
}

document.addEventListener("htmx:after:swap", (event) => {
  tellMeanwhile();
  const now = document.getElementById(event.detail.ctx.target?.id)?.dataset.say;
  if (now && now !== said) say(now);
  if (focused && document.activeElement === document.body) {
    $(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  focused = null;
});

document.addEventListener("htmx:after:process", () => {
  narrow();
  tick();
  offerCopies();
});

// ---- keys: never while a character is being composed, in a field, or with another key held

function move(step) {
  const rows = $$("[data-rows] [data-row]").map((row) => (row.matches("a, button") ? row : $("a, button", row)));
  const here = rows.findIndex((link) => link?.closest("[data-row]").contains(document.activeElement));
  const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step;
  rows[next]?.focus();
}

function showKeys() {
  const dialog = $("#keys");
  if (!dialog || dialog.open) return;
  const own = $$("[data-key]").map((element) => {
    const row = document.createElement("tr");
    row.append(document.createElement("th"), document.createElement("td"));
    row.firstChild.append(Object.assign(document.createElement("kbd"), { textContent: element.dataset.key }));
    row.lastChild.textContent = element.dataset.keyName || element.textContent.trim();
    return row;
  });
  $("[data-keys-here]", dialog)?.replaceChildren(...own);
  dialog.showModal();
}

const KEYS = {
  "/": () => $("[data-search], input[type=search]")?.focus(),
  j: () => move(1),
  k: () => move(-1),
  "?": showKeys,
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat && !"jk".includes(event.key)) return;
  if (isField(event.target) || $("dialog[open]")) return;
  const own = KEYS[event.key] ? null : $(`[data-key="${CSS.escape(event.key)}"]`);
  const act = KEYS[event.key] ?? (own && (() => own.click()));
  if (!act) return;
  event.preventDefault();
  act();
});

// ---- a form is sent once, however often it is tapped

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  // After the browser has gathered the fields: the pressed button is one of them.
  setTimeout(() => {
    form.pressed = event.submitter;
    if (form.pressed) form.pressed.disabled = true;
    form.setAttribute("aria-busy", "true");
  });
  setTimeout(() => ready(form), 15_000); // the answer was a file, or the line broke
});

function ready(form) {
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
  if (form.pressed) form.pressed.disabled = false;
}

addEventListener("pageshow", () => $$("form[data-sent]").forEach(ready));

// ---- copying numbers: only where the browser lets us, which needs https or the same machine

function offerCopies() {
  if (navigator.clipboard) $$("[data-copy][hidden]").forEach((button) => (button.hidden = false));
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    say(`已复制 ${button.dataset.copy}`);
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1500);
  }
  if (event.target.closest?.("[data-print]")) print();
});

// ---- what is left, minute by minute, by the appeal's own now. Only of clocks that run day and night; of the others the
// server alone knows when they stand still.

function words(seconds, ofWork) {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const rest = [minutes % 60, "分钟"];
  const parts = ofWork
    ? [[Math.floor(minutes / 60), "个工作小时"], minutes < 60 ? [rest[0], "分钟（工作时间）"] : rest]
    : [[Math.floor(minutes / 1440), "天"], [Math.floor(minutes / 60) % 24, "小时"], rest];
  const said = parts.filter(([count]) => count).slice(0, 2).map(([count, word]) => count + word).join("");
  return (seconds >= 0 ? "还剩" : "超期") + (said || "不到1分钟");
}

function tick() {
  $$("time[data-due][data-now][data-left]").forEach((time) => {
    const { due, now, left, work } = time.dataset;
    if (time.shownFor !== now) Object.assign(time, { shownFor: now, since: Date.now() });
    const begun = (Date.parse(due) - Date.parse(now)) / 1000;
    const passed = (Date.now() - time.since) / 1000;
    if (passed <= 50 || Math.abs(begun - Number(left)) >= 60) return;
    time.textContent = words(begun - passed, work !== undefined);
  });
}

narrow();
setInterval(tick, MINUTE);
tick();
offerCopies();
listen();
