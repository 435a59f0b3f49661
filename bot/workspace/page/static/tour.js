// The tour: four steps from a question to an answer that the bot has learnt.

import { language, say } from "./words.js";

const STEPS = ["tour_ask", "tour_unknown", "tour_expert", "tour_again"];
let step = Number(localStorage.getItem("tour") ?? 0);

function go(next) {
  step = next;
  localStorage.setItem("tour", step);
}

export function drawTour(bar, guide, { ask, become }) {
  bar.hidden = !guide || step >= STEPS.length;
  const mark = JSON.stringify([step, language(), guide]);
  if (bar.hidden || bar.mark === mark) return;
  bar.mark = mark;
  const name = STEPS[step];
  const does = [
    () => ask(guide, guide.question),
    () => ask(guide, guide.unknown),
    () => become(guide.expert, guide.place),
    () => ask(guide, guide.unknown),
  ][step];
  const text = document.createElement("p");
  text.textContent = `${step + 1}/${STEPS.length} ${say(name)}`;
  const act = document.createElement("button");
  Object.assign(act, { type: "button", className: "send", textContent: say(`${name}_go`) });
  act.onclick = () => { go(step + 1); does(); };
  const close = document.createElement("button");
  Object.assign(close, { type: "button", className: "quiet", textContent: "✕" });
  close.setAttribute("aria-label", say("tour_close"));
  close.onclick = () => { go(STEPS.length); bar.hidden = true; };
  bar.replaceChildren(text, act, close);
}
