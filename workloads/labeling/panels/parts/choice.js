// A choice of classes: a button and a key for each.

const states = new WeakMap();
const KEYS = "1234567890qwertyuiopasdfghjkl";

export default function ({ data, parentElement: root, setTriggerValue }) {
  let state = states.get(root);
  if (!state) {
    state = begin(root);
    states.set(root, state);
  }
  state.trigger = setTriggerValue;
  if (!state.data || state.data.item !== data.item) {
    state.sent = false;
    root.querySelector(".picture").src = data.image;
    root.querySelector(".status").textContent = data.said;
  }
  state.data = data;
  state.paint();
  return () => {
    state.end();
    states.delete(root);
  };
}

function keyOf(state, at) {
  // Digits name themselves: whoever sees a 7 presses 7.
  const named = state.data.classes.every((name) => /^[0-9]$/.test(name));
  return named ? state.data.classes[at] : KEYS[at] || "";
}

function begin(root) {
  const state = { data: null, trigger: null, sent: false };

  state.vote = (at) => {
    if (state.sent || at < 0 || at >= state.data.classes.length) return;
    state.sent = true;
    state.trigger("vote", { item: state.data.item, value: at });
    state.paint();
  };

  state.paint = () => {
    const { classes, question, alt } = state.data;
    root.querySelector(".question").textContent = question;
    root.querySelector(".picture").alt = alt;
    const group = root.querySelector(".classes");
    if (group.childElementCount !== classes.length) {
      group.replaceChildren(
        ...classes.map((_, at) => {
          const button = document.createElement("button");
          button.type = "button";
          button.append(document.createElement("span"), document.createElement("kbd"));
          button.addEventListener("click", () => state.vote(at));
          return button;
        }),
      );
    }
    [...group.children].forEach((button, at) => {
      button.firstChild.textContent = classes[at];
      button.lastChild.textContent = keyOf(state, at);
      button.disabled = state.sent;
    });
    root.querySelector(".keys").textContent = "Press the key beside a class, or click it.";
  };

  const press = (event) => {
    const at = event.composedPath()[0];
    const typing = at instanceof Element && at.matches("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !state.data) return;
    const found = state.data.classes.findIndex((_, place) => keyOf(state, place) === event.key.toLowerCase());
    if (found >= 0) {
      event.preventDefault();
      state.vote(found);
    }
  };
  window.addEventListener("keydown", press);
  state.end = () => window.removeEventListener("keydown", press);
  return state;
}
