// The taste of whoever sits here. The backend's clients stand before this code. What is chosen, the key, the scores and
// what is shown stay in this closure: no value is ever set that the app would get.

const OCTETS = "application/octet-stream";
const tabs = new WeakMap();

export default function ({ data, parentElement: root }) {
  let tab = tabs.get(root);
  if (!tab || tab.visit !== data.visit) {
    if (tab) tab.ended = true;
    tab = begin(root, data);
    tabs.set(root, tab);
  }
  return () => {
    tab.ended = true;
    tabs.delete(root);
  };
}

// Always the same requests, whatever is liked: what is published once, and for each feed one query of each step.
const carried = async ({ visit, straight }, step, body) => {
  const more = body ? { method: "POST", headers: { "Content-Type": OCTETS }, body } : {};
  const [server, name] = (straight && straight[step]) || ["", visit];
  let answer;
  try {
    const credentials = server ? "omit" : "same-origin";
    answer = await fetch(`${server}/tab/${name}/${step}`, { credentials, cache: "no-store", ...more });
  } catch {
    throw new Refused(server ? `${server} does not answer this page. Load the page again; is the server still running?` : "The app does not answer. Is it still running?");
  }
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    throw new Refused(String(said.detail || `The relay refused (${answer.status}).`).slice(0, 300));
  }
  return new Uint8Array(await answer.arrayBuffer());
};

/** Whole numbers of a taste: the mean of what is liked, of length one, in 256 steps. */
const taste = (vectors, scale) => {
  const mean = vectors[0].map((_, j) => vectors.reduce((sum, v) => sum + v[j], 0) / vectors.length);
  const length = Math.hypot(...mean);
  if (!(length > 1e-9)) throw new Refused("What you like cancels out. Like one more, or one less.");
  return mean.map((v) => even((v / length) * scale));
};

/** To the nearest whole number, halves to the even one, as the app's own code rounds. */
const even = (v) => {
  const r = Math.round(v);
  return Math.abs(v % 1) === 0.5 && r % 2 ? r - 1 : r;
};

/** The k best by rounded score, ties by the lower number, without those that are liked. */
const best = (scores, k, without) => {
  const rounded = scores.map(Math.round), order = Float64Array.from(rounded).sort();
  const least = order[Math.max(0, order.length - k - without.size)], few = [];
  rounded.forEach((v, i) => { if (v >= least && !without.has(i)) few.push(i); });
  return few.sort((a, b) => rounded[b] - rounded[a] || a - b).slice(0, k);
};

const element = (tag, name, words) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (words !== undefined) made.textContent = words;
  return made;
};

