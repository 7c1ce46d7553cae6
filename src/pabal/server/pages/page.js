// @ts-check
// What arrives, live.  Text from messages reaches the page through textContent only, never as HTML.

/** @typedef {{id: string, from: string, to: string, account: string, subject: string, date: string}} Message */

const words = document.body.dataset;
/** @type {(id: string) => HTMLElement} */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const list = part("list");
const filter = /** @type {HTMLInputElement} */ (part("filter"));
const language = document.documentElement.lang;
const time = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });

/** @type {Message[]} */
let messages = [];
/** @type {Map<string, HTMLLIElement>} */
const rows = new Map();
let chosen = "";
let loaded = false;

/** @param {string} name @param {string} text */
function words_of(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}

/** @param {string} date */
function clock(date) {
  const when = new Date(date);
  const element = document.createElement("time");
  element.dateTime = date;
  element.title = whole.format(when);
  element.textContent = (when.toDateString() === new Date().toDateString() ? time : day).format(when);
  return element;
}

/** @param {Message} message */
function row(message) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.append(
    words_of("from", message.from || words.nobody || ""),
    clock(message.date),
    words_of("subject", message.subject || words.noSubject || ""),
    words_of("to", `${words.to} ${message.account}`),
  );
  button.addEventListener("click", () => read(message));
  item.append(button);
  return item;
}

/** @param {Message} message */
const matches = (message) =>
  `${message.from} ${message.to} ${message.account} ${message.subject}`.toLowerCase().includes(filter.value.trim().toLowerCase());

function draw() {
  const shown = messages.filter(matches);
  const items = shown.map((message) => {
    let item = rows.get(message.id);
    if (!item) {
      item = row(message);
      item.classList.toggle("fresh", loaded);
      rows.set(message.id, item);
    }
    item.firstElementChild?.setAttribute("aria-current", String(message.id === chosen));
    return item;
  });
  const focused = document.activeElement;
  list.replaceChildren(...items);
  if (focused instanceof HTMLElement && list.contains(focused)) focused.focus();
  part("empty").hidden = messages.length > 0;
  part("unmatched").hidden = messages.length === 0 || shown.length > 0;
}

/** @param {Message} message */
async function read(message) {
  chosen = message.id;
  draw();
  const answer = await fetch(`/messages/${encodeURIComponent(message.id)}`);
  const text = answer.ok ? (await answer.json()).text : words.gone;
  if (chosen !== message.id) return;
  part("choose").hidden = true;
  part("reading").hidden = false;
  part("subject").textContent = message.subject || words.noSubject || "";
  part("people").textContent = `${message.from || words.nobody} → ${message.to || message.account} · ${whole.format(new Date(message.date))}`;
  // The header fields stand above already.
  part("text").textContent = text.slice(text.indexOf("\n\n") + 1).trimStart();
  if (!document.body.classList.contains("reading")) {
    document.body.classList.add("reading");
    history.pushState({ reading: true }, "");
  }
  part("message").scrollTop = 0;
  part("subject").focus({ preventScroll: true });
}

async function load() {
  const answer = await fetch("/messages");
  if (!answer.ok) return;
  /** @type {Message[]} */
  const latest = await answer.json();
  const known = new Set(messages.map((message) => message.id));
  const fresh = loaded ? latest.filter((message) => !known.has(message.id)) : [];
  messages = latest;
  const there = new Set(latest.map((message) => message.id));
  for (const id of rows.keys()) if (!there.has(id)) rows.delete(id);
  draw();
  loaded = true;
  if (fresh[0]) part("news").textContent = `${words.newMail} ${fresh[0].from}: ${fresh[0].subject}`;
}

/** @param {"live" | "lost"} state */
function show_state(state) {
  part("state").dataset.state = state;
  part("state").textContent = words[state] || "";
}

/** One load at a time; whatever arrives meanwhile is one more load. */
let loading = false;
let again = false;
async function refresh() {
  again = true;
  if (loading) return;
  loading = true;
  while (again) {
    again = false;
    await load().catch(() => show_state("lost"));
  }
  loading = false;
}

function watch() {
  const events = new EventSource("/live");
  events.addEventListener("open", () => show_state("live"));
  events.addEventListener("message", () => void refresh());
  events.addEventListener("error", () => {
    show_state("lost");
    if (events.readyState === EventSource.CLOSED) setTimeout(watch, 3000);
  });
}

function leave() {
  document.body.classList.remove("reading");
  const button = rows.get(chosen)?.firstElementChild;
  if (button instanceof HTMLElement) button.focus();
}

filter.addEventListener("input", draw);
part("back").addEventListener("click", () => history.back());
addEventListener("popstate", leave);
list.addEventListener("keydown", (event) => {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const item = document.activeElement?.parentElement;
  if (!step || !item) return;
  event.preventDefault();
  const next = step === "nextElementSibling" ? item.nextElementSibling : item.previousElementSibling;
  if (next?.firstElementChild instanceof HTMLElement) next.firstElementChild.focus();
});

watch();
