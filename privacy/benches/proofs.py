"""`veilbench bench proofs`: what a proof of a selection costs: keys, proving, checking here, and checking on a chain.

Items and people are made up; beside them stands what a workload shows, whole, at its own length of vectors. Times are
medians, of this machine with whatever else it does; the first proof of a size, which reads and compiles, is left out.
"""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from privacy.benches.similarity import most_resident
from privacy.chains.accounts import Signer
from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact
from privacy.chains.errors import BadAnswer
from privacy.chains.sender import Intent, Sender
from privacy.jobs.job import Report
from privacy.primitives.scoring import quantise
from privacy.provers.opening import open_prover
from privacy.provers.prover import Prover, fresh_salt
from privacy.provers.selection import Selected, SelectionModel, SelectionStatement, SelectionWitness
from privacy.registry import Registry, load
from privacy.request import RunRequest
from privacy.results import machine, versions
from privacy.services.receipts import CONTRACT, Book
from privacy.stacks import filled

SIZES = ((64, 16), (256, 32), (1_000, 64))
QUICK = ((64, 16),)
SHOWN, LIKED, TIMES = 10, 20, 5
LIMITS = {"256 x 32": 1.5, "whole": 6.0}
"""Seconds that a proof may take: what this was built to."""

Pay = tuple[Chain, Signer]


@dataclass(frozen=True)
class Row:
    """One size. `gas` is that of the transaction with the proof; None where no chain was asked.

    `setup_seconds` is None where the keys were there before. `peak_bytes` is the most that the process, whatever else
    it has loaded, had resident so far.
    """

    what: str
    items: int
    dims: int
    shown: int
    constraints: int
    setup_seconds: float | None
    prove_seconds: float
    verify_seconds: float
    peak_bytes: int | None
    key_bytes: int
    verifying_bytes: int
    proof_bytes: int
    gas: int | None


def run(
    registry: Registry, report: Report, *, quick: bool = False, seed: int = 0, pay: Pay | None = None, name: str = ""
) -> dict[str, Any]:  # fmt: skip
    """Measure each size in turn: one JSON document. With `pay`, the account pays for a contract of its own there."""
    prover = open_prover(registry, name)
    book = None if pay is None else _book(*pay)
    cases: list[tuple[str, Callable[[], Selected]]] = [
        (f"{items} x {dims}", lambda items=items, dims=dims: made_up(items=items, dims=dims, seed=seed))  # type: ignore[misc]
        for items, dims in (QUICK if quick else SIZES)
    ]
    for spec in () if quick else registry.workloads.values():
        if spec.selected:
            request = filled(RunRequest(stack="plain", workload=spec.id), registry)
            given = load(spec.selected, who=f"what {spec.id} shows", hint=spec.install_hint)
            cases.append((f"{spec.id}, whole", lambda given=given, request=request: given(request, registry)))  # type: ignore[misc]
    rows = []
    for at, (what, case) in enumerate(cases):
        report(at, len(cases), what)
        rows.append(measure(prover, case(), what=what, pay=pay, book=book))
    return {
        "bench": "proofs", "source": "measured", "prover": registry.prover(name).id, "seed": seed, "times": TIMES,
        "chain": None if pay is None else {"name": pay[0].name, "chain_id": pay[0].chain_id},
        "limits": {"seconds": LIMITS}, "machine": machine(), "versions": versions(),
        "rows": [asdict(row) for row in rows],
    }  # fmt: skip


def made_up(*, items: int, dims: int, seed: int) -> Selected:
    """Items in random directions, and somebody who likes 20 of them."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(items, dims))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    model = SelectionModel.of(quantise(vectors), vectors)
    liked = rng.choice(items, LIKED, replace=False)
    one = SelectionWitness.of(model, liked, shown=SHOWN, salt=fresh_salt(), chosen_salt=fresh_salt())
    return Selected(model, one.history, one.chosen, one.vector)


def measure(prover: Prover, case: Selected, *, what: str, pay: Pay | None, book: Book | None) -> Row:
    """One size. Keys that were not there before are deleted after."""
    statement = SelectionStatement.of(case.model, shown=len(case.chosen))
    found = prover.keys(statement, case.model)
    start = time.perf_counter()
    keys = found or prover.setup(statement, case.model)
    setup = None if found else time.perf_counter() - start
    try:
        witness = SelectionWitness(case.history, case.chosen, case.vector, fresh_salt(), fresh_salt())
        context, model = 1, None
        if pay is not None and book is not None:
            sender = Sender(*pay)
            model = book.register(sender, root=keys.root, key=prover.verifier(keys), kind=keys.kind)
            context = book.place(sender.signer.address).context(model.id)
        public = prover.public(statement, case.model, witness, context=context)
        proof = prover.prove(keys, case.model, public, witness)
        proving = _median(lambda: prover.prove(keys, case.model, public, witness))
        checking = _median(lambda: prover.verify(keys.verifying, public, proof))
        gas = None
        if pay is not None and book is not None and model is not None:
            sender = Sender(*pay)
            book.commit_profile(sender, public.profile)
            number = book.count(sender.signer.address)
            kept = book.submit(sender, model, number=number, shown=public.selection, proof=proof)
            receipt = pay[0].receipt(kept.transaction)
            gas = None if receipt is None else receipt.gas_used
        return Row(
            what, statement.items, statement.dims, statement.shown, prover.constraints(statement, case.model), setup,
            proving, checking, most_resident(), keys.path.stat().st_size, len(keys.verifying), len(proof), gas,
        )  # fmt: skip
    finally:
        if found is None:
            prover.forget(keys)


def _median(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def _book(chain: Chain, payer: Signer) -> Book:
    """A book of its own, which is not recorded."""
    receipt = Sender(chain, payer).send(Intent(None, Artifact.load(CONTRACT).creation()))
    if receipt.contract is None:
        raise BadAnswer(f"{CONTRACT} was created without an address", then="name another node")
    return Book(chain, receipt.contract)


def lines(found: dict[str, Any]) -> Iterable[str]:
    """The document as lines of text."""
    heads = ("constraints", "set-up", "prove", "verify", "peak memory", "key", "proof", "gas")
    yield f"{'size':<16}" + "".join(f"{head:>14}" for head in heads)
    for r in found["rows"]:
        setup = "kept" if r["setup_seconds"] is None else f"{r['setup_seconds']:.2f} s"
        peak = "–" if r["peak_bytes"] is None else f"{r['peak_bytes'] / 1e6:.0f} MB"
        gas = "–" if r["gas"] is None else f"{r['gas']:,}"
        cells = (f"{r['constraints']:,}", setup, f"{r['prove_seconds']:.2f} s", f"{r['verify_seconds'] * 1e3:.0f} ms",
                 peak, f"{r['key_bytes'] / 1e6:.1f} MB", f"{r['proof_bytes']} B", gas)  # fmt: skip
        yield f"{r['what']:<16}" + "".join(f"{cell:>14}" for cell in cells)
    chain = found["chain"]
    where = "No chain was asked." if chain is None else f"Gas on {chain['name']} (chain {chain['chain_id']})."
    yield f"Medians of {found['times']} here, by {found['prover']}. {where}"
