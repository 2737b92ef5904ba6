// Saves a form while it is being typed into: <form data-autosave="ADDRESS"> with a hidden "revision" and a
// <p role="status" data-saved data-saving data-offline data-elsewhere data-closed>. What could not be sent stays in this
// browser and is sent later, on top of the revision that it was typed on. Without this script the form's button saves.

const PAUSE_MS = 800;
const RETRY_MS = 3000;
const ELSEWHERE = 409;
const CLOSED = 410;

class Autosave {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("[role=status]");
    this.key = `draft:${form.dataset.autosave}`;
    this.timer = null;
    this.sending = null;
    this.dirty = false;
    this.stopped = false;
    form.addEventListener("input", () => this.typed());
    form.addEventListener("submit", (event) => this.leave(event));
    window.addEventListener("online", () => this.dirty && this.send());
    document.addEventListener("visibilitychange", () => document.hidden && this.dirty && this.send());
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
    localStorage.setItem(this.key, JSON.stringify({ revision: this.form.elements.revision.value, texts: this.texts() }));
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
    if (this.stopped) return;
    if (this.sending) {
      await this.sending;
      if (!this.dirty) return;
    }
    this.sending = this.sendOnce();
    await this.sending;
    this.sending = null;
  }

  async sendOnce() {
    this.dirty = false;
    this.say("saving");
    let answer;
    try {
      answer = await fetch(this.form.dataset.autosave, { method: "POST", body: this.body(), keepalive: true });
    } catch {
      this.dirty = true;
      this.say("offline");
      this.later(RETRY_MS);
      return;
    }
    if (answer.ok) await this.stored(answer);
    else if (answer.status === ELSEWHERE || answer.status === CLOSED) this.refused(answer.status);
    else {
      this.dirty = true;
      this.say("offline");
      this.later(RETRY_MS);
    }
  }

  async stored(answer) {
    this.form.elements.revision.value = (await answer.json()).revision;
    if (this.dirty) this.typed();
    else localStorage.removeItem(this.key);
    this.say("saved");
  }

  refused(status) {
    this.stopped = true;
    this.say(status === ELSEWHERE ? "elsewhere" : "closed");
  }

  sendLast() {
    navigator.sendBeacon(this.form.dataset.autosave, this.body());
  }

  // The button sends the same texts: wait for a save on its way, so that it does not look like another tab's.
  async leave(event) {
    clearTimeout(this.timer);
    this.dirty = false;
    localStorage.removeItem(this.key);
    if (!this.sending) return;
    event.preventDefault();
    await this.sending;
    this.form.requestSubmit(event.submitter);
  }
}

for (const form of document.querySelectorAll("form[data-autosave]")) form.autosave = new Autosave(form);
