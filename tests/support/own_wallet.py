"""A wallet for browser tests on the embedded chain: it holds its keys itself, and sends what it signs to the app."""

import json
import urllib.request
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct

from privacy.wallets.network import EMBEDDED_ID
from tests.support.nodes import Refused
from tests.support.waiting import CAP


class OwnWallet:
    """Stands where a node does that has accounts; `url` is the app's. Its accounts begin without ether."""

    chain_id = EMBEDDED_ID

    def __init__(self, url: str, *, accounts: int = 1) -> None:
        self.url = f"{url}/api/chain/rpc"
        self.keys = [Account.from_key(bytes([number + 101]) * 32) for number in range(accounts)]

    @property
    def addresses(self) -> list[str]:
        return [str(key.address) for key in self.keys]

    def ask(self, method: str, *params: Any) -> Any:
        """The answer of the wallet, or of the chain behind it."""
        match method, *params:
            case ["eth_accounts"]:
                return self.addresses
            case ["personal_sign", message, address]:
                return "0x" + self._key(address).sign_message(encode_defunct(hexstr=message)).signature.hex()
            case ["eth_sendTransaction", wanted]:
                return self._send(wanted)
        return self._pass_on(method, *params)

    def _key(self, address: str) -> Any:
        return next(key for key in self.keys if key.address.lower() == address.lower())

    def _send(self, wanted: dict[str, str]) -> Any:
        who = wanted["from"]
        call = {name: wanted[name] for name in ("from", "to", "data", "value") if name in wanted}
        gas, price = self._pass_on("eth_estimateGas", call), int(self._pass_on("eth_gasPrice"), 16)
        signed = self._key(who).sign_transaction({
            "to": wanted["to"], "data": wanted.get("data", "0x"), "value": int(wanted.get("value", "0x0"), 16),
            "nonce": int(self._pass_on("eth_getTransactionCount", who, "pending"), 16), "gas": int(gas, 16) * 5 // 4,
            "gasPrice": 2 * price, "chainId": self.chain_id,
        })  # fmt: skip
        return self._pass_on("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex().removeprefix("0x"))

    def _pass_on(self, method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=CAP) as answer:
            found = json.load(answer)
        if "error" in found:
            raise Refused(found["error"])
        return found["result"]
