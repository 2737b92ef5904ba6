// Saves a form while it is being typed into: <form data-autosave="ADDRESS" data-reader="WHO"> with a hidden "revision"
// and interviews/_saving.html, whose data attributes hold the words. What could not be sent stays in this browser, for
// this reader alone, and is sent later on top of the revision that it was typed on. Without this script the button saves.

const PREFIX = "draft:";
const PAUSE_MS = 800;
const RETRY_MS = 3000;
const KEEPALIVE_CHARACTERS = 60_000; // browsers refuse a longer body in a request that may outlive its page
const KEPT_MS = 7 * 24 * 3600 * 1000;
const FINAL = { 403: "ended", 409: "elsewhere", 410: "closed" };

class Autosave {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("[role=status]");
    this.key = `${PREFIX}${form.dataset.reader}:${form.dataset.autosave}`;
    this.timer = null;
    this.sending = null;
    this.dirty = false;
    this.stopped = false;
    form.addEventListener("input", () => this.typed());
    form.addEventListener("submit", (event) => this.leave(event));
    window.addEventListener("online", () => this.send());
    document.addEventListener("visibilitychange", () => document.hidden && this.send());
    window.addEventListener("pagehide", () => this.dirty && this.sendLast());
    this.restore();
  }

  say(what) {
    this.status.textContent = this.status.dataset[what] ?? "";
  }

  body() {
    return new URLSearchParams(new FormData(this.form));
  }

  texts() {
    const fields = [...this.form.elements].filter((field) => field.matches("textarea, input:not([type=hidden]), select"));
    return Object.fromEntries(fields.filter((field) => field.name).map((field) => [field.name, field.value]));
  }

  typed() {
    this.dirty = true;
    const revision = this.form.elements.revision.value;
    localStorage.setItem(this.key, JSON.stringify({ at: Date.now(), revision, texts: this.texts() }));
    this.later(PAUSE_MS);
  }

  later(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), pause);
  }

  // What was typed here and never arrived, if nothing newer was stored since.
  restore() {
    const kept = JSON.parse(localStorage.getItem(this.key) ?? "null");
    if (kept === null) return;
    if (kept.revision !== this.form.elements.revision.value) {
      localStorage.removeItem(this.key);
      return;
    }
    for (const [name, text] of Object.entries(kept.texts)) {
      const field = this.form.elements[name];
      if (field instanceof HTMLElement && !["radio", "checkbox"].includes(field.type)) field.value = text;
    }
    this.dirty = true;
    this.send();
  }

  async send() {
    while (this.sending) await this.sending;
    if (this.stopped || !this.dirty) return;
    this.sending = this.sendOnce();
    await this.sending;
    this.sending = null;
  }

  async sendOnce() {
    this.dirty = false;
    this.say("saving");
    const body = this.body().toString();
    const headers = { "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8" };
    const keepalive = body.length < KEEPALIVE_CHARACTERS;
    try {
      const answer = await fetch(this.form.dataset.autosave, { method: "POST", body, headers, keepalive });
      if (answer.status in FINAL) this.refused(answer.status);
      else await this.stored(answer);
    } catch {
      this.dirty = true;
      this.say("offline");
      this.later(RETRY_MS);
    }
  }

  async stored(answer) {
    if (!answer.ok) throw new Error(answer.status);
    this.form.elements.revision.value = (await answer.json()).revision;
    if (this.dirty) this.typed();
    else localStorage.removeItem(this.key);
    this.say("saved");
  }

  refused(status) {
    this.stopped = true;
    this.say(FINAL[status]);
  }

  sendLast() {
    navigator.sendBeacon(this.form.dataset.autosave, this.body());
  }

  // The button sends the same texts: wait for a save on its way, so that it does not look like another tab's. What is
  // kept here stays: if the button's request is lost, too, the next visit has it; else the revision tells that it came.
  async leave(event) {
    clearTimeout(this.timer);
    this.dirty = false;
    if (!this.sending) return;
    event.preventDefault();
    await this.sending;
    this.form.requestSubmit(event.submitter);
  }
}

function forgetOld() {
  for (const key of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
    if (!(JSON.parse(localStorage.getItem(key)).at > Date.now() - KEPT_MS)) localStorage.removeItem(key);
  }
}

forgetOld();
for (const form of document.querySelectorAll("form[data-autosave]")) form.autosave = new Autosave(form);
