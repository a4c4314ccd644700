"""A chain and a blob store that are written while their writers are killed: `python -m tests.soak.torture --kills 30`.

Each writer sends transactions from three threads, one at a time and several at once, and puts blobs from a fourth; it
tells of each once it is acknowledged. kill -9 ends it at a random moment, now and then while it makes the chain. Then:
what was told of is there, once; what was sent and not told of is sent again, and then there once; every block of the
chain and of the store holds together. Ends with one line of JSON, or with the first promise that was broken.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from backends.chains.embedded.chain import EmbeddedChain
from backends.chains.embedded.keeping import EmbeddedKeeping
from backends.chains.embedded.plugin import EmbeddedParams
from backends.stores.local.plugin import LocalParams
from backends.stores.local.store import LocalStore
from privacy.chains.accounts import Signer
from privacy.chains.deploying import deploy
from privacy.chains.sender import Intent, Sender
from privacy.services.shown_log import CONTRACT, ShownLog
from privacy.stores.cid import CID
from tests.soak import blobs

ROOT = b"\1" * 32
WINDOW = 1.2
"""Seconds after a writer began within which it is killed."""
FRESH = 40
"""Kills after which a new home is begun, as every look at a chain reads all of it."""
GAS = 100_000


def commitment(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def opened(home: Path) -> EmbeddedChain:
    return EmbeddedChain(EmbeddedParams(folder=str(home / "chain")))


def intent(log: ShownLog, account: str, name: str) -> Intent:
    """What logs the commitment of a name; its id is the same whoever sends it again."""
    return log.intent(account, commitment(name), ROOT, gas=GAS)


def tell(word: str, *names: Any) -> None:
    os.write(1, "".join(f"{word} {name}\n" for name in names).encode())


def writer(home: Path, one: int) -> None:
    """Send and put without end, and tell of what is about to be sent, and of what was acknowledged."""
    chain = opened(home)
    signers = chain.signers()
    log = ShownLog(chain, deploy(Sender(chain, signers[0]), CONTRACT).address)
    tell("begun", one)

    def send(signer: Signer) -> None:
        sender, chance = Sender(chain, signer), random.Random(f"{one} {signer.label}")
        for number in range(100_000):
            names = [f"{signer.address}:{one}:{number}:{at}" for at in range(chance.choice((1, 1, 1, 4)))]
            tell("sent", *names)
            receipts = sender.send_all([intent(log, signer.address, name) for name in names])
            assert all(receipt.ok for receipt in receipts)
            tell("mined", *names)

    def put() -> None:
        with LocalStore(LocalParams(folder=str(home / "blobs"))) as store:
            for number in range(one * 1000, one * 1000 + 1000):
                cid = store.put(blobs.blob(number), profile=blobs.PROFILE)
                tell("put", f"{number}:{cid}")

    for target, args in [(send, (signer,)) for signer in signers[:3]] + [(put, ())]:
        threading.Thread(target=target, args=args, daemon=True).start()
    threading.Event().wait()


def killed(home: Path, one: int, chance: random.Random, told: dict[str, list[str]]) -> None:
    """Run a writer in a process of its own, kill it, and note what it told of."""
    into, out = os.pipe()
    child = os.fork()
    if not child:
        os.close(into)
        os.dup2(out, 1)
        try:
            writer(home, one)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(out)
    with os.fdopen(into, "rb") as pipe:
        # Without waiting for the first line it may be killed while it makes the chain, or deploys.
        lines = [pipe.readline()] if chance.random() < 0.8 else []
        time.sleep(chance.random() ** 2 * WINDOW)
        assert os.waitpid(child, os.WNOHANG) == (0, 0), f"writer {one} ended by itself"
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines += pipe.readlines()
    for line in lines:
        if line.endswith(b"\n"):  # a line that is cut short was not told
            word, name = line.decode().split()
            told.setdefault(word, []).append(name)


def check(home: Path, told: dict[str, list[str]]) -> tuple[int, int]:
    """SystemExit at a broken promise. Returns the transactions, and those that nobody had told of."""
    faults = list(EmbeddedKeeping(EmbeddedParams(folder=str(home / "chain"))).check(lambda done, total: None))
    if faults:
        raise SystemExit(f"the chain does not hold together: {faults[0]}")
    with opened(home) as chain:
        signers = {one.address: one for one in chain.signers()}
        log = ShownLog(chain, deploy(Sender(chain, chain.signers()[0]), CONTRACT).address)
        mined = Counter(one.commitment for one in log.entries())
        for name in told.get("mined", ()):
            if mined[commitment(name)] != 1:
                raise SystemExit(f"{name} was acknowledged, and is there {mined[commitment(name)]} times")
        open_ = sorted(set(told.get("sent", ())) - set(told.get("mined", ())))
        late = sum(mined[commitment(name)] for name in open_)
        for name in open_:
            account = name.partition(":")[0]
            Sender(chain, signers[account]).send(intent(log, account, name))
            told.setdefault("mined", []).append(name)
        mined = Counter(one.commitment for one in log.entries())
        if set(mined.values()) - {1}:
            raise SystemExit("something was mined twice")
        if set(mined) != {commitment(name) for name in told.get("sent", ())}:
            raise SystemExit("what is mined is not what was sent")
        for address, signer in signers.items():
            sent = chain._database.read("select count(*) from tx where sender=?", (bytes.fromhex(address[2:]),))
            if chain.nonce(address) != sent[0][0]:
                raise SystemExit(f"the nonce of {signer.label} is not the number of its transactions")
    blobs.check(home / "blobs", [(int(n), CID.parse(c)) for n, c in (p.split(":") for p in told.get("put", ()))])
    return len(mined), late


def torture(*, kills: int, seed: int, progress: bool = False) -> dict[str, int]:
    """Kill so many writers, and look at what they left after each few."""
    chance, total, late, put = random.Random(seed), 0, 0, 0
    for begin in range(0, kills, FRESH):
        with tempfile.TemporaryDirectory() as folder:
            home, told = Path(folder), dict[str, list[str]]()
            os.environ["VEILBENCH_HOME"] = folder
            (home / "blobs" / "blocks").mkdir(parents=True)
            for one in range(begin, min(begin + FRESH, kills)):
                killed(home, one, chance, told)
                if one % 5 == 4 or one + 1 == min(begin + FRESH, kills):
                    mined, more = check(home, told)
                    late += more
            total, put = total + mined, put + len(told.get("put", ()))
        if progress:
            print(f"{min(begin + FRESH, kills)} of {kills} kills: {total} transactions, {put} blobs", file=sys.stderr)
    return {"kills": kills, "transactions": total, "kept_before_acknowledged": late, "blobs": put}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a chain and blobs, with kill -9 at random moments.")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    given = parser.parse_args()
    print(json.dumps(torture(kills=given.kills, seed=given.seed, progress=True)))


if __name__ == "__main__":
    main()
