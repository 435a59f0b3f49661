// The page: takes pictures of the workspace from the server, draws them, and sends what a person does.
// Bodies of messages come as finished HTML; a part of the page is only touched when it has changed.

import { complete } from "./complete.js";
import { drawTour } from "./tour.js";
import { FAULTS, language, say, speak } from "./words.js";

const byId = (id) => document.getElementById(id);
const state = {
  picture: null,
  person: new URLSearchParams(location.search).get("user") ?? localStorage.getItem("person") ?? "",
  place: localStorage.getItem("place") ?? "",
  // The demonstration's thread is opened by itself until the person does something.
  waits: true,
  tab: "messages",
  thread: "",
  editing: "",
  modal: "",
};
let socket;

// --- Talking with the server -------------------------------------------------------------------

function listen() {
  socket?.close();
  const mine = new WebSocket(new URL(`live?user=${state.person}&language=${language()}`, `ws://${location.host}${location.pathname}`));
  socket = mine;
  mine.onmessage = (event) => {
    state.picture = JSON.parse(event.data);
    state.person = state.picture.viewer;
    draw();
  };
  mine.onclose = () => {
    if (mine !== socket) return;
    toast(say("lost"));
    setTimeout(listen, 1000);
  };
}

async function act(what, values = {}) {
  const response = await fetch("do", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user: state.person, do: what, ...values }),
  });
  const answer = await response.json();
  if (!response.ok) toast(say(answer.error));
  return response.ok ? answer : null;
}

function toast(text) {
  const place = byId("toast");
  place.textContent = text;
  place.classList.add("shown");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => place.classList.remove("shown"), 5000);
}

// --- Drawing -----------------------------------------------------------------------------------

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function button(text, label, pressed) {
  const made = element("button", { type: "button", className: "quiet", textContent: text, onclick: pressed });
  made.setAttribute("aria-label", label);
  made.title = label;
  return made;
}

// Make the children of `parent` those of `items`, keeping every node whose content is as before.
function fill(parent, items, key, make) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const mark = JSON.stringify([item, language(), state.editing]);
    const known = old.get(key(item));
    if (known && known.mark === mark) return known;
    const made = make(item);
    made.dataset.key = key(item);
    made.mark = mark;
    return made;
  });
  wanted.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
  while (parent.children.length > wanted.length) parent.lastChild.remove();
}

function scrolled(section, change) {
  const near = section.scrollHeight - section.scrollTop - section.clientHeight < 80;
  const height = section.scrollHeight;
  change();
  if (near && section.scrollHeight !== height) section.scrollTop = section.scrollHeight;
}

const current = () => state.picture.channels.find((channel) => channel.id === state.place);
const messages = () => state.picture.messages[state.place] ?? [];
const label = (channel) => (channel.kind === "im" ? channel.name : `#${channel.name}`);

function draw() {
  const { picture } = state;
  if (!picture) return;
  if (!current()) state.place = firstPlace(picture);
  if (state.waits) openDemonstration();
  see();
  document.querySelectorAll("[data-say]").forEach((node) => (node.textContent = say(node.dataset.say)));
  drawSidebar(picture);
  drawHead(current());
  if (state.tab === "home") drawTimeline();
  else scrolled(byId("timeline"), drawTimeline);
  drawThread();
  drawTour(byId("tour"), picture, state.thread, { ask: askAs, become, open: showQuestion });
  drawDrawer(picture);
  drawWorkflow(picture);
  drawModal(picture.modal);
}

// Somebody who speaks Japanese begins where Japanese is spoken.
function firstPlace({ channels, guide }) {
  const first = guide?.[language()]?.place;
  const open = channels.filter((c) => c.with_bot);
  return (open.find((c) => c.id === first) ?? open[0])?.id ?? "";
}

function openDemonstration() {
  if (matchMedia("(max-width: 760px)").matches) return;
  const asked = messages().filter((m) => !m.thread && !m.bot && (threadOf(m.ts).replies || statusOf(m.ts)));
  if (asked.length) state.thread = asked.at(-1).ts;
}

// What has been seen, by person and channel; the rest is counted in the sidebar.
const seen = JSON.parse(localStorage.getItem("seen") ?? "{}");
const unread = (id) => {
  const until = seen[`${state.person}-${id}`] ?? 0;
  return (state.picture.messages[id] ?? []).filter((m) => !m.mine && Number(m.ts) > until).length;
};
function see() {
  const last = Math.max(0, ...messages().map((m) => Number(m.ts)));
  if (!last || document.hidden || seen[`${state.person}-${state.place}`] === last) return;
  seen[`${state.person}-${state.place}`] = last;
  localStorage.setItem("seen", JSON.stringify(seen));
}

