// The tour: four steps from a question to an answer that the bot has learnt.

import { language, say } from "./words.js";

const STEPS = ["tour_ask", "tour_unknown", "tour_expert", "tour_again"];
const [UNKNOWN, EXPERT, AGAIN] = [1, 2, 3];
let step = Number(localStorage.getItem("tour") ?? 0);
// A step that was kept from an earlier visit may belong to a workspace that is gone.
let isOld = step === EXPERT;

function go(next) {
  step = next;
  localStorage.setItem("tour", step);
}

// The last question of the tour that no document answers, as the person at the page sees it.
const askedIn = ({ messages }, guide) =>
  (messages[guide.place] ?? []).findLast((m) => !m.bot && !m.thread && m.text.includes(guide.unknown));

// Whoever has saved an answer is told so, once it is in the index.
const isSaved = ({ messages }, guide, since) =>
  Object.values(messages).flat().some((m) =>
    m.bot && Number(m.ts) > Number(since) && guide.saved.some((said) => m.text.includes(said)));

// Nobody is led on before the answer is saved, nor to a question that is not there.
function catchUp(picture, guide) {
  if (step !== EXPERT) return;
  const asked = askedIn(picture, guide);
  const mayLook = picture.channels.some((c) => c.id === guide.place);
  if (isOld && mayLook && !asked) go(UNKNOWN);
  isOld = isOld && !mayLook;
  if (asked && isSaved(picture, guide, asked.ts)) go(AGAIN);
}

// What a step says, and what its button does; it has none while there is nothing to press.
function shownStep(picture, guide, thread, { ask, become, open }) {
  if (step !== EXPERT) {
    const text = step === 0 ? guide.question : guide.unknown;
    return { name: STEPS[step], act: () => { go(step + 1); ask(guide, text); } };
  }
  const asked = askedIn(picture, guide)?.ts;
  if (picture.viewer !== guide.expert) return { name: STEPS[step], act: () => become(guide.expert, guide.place, asked) };
  return { name: "tour_reply", act: asked === thread ? null : () => open(asked) };
}

export function drawTour(bar, picture, thread, does) {
  const guide = picture.guide?.[language()];
  if (guide) catchUp(picture, guide);
  bar.hidden = !guide || step >= STEPS.length;
  if (bar.hidden) return;
  const { name, act } = shownStep(picture, guide, thread, does);
  const mark = JSON.stringify([name, Boolean(act), language(), guide, picture.viewer]);
  bar.act = act;
  if (bar.mark === mark) return;
  bar.mark = mark;
  const expert = picture.people.find((p) => p.id === guide.expert)?.name;
  const text = document.createElement("p");
  text.textContent = `${step + 1}/${STEPS.length} ${say(name, { name: expert })}`;
  const next = document.createElement("button");
  Object.assign(next, { type: "button", className: "send", textContent: say(`${name}_go`), onclick: () => bar.act() });
  const close = document.createElement("button");
  Object.assign(close, { type: "button", className: "quiet", textContent: "✕" });
  close.setAttribute("aria-label", say("tour_close"));
  close.onclick = () => { go(STEPS.length); bar.hidden = true; };
  bar.replaceChildren(text, ...(act ? [next] : []), close);
}
