"""`veilbench bench fyp`: one feed from end to end, scoring and fetch, under every stack, on a large made-up catalogue.

All stacks serve the same people in turn in one run, so that other work on the machine slows all alike. Where servers
must not collude they sit in processes of their own.
"""

import time
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

import numpy as np

from privacy.plugin import CLIENT
from privacy.plugin.elsewhere import Spawned
from privacy.plugin.host import Report
from privacy.plugin.measuring import auc_interval, machine, versions
from privacy.plugin.running import Channel, Floats, Registry, reference, top_k
from workloads.fyp.data import Catalogue, Features, Profile
from workloads.fyp.deployment import Deployment
from workloads.fyp.evaluation import attack, send_cohort
from workloads.fyp.world import SHOWN, World

STACKS = ("plain", "local", "smpc", "he")
TOPICS = 12
Z_999 = 3.2905
"""Half-width of a 99.9% interval, in standard deviations."""


def made_world(*, items: int, dims: int, seed: int) -> World:
    """A catalogue of made-up profiles around random topics: its vectors are drawn, not derived from texts."""
    rng = np.random.default_rng(seed)
    centres = _unit(rng.normal(size=(TOPICS, dims)))
    topics = rng.integers(0, TOPICS, items)
    vectors = np.empty((items, dims))
    for start in range(0, items, 1 << 16):
        part = slice(start, min(items, start + (1 << 16)))
        noise = rng.normal(size=(part.stop - start, dims)) * (0.9 / np.sqrt(dims))
        vectors[part] = _unit(centres[topics[part]] + noise)
    profiles = [
        Profile(
            id=f"{i}", account_id=f"made.{i:07d}", nickname=f"Made {i}", biography="A profile that was made up. " * 8,
            followers=int(i * 7919 % 1_000_003), likes=i, videos_count=i % 997, engagement_rate=0.01, is_verified=False,
        )
        for i in range(items)
    ]  # fmt: skip
    name = f"made {items} {dims} {seed}"
    catalogue = Catalogue(profiles, (), np.zeros((items, 1)), name, name, generated=False, notes=())
    labels = tuple(f"topic {i}" for i in range(TOPICS))
    return World(catalogue, Features(vectors, topics, labels, name), seed=seed)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


class FypBench:
    """A feed under every stack."""

    def run(self, registry: Registry, report: Report, *, quick: bool, seed: int) -> dict[str, Any]:
        """Measure: one JSON document."""
        items, dims, turns, people = (2_000, 16, 3, 40) if quick else (100_000, 64, 9, 100)
        report(0, 1, f"making {items:,} profiles")
        world = made_world(items=items, dims=dims, seed=seed)
        histories = world.histories(users=max(people, turns + 1))
        with ExitStack() as closing:
            spawned = closing.enter_context(Spawned())
            deployments: dict[str, Deployment] = {}
            rows: dict[str, dict[str, Any]] = {}
            for name in STACKS:
                report(0, 1, f"setting up {name}")
                stack, channel = registry.stack(name), Channel()
                apart = registry.mechanism(stack.carrier, "scoring", stack.params).apart
                one = Deployment(world, registry, stack, transports=dict.fromkeys(apart, spawned))
                one.publish(channel)
                deployments[name] = one
                rows[name] = {
                    "stack": name, "processes": 1 + len(spawned.pids if apart else ()), "wall_seconds": [],
                    "identical": [], "setup_seconds": one.setup_seconds,
                    "bytes_setup": channel.transcript.bytes(phase="setup"),
                }  # fmt: skip
            for turn in range(turns + 1):
                report(turn, turns + 1, "turns, side by side")
                taste = world.taste(histories.liked[turn])
                best = top_k(reference(world.items, taste.vector), k=SHOWN, exclude=taste.liked)
                for name, one in deployments.items():
                    channel = Channel()
                    one.next_person(channel)
                    start = time.perf_counter()
                    served = one.serve(taste, channel, sent=taste.vector)
                    spent, row = time.perf_counter() - start, rows[name]
                    if turn:  # the first warms up
                        row["wall_seconds"].append(spent)
                    row["identical"].append(bool(np.array_equal(served.shown, best)))
                    row["bytes_up"] = channel.transcript.bytes(phase="run", sender=CLIENT)
                    row["bytes_down"] = channel.transcript.bytes(phase="run", receiver=CLIENT)
            for row in rows.values():
                row["wall_seconds"] = float(np.median(row["wall_seconds"]))
                row["top10_identical"] = all(row.pop("identical"))
            found = {}
            for name in ("plain", "smpc", "he"):
                # The attack plays with simulated people, so its servers may sit here.
                here = Deployment(world, registry, registry.stack(name))
                here.publish(Channel())
                visits = send_cohort(here, histories, progress=report, label=f"people through {name}")
                found[name] = attack(visits, histories, seed=seed).advantages
            half = len(histories) // 2
            for name, advantages in found.items():
                value = advantages["attribute/whole"][0]
                positives = int((histories.attribute[half:] == 1).sum())
                area = auc_interval((value + 1) / 2, positives=positives, negatives=half - positives, z=Z_999)
                low, high = (2 * one - 1 for one in area)
                rows[name] |= {"attack": value, "attack_low": low, "attack_high": high, "attacked": half}
        return {
            "bench": "fyp", "source": "measured", "seed": seed, "machine": machine(), "versions": versions(),
            "items": items, "dims": dims, "turns": turns, "rows": list(rows.values()),
        }  # fmt: skip

    def lines(self, found: dict[str, Any]) -> Iterable[str]:
        """The document as lines of text."""
        yield f"{found['items']:,} items of {found['dims']} dimensions; medians of {found['turns']} feeds"
        yield f"{'stack':<8}{'wall':>10}{'up':>13}{'down':>13}{'set-up':>14}  top ten   attack on the whole view, 99.9%"
        for r in found["rows"]:
            said = f"{r['attack']:+.2f} [{r['attack_low']:+.2f}, {r['attack_high']:+.2f}]" if "attack" in r else ""
            yield (
                f"{r['stack']:<8}{r['wall_seconds'] * 1e3:>7.0f} ms{r['bytes_up']:>11,} B{r['bytes_down']:>11,} B"
                f"{r['bytes_setup']:>12,} B  {'the same' if r['top10_identical'] else 'differs '}  {said}"
            )
        yield "Attack: advantage in telling the attribute, 0 is guessing; over simulated people, half of the cohort."
