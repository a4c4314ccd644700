"""Races for a privacy budget, with kill -9 at random moments: `python -m tests.soak.ledger --rounds 200`.

Each round forks processes that race for the grants of a fresh ledger, and kills some of them. Ends with one line of
JSON, or with the first round that broke a promise. The tests run a short form of it.
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from privacy.errors import BudgetError
from privacy.mechanism import PrivacyCost
from privacy.services.ledger import Budget, Ledger

NOON = datetime(2025, 6, 15, 12, tzinfo=UTC)
COST = PrivacyCost(epsilon=1.0)
WINDOW = 0.03
"""Seconds after the start within which the kills fall: about as long as a race lasts."""


def racer(path: Path, number: int, attempts: int, budget: Budget, gate: int, acknowledge: int) -> None:
    """Charge as often as the budget allows, and tell of each grant only once `charge` has returned."""
    os.read(gate, 1)
    for attempt in range(attempts):
        token = f"{number}-{attempt}"
        try:
            Ledger(path, patience=60).charge("ada", COST, budget=budget, token=token, now=NOON)
        except BudgetError:
            continue
        os.write(acknowledge, f"{token}\n".encode())


def start(path: Path, number: int, attempts: int, budget: Budget, gate: Sequence[int], document: Sequence[int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.close(gate[1])
        racer(path, number, attempts, budget, gate[0], document[1])
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def race(path: Path, *, processes: int, attempts: int, budget: Budget, kills: int, chance: random.Random) -> dict:
    """One race: the tokens granted as the processes told, those recorded in the file, and how many were killed."""
    gate, document = os.pipe(), os.pipe()
    living = [start(path, number, attempts, budget, gate, document) for number in range(processes)]
    for end in (gate[0], gate[1], document[1]):
        os.close(end)  # the gate opens
    opened, moments = time.monotonic(), sorted(chance.uniform(0, WINDOW) for _ in range(kills))
    for pid, moment in zip(chance.sample(living, kills), moments, strict=True):
        time.sleep(max(0.0, opened + moment - time.monotonic()))
        os.kill(pid, signal.SIGKILL)
    ends = [os.waitpid(pid, 0)[1] for pid in living]
    killed = sum(os.WIFSIGNALED(end) for end in ends)
    wrong = [end for end in ends if not os.WIFSIGNALED(end) and end != 0]
    with os.fdopen(document[0]) as file:
        granted = file.read().split()
    hot = Path(f"{path}-journal").exists()
    if wrong:
        raise SystemExit(f"a process failed: {wrong}")
    return {"granted": granted, "recorded": recorded(path), "killed": killed, "interrupted": hot}


def recorded(path: Path) -> list[str]:
    Ledger(path).balance("ada", budget=Budget(epsilon=1), now=NOON)  # a first reader undoes what a kill left half done
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT token FROM charges").fetchall()
    connection.close()
    return [token for (token,) in rows]


def check(found: dict, path: Path, *, limit: int, budget: Budget) -> None:
    """SystemExit unless every grant was recorded, none above the limit, and what is left can still be spent."""
    granted, kept = found["granted"], found["recorded"]
    lost, over = set(granted) - set(kept), len(kept) - limit
    ledger = Ledger(path)
    again = [ledger.charge("ada", COST, budget=budget, token=t, now=NOON).charged for t in granted]
    later = 0
    try:
        while later <= limit:
            ledger.charge("ada", COST, budget=budget, token=f"later-{later}", now=NOON)
            later += 1
    except BudgetError:
        pass
    if lost or over > 0 or any(again) or len(kept) + later != limit or len(set(kept)) != len(kept):
        raise SystemExit(f"broken: lost {lost}, over by {over}, charged again {again}, later {later}, {found}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Race for a privacy budget, with kill -9 at random moments.")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--kills", type=int, default=8, help="processes killed in each round, at the most")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--attempts", type=int, default=3, help="charges that each process tries")
    parser.add_argument("--limit", type=int, default=8, help="grants that the budget holds")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    given = parser.parse_args()
    budget, chance, rounds = Budget(epsilon=float(given.limit), delta=1e-9), random.Random(given.seed), []
    for number in range(given.rounds):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.sqlite"
            kills = chance.randint(min(1, given.kills), given.kills)
            found = race(
                path, processes=given.processes, attempts=given.attempts, budget=budget, kills=kills, chance=chance
            )
            check(found, path, limit=given.limit, budget=budget)
            rounds.append(found)
        if sys.stderr.isatty():
            print(f"\r{number + 1} of {given.rounds}", end="", file=sys.stderr)
    print(json.dumps({
        "rounds": len(rounds),
        "killed": sum(r["killed"] for r in rounds),
        "interrupted": sum(r["interrupted"] for r in rounds),
        "unacknowledged": sum(len(r["recorded"]) - len(r["granted"]) for r in rounds),
        "granted": [len(r["granted"]) for r in rounds],
        "recorded": [len(r["recorded"]) for r in rounds],
    }))  # fmt: skip


if __name__ == "__main__":
    main()