function drawSidebar(picture) {
  byId("connection").textContent = picture.connected ? "●" : "○";
  byId("connection").title = say(picture.connected ? "connected" : "away");
  byId("connection").className = picture.connected ? "on" : "off";
  const groups = [
    ["channels", picture.channels.filter((c) => c.kind !== "im")],
    ["direct", picture.channels.filter((c) => c.kind === "im")],
  ].map(([name, found]) => ({ name, found: found.map((c) => ({ id: c.id, text: label(c), news: unread(c.id), here: c.id === state.place })) }));
  fill(byId("places"), groups, (g) => g.name, (group) =>
    element("div", {}, element("h2", { textContent: say(group.name) }),
      ...group.found.map((place) => {
        const entry = element("button", {
          type: "button", textContent: place.text,
          className: "place", onclick: () => goTo(place.id),
        });
        if (place.here) entry.setAttribute("aria-current", "page");
        else if (place.news) {
          const badge = element("span", { className: "badge", textContent: place.news });
          badge.setAttribute("aria-label", say("unread", { n: place.news }));
          entry.append(" ", badge);
        }
        return entry;
      })));
  const roles = (p) => ["admin", "guest", "external"].filter((role) => p[role]).map(say).join(", ");
  fill(byId("person"), picture.people, (p) => p.id, (p) =>
    element("option", { value: p.id, textContent: roles(p) ? `${p.name} (${roles(p)})` : p.name }));
  byId("person").value = picture.viewer;
  byId("language").textContent = language() === "ja" ? "English" : "日本語";
  byId("theme").textContent = isDark() ? `☀ ${say("light")}` : `☾ ${say("dark")}`;
}

function drawHead(channel) {
  if (!channel) return;
  byId("title").textContent = label(channel);
  const about = [channel.topic, channel.kind === "im" ? "" : say("members", { n: channel.members }), channel.shared ? say("shared") : ""];
  byId("topic").textContent = about.filter(Boolean).join(" · ");
  const tabs = channel.kind === "im" ? ["messages", "home"].map((name) => ({ name, on: state.tab === name })) : [];
  fill(byId("tabs"), tabs, (t) => t.name, (t) => {
    const tab = element("button", { type: "button", textContent: say(t.name), onclick: () => showTab(t.name) });
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", t.on);
    return tab;
  });
  byId("composer").hidden = channel.kind === "im" && state.tab === "home";
  drawComposer(byId("composer"), say("write", { place: label(channel) }));
}

function drawTimeline() {
  const section = byId("timeline");
  const channel = current();
  if (channel?.kind === "im" && state.tab === "home") {
    const { home } = state.picture;
    fill(section, [home ?? { id: "none", html: "" }], (view) => `home-${view.id}-${view.hash}`, (view) => {
      const made = element("div", { className: "home" });
      made.innerHTML = view.html || `<p class="empty">${say("empty_home")}</p>`;
      made.dataset.view = view.id;
      return made;
    });
    return;
  }
  const roots = messages().filter((m) => !m.thread || m.private && !m.thread);
  const entries = roots.map((m) => ({ ...m, ...threadOf(m.ts), open: m.ts === state.thread }));
  const welcome = channel?.with_bot && entries.length < 6 ? [{ ts: "welcome", place: state.place }] : [];
  fill(section, [...welcome, ...entries], (m) => m.ts, (m) => (m.ts === "welcome" ? drawWelcome(channel) : drawMessage(m, true)));
}

function threadOf(root) {
  const replies = messages().filter((m) => m.thread === root);
  return { replies: replies.length, status: statusOf(root) };
}

const statusOf = (root) =>
  state.picture.statuses.find((s) => s.channel === state.place && s.thread === root)?.text ?? "";

function drawWelcome(channel) {
  const { name } = state.picture.bot;
  const ask = (text) => send(channel.kind === "im" ? text : `@${name} ${text}`, "");
  return element("div", { className: "welcome" },
    element("h2", { textContent: say("welcome") }),
    element("p", { textContent: say("about") }),
    element("div", { className: "chips" },
      ...(state.picture.guide?.[language()]?.examples ?? []).map((text) => element("button", { type: "button", textContent: text, onclick: () => ask(text) }))));
}

