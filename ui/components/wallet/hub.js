// The wallets of this browser, shared by every wallet component of the page: found by EIP-6963, asked by EIP-1193.
// A provider is a stranger's object: whatever it gives is checked, and whatever it throws becomes a fault with words.

const MOST_WALLETS = 24;
const SILENT_MS = 8000;
const REMEMBERED = "veilbench.wallet";
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const ICON = /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i;

class Fault extends Error {
  constructor(kind, text) {
    super(text);
    this.kind = kind;
  }
}

// A name as one line of text: no control characters, none that turn the direction of reading, not longer than a name.
const line = (value, most) =>
  typeof value === "string" ? value.slice(0, 4 * most).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "").trim().slice(0, most) : "";

const plain = (account) => (typeof account === "string" && ADDRESS.test(account) ? account.toLowerCase() : null);
const short = (account) => `${account.slice(0, 6)}…${account.slice(-4)}`;
const quantity = (value) => `0x${BigInt(value).toString(16)}`;
const bytesHex = (text) =>
  `0x${[...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

const codeOf = (error) => {
  try {
    const inner = error?.data?.originalError?.code ?? error?.data?.cause?.code;
    const code = Number(inner ?? error?.code);
    return Number.isFinite(code) ? code : 0;
  } catch {
    return 0;
  }
};

const faultOf = (error, name) => {
  if (error instanceof Fault) return error;
  const code = codeOf(error);
  if (code === 4001) return new Fault("rejected", `You rejected the request in ${name}.`);
  if (code === -32002) return new Fault("pending", `${name} still shows an earlier request. Open it and answer that one.`);
  if (code === 4902) return new Fault("unknown chain", `${name} does not know this network.`);
  if (code === 4100) return new Fault("locked", `${name} does not let this page use the account. Allow it there.`);
  if (code === 4900 || code === 4901) return new Fault("failed", `${name} is not connected to its network.`);
  try {
    const said = line(error?.message, 160);
    if (said) return new Fault("failed", `${name} says: ${said}`);
  } catch {
    // It does not even say what is wrong.
  }
  return new Fault("failed", `${name} could not do it.`);
};

// `silent` requests show nothing to the person, so they may not take long.
const ask = async (wallet, method, params, silent = false) => {
  let timer;
  try {
    const asked = Promise.resolve(wallet.provider.request(params ? { method, params } : { method }));
    if (!silent) return await asked;
    const late = new Promise((_, refuse) => {
      timer = setTimeout(() => refuse(new Fault("failed", `${wallet.name} does not answer.`)), SILENT_MS);
    });
    return await Promise.race([asked, late]);
  } catch (error) {
    throw faultOf(error, wallet.name);
  } finally {
    clearTimeout(timer);
  }
};

const firstAccount = (accounts) => (Array.isArray(accounts) ? plain(accounts[0]) : null);

const chainOf = async (wallet) => {
  const id = await ask(wallet, "eth_chainId", undefined, true);
  try {
    if (typeof id === "string" || typeof id === "number") return BigInt(id).toString();
  } catch {
    // It is no number.
  }
  throw new Fault("failed", `${wallet.name} does not say which network it is on.`);
};

const absolute = (url) => new URL(url, window.location.origin).href;

// Bring the wallet to a network; one that it does not know is added first. A fault where it stays on another.
const toNetwork = async (wallet, network) => {
  if ((await chainOf(wallet)) === network.chain_id) return;
  const chainId = quantity(network.chain_id);
  try {
    await ask(wallet, "wallet_switchEthereumChain", [{ chainId }]);
  } catch (fault) {
    if (fault.kind === "rejected") throw new Fault("wrong chain", `${wallet.name} stays on another network.`);
    if (fault.kind !== "unknown chain") throw fault;
    const added = {
      chainId,
      chainName: network.name,
      nativeCurrency: { name: network.currency, symbol: network.currency, decimals: 18 },
      rpcUrls: [absolute(network.rpc_url)],
      ...(network.explorer ? { blockExplorerUrls: [absolute(network.explorer)] } : {}),
    };
    try {
      await ask(wallet, "wallet_addEthereumChain", [added]);
      if ((await chainOf(wallet)) !== network.chain_id) await ask(wallet, "wallet_switchEthereumChain", [{ chainId }]);
    } catch (again) {
      if (again.kind === "rejected") throw new Fault("wrong chain", `${wallet.name} stays on another network.`);
      throw again;
    }
  }
  if ((await chainOf(wallet)) !== network.chain_id) {
    throw new Fault("wrong chain", `${wallet.name} is on another network. Switch it to ${network.name}.`);
  }
};

const makeHub = () => {
  const found = new Map();
  const watchers = new Set();
  const hub = { wallet: null, account: null, chain: null, locked: false };
  const tell = (what = "changed") => watchers.forEach((watch) => watch(what));
  let deaf = () => {};

  hub.subscribe = (watch) => {
    watchers.add(watch);
    return () => watchers.delete(watch);
  };
  hub.tell = tell;

  hub.wallets = () => {
    const all = [...found.values()];
    // A wallet that announces itself is in window.ethereum as well: only where none does is that one offered.
    if (all.length) return all;
    try {
      const provider = window.ethereum;
      if (typeof provider?.request !== "function") return [];
      return [{ key: "window.ethereum", name: "Browser wallet", icon: "", provider }];
    } catch {
      return [];
    }
  };

  // What the wallet shows now, without asking the person anything.
  hub.look = async () => {
    const { wallet } = hub;
    if (!wallet) return;
    try {
      const account = firstAccount(await ask(wallet, "eth_accounts", undefined, true));
      const chain = await chainOf(wallet);
      if (hub.wallet !== wallet) return;
      Object.assign(hub, { account, chain, locked: !account });
    } catch {
      if (hub.wallet !== wallet) return;
      Object.assign(hub, { account: null, chain: null, locked: true });
    }
    tell();
  };

  hub.use = async (wallet) => {
    if (hub.wallet?.provider !== wallet.provider) {
      deaf();
      Object.assign(hub, { wallet, account: null, chain: null, locked: false });
      const heard = () => hub.look();
      const events = ["accountsChanged", "chainChanged", "connect", "disconnect"];
      const each = (name) =>
        events.forEach((event) => {
          try {
            wallet.provider[name]?.(event, heard);
          } catch {
            // It has no events: it is looked at when it is needed.
          }
        });
      each("on");
      deaf = () => each("removeListener");
      try {
        window.localStorage.setItem(REMEMBERED, wallet.key);
      } catch {
        // Without storage the wallet is chosen again after a reload.
      }
    }
    await hub.look();
  };

  hub.leave = () => {
    deaf();
    deaf = () => {};
    Object.assign(hub, { wallet: null, account: null, chain: null, locked: false });
    try {
      window.localStorage.removeItem(REMEMBERED);
    } catch {
      // Nothing was remembered.
    }
    tell();
  };

  // After a reload the wallet that was used last is looked at again; it asks the person nothing for that.
  hub.resume = () => {
    if (hub.wallet) return;
    let key = null;
    try {
      key = window.localStorage.getItem(REMEMBERED);
    } catch {
      key = null;
    }
    const again = key && hub.wallets().find((wallet) => wallet.key === key);
    if (again) hub.use(again);
  };

  window.addEventListener("eip6963:announceProvider", (event) => {
    try {
      const { info, provider } = event.detail;
      const key = line(info.rdns, 100) || line(info.uuid, 100);
      const name = line(info.name, 40);
      if (!key || !name || typeof provider?.request !== "function") return;
      // Who comes second under a name that is taken is left out, as it may want to pass for the first.
      if (found.has(key) || found.size >= MOST_WALLETS) return;
      const icon = typeof info.icon === "string" && info.icon.length < 100000 && ICON.test(info.icon) ? info.icon : "";
      found.set(key, { key, name, icon, provider });
    } catch {
      return;
    }
    hub.resume();
    tell();
  });
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  setTimeout(hub.resume, 300);
  return hub;
};

const hub = (globalThis[Symbol.for("veilbench.wallets")] ??= makeHub());

const el = (tag, properties = {}, ...children) => {
  const { className, on, ...attributes } = properties;
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (on) made.addEventListener("click", on);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
};
