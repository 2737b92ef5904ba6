// Flashcards by keyboard, and without a connection: a grade is kept in this browser until the site has answered, and is
// sent again with the same key and the time at which it was given. Without this script the forms are ordinary ones.

const STORE = "karui.grades";
const RETRY_MS = 3000;
const REFUSED = 422;
let shownSince = Date.now();
let sending = false;
let timer = null;

const note = () => document.querySelector("[data-cards]");
const kept = () => JSON.parse(localStorage.getItem(STORE) ?? "[]");
const mine = () => kept().filter((one) => one.reader === note()?.dataset.reader);

function keep(body) {
  localStorage.setItem(STORE, JSON.stringify([...kept(), { reader: note().dataset.reader, key: body.get("key"), body: body.toString() }]));
}

function forget(key) {
  localStorage.setItem(STORE, JSON.stringify(kept().filter((one) => one.key !== key)));
}

function say(what) {
  note().textContent = note().dataset[what];
  note().hidden = false;
}

function post(address, body) {
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  return fetch(address, { method: "POST", body });
}

// The page behind the redirect is one of the cards' own, or else the reader has to sign in first.
const isOurs = (answer) => new URL(answer.url).pathname.startsWith(note().dataset.cards);

async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("main").replaceWith(page.querySelector("main"));
  document.title = page.title;
  history.replaceState(null, "", answer.url);
  shownSince = Date.now();
  document.querySelector("main h1")?.focus();
}

async function sendKept() {
  let last = null;
  for (const one of mine()) {
    const answer = await post(note().dataset.grade, new URLSearchParams(one.body));
    if (!(answer.ok || answer.status === REFUSED)) throw new Error(answer.status);
    if (!isOurs(answer)) return window.location.assign(answer.url);
    forget(one.key);
    last = answer;
  }
  if (last) await show(last);
}

async function send() {
  if (sending || !note() || mine().length === 0) return;
  clearTimeout(timer);
  sending = true;
  try {
    await sendKept();
  } catch {
    say("unsent");
    timer = setTimeout(send, RETRY_MS);
  }
  sending = false;
}

function grade(event) {
  event.preventDefault();
  const form = event.target;
  if (form.dataset.graded) return;
  form.dataset.graded = "yes";
  const body = new URLSearchParams(new FormData(form, event.submitter));
  body.delete("csrfmiddlewaretoken");
  const shown = new Date(body.get("shown_at")).getTime(); // the site's clock; this one only counts from there
  body.set("reviewed_at", new Date(shown + Date.now() - shownSince).toISOString());
  keep(body);
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  send();
}

async function undo(event) {
  event.preventDefault();
  if (mine().length) return;
  try {
    const answer = await post(event.target.action, new URLSearchParams());
    if (answer.ok && isOurs(answer)) await show(answer);
    else window.location.reload();
  } catch {
    say("away");
  }
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const back = document.querySelector("details[data-back]");
  if (event.key === " " && back && !event.target.closest("button, a, summary, input")) {
    event.preventDefault();
    back.open = true;
  } else if (event.key === "u") {
    document.querySelector("form[data-undo]")?.requestSubmit();
  } else if (back?.open) {
    back.querySelector(`button[value="${CSS.escape(event.key)}"]`)?.click();
  }
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-grades]")) grade(event);
  else if (event.target.matches("form[data-undo]")) undo(event);
});
document.addEventListener("keydown", press);
window.addEventListener("online", send);
send();