function drawThread() {
  const shown = Boolean(state.thread) && messages().some((m) => m.ts === state.thread);
  byId("thread").hidden = !shown;
  if (!shown) return;
  const section = byId("replies");
  scrolled(section, () => {
    const found = messages().filter((m) => m.ts === state.thread || m.thread === state.thread);
    const status = statusOf(state.thread);
    const entries = status ? [...found, { ts: "status", status, name: state.picture.bot.name }] : found;
    fill(section, entries, (m) => m.ts, (m) =>
      m.ts === "status"
        ? element("p", { className: "status", textContent: `${m.name} ${m.status}` })
        : drawMessage(m, false));
  });
  drawComposer(byId("reply"), say("reply"));
}

function drawMessage(m, inTimeline) {
  const time = new Date(Number(m.ts) * 1000).toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
  const made = element("article", { className: ["message", m.bot && "bot", m.private && "private", m.open && "open"].filter(Boolean).join(" ") });
  made.dataset.ts = m.ts;
  made.dataset.channel = m.channel;
  const head = element("div", { className: "head" },
    element("strong", { textContent: m.name }),
    ...(m.bot ? [element("span", { className: "app", textContent: "APP" })] : []),
    element("time", { textContent: time }),
    ...(m.edited && !m.bot ? [element("span", { className: "edited", textContent: say("edited") })] : []),
    ...(m.private ? [element("span", { className: "edited", textContent: say("private") })] : []));
  const body = element("div", { className: m.streaming ? "body streaming" : "body" });
  if (m.tombstone) body.textContent = say("tombstone");
  else if (state.editing === m.ts) body.append(drawEditor(m));
  else body.innerHTML = m.html;
  // A source says who opens it: whoever may not read it does not.
  for (const link of body.querySelectorAll("a[href]")) {
    if (!link.href.startsWith(new URL("documents/", document.baseURI).href)) continue;
    const address = new URL(link.href);
    address.searchParams.set("user", state.person);
    link.href = address.href;
  }
  made.append(element("div", { className: "face", textContent: m.bot ? "答" : m.name[0].toUpperCase() }),
    element("div", { className: "said" }, head, body, ...drawFoot(m, inTimeline)), drawTools(m, inTimeline));
  return made;
}

function drawFoot(m, inTimeline) {
  const foot = [];
  if (m.files.length) foot.push(element("div", { className: "files", textContent: m.files.map((n) => `📎 ${n}`).join("  ") }));
  if (m.reactions.length) {
    foot.push(element("div", { className: "reactions" }, ...m.reactions.map((r) => {
      const made = button(`${r.face} ${r.count}`, say("react", { name: r.name }), () => react(m, r.name));
      made.setAttribute("aria-pressed", r.mine);
      return made;
    })));
  }
  if (inTimeline && (m.replies || m.status)) {
    const text = m.replies === 1 ? say("one_reply") : say("replies", { n: m.replies });
    const link = element("button", { type: "button", className: "link", textContent: m.replies ? text : "…", onclick: () => openThread(m.ts) });
    foot.push(element("div", { className: "thread-link" }, link,
      ...(m.status ? [element("span", { className: "status", textContent: `${state.picture.bot.name} ${m.status}` })] : [])));
  }
  return foot;
}

function drawTools(m, inTimeline) {
  const tools = element("div", { className: "tools" });
  if (m.private || m.tombstone) return tools;
  for (const [name, face] of [["+1", "👍"], ["-1", "👎"], ["eyes", "👀"]])
    tools.append(button(face, say("react", { name }), () => react(m, name)));
  if (inTimeline) tools.append(button("💬", say("open_thread"), () => openThread(m.ts, true)));
  if (m.streaming || m.status) tools.append(button(say("stop"), say("stop"), () => act("stop", at(m))));
  for (const [name, text] of Object.entries(state.picture.shortcuts))
    tools.append(button(name.startsWith("ask") ? "？" : "＋", text, () => act("shortcut", { ...at(m), name })));
  if (m.mine) {
    tools.append(button("✎", say("edit"), () => { state.editing = m.ts; draw(); }));
    tools.append(button("🗑", say("delete"), () => confirm(say("confirm_delete")) && act("delete", at(m))));
  }
  return asToolbar(tools);
}

// One stop of the Tab key for all actions of a message; the arrow keys go on from there.
function asToolbar(tools) {
  tools.setAttribute("role", "toolbar");
  tools.setAttribute("aria-label", say("actions"));
  const all = [...tools.children];
  all.forEach((one, n) => (one.tabIndex = n ? -1 : 0));
  tools.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    all.forEach((one) => (one.tabIndex = one === next ? 0 : -1));
    next.focus();
    event.preventDefault();
  };
  return tools;
}

