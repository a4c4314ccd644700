"""The embedded chain: opened by any number of processes of this user, written by one of them."""

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import RLock
from typing import Any

from backends.chains.embedded import owner
from backends.chains.embedded.database import Database
from backends.chains.embedded.demo import demo_accounts, funded
from backends.chains.embedded.engine import Engine
from backends.chains.embedded.plugin import EmbeddedParams
from backends.chains.embedded.rpc import Rpc
from backends.chains.embedded.state import Genesis, Machine
from privacy.plugin.chains import (
    Chain,
    ChainBusy,
    ChainDamaged,
    ChainError,
    ChainRefused,
    ChainUnwritable,
    Reverted,
    Signer,
    guarded,
    hexed,
    room,
)

_TURNS = 40
"""How often a process looks whether the owner has ended, before it says that it does not answer."""


def folder_of(params: EmbeddedParams) -> Path:
    """The folder of the chain, which need not be there."""
    return Path(params.folder).expanduser() if params.folder else room("chains") / "embedded"


class EmbeddedChain(Chain):
    """A chain of this device. It is made when it is first opened; whoever writes first owns it while it is open."""

    local = True

    def __init__(self, params: EmbeddedParams) -> None:
        self.folder = folder_of(params)
        self.name = "embedded"
        self._turn = RLock()
        self._lock, self._database = owner.Lock(self.folder), Database(self.folder)
        self._engine: Engine | None = None
        self._door: owner.Door | None = None
        try:
            self._begin(params.chain_id)
            self.genesis = self._database.genesis()
            machine = Machine(self.genesis.chain_id, self._database.fetch, self._database.hashes)
            self._rpc = Rpc(self._database, machine, self.genesis.chain_id, self._send)
            if self._database.header() is None:
                raise ChainDamaged("the chain has no block", where=str(self.folder), then="veilbench chain reset")
        except BaseException:
            self.close()
            raise

    def _begin(self, chain_id: int) -> None:
        """Make the chain where there is none, or where a crash came before its first block was whole."""
        if not self.folder.is_dir():
            guarded(lambda: self.folder.mkdir(parents=True, exist_ok=True, mode=0o700), self.folder)
        for _ in range(_TURNS):
            if self._database.exists():
                return
            if self._lock.take():
                alloc = {address.lower(): wei for address, wei in funded(self.folder).items()}
                genesis = Genesis(chain_id, int(time.time()), alloc)
                try:
                    self._database.create(genesis, Machine.first(genesis))
                finally:
                    self._lock.give_back()  # who made it need not be who writes first
                return
            time.sleep(0.05)
        raise ChainBusy("another process is making the chain, and does not end", where=str(self.folder))

    def request(self, method: str, params: Sequence[Any]) -> Any:
        return self._rpc.call(method, params)

    def requests(self, calls: Iterable[tuple[str, Sequence[Any]]]) -> list[Any]:
        return self._rpc.calls(list(calls))

    def signers(self) -> list[Signer]:
        """The demo accounts of this device."""
        return list(demo_accounts(self.folder))

    def _send(self, raws: Sequence[bytes]) -> list[bytes | ChainError]:
        for turn in range(_TURNS):
            if (engine := self._owned()) is not None:
                return engine.send(raws)
            try:
                return self._passed_on(raws)
            except ChainBusy:
                # It may have ended just now, or be about to open its door.
                if turn == _TURNS - 1:
                    raise
                time.sleep(0.05)
        raise AssertionError

    def _owned(self) -> Engine | None:
        """The engine, where this process may write; it opens the door to the others when it begins to."""
        with self._turn:
            if self._engine is None and self._lock.take():
                if not self._database.exists():
                    raise ChainUnwritable("the chain was taken away", where=str(self.folder), then="open it again")
                self._engine = Engine(self._database, self.genesis)
                self._door = owner.Door(self.folder, self._rpc.handle)
            return self._engine

    def _passed_on(self, raws: Sequence[bytes]) -> list[bytes | ChainError]:
        calls = [
            {"jsonrpc": "2.0", "id": at, "method": "eth_sendRawTransaction", "params": [hexed(raw)]}
            for at, raw in enumerate(raws)
        ]
        answers = json.loads(owner.through(self.folder, json.dumps(calls).encode()))
        return [_parsed(one) for one in answers]

    def close(self) -> None:
        with self._turn:
            if self._door is not None:
                self._door.close()
            self._door = self._engine = None
            self._database.close()
            self._lock.give_back()


def _parsed(answer: dict[str, Any]) -> bytes | ChainError:
    if "result" in answer:
        return bytes.fromhex(answer["result"][2:])
    error = answer["error"]
    if error.get("code") == 3:
        return Reverted(error["message"], data=bytes.fromhex(error.get("data", "0x")[2:]))
    if error.get("code") == -32603:
        return ChainUnwritable(error["message"], then="look at the process that has the chain open")
    return ChainRefused(error["message"], code=error["code"])