const amount = (bytes) => (bytes < 1e4 ? `${bytes} B` : bytes < 1e7 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function begin(root, data) {
  const tab = { visit: data.visit, straight: data.straight, ended: false }, liked = new Map(), part = (name) => root.querySelector(name);
  const [status, says, go, wrong, again] = [".status", ".says", ".go", ".wrong", ".again"].map(part);
  let scoring = null, lookup = null, brought = null, answer = null, busy = false;

  const paint = () => {
    go.disabled = !lookup || busy || !(liked.size || brought);
    wrong.disabled = !answer || busy;
    again.disabled = busy || !(liked.size || brought || answer);
  };
  const say = (words, bad = false) => {
    says.textContent = words;
    says.classList.toggle("bad", bad);
  };
  const work = async (task) => {
    if (busy) return;
    busy = true;
    paint();
    try {
      await task();
    } catch (error) {
      if (!tab.ended) say(error instanceof Refused ? error.message : "Something went wrong in this tab. Load the page again.", true);
      if (!(error instanceof Refused)) console.error(error);
    }
    busy = false;
    if (!tab.ended) paint();
  };

  part(".cards").replaceChildren(
    ...data.cards.map((card) => {
      const button = element("button", "card");
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      button.append(element("b", "", card.name), element("span", "", card.about), element("span", "topic", card.topic));
      button.onclick = () => {
        if (busy) return;
        if (!liked.delete(card.item)) liked.set(card.item, card.vector);
        button.setAttribute("aria-pressed", String(liked.has(card.item)));
        paint();
      };
      return button;
    }),
  );

  part("input").onchange = (event) =>
    work(async () => {
      const file = event.target.files[0];
      if (!file) return;
      if (file.size > 1e6) throw new Refused("A taste is a small file: as many numbers as a vector has.");
      const numbers = ((await file.text()).match(/-?\d+(\.\d+)?(e[+-]?\d+)?/gi) || []).map(Number);
      if (numbers.length !== scoring.dims) throw new Refused(`The file has ${numbers.length} numbers; a taste here has ${scoring.dims}.`);
      brought = taste([numbers], data.scale);
      say(`A taste of ${numbers.length} numbers is here, in this tab alone.`);
    });

  again.onclick = () => {
    liked.clear();
    brought = answer = null;
    part("input").value = "";
    for (const card of root.querySelectorAll(".card")) card.setAttribute("aria-pressed", "false");
    part(".feed").replaceChildren();
    part(".sent").hidden = true;
    say("Nothing is kept.");
    paint();
  };

  go.onclick = () =>
    work(async () => {
      const vector = brought || taste([...liked.values()], data.scale), rows = [], clock = () => performance.now();
      const step = async (name, made, read) => {
        const start = clock(), query = await made(), sent = clock();
        const body = await carried(tab, name, query), came = clock(), found = await read(body);
        rows.push([name, query.length, body.length, sent - start + clock() - came, came - sent]);
        return [found, body];
      };
      const started = clock();
      const [scores, body] = await step("scoring", () => scoring.query(vector), (b) => scoring.scores(b));
      const wanted = best(scores, data.shown, new Set(liked.keys()));
      const [records] = await step("lookup", () => lookup.query(wanted), (b) => lookup.records(b));
      if (tab.ended) return;
      answer = body;
      part(".feed").replaceChildren(...records.map((record, i) => card(record, i)));
      part(".sent tbody").replaceChildren(
        ...rows.map(([name, up, down, here, there]) => {
          const row = element("tr");
          row.append(element("td", "", data.steps[name]));
          for (const words of [amount(up), amount(down), `${here.toFixed(0)} ms`, `${there.toFixed(0)} ms`]) row.append(element("td", "r", words));
          return row;
        }),
      );
      part(".sent").hidden = false;
      say(`${records.length} cards in ${(clock() - started).toFixed(0)} ms. ${Object.keys(tab.straight || {}).length ? "The servers" : "The app"} got ${rows.length} queries that nobody but this tab can read.`);
    });

  wrong.onclick = () =>
    work(async () => {
      // The same answer under a key that was never used: what anyone without the tab's key gets.
      const other = await ScoringClient.open(data.scoring, tab.published);
      other.expected = scoring.expected;
      const seen = Array.from(other.decrypt(answer).slice(0, 4), (v) => v.toExponential(1));
      let said = "and no check noticed it";
      try {
        other.scores(answer);
      } catch (error) {
        said = error.message;
      }
      say(`Under another key the scores begin ${seen.join(", ")} where they lie within ±${data.scale ** 2}: ${said}`);
    });

  const card = (record, i) => {
    const fields = JSON.parse(new TextDecoder().decode(record)), row = element("li"), middle = element("div");
    middle.style.minWidth = "0";
    middle.append(element("b", "", fields.nickname || "(no name)"), element("span", "", String(fields.biography || "–").replace(/\s+/g, " ")));
    const count = fields.followers ? `${Number(fields.followers).toLocaleString()} followers` : "";
    row.append(element("span", "rank", String(i + 1)), middle, element("span", "", count));
    return row;
  };

  work(async () => {
    const start = performance.now();
    const [scales, hint] = await Promise.all([carried(tab, "scoring"), carried(tab, "lookup")]);
    tab.published = scales;
    scoring = await ScoringClient.open(data.scoring, scales);
    const fetching = await LookupClient.open(data.lookup, hint);
    // Once with nothing, so that the first feed does not wait for the browser's compiler.
    await scoring.query(new Array(scoring.dims).fill(0));
    fetching.query(new Array(data.lookup.count).fill(0));
    scoring.rekey();
    lookup = fetching;
    if (tab.ended) return;
    status.textContent = `A key was made in this tab. The servers published ${amount(scales.length + hint.length)}, once (${(performance.now() - start).toFixed(0)} ms).`;
  });
  paint();
  return tab;
}