function drawEditor(m) {
  const box = element("textarea", { value: m.text, rows: 2 });
  const done = () => { state.editing = ""; draw(); };
  const save = async () => { await act("edit", { ...at(m), text: box.value }); done(); };
  setTimeout(() => box.focus());
  return element("div", { className: "editor" }, box,
    element("button", { type: "button", textContent: say("save"), onclick: save }), button(say("cancel"), say("cancel"), done));
}

function drawComposer(form, hint) {
  if (!form.box) {
    form.box = element("textarea", { rows: 1 });
    form.picker = element("input", { type: "file", hidden: true, multiple: true });
    form.note = element("span", { className: "note" });
    form.clip = button("📎", say("attach"), () => form.picker.click());
    form.go = element("button", { className: "send" });
    form.append(form.box, element("div", { className: "row" }, form.clip, form.note, form.picker, form.go));
    form.picker.onchange = () => {
      const names = [...form.picker.files].map((file) => file.name).join(", ");
      form.note.textContent = names ? say("attached", { name: names }) : "";
    };
    form.told = element("p", { className: "told" });
    form.append(form.told);
    const completed = complete(form, () => state.picture);
    form.box.oninput = () => { state.waits = false; grow(form.box); completed.update(); warn(form); };
    form.box.onblur = completed.close;
    form.box.onkeydown = (event) => {
      if (completed.key(event)) return;
      // While an input method composes Japanese, Enter chooses a word and sends nothing.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
        event.preventDefault();
        form.requestSubmit();
      }
    };
    form.onsubmit = async (event) => {
      event.preventDefault();
      const text = form.box.value.trim();
      const files = await Promise.all([...form.picker.files].map(packed));
      if ((!text || text === mentioned().trim()) && !files.length) return;
      form.box.value = form.picker.value = form.note.textContent = "";
      begin(form);
      grow(form.box);
      if (!(await send(text, form.id === "reply" ? state.thread : "", files))) form.box.value = text;
    };
  }
  const place = `${state.person}-${state.place}-${form.id === "reply" ? state.thread : ""}`;
  if (form.place !== place) {
    form.place = place;
    if (!form.box.value || form.box.value === form.begun) begin(form);
  }
  warn(form);
  form.box.placeholder = hint;
  form.box.setAttribute("aria-label", hint);
  form.go.textContent = say("send");
}

// In a channel the bot hears who mentions it, so that the mention is there before the question.
const mentioned = () => (current()?.with_bot && current().kind !== "im" ? `@${state.picture.bot.name} ` : "");

function begin(form) {
  form.begun = form.id === "reply" ? "" : mentioned();
  form.box.value = form.begun;
}

function warn(form) {
  const text = form.box.value.trim();
  const alone = form.id !== "reply" && mentioned() && text && !text.startsWith("/") && !text.includes(mentioned().trim());
  form.told.textContent = alone ? say("no_mention", { name: state.picture.bot.name }) : "";
}

function grow(box) {
  box.rows = Math.min(box.value.split("\n").length, 8);
}

async function packed(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = bytes.reduce((found, byte) => found + String.fromCharCode(byte), "");
  return { name: file.name, type: file.type || "application/octet-stream", content: btoa(text) };
}

function drawDrawer(picture) {
  const list = byId("faults");
  if (!list.made) {
    list.made = true;
    const times = element("input", { type: "number", min: 1, max: 20, value: 2 });
    list.kinds = element("select", {}, ...FAULTS.map(([, , text], n) => element("option", { value: n, textContent: text })));
    list.times = times;
    list.make = element("button", { type: "button", onclick: () => {
      const [method, kind] = FAULTS[Number(list.kinds.value)];
      act("fault", { method, kind, times: Number(times.value) });
    } });
    list.mend = element("button", { type: "button", className: "quiet", onclick: () => act("mend") });
    list.cut = element("button", { type: "button", className: "quiet", onclick: () => act("disconnect") });
    list.waiting = element("ul");
    list.word = element("span");
    list.append(list.kinds, element("label", {}, times, " ", list.word),
      element("div", { className: "row" }, list.make, list.cut, list.mend), list.waiting);
  }
  list.word.textContent = say("times");
  list.make.textContent = say("make");
  list.mend.textContent = say("mend");
  list.cut.textContent = say("cut");
  const waiting = picture.faults.length ? picture.faults : [{ none: true }];
  fill(list.waiting, waiting, (f) => JSON.stringify(f), (f) =>
    element("li", { textContent: f.none ? say("none") : say("waiting", { ...f, n: f.times }) }));
  const calls = [...picture.calls].reverse();
  fill(byId("calls"), calls, (c) => `${c.at}-${c.method}`, (c) => {
    const well = c.status === 200 && !c.error;
    const when = new Date(c.at * 1000).toLocaleTimeString(language());
    return element("li", { className: well ? "" : "bad", textContent: `${when}  ${c.method}  ${well ? "" : `${c.status || "✂"} ${c.error}`}` });
  });
}

