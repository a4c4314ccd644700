// A wallet for tests: an EIP-1193 provider, announced by EIP-6963, that passes requests to a node through the test.
(() => {
  const listeners = {};
  const state = { authorised: false, at: 0, chain: "__CHAIN__", known: ["__CHAIN__"], locked: false, fail: {}, asked: [] };
  const refuse = (code, message) => Object.assign(new Error(message), { code });
  const emit = (event, value) => (listeners[event] ?? []).forEach((listener) => listener(value));
  const accounts = async () => {
    const all = JSON.parse(await window.testNode("eth_accounts", "[]"));
    return state.locked || !state.authorised ? [] : [all[state.at]];
  };
  const provider = {
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    removeListener: (event, listener) => (listeners[event] = (listeners[event] ?? []).filter((one) => one !== listener)),
    async request({ method, params = [] }) {
      state.asked.push(method);
      if (method in state.fail) throw refuse(state.fail[method], "refused by the test");
      if (method === "eth_requestAccounts") {
        state.authorised = !state.locked;
        sessionStorage.setItem("test.authorised", "1");
        return accounts();
      }
      if (method === "eth_accounts") return accounts();
      if (method === "eth_chainId") return state.chain;
      if (method === "wallet_addEthereumChain") {
        state.known.push(params[0].chainId);
        state.added = params[0];
        return null;
      }
      if (method === "wallet_switchEthereumChain") {
        if (!state.known.includes(params[0].chainId)) throw refuse(4902, "Unrecognized chain");
        state.chain = params[0].chainId;
        emit("chainChanged", state.chain);
        return null;
      }
      const result = JSON.parse(await window.testNode(method, JSON.stringify(params)));
      if (result?.error) throw refuse(-32000, result.error);
      return result;
    },
  };
  state.authorised = sessionStorage.getItem("test.authorised") === "1";
  state.switchTo = async (at) => {
    state.at = at;
    emit("accountsChanged", await accounts());
  };
  state.lock = (locked) => {
    state.locked = locked;
    emit("accountsChanged", []);
  };
  state.moveTo = (chain) => {
    state.chain = chain;
    emit("chainChanged", chain);
  };
  window.testWallet = state;
  window.ethereum = provider;
  const icon = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><rect width='8' height='8' rx='2' fill='%230a6c74'/></svg>";
  const info = Object.freeze({ uuid: crypto.randomUUID(), name: "Test Wallet", rdns: "org.example.test", icon });
  const announce = () =>
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();
