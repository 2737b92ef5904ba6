// Counts down what is left of a question: <p class="clock" data-left-s data-form>. The server keeps the real clock, so a
// reload shows the same time. At the end the form is sent as if its button had been pressed.

const clock = document.querySelector(".clock[data-left-s]");
const says = document.querySelector("[data-clock-says]");
const end = performance.now() + Number(clock.dataset.leftS) * 1000;
let warned = Number(clock.dataset.leftS) <= 60;

function tick() {
  const leftS = Math.max(0, Math.round((end - performance.now()) / 1000));
  clock.querySelector("[data-shown]").textContent = `${Math.floor(leftS / 60)}:${String(leftS % 60).padStart(2, "0")}`;
  clock.classList.toggle("short", leftS <= 60);
  if (leftS <= 60 && !warned) {
    warned = true;
    says.textContent = says.dataset.minute;
  }
  if (leftS > 0) return;
  clearInterval(timer);
  says.textContent = says.dataset.up;
  document.getElementById(clock.dataset.form).requestSubmit();
}

const timer = setInterval(tick, 250);
tick();