function drawWorkflow(picture) {
  byId("flow").hidden = !picture.steps.length;
  const form = byId("step");
  const places = picture.channels.filter((c) => c.kind !== "im").map((c) => ({ id: c.id, text: label(c) }));
  const people = [{ id: picture.viewer, text: picture.people.find((p) => p.id === picture.viewer).name }, { id: "nobody", text: say("step_nobody") }];
  for (const [list, choices] of [[form.channel, [{ id: "", text: say("step_alone") }, ...places]], [form.person, people]])
    fill(list, choices, (c) => c.id, (c) => element("option", { value: c.id, textContent: c.text }));
  fill(byId("runs"), [...picture.runs].reverse(), (r) => r.id, (r) => {
    const parts = [];
    if (r.status === "running") parts.push(element("p", { className: "soft", textContent: say("step_running") }));
    if (r.error) parts.push(element("p", { className: "bad", textContent: `${say("step_failed")} ${r.error}` }));
    if (r.html) parts.push(element("h3", { textContent: say("output_answer") }), element("div", { className: "body", innerHTML: r.html }));
    for (const name of ["status", "link", "text"].filter((name) => r.outputs[name]))
      parts.push(element("h3", { textContent: say(`output_${name}`) }), element("pre", { textContent: r.outputs[name] }));
    return element("li", {}, ...parts);
  });
}

function drawModal(view) {
  const dialog = byId("modal");
  const mark = view ? `${view.id}-${view.hash}` : "";
  if (mark === state.modal) return;
  state.modal = mark;
  if (!view) return dialog.close();
  const form = byId("modal-form");
  form.dataset.view = view.id;
  form.innerHTML = `<h2>${view.title}</h2><div class="blocks">${view.html}</div>`;
  form.querySelectorAll(".optional").forEach((node) => (node.textContent = say("optional")));
  const row = element("div", { className: "row" });
  row.append(element("button", { type: "button", className: "quiet", innerHTML: view.close || say("close"), onclick: () => act("close") }));
  if (view.submit) row.append(element("button", { className: "send", innerHTML: view.submit }));
  form.append(row);
  if (!dialog.open) dialog.showModal();
}

// --- What a person does ------------------------------------------------------------------------

const at = (m) => ({ channel: m.channel, ts: m.ts });
const react = (m, name) => act("react", { ...at(m), name });

async function send(text, thread, files = []) {
  const { name } = state.picture.bot;
  const done = await act("post", { channel: state.place, text, thread, files });
  // Whoever asks wants to see the answer come, and it comes in the thread.
  const addressed = text.includes(`@${name}`) || current().kind === "im";
  if (done?.ts && !thread && addressed) openThread(done.ts);
  byId("timeline").scrollTop = byId("timeline").scrollHeight;
  return done;
}

function goTo(place) {
  Object.assign(state, { place, thread: "", editing: "", tab: "messages", waits: false });
  localStorage.setItem("place", place);
  document.body.classList.remove("menu");
  draw();
  byId("timeline").scrollTop = byId("timeline").scrollHeight;
  byId("composer").box?.focus();
}

function showTab(tab) {
  state.tab = tab;
  if (tab === "home") state.thread = "";
  act("home", { tab });
  draw();
  byId("timeline").scrollTop = tab === "home" ? 0 : byId("timeline").scrollHeight;
}

function become(person, place = "", thread = "") {
  Object.assign(state, { person, place, thread, tab: "messages", editing: "", waits: !thread });
  localStorage.setItem("person", person);
  localStorage.setItem("place", place);
  listen();
}

// A step of the tour: the asker asks, whoever the person at the page is now.
async function askAs({ asker, place }, text) {
  if (state.person !== asker) become(asker, place);
  Object.assign(state, { place, thread: "", tab: "messages", waits: false });
  const done = await act("post", { channel: place, text: `@${state.picture.bot.name} ${text}`, thread: "", files: [] });
  if (done?.ts) openThread(done.ts);
  return done;
}

