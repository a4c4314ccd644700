"""JSON-RPC over the chain, as wallets and web3 speak it (Ethereum execution APIs).

Not there: filters and subscriptions (ask eth_getLogs again), access lists made for a call, simulated blocks, blobs,
txpool, debug, and keys: sign, then send raw.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import rlp
from eth.abc import ComputationAPI, SignedTransactionAPI, StateAPI
from eth.exceptions import Revert
from eth.vm.forks import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_bloom import BloomFilter
from eth_hash.auto import keccak
from trie import HexaryTrie

from backends.chains.embedded.database import Database
from backends.chains.embedded.state import TRANSACTION_GAS, Header, Machine, Nodes, decoded, encode_header, floor_gas
from privacy.plugin.chains import ChainError, ChainRefused, Reverted, hexed, serve

CALL_GAS = 10_000_000
"""Gas of a call at most: a million gas of loops takes py-evm some 0.4 s."""

Send = Callable[[Sequence[bytes]], list[bytes | ChainError]]

_NOW = (None, "latest", "pending", "safe", "finalized")
_TX = (
    "select t.n, t.i, t.hash, t.raw, t.sender, t.price, b.hash, t.status, t.gas, t.total, t.created "
    "from tx t join block b on b.n=t.n where "
)
_LOG = (
    "select '0x'||lower(hex(l.address)), l.t0, l.t1, l.t2, l.t3, '0x'||lower(hex(l.data)), l.n, l.j, l.i, "
    "'0x'||lower(hex(b.hash)), '0x'||lower(hex(t.hash)) "
    "from log l join block b on b.n=l.n join tx t on t.n=l.n and t.i=l.i where "
)
_HEADER = {
    "number": "block_number", "gasUsed": "gas_used", "gasLimit": "gas_limit", "timestamp": "timestamp",
    "baseFeePerGas": "base_fee_per_gas", "difficulty": "difficulty", "hash": "hash", "nonce": "nonce",
    "parentHash": "parent_hash", "stateRoot": "state_root", "transactionsRoot": "transaction_root",
    "receiptsRoot": "receipt_root", "miner": "coinbase", "mixHash": "mix_hash", "extraData": "extra_data",
    "sha3Uncles": "uncles_hash", "withdrawalsRoot": "withdrawals_root", "requestsHash": "requests_hash",
    "blobGasUsed": "blob_gas_used", "excessBlobGas": "excess_blob_gas",
    "parentBeaconBlockRoot": "parent_beacon_block_root",
}  # fmt: skip
_BAD_PARAMS, _NO_METHOD, _NO_BLOCK = -32602, -32601, -32001
_MOST_BLOCKS = 1024


class Rpc:
    """The methods of one chain. `send` mines transactions, here or in the process that has the chain open."""

    def __init__(self, database: Database, machine: Machine, chain_id: int, send: Send) -> None:
        self._db, self._machine, self._chain_id, self._send = database, machine, chain_id, send

    def call(self, method: str, params: Sequence[Any]) -> Any:
        """The result of one method. ChainRefused or Reverted where it has none."""
        found = getattr(self, method, None) if method.startswith(("eth_", "net_", "web3_")) else None
        if found is None:
            raise ChainRefused(f"the method {str(method)[:40]!r} is not served here", code=_NO_METHOD)
        try:
            return found(*params)
        except (TypeError, ValueError, AttributeError, KeyError, IndexError, OverflowError) as error:
            raise ChainRefused(f"invalid parameters of {method}: {type(error).__name__}", code=_BAD_PARAMS) from error

    def calls(self, every: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """The results of several; an error stands for its call. The transactions among them share a block."""
        raws = {at: params[0] for at, (method, params) in enumerate(every) if method == "eth_sendRawTransaction"}
        sent: dict[int, Any] = {}
        if len(raws) > 1 and all(isinstance(one, str) for one in raws.values()):
            answers = self._send([_bytes(one) for one in raws.values()])
            sent = {at: a if isinstance(a, ChainError) else hexed(a) for at, a in zip(raws, answers, strict=True)}
        return [sent[at] if at in sent else self._one(*one) for at, one in enumerate(every)]

    def _one(self, method: str, params: Sequence[Any]) -> Any:
        try:
            return self.call(method, params)
        except ChainError as error:
            return error

    def handle(self, body: bytes) -> bytes:
        """The answer to a request over HTTP, one call or a batch; whoever serves it looks at its origin first."""
        return serve(self.calls, body)

    def web3_clientVersion(self) -> str:  # noqa: N802  (the names of the standard, here and below)
        return "veilbench-embedded/1"

    def net_version(self) -> str:
        return str(self._chain_id)

    def net_listening(self) -> bool:
        return True

    def eth_chainId(self) -> str:  # noqa: N802
        return hex(self._chain_id)

    def eth_syncing(self) -> bool:
        return False

    def eth_accounts(self) -> list[str]:
        return []

    def eth_blockNumber(self) -> str:  # noqa: N802
        return hex(self._at().block_number)

    def eth_gasPrice(self) -> str:  # noqa: N802
        return hex(2 * self._at().base_fee_per_gas)

    def eth_maxPriorityFeePerGas(self) -> str:  # noqa: N802
        return "0x0"

    def eth_getBalance(self, address: str, tag: Any = "latest") -> str:  # noqa: N802
        return hex(self._state(tag).get_balance(_address(address)))

    def eth_getTransactionCount(self, address: str, tag: Any = "latest") -> str:  # noqa: N802
        return hex(self._state(tag).get_nonce(_address(address)))

    def eth_getCode(self, address: str, tag: Any = "latest") -> str:  # noqa: N802
        return hexed(self._state(tag).get_code(_address(address)))

    def eth_getStorageAt(self, address: str, slot: Any, tag: Any = "latest") -> str:  # noqa: N802
        return hexed(self._state(tag).get_storage(_address(address), _number(slot)).to_bytes(32, "big"))

    def eth_getProof(self, address: str, slots: Sequence[Any], tag: Any = "latest") -> dict[str, Any]:  # noqa: N802
        header, who = self._at(tag), _address(address)
        state = self._machine.state(header)
        found = state._account_db._get_account(who)  # py-evm has no public way to it

        def proof(root: bytes, key: bytes) -> list[str]:
            nodes: Any = Nodes(self._db.fetch)
            return [hexed(bytes(rlp.encode(node))) for node in HexaryTrie(nodes, root).get_proof(keccak(key))]

        storage = [
            {"key": slot, "value": hex(state.get_storage(who, _number(slot))),
             "proof": proof(found.storage_root, _number(slot).to_bytes(32, "big"))}
            for slot in slots
        ]  # fmt: skip
        return {
            "address": address, "balance": hex(found.balance), "nonce": hex(found.nonce),
            "codeHash": hexed(found.code_hash), "storageHash": hexed(found.storage_root),
            "accountProof": proof(header.state_root, who), "storageProof": storage,
        }  # fmt: skip

    def eth_call(self, query: dict[str, Any], tag: Any = "latest", *_: Any) -> str:
        done, _gas = self._run(query, tag, min(_number(query.get("gas") or CALL_GAS), CALL_GAS))
        if done.is_error:
            raise _refusal(done)
        return hexed(done.output)

    def eth_estimateGas(self, query: dict[str, Any], tag: Any = "latest", *_: Any) -> str:  # noqa: N802
        cap = min(_number(query.get("gas") or TRANSACTION_GAS), TRANSACTION_GAS)
        done, gas = self._run(query, tag, cap)
        if done.is_error:
            raise _refusal(done)
        while gas < cap and self._run(query, tag, gas)[0].is_error:  # refunds, and the 63/64 that a call may pass on
            gas = min(cap, gas * 65 // 64 + 2300)
        return hex(gas)

    def eth_sendRawTransaction(self, raw: str) -> str:  # noqa: N802
        (found,) = self._send([_bytes(raw)])
        if isinstance(found, ChainError):
            raise found
        return hexed(found)

    def eth_getTransactionByHash(self, hash_: str) -> dict[str, Any] | None:  # noqa: N802
        return next((_transaction(row) for row in self._rows("t.hash=?", _bytes(hash_))), None)

    def eth_getTransactionByBlockNumberAndIndex(self, tag: Any, index: Any) -> dict[str, Any] | None:  # noqa: N802
        header = self._maybe(tag)
        rows = [] if header is None else self._rows("t.n=? and t.i=?", header.block_number, _number(index))
        return _transaction(rows[0]) if rows else None

    def eth_getTransactionByBlockHashAndIndex(self, hash_: str, index: Any) -> dict[str, Any] | None:  # noqa: N802
        return self.eth_getTransactionByBlockNumberAndIndex(hash_, index)

    def eth_getBlockTransactionCountByNumber(self, tag: Any) -> str | None:  # noqa: N802
        header = self._maybe(tag)
        return None if header is None else hex(len(self._rows("t.n=?", header.block_number)))

    def eth_getBlockTransactionCountByHash(self, hash_: str) -> str | None:  # noqa: N802
        return self.eth_getBlockTransactionCountByNumber(hash_)

    def eth_getTransactionReceipt(self, hash_: str) -> dict[str, Any] | None:  # noqa: N802
        rows = self._rows("t.hash=?", _bytes(hash_))
        return self._receipt(rows[0]) if rows else None

    def eth_getBlockReceipts(self, tag: Any = "latest") -> list[dict[str, Any]] | None:  # noqa: N802
        header = self._maybe(tag)
        if header is None:
            return None
        return [self._receipt(row) for row in self._rows("t.n=? order by t.i", header.block_number)]

    def eth_getBlockByNumber(self, tag: Any, full: bool = False) -> dict[str, Any] | None:  # noqa: N802
        header = self._maybe(tag)
        if header is None:
            return None
        rows = self._rows("t.n=? order by t.i", header.block_number)
        fields = {name: getattr(header, attribute) for name, attribute in _HEADER.items()}
        found: dict[str, Any] = {k: hex(v) if isinstance(v, int) else hexed(v) for k, v in fields.items()}
        size = len(encode_header(header)) + sum(len(row[3]) for row in rows)
        return found | {
            "logsBloom": f"0x{header.bloom:0512x}", "uncles": [], "withdrawals": [], "size": hex(size),
            "transactions": [_transaction(row) if full else hexed(row[2]) for row in rows],
        }  # fmt: skip

    def eth_getBlockByHash(self, hash_: str, full: bool = False) -> dict[str, Any] | None:  # noqa: N802
        return self.eth_getBlockByNumber(hash_, full)

    def eth_feeHistory(  # noqa: N802
        self, count: Any, newest: Any = "latest", percentiles: Sequence[float] | None = None
    ) -> dict[str, Any]:
        last = self._at(newest).block_number
        first = max(0, last - min(_number(count), _MOST_BLOCKS) + 1)
        headers = [h for h in map(self._db.header, range(first, last + 1)) if h is not None]
        after = self._machine.child(headers[-1], time=0)  # the list of fees ends with that of the block to come
        found = {
            "oldestBlock": hex(first), "gasUsedRatio": [h.gas_used / h.gas_limit for h in headers],
            "baseFeePerGas": [hex(h.base_fee_per_gas) for h in (*headers, after)],
        }  # fmt: skip
        return found | ({"reward": [self._tips(h, percentiles) for h in headers]} if percentiles else {})

    def _tips(self, header: Header, percentiles: Sequence[float]) -> list[str]:
        """The tip a unit of gas at each percentile of the gas that a block used; 0 in an empty one."""
        rows = self._rows("t.n=?", header.block_number)
        tips = sorted((int(row[5]) - header.base_fee_per_gas, int(row[8])) for row in rows)
        spent = list(accumulate(gas for _, gas in tips))
        places = [bisect_left(spent, header.gas_used * float(one) / 100) for one in percentiles]
        return [hex(tips[min(at, len(tips) - 1)][0]) if tips else "0x0" for at in places]

    def eth_getLogs(self, query: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        if "blockHash" in query:
            first = last = self._at(query["blockHash"]).block_number
        else:
            first, last = (self._number(query.get(name)) for name in ("fromBlock", "toBlock"))
        where, values = ["l.n between ? and ?"], [first, last]
        columns = [("address", query.get("address"))]
        columns += [(f"t{at}", topic) for at, topic in enumerate(query.get("topics") or ())]
        for column, wanted in columns:
            if wanted:
                several = [wanted] if isinstance(wanted, str) else wanted
                where.append(f"l.{column} in ({','.join('?' * len(several))})")
                values += [_bytes(one) for one in several]
        return self._logs(" and ".join(where), values)

    def _logs(self, where: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        rows = self._db.read(f"{_LOG}{where} order by l.n, l.j", values)
        return [
            {
                "address": r[0], "topics": ["0x" + t.hex() for t in r[1:5] if t is not None], "data": r[5],
                "blockNumber": hex(r[6]), "logIndex": hex(r[7]), "transactionIndex": hex(r[8]), "blockHash": r[9],
                "transactionHash": r[10], "removed": False,
            }
            for r in rows
        ]  # fmt: skip

    def _receipt(self, row: Sequence[Any]) -> dict[str, Any]:
        tx, bloom = _transaction(row), BloomFilter()
        logs = self._logs("l.n=? and l.i=?", row[:2])
        for log in logs:
            bloom.extend([_bytes(log["address"]), *map(_bytes, log["topics"])])
        kept = {k: tx[k] for k in ("blockHash", "blockNumber", "transactionIndex", "from", "to", "type")}
        return kept | {
            "transactionHash": tx["hash"], "status": hex(row[7]), "gasUsed": hex(row[8]),
            "cumulativeGasUsed": hex(row[9]), "effectiveGasPrice": tx["gasPrice"], "logs": logs,
            "contractAddress": None if row[10] is None else hexed(row[10]), "logsBloom": f"0x{int(bloom):0512x}",
        }  # fmt: skip

    def _rows(self, where: str, *values: Any) -> list[Any]:
        return self._db.read(_TX + where, values)

    def _at(self, tag: Any = "latest") -> Header:
        if isinstance(tag, dict):
            tag = tag.get("blockHash") or tag.get("blockNumber")
        which: int | bytes | None
        if tag in _NOW:
            which = None
        elif isinstance(tag, str) and len(tag) == 66:
            which = _bytes(tag)
        else:
            which = 0 if tag == "earliest" else _number(tag)
        found = self._db.header(which)
        if found is None:
            raise ChainRefused(f"block {tag} is not there", code=_NO_BLOCK)
        return found

    def _maybe(self, tag: Any) -> Header | None:
        """The header that a tag names; None where there is no such block."""
        try:
            return self._at(tag)
        except ChainRefused:
            return None

    def _number(self, tag: Any) -> int:
        """The number of a block that need not be there."""
        return self._at(tag).block_number if tag in _NOW else 0 if tag == "earliest" else _number(tag)

    def _state(self, tag: Any) -> StateAPI:
        return self._machine.state(self._at(tag))

    def _run(self, query: dict[str, Any], tag: Any, gas: int) -> tuple[ComputationAPI, int]:
        """What a call does on a state that is then thrown away, and the gas that it takes; gas costs it nothing."""
        state = self._machine.state(self._at(tag).copy(base_fee_per_gas=0))
        body = _bytes(query.get("input") or query.get("data") or "0x")
        sender = _address(query["from"]) if query.get("from") else bytes(20)
        to = _address(query["to"]) if query.get("to") else b""
        tx = PragueVM.create_unsigned_transaction(
            nonce=state.get_nonce(sender), gas_price=0, gas=gas, to=to, value=_number(query.get("value") or 0),
            data=body,
        )  # fmt: skip
        spoofed: Any = SpoofTransaction(tx, from_=sender)
        try:
            done = state.apply_transaction(spoofed)
        except Exception as error:
            raise ChainRefused(str(error) or type(error).__name__) from error
        return done, max(gas - done.get_gas_remaining(), floor_gas(body))


def _refusal(done: ComputationAPI) -> ChainError:
    if not isinstance(done.error, Revert):
        return ChainRefused(f"{type(done.error).__name__}: {done.error}"[:200])
    return Reverted("execution reverted", data=done.output)


def _transaction(row: Sequence[Any]) -> dict[str, Any]:
    n, i, hash_, raw, sender, price, block = row[:7]
    tx: Any = decoded(bytes(raw))
    kind = _kind(tx)
    parity = tx.y_parity if kind else tx.v
    found: dict[str, Any] = {
        "hash": hexed(hash_), "from": hexed(sender), "to": hexed(tx.to) if tx.to else None, "input": hexed(tx.data),
        "chainId": hex(tx.chain_id), "blockHash": hexed(block), "blockNumber": hex(n), "transactionIndex": hex(i),
        "gas": hex(tx.gas), "nonce": hex(tx.nonce), "value": hex(tx.value), "type": hex(kind), "gasPrice": hex(price),
        "r": hex(tx.r), "s": hex(tx.s), "v": hex(parity),
    }  # fmt: skip
    if kind:
        access = [
            {"address": hexed(address), "storageKeys": [hexed(key.to_bytes(32, "big")) for key in keys]}
            for address, keys in tx.access_list
        ]
        found |= {"yParity": hex(parity), "accessList": access}
    if kind > 1:
        found["maxFeePerGas"] = hex(tx.max_fee_per_gas)
        found["maxPriorityFeePerGas"] = hex(tx.max_priority_fee_per_gas)
    return found


def _kind(tx: SignedTransactionAPI) -> int:
    return int(getattr(tx, "type_id", None) or 0)


def _bytes(found: str) -> bytes:
    if not found.startswith("0x"):
        raise ValueError("no data")
    return bytes.fromhex(found[2:])


def _address(found: str) -> bytes:
    got = _bytes(found)
    if len(got) != 20:
        raise ValueError("no address")
    return got


def _number(found: Any) -> int:
    number = int(found, 16) if isinstance(found, str) else int(found)
    if number < 0:
        raise ValueError("a number below 0")
    return number
