"""Comparisons made up for the tests of plots and exports: records of the right form, without a run."""

from typing import Any

from privacy.compare.plan import Cell, Comparison, Plan
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.stacks import filled

REGISTRY = discover()
HASH = "59cfd6362946eec945e13cd31a5e362f92a293f4672fe2aed914583a875ab376"


def metric(key: str, value: float | None, *, unit: str = "share", **more: Any) -> dict[str, Any]:
    """One metric as a record holds it."""
    found = {
        "key": key, "value": value, "low": None, "high": None, "n": 100, "unit": unit, "better": "higher",
        "source": "measured", "simulated": True, "note": "", "chance": None,
    }  # fmt: skip
    return found | more


def metrics(*, utility: float, attack: float | None) -> list[dict[str, Any]]:
    """A small set of metrics: accuracy, the attack on both views with its control, and cost."""
    low, high = (None, None) if attack is None else (attack - 0.2, min(attack + 0.05, 1.0))
    note = "the plain control reached 0.41, not 0.8" if attack is None else ""
    rows = [metric("top10_overlap", utility, low=max(utility - 0.04, 0), high=min(utility + 0.04, 1), chance=0.0102)]
    for key in ("attribute_advantage_scoring", "attribute_advantage"):
        rows.append(metric(f"{key}_control", 0.93, low=0.8, high=0.97, unit="2 AUC - 1"))
        rows.append(metric(key, attack, low=low, high=high, unit="2 AUC - 1", note=note))
    rows.append(metric("client_seconds", 9.7e-5, low=9e-5, high=1e-4, unit="s", simulated=False))
    rows += [metric(key, 971.0, unit="B", simulated=False) for key in ("bytes_up", "bytes_down")]
    return [*rows, metric("bytes_setup", 0, unit="B", simulated=False)]


def bound(epsilon: float, **more: Any) -> dict[str, Any]:
    """A differential-privacy bound as a record holds it."""
    found = {
        "epsilon": epsilon, "delta": 0.0, "unit": "user and period", "neighbours": "replace-one", "model": "local",
        "accountant": "pure epsilon", "rho": None, "sampler": "none",
    }  # fmt: skip
    return found | more


def code(stack: str) -> list[dict[str, Any]]:
    """The code of a record: the framework, and the stack as one backend."""
    check = {
        "state": "passed", "sentence": "declared; 9 checks passed on 2026-11-21", "passed": 9, "failed": 0,
        "date": "2026-11-21", "stale": False, "at_release": False,
    }  # fmt: skip
    common = {"version": "0.1.0", "origin": "built in"}
    return [
        {"kind": "framework", "id": "veilbench", "digest": "ab" * 32, "check": None} | common,
        {"kind": "carrier", "id": stack, "digest": "cd" * 32, "check": check} | common,
    ]


def record(
    stack: str, *, utility: float = 1.0, attack: float | None = 0.9, output: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:  # fmt: skip
    """A run record."""
    statement = f"What {stack} promises, for epsilon {output['epsilon']}." if output else f"What {stack} promises."
    towards = {
        "observer": "server", "strength": "differential" if output else "none", "statement": statement,
        "assumption": "", "security_bits": None, "leaks": ["when it was asked"], "output": output, "collusion": 2,
    }  # fmt: skip
    found = {
        "schema": 2, "workload": "fyp", "stack": stack, "params": {"epsilon": output["epsilon"]} if output else {},
        "seed": 0, "settings": {"user": "ada", "items": 0, "dims": 64, "cohort": 100},
        "versions": {"veilbench": "0.1.0", "numpy": "2.4.6"}, "code": code(stack),
        "machine": {"system": "Linux", "arch": "x86_64", "cores": 2}, "made_at": "2026-11-21T09:00:00+0000",
        "data_hash": HASH, "guarantee": {"adversary": "semi-honest", "source": "declared", "towards": [towards]},
        "fallbacks": {}, "steps": {}, "metrics": metrics(utility=utility, attack=attack), "answer": [],
        "transcript": {"messages": []}, "notes": ["2 biographies are missing"], "failure": None,
    }  # fmt: skip
    return found | more


def comparison(
    cells: list[tuple[str, float | None, dict[str, Any] | None]], *, sweep: str = "", base: RunRequest | None = None
) -> Comparison:  # fmt: skip
    """A comparison of (stack, swept value, record) cells."""
    base = base or filled(RunRequest(options={"cohort": 100}), REGISTRY)
    stacks = tuple(dict.fromkeys(stack for stack, _, _ in cells))
    values = tuple(dict.fromkeys(v for _, v, _ in cells if v is not None))
    requests = [
        RunRequest(**(vars(base) | {"stack": stack, "params": {} if v is None else {sweep: v}}))
        for stack, v, _ in cells
    ]
    made = [Cell(request, v) for request, (_, v, _) in zip(requests, cells, strict=True)]
    return Comparison(Plan(base, stacks, sweep, values), made, [r for _, _, r in cells])


def swept(**more: Any) -> Comparison:
    """Plain, local, and two randomised stacks over four values of epsilon; `more` changes their bounds."""
    cells: list[tuple[str, float | None, dict[str, Any] | None]] = [
        ("plain", None, record("plain")),
        ("local", None, record("local", attack=0.0)),
    ]
    for stack in ("dp", "dp+he"):
        for i, epsilon in enumerate((0.5, 1.0, 2.0, 4.0)):
            output = bound(epsilon, **more)
            cells.append((stack, epsilon, record(stack, utility=0.3 + i / 5, attack=0.1 + i / 5, output=output)))
    return comparison(cells, sweep="epsilon")