// A step of the tour: back to the question, wherever the expert has gone.
function showQuestion(ts) {
  const place = Object.entries(state.picture.messages).find(([, all]) => all.some((m) => m.ts === ts))[0];
  if (place !== state.place) goTo(place);
  Object.assign(state, { tab: "messages" });
  openThread(ts);
}

function openThread(ts, focus = false) {
  Object.assign(state, { thread: ts, waits: false });
  draw();
  byId("replies").scrollTop = byId("replies").scrollHeight;
  if (focus) byId("reply").box.focus();
}

function closeThread() {
  Object.assign(state, { thread: "", waits: false });
  draw();
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-action]");
  if (!pressed || pressed.tagName === "SELECT") return;
  if (pressed.dataset.url) open(pressed.dataset.url, "_blank", "noopener");
  use(pressed, pressed.dataset.value);
});

document.addEventListener("change", (event) => {
  const menu = event.target.closest("select[data-action]");
  if (menu) use(menu, menu.value);
});

function use(node, value) {
  const block = node.closest("[data-block]")?.dataset.block ?? "";
  const view = node.closest("[data-view]")?.dataset.view;
  const place = view ? { view } : { ...node.closest("[data-ts]").dataset };
  act("click", { ...place, action: node.dataset.action, value, block });
}

byId("modal-form").onsubmit = async (event) => {
  event.preventDefault();
  const values = {};
  for (const field of event.target.elements) {
    if (!field.name) continue;
    if (field.type === "radio") { if (field.checked) values[field.name] = field.value; }
    else if (field.type === "checkbox") { (values[field.name] ??= []).push(...(field.checked ? [field.value] : [])); }
    else if (field.multiple) values[field.name] = [...field.selectedOptions].map((o) => o.value);
    else if (field.value) values[field.name] = field.value;
  }
  const done = await act("submit", { values });
  for (const [block, problem] of Object.entries(done?.errors ?? {})) {
    const place = event.target.querySelector(`[data-block="${CSS.escape(block)}"] .problem`);
    if (place) place.textContent = problem;
  }
};

byId("step").onsubmit = (event) => {
  event.preventDefault();
  const { question, channel, person } = event.target;
  const inputs = { question: question.value, channel: channel.value };
  act("run_step", { step: state.picture.steps[0].id, inputs, nobody: person.value === "nobody" });
};
byId("flow").onclick = byId("close-workflow").onclick = () => {
  byId("workflow").hidden = !byId("workflow").hidden;
  byId("flow").setAttribute("aria-expanded", !byId("workflow").hidden);
};
byId("modal").oncancel = (event) => { event.preventDefault(); act("close"); };
byId("close-thread").onclick = closeThread;
byId("person").onchange = (event) => {
  become(event.target.value);
};
byId("language").onclick = () => { speak(language() === "ja" ? "en" : "ja"); draw(); };
byId("menu").onclick = () => document.body.classList.toggle("menu");
byId("hood").onclick = byId("close-drawer").onclick = () => {
  byId("drawer").hidden = !byId("drawer").hidden;
  byId("hood").setAttribute("aria-expanded", !byId("drawer").hidden);
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !byId("modal").open) {
    if (document.body.classList.contains("menu")) document.body.classList.remove("menu");
    else if (state.editing) { state.editing = ""; draw(); }
    else if (!byId("drawer").hidden) byId("hood").click();
    else if (!byId("workflow").hidden) byId("flow").click();
    else if (state.thread) closeThread();
  }
  if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    const ids = state.picture.channels.map((c) => c.id);
    const next = ids.indexOf(state.place) + (event.key === "ArrowDown" ? 1 : -1);
    if (ids[next]) goTo(ids[next]);
    event.preventDefault();
  }
});

// --- Light and dark ----------------------------------------------------------------------------

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (localStorage.getItem("theme") ?? (prefersDark.matches ? "dark" : "light")) === "dark";
const dress = () => { document.documentElement.dataset.theme = isDark() ? "dark" : "light"; };

byId("theme").onclick = () => { localStorage.setItem("theme", isDark() ? "light" : "dark"); dress(); draw(); };
prefersDark.onchange = () => { dress(); draw(); };

const wishes = new URLSearchParams(location.search);
if (wishes.has("language")) speak(wishes.get("language"));
if (wishes.has("theme")) localStorage.setItem("theme", wishes.get("theme"));
speak(language());
dress();
listen();
