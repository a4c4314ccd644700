"""Private sums among real processes, some killed at random moments: `python -m tests.soak.aggregation --runs 20`.

Each run starts a server and contributors in waves, kills some of them (SIGKILL) at random moments, and with
`--restarts` the server too. Every sum that completes must be exact over exactly those it includes, every other run
must end with its reason, and each contributor that lives must be told the truth. The tests run a short form of it.
"""

import argparse
import json
import random
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from privacy.live.question import live_of
from privacy.registry import discover
from tests.support.live_stage import QUESTION, Plan, Stage, value_of
from tests.support.waiting import wait_until


def run(stage: Stage, chance: random.Random) -> dict:
    """Waves of contributors, kills at random moments before and after the cohort closes, and what came of it."""
    plan, began, closed = stage.plan, time.monotonic(), 0.0
    stage.serve()
    what = ["contributor"] * plan.kills + ["server"] * plan.restarts
    chance.shuffle(what)
    later = what[: (len(what) + 1) // 2]
    moments = sorted((began + chance.uniform(0, plan.window), one) for one in what[len(later) :])
    waves, due = list(range(1, plan.contributors + 1, plan.wave)), began
    while time.monotonic() - began < plan.join_seconds + 12 * plan.round_seconds:
        now = time.monotonic()
        if waves and now >= due and (closed or stage.coming <= plan.wave // 2):
            start = waves.pop(0)
            for number in range(start, min(start + plan.wave, plan.contributors + 1)):
                stage.contribute(number)
            due = now + plan.pause
        if not closed and stage.closed:
            closed = now
            moments = sorted([*moments, *((now + chance.uniform(0, plan.span), one) for one in later)])
        elif not closed and not waves:
            stage.fill()
        while moments and now >= moments[0][0] and stage.everybody:
            _strike(stage, moments.pop(0)[1], chance)
        if closed and all(one.process.poll() is not None for one in stage.everybody):
            break
        time.sleep(0.05)
    return judged(stage, seconds=time.monotonic() - began)


def _strike(stage: Stage, what: str, chance: random.Random) -> None:
    if what == "server":
        stage.kill_server()
        stage.serve()
        return
    alive = [one for one in stage.everybody if one.process.poll() is None]
    if alive:
        one = chance.choice(alive)
        one.process.kill()
        one.killed = True


def judged(stage: Stage, *, seconds: float) -> dict:
    """SystemExit unless the sum is exact over those included, or the reason is told; and everybody knows the truth."""
    try:
        result = wait_until(stage.result, stall=stage.plan.join_seconds, every=0.05)
    except AssertionError:
        raise SystemExit(f"a live round neither ended nor told why: {stage.folder}") from None
    wrong: list[str] = []
    seats = {one.document().get("seat"): one for one in stage.everybody if one.document()}
    if result["state"] == "done":
        included = set(result["included"])
        known = [seats[i].number for i in included if i in seats]
        unknown = included - set(seats)
        exact = _exact(stage, known, missing=len(unknown))
        if not exact or len(included) < stage.plan.minimum:
            wrong.append(f"the sum is not that of {sorted(included)}")
    elif not result["reason"]:
        wrong.append("it was aborted and no reason was told")
    for one in stage.everybody:
        document, inside = one.document(), one.process.returncode == 0
        if one.process.returncode == -signal.SIGKILL and one.killed:
            continue
        if inside != (document.get("seat") in result["included"]) or document.get("in_sum") != inside:
            wrong.append(f"contributor process {one.number} was told wrongly: {document}")
    if wrong:
        raise SystemExit(f"broken ({stage.folder}): {wrong}")
    return {
        "state": result["state"], "reason": result["reason"], "joined": result["joined"],
        "included": len(result["included"]), "killed": sum(one.killed for one in stage.everybody),
        "told": sum(one.process.returncode == 0 for one in stage.everybody), "seconds": round(seconds, 1),
    }  # fmt: skip


def _exact(stage: Stage, known: list[int], *, missing: int) -> bool:
    """Whether the sum is that of the `known` processes and of `missing` killed ones, who never told their seat."""
    question = live_of(QUESTION, discover())
    rest = np.array(stage.total()) - sum((question.encode(value_of(n)) for n in known), np.zeros(16, np.int64))
    dead = [question.encode(value_of(one.number)) for one in stage.everybody if one.killed and not one.document()]
    return _made_of(rest, dead, missing)


def _made_of(rest: np.ndarray, parts: list[np.ndarray], count: int) -> bool:
    """Whether `rest` is the sum of exactly `count` of `parts`: by halves, as all choices would be too many."""
    half = len(parts) // 2
    tables: list[dict[tuple[int, bytes], bool]] = []
    for side in (parts[:half], parts[half:]):
        sums = {(0, np.zeros_like(rest).tobytes()): True}
        for part in side:
            more = {(n + 1, (np.frombuffer(s, rest.dtype) + part).tobytes()): True for n, s in sums}
            sums = sums | more
        tables.append(sums)
    return any((count - n, (rest - np.frombuffer(s, rest.dtype)).tobytes()) in tables[1] for n, s in tables[0])


def main() -> None:
    plan = Plan()
    parser = argparse.ArgumentParser(description="Private sums among processes, some killed at random moments.")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    for name, value in vars(plan).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args()
    plan = Plan(**{name: getattr(given, name) for name in vars(plan)})
    rows = []
    for number in range(given.runs):
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            stage = Stage(Path(folder), plan)
            try:
                rows.append(run(stage, random.Random(given.seed + number)))
            finally:
                stage.close()
        print(json.dumps({"run": number + 1} | rows[-1]), file=sys.stderr, flush=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({
        "stack": plan.stack, "runs": len(rows), "completed": sum(r["state"] == "done" for r in rows),
        "aborted": sum(r["state"] == "aborted" for r in rows), "reasons": sorted({r["reason"] for r in rows} - {""}),
        "killed": sum(r["killed"] for r in rows), "included": [r["included"] for r in rows],
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
