// The account control: sign in, who is signed in, sign out. `hub.js` stands before this.

const states = new WeakMap();

const call = async (path, body) => {
  let answer;
  try {
    answer = await fetch(`/api/wallet/${path}`, {
      credentials: "same-origin",
      cache: "no-store",
      ...(body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw new Fault("failed", "The app does not answer. Is it still running?");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Fault("failed", line(said.detail, 300) || `The app refused (${answer.status}).`);
  return said;
};

const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleString(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });

export default function ({ data, parentElement: root, setTriggerValue }) {
  let state = states.get(root);
  if (!state) {
    state = begin(root);
    states.set(root, state);
  }
  const signedIn = (account) => (account ? `${account.address} ${account.kind} ${account.since}` : "");
  const changed = state.data && signedIn(state.data.account) !== signedIn(data.account);
  state.data = data;
  state.trigger = setTriggerValue;
  if (changed) {
    state.run += 1;
    Object.assign(state, { busy: "", note: "" });
    state.say(data.account ? `Signed in as ${short(data.account.address)}.` : "Signed out.");
    if (data.account) state.show(false);
  }
  clearTimeout(state.over);
  if (data.account) {
    const left = Math.max(0, data.account.until * 1000 - Date.now()) + 1000;
    state.over = setTimeout(() => state.trigger("ended", String(Date.now())), Math.min(left, 2 ** 31 - 1));
  }
  state.paint();
  return () => {
    state.end();
    states.delete(root);
  };
}

function begin(root) {
  const toggle = root.querySelector(".toggle");
  const panel = root.querySelector(".panel");
  const status = root.querySelector(".status");
  const state = { data: null, trigger: null, open: false, busy: "", note: "", run: 0, over: 0, demos: null, without: "" };
  const others = new BroadcastChannel("veilbench.wallet");

  state.say = (text) => {
    status.textContent = text;
  };

  state.show = (open) => {
    if (state.open === open) return;
    const inside = panel.contains(root.activeElement ?? document.activeElement);
    state.open = open;
    if (open) lookForDemos();
    state.paint();
    if (open) panel.querySelector("button, a")?.focus();
    else if (inside) toggle.focus();
  };

  // Asked for when they are wanted: a page that nobody signs in on opens no chain.
  const lookForDemos = async () => {
    if (state.demos) return;
    try {
      state.demos = (await call("demo")).accounts.map((one) => ({ address: one.address, label: line(one.label, 40) }));
      state.without = "";
    } catch (fault) {
      state.without = fault.message;
    }
    state.paint();
  };
  const labelOf = (address) => state.demos?.find((one) => one.address === address)?.label || "Demo account";

  // Work that the person sees and may leave: what it finds after that is no longer wanted.
  const work = async (text, job) => {
    const run = (state.run += 1);
    Object.assign(state, { busy: text, note: "" });
    state.paint();
    state.say(text);
    const wanted = () => {
      if (run !== state.run) throw new Fault("left", "");
    };
    try {
      await job(wanted);
    } catch (fault) {
      if (run !== state.run) return;
      state.note = fault instanceof Fault ? fault.message : "Something went wrong in this page. Reload it.";
      state.busy = "";
      state.paint();
      panel.querySelector("button, a")?.focus();
    }
  };

  const leave = () => {
    state.run += 1;
    Object.assign(state, { busy: "", note: "" });
    state.paint();
    panel.querySelector("button, a")?.focus();
  };

  // The app learns of a session by a ticket: the page's own connection sends the cookies of when it was opened.
  const arrive = async () => {
    const { account } = await call("session");
    if (account) state.trigger("ticket", (await call("ticket", {})).ticket);
    else state.trigger("ended", String(Date.now()));
  };
  const signedIn = async () => {
    others.postMessage("changed");
    await arrive();
  };

  const signIn = (wallet) =>
    work(`Confirm in ${wallet.name}.`, async (wanted) => {
      const account = firstAccount(await ask(wallet, "eth_requestAccounts"));
      wanted();
      if (!account) throw new Fault("locked", `${wallet.name} is locked or shares no account. Unlock it and try again.`);
      await toNetwork(wallet, state.data.network);
      wanted();
      const query = new URLSearchParams({ address: account, origin: window.location.origin });
      const { message } = await call(`nonce?${query}`);
      wanted();
      const signature = await ask(wallet, "personal_sign", [bytesHex(message), account]);
      wanted();
      await call("verify", { message, signature: line(signature, 200) });
      await hub.use(wallet);
      await signedIn();
    });

  const demo = (account) =>
    work(`Signing in as ${account.label}.`, async () => {
      await call("demo", { address: account.address });
      hub.leave();
      await signedIn();
    });

  const signOut = () =>
    work("Signing out.", async () => {
      await call("sign-out", {});
      hub.leave();
      others.postMessage("changed");
      state.trigger("ended", String(Date.now()));
    });

  const connect = (wallet) =>
    work(`Confirm in ${wallet.name}.`, async (wanted) => {
      const account = firstAccount(await ask(wallet, "eth_requestAccounts"));
      wanted();
      if (!account) throw new Fault("locked", `${wallet.name} is locked or shares no account. Unlock it and try again.`);
      await hub.use(wallet);
      state.busy = "";
      state.paint();
    });

  const switchNetwork = () =>
    work(`Confirm in ${hub.wallet.name}.`, async () => {
      await toNetwork(hub.wallet, state.data.network);
      await hub.look();
      state.busy = "";
      state.paint();
    });

  // What differs between the session and what the wallet shows now.
  const strays = () => {
    const { account, network } = state.data;
    if (account?.kind !== "wallet") return null;
    if (!hub.wallet) return { kind: "away", text: "This page is not connected to your wallet." };
    const { name } = hub.wallet;
    if (hub.locked) return { kind: "locked", text: `${name} is locked or shares no account. Unlock it to send transactions.` };
    if (hub.account && hub.account !== account.address.toLowerCase()) {
      return { kind: "account", text: `${name} now shows another account, ${short(hub.account)}. You are still signed in as ${short(account.address)}.` };
    }
    if (hub.chain && hub.chain !== network.chain_id) {
      return { kind: "chain", text: `${name} is on another network (chain ${hub.chain.slice(0, 20)}).` };
    }
    return null;
  };

  const walletButton = (wallet, act) => {
    const icon = wallet.icon ? el("img", { src: wallet.icon, alt: "", width: 22, height: 22 }) : el("span", { className: "blank", "aria-hidden": "true" });
    return el("button", { type: "button", className: "row", on: () => act(wallet) }, icon, el("span", {}, wallet.name));
  };

  const walletList = (act) => {
    const wallets = hub.wallets();
    if (!wallets.length) {
      return [el("p", {}, "No wallet was found in this browser. Install a wallet extension, then reload this page.")];
    }
    return [el("ul", { className: "list" }, ...wallets.map((wallet) => el("li", {}, walletButton(wallet, act))))];
  };

  const note = () => (state.note ? [el("p", { className: "note", role: "alert" }, state.note)] : []);

  const busyView = () => [
    el("div", { className: "busy" }, el("span", { className: "spinner", "aria-hidden": "true" }), el("p", {}, state.busy)),
    el("button", { type: "button", className: "quiet", on: leave }, "Cancel"),
  ];

  const outView = () => {
    const { network } = state.data;
    const { demos, without } = state;
    const view = [
      el("h2", {}, "Sign in with a wallet"),
      el("p", { className: "dim" }, `You sign a message for ${network.name}. It costs nothing.`),
      ...note(),
      ...walletList(signIn),
    ];
    if (!demos && !without) view.push(el("p", { className: "dim" }, "Looking for demo accounts…"));
    if (without) view.push(el("hr", {}), el("p", { className: "dim" }, without));
    if (demos?.length) {
      const rows = demos.map((account) =>
        el("li", {}, el(
          "button",
          { type: "button", className: "row", on: () => demo(account) },
          el("span", { className: "grow" }, account.label),
          el("span", { className: "mono dim" }, short(account.address)),
        )),
      );
      view.push(
        el("hr", {}),
        el("h2", { id: "demo" }, "Use a demo account", el("span", { className: "tag" }, "demo")),
        el("p", { className: "dim" }, "Accounts of the embedded chain, for trying things out. Their keys lie on this device, so they prove nothing about you."),
        el("ul", { className: "list", "aria-labelledby": "demo" }, ...rows),
      );
    }
    return view;
  };

  const copy = (address, button) =>
    navigator.clipboard?.writeText(address).then(
      () => {
        button.textContent = "Copied";
        state.say("Address copied.");
      },
      () => state.say("The address could not be copied."),
    );

  const inView = () => {
    const { account, network } = state.data;
    const copyButton = el("button", { type: "button", className: "quiet small", "aria-label": "Copy the address" }, "Copy");
    copyButton.addEventListener("click", () => copy(account.address, copyButton));
    const isDemo = account.kind === "demo";
    const stray = strays();
    const view = [
      el("h2", {}, isDemo ? labelOf(account.address) : "Signed in", el("span", { className: "tag" }, account.kind)),
      el("div", { className: "address" }, el("code", {}, account.address), copyButton),
      el(
        "dl",
        {},
        el("dt", {}, "Account"),
        el("dd", {}, isDemo ? "demo account of the embedded chain" : hub.wallet ? `wallet (${hub.wallet.name})` : "wallet"),
        el("dt", {}, "Network"),
        el("dd", {}, network.name, " ", el("span", { className: "dim whole" }, `chain ${network.chain_id}`)),
        el("dt", {}, "Until"),
        el("dd", {}, clock(account.until)),
      ),
      ...note(),
    ];
    if (isDemo) view.push(el("p", { className: "dim" }, "Its key lies on this device. It proves nothing about you."));
    if (stray) view.push(el("p", { className: "note", role: "alert" }, stray.text));
    if (stray?.kind === "account") {
      view.push(el("button", { type: "button", className: "strong", on: () => signIn(hub.wallet) }, `Sign in as ${short(hub.account)}`));
    } else if (stray?.kind === "chain") {
      view.push(el("button", { type: "button", className: "strong", on: switchNetwork }, "Switch network"));
    } else if (stray?.kind === "locked") {
      view.push(el("button", { type: "button", className: "strong", on: () => connect(hub.wallet) }, "Unlock"));
    } else if (stray?.kind === "away") {
      view.push(...walletList(connect));
    }
    view.push(el("button", { type: "button", className: "quiet", on: signOut }, "Sign out"));
    return view;
  };

  state.paint = () => {
    if (!state.data) return;
    const { account } = state.data;
    const stray = strays();
    toggle.setAttribute("aria-expanded", String(state.open));
    if (account) {
      const by = account.kind === "demo" ? "demo account of the embedded chain" : "wallet";
      toggle.replaceChildren(
        el("span", { className: stray ? "dot stray" : "dot", "aria-hidden": "true" }),
        el("span", { className: "mono" }, el("span", { className: "wide" }, account.address.slice(0, 6)), `…${account.address.slice(-4)}`),
        el("span", { className: "tag" }, account.kind),
      );
      toggle.setAttribute("aria-label", `Account ${short(account.address)}, ${by}${stray ? `. ${stray.text}` : ""}`);
      toggle.title = stray ? stray.text : `${by}, on ${state.data.network.name}`;
    } else {
      toggle.replaceChildren("Sign in");
      toggle.removeAttribute("aria-label");
      toggle.title = "";
    }
    toggle.classList.toggle("out", !account);
    panel.hidden = !state.open;
    panel.setAttribute("aria-label", account ? "Account" : "Sign in");
    if (!state.open) return;
    // What had the focus has it again where it is still there.
    const had = panel.contains(root.activeElement ?? null) ? root.activeElement.textContent : null;
    panel.replaceChildren(...(state.busy ? busyView() : account ? inView() : outView()));
    if (had !== null) {
      const same = [...panel.querySelectorAll("button")].find((button) => button.textContent === had);
      (same ?? panel.querySelector("button, a"))?.focus();
    }
  };

  // The header keeps as much clear as the control needs.
  const sized = new ResizeObserver(() => {
    document.documentElement.style.setProperty("--vb-account-width", `${toggle.offsetWidth}px`);
  });
  sized.observe(toggle);

  const onToggle = () => state.show(!state.open);
  const onKey = (event) => {
    if (event.key === "Escape" && state.open) {
      event.stopPropagation();
      state.show(false);
    }
  };
  const onOutside = (event) => {
    if (state.open && !event.composedPath().includes(root)) state.show(false);
  };
  const onOthers = () => arrive().catch(() => {});
  const unwatch = hub.subscribe((what) => {
    if (what === "open") state.show(true);
    else state.paint();
  });
  toggle.addEventListener("click", onToggle);
  root.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", onOutside);
  others.addEventListener("message", onOthers);

  state.end = () => {
    unwatch();
    clearTimeout(state.over);
    others.close();
    sized.disconnect();
    toggle.removeEventListener("click", onToggle);
    root.removeEventListener("keydown", onKey);
    document.removeEventListener("pointerdown", onOutside);
  };
  return state;
}
