// Boxes on an image, drawn with a mouse, a finger, or keys alone. Corners are between pixels, so a box is whole pixels
// at any zoom.

const states = new WeakMap();
const SVG = "http://www.w3.org/2000/svg";
const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8];

export default function ({ data, parentElement: root, setTriggerValue }) {
  let state = states.get(root);
  if (!state) {
    state = begin(root);
    states.set(root, state);
  }
  state.trigger = setTriggerValue;
  if (!state.data || state.data.item !== data.item) {
    Object.assign(state, { boxes: [], undone: [], draft: null, sent: false, zoom: data.zoom || 1, label: 0 });
    state.at = { x: Math.floor(data.width / 2), y: Math.floor(data.height / 2) };
    state.data = data;
    state.say(data.said);
  }
  state.data = data;
  state.paint();
  return () => states.delete(root);
}

function begin(root) {
  const find = (name) => root.querySelector(name);
  const sheet = find(".sheet");
  const state = { data: null, trigger: null, boxes: [], draft: null, at: { x: 0, y: 0 }, zoom: 1, label: 0, sent: false };
  state.say = (text) => { find(".status").textContent = text || ""; };

  const clamp = (point) => ({
    x: Math.min(state.data.width, Math.max(0, point.x)),
    y: Math.min(state.data.height, Math.max(0, point.y)),
  });
  // Where the pointer is, as the nearest corner between pixels.
  const place = (event) => {
    const seen = sheet.getBoundingClientRect();
    return clamp({
      x: Math.round(((event.clientX - seen.left) / seen.width) * state.data.width),
      y: Math.round(((event.clientY - seen.top) / seen.height) * state.data.height),
    });
  };
  const between = (a, b) => ({
    x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y),
  });
  const make = (a, b) => {
    const box = between(a, b);
    state.draft = null;
    if (box.width < 1 || box.height < 1) {
      state.say("A box needs an area: its corners are the same, or on one line.");
    } else {
      state.boxes.push({ ...box, label: state.label });
      state.say(`Box ${state.boxes.length}: ${box.width} by ${box.height} pixels at ${box.x}, ${box.y}.`);
    }
    state.paint();
  };
  const undo = () => {
    if (state.draft) state.draft = null;
    else if (state.boxes.pop()) state.say(`Undone; ${state.boxes.length} left.`);
    state.paint();
  };
  const zoom = (step) => {
    const next = ZOOMS.indexOf(state.zoom) + step;
    state.zoom = ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, next))];
    state.paint();
  };
  const send = () => {
    if (state.sent) return;
    state.sent = true;
    state.trigger("vote", { item: state.data.item, value: state.boxes });
    state.paint();
  };

  sheet.addEventListener("pointerdown", (event) => {
    if (event.button || state.sent) return;
    sheet.setPointerCapture(event.pointerId);
    state.pointer = event.pointerId;
    state.draft = state.at = place(event);
    state.keys = false;
    state.paint();
  });
  sheet.addEventListener("pointermove", (event) => {
    if (state.pointer !== event.pointerId) return;
    state.at = place(event);
    state.paint();
  });
  const lift = (event) => {
    if (state.pointer !== event.pointerId) return;
    state.pointer = undefined;
    if (event.type === "pointercancel") state.draft = null;
    else if (state.draft) make(state.draft, place(event));
    state.paint();
  };
  sheet.addEventListener("pointerup", lift);
  sheet.addEventListener("pointercancel", lift);
  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  sheet.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || state.sent) return;
    const move = MOVES[event.key];
    state.keys = true;
    if (move) {
      const by = event.shiftKey ? 10 : 1;
      state.at = clamp({ x: state.at.x + move[0] * by, y: state.at.y + move[1] * by });
      state.say(`${state.at.x}, ${state.at.y}`);
    } else if (event.key === "Enter" || event.key === " ") {
      if (state.draft) make(state.draft, state.at);
      else {
        state.draft = { ...state.at };
        state.say(`First corner at ${state.at.x}, ${state.at.y}.`);
      }
    } else if (event.key === "Escape") state.draft = null;
    else if (event.key === "z" || event.key === "Backspace") undo();
    else if (event.key === "+" || event.key === "=") zoom(1);
    else if (event.key === "-") zoom(-1);
    else if (/^[1-9]$/.test(event.key) && Number(event.key) <= state.data.classes.length) state.label = Number(event.key) - 1;
    else return;
    event.preventDefault();
    state.paint();
  });
  sheet.addEventListener("focus", () => { state.keys = sheet.matches(":focus-visible"); state.paint(); });
  sheet.addEventListener("blur", () => { state.keys = false; state.paint(); });
  find(".undo").addEventListener("click", undo);
  find(".in").addEventListener("click", () => zoom(1));
  find(".out").addEventListener("click", () => zoom(-1));
  find(".done").addEventListener("click", send);

  const put = (rect, box) => {
    for (const name of ["x", "y", "width", "height"]) rect.setAttribute(name, box[name]);
  };
  state.paint = () => {
    const { width, height, classes, image, question } = state.data;
    find(".question").textContent = question;
    sheet.setAttribute("viewBox", `0 0 ${width} ${height}`);
    sheet.setAttribute("aria-label", `${question} ${state.boxes.length} boxes drawn.`);
    sheet.style.width = `${state.zoom * 100}%`;
    sheet.style.aspectRatio = `${width} / ${height}`;
    sheet.style.setProperty("--thin", `${Math.max(width, height) / 400 / state.zoom}px`);
    const picture = find("image.picture");
    if (picture.getAttribute("href") !== image) picture.setAttribute("href", image);
    put(picture, { x: 0, y: 0, width, height });
    find(".made").replaceChildren(
      ...state.boxes.map((box) => {
        const rect = document.createElementNS(SVG, "rect");
        put(rect, box);
        return rect;
      }),
    );
    const draft = find(".draft");
    draft.setAttribute("visibility", state.draft ? "visible" : "hidden");
    if (state.draft) put(draft, between(state.draft, state.at));
    find(".cross").setAttribute("visibility", state.keys ? "visible" : "hidden");
    const { x, y } = state.at;
    for (const [name, ends] of [["line.h", [0, y, width, y]], ["line.v", [x, 0, x, height]]]) {
      ["x1", "y1", "x2", "y2"].forEach((end, i) => find(name).setAttribute(end, ends[i]));
    }
    find(".zoom").textContent = `${Math.round(state.zoom * 100)}%`;
    find(".done").textContent = state.boxes.length ? `Done: ${state.boxes.length}` : "Nothing here";
    for (const button of root.querySelectorAll(".tools button")) button.disabled = state.sent;
    find(".undo").disabled = state.sent || !(state.boxes.length || state.draft);
    const group = find(".classes");
    group.hidden = classes.length < 2;
    group.replaceChildren(
      ...classes.map((name, at) => {
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("role", "radio");
        button.setAttribute("aria-checked", String(at === state.label));
        button.textContent = name;
        button.addEventListener("click", () => { state.label = at; state.paint(); });
        return button;
      }),
    );
    find(".list").replaceChildren(
      ...state.boxes.map((box, at) => {
        const row = document.createElement("li");
        const words = document.createElement("span");
        words.textContent = `${classes[box.label]}: ${box.width} × ${box.height} at ${box.x}, ${box.y}`;
        const remove = document.createElement("button");
        remove.type = "button";
        remove.textContent = "×";
        remove.setAttribute("aria-label", `Remove box ${at + 1}`);
        remove.addEventListener("click", () => { state.boxes.splice(at, 1); state.paint(); });
        row.append(words, remove);
        return row;
      }),
    );
  };
  return state;
}
