// Uploads with a progress bar, and tries again by itself when the connection breaks or the server restarts.
// The form's upload_key stays the same, so the server takes a repeated upload only once. Without this script the form
// is an ordinary one.

const WAIT_MS = 1000;
const GIVE_UP_AFTER_MS = 120000;
const AWAY = [0, 502, 503, 504]; // no answer at all, or one from a proxy whose server is down

const form = () => document.querySelector("form[data-upload]");

function show(target, text, fraction) {
  const box = target.querySelector(".sending");
  box.hidden = false;
  box.querySelector("[role=status]").textContent = text;
  const bar = box.querySelector("progress");
  bar.hidden = fraction === null;
  if (fraction !== null) bar.value = fraction;
}

function send(target, body) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", target.action);
    request.upload.onprogress = (event) => show(target, target.dataset.sending, event.loaded / event.total);
    request.upload.onload = () => show(target, target.dataset.arrived, 1);
    request.onloadend = () => resolve(request);
    request.send(body);
  });
}

async function sendUntilAnswered(target, body) {
  const end = Date.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    const answer = await send(target, body);
    if (!AWAY.includes(answer.status) || Date.now() > end) return answer;
    show(target, target.dataset.retrying, 0);
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

function replaceForm(answer) {
  const section = new DOMParser().parseFromString(answer.responseText, "text/html").querySelector("#upload");
  document.querySelector("#upload").replaceWith(section);
  watch();
}

async function upload(event) {
  event.preventDefault();
  const target = event.target;
  const file = target.elements.file.files[0];
  if (file.size > Number(target.dataset.maxBytes)) {
    show(target, target.dataset.tooLarge, null);
    return;
  }
  const button = target.querySelector("button");
  const body = new FormData(target);
  button.disabled = true;
  const answer = await sendUntilAnswered(target, body);
  button.disabled = false;
  if (answer.status === 200) window.location.assign(answer.responseURL);
  else if (answer.status === 422) replaceForm(answer);
  else show(target, answer.status === 0 ? target.dataset.givenUp : target.dataset.refused, null);
}

function watch() {
  form()?.addEventListener("submit", upload);
}

watch();
