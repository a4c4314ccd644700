// One button: the wallet signs and sends a transaction. `hub.js` stands before this.

const states = new WeakMap();
const HASH = /^0x[0-9a-fA-F]{64}$/;

export default function ({ data, parentElement: root, setTriggerValue }) {
  const button = root.querySelector(".send");
  const status = root.querySelector(".said");
  let state = states.get(root);
  if (!state) {
    state = { run: 0, busy: false };
    states.set(root, state);
    state.click = () => press(state, button, status);
    button.addEventListener("click", state.click);
  }
  if (state.data?.id !== data.id) {
    state.run += 1;
    state.busy = false;
    status.textContent = "";
    status.classList.remove("bad");
  }
  state.data = data;
  state.trigger = setTriggerValue;
  button.textContent = data.label;
  button.disabled = state.busy;
  return () => {
    button.removeEventListener("click", state.click);
    states.delete(root);
  };
}

async function press(state, button, status) {
  const run = (state.run += 1);
  const { data } = state;
  const say = (text, bad = false) => {
    if (run !== state.run) return;
    status.textContent = text;
    status.classList.toggle("bad", bad);
  };
  const end = (kind, text, hash = "") => {
    // What was sent is sent, also where the page shows something else by now.
    if (run !== state.run && kind !== "sent") return;
    say(text, kind !== "sent");
    state.trigger("outcome", { id: data.id, kind, hash, sentence: text });
  };
  if (!hub.wallet) {
    say("This page is not connected to your wallet. Connect it above, then try again.", true);
    hub.tell("open");
    return;
  }
  const { wallet } = hub;
  state.busy = button.disabled = true;
  say(`Confirm in ${wallet.name}.`);
  try {
    const account = firstAccount(await ask(wallet, "eth_requestAccounts"));
    if (!account) throw new Fault("failed", `${wallet.name} is locked or shares no account. Unlock it and try again.`);
    if (account !== data.from.toLowerCase()) {
      throw new Fault("failed", `${wallet.name} shows ${short(account)}, and you are signed in as ${short(data.from)}. Choose that account there, or sign in anew.`);
    }
    await toNetwork(wallet, data.network);
    const asked = { from: data.from, to: data.to, value: data.value, data: data.data, chainId: quantity(data.network.chain_id) };
    const hash = await ask(wallet, "eth_sendTransaction", [asked]);
    if (typeof hash !== "string" || !HASH.test(hash)) throw new Fault("failed", `${wallet.name} gave no transaction hash.`);
    end("sent", `${wallet.name} has sent it.`, hash.toLowerCase());
  } catch (fault) {
    const kind = ["rejected", "wrong chain"].includes(fault.kind) ? fault.kind : "failed";
    end(kind, fault instanceof Fault ? fault.message : "Something went wrong in this page. Reload it.");
  } finally {
    hub.look();
    if (run === state.run) state.busy = button.disabled = false;
  }
}
