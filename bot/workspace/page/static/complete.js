// Completes `/commands` at the beginning and `@names` anywhere in a text box.

const MOST = 12;

export function complete(form, picture) {
  const list = document.createElement("div");
  list.className = "completions";
  list.setAttribute("role", "listbox");
  list.hidden = true;
  form.prepend(list);
  let found = [];
  let at = 0;

  const word = () => {
    const before = form.box.value.slice(0, form.box.selectionStart);
    return /^\/[^\n]*$/.exec(before)?.[0] ?? /(?:^|\s)(@[\w-]*)$/.exec(before)?.[1] ?? "";
  };
  const close = () => { list.hidden = true; found = []; };
  const take = (text) => {
    const end = form.box.selectionStart;
    const start = end - word().length;
    form.box.setRangeText(`${text} `, start, end, "end");
    close();
    form.box.focus();
  };
  const mark = () => [...list.children].forEach((one, n) => one.setAttribute("aria-selected", n === at));
  const update = () => {
    const typed = word().toLowerCase();
    const { commands = [], people, bot } = picture();
    const names = [bot, ...people].map((one) => `@${one.name}`);
    const offered = typed.startsWith("/") ? commands : typed ? names : [];
    found = offered.filter((one) => one.startsWith(typed) && one !== typed).slice(0, MOST);
    at = 0;
    list.hidden = !found.length;
    list.replaceChildren(...found.map((text) => {
      const one = document.createElement("div");
      one.setAttribute("role", "option");
      one.textContent = text;
      one.onmousedown = (event) => { event.preventDefault(); take(text); };
      return one;
    }));
    mark();
  };
  // Tells whether the key was meant for the list.
  const key = (event) => {
    if (!found.length || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { at = (at + step + found.length) % found.length; mark(); }
    else if (event.key === "Tab" || event.key === "Enter") take(found[at]);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { update, key, close };
}
