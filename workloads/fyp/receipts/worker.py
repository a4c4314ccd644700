"""Proofs of feeds in a process of their own: claims come by its input, proofs go by its output, none lies in a file."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from privacy.plugin import RunRequest
from privacy.plugin.host import Report, options_of, work
from privacy.plugin.provers import FalseStatement, Keys, Prover, Public, open_prover
from privacy.plugin.receipts import Book, Place
from privacy.plugin.running import discover
from workloads.fyp.receipts.claims import Claim, model_of, statement_of
from workloads.fyp.workload import world_of

MODULE = "workloads.fyp.receipts.worker"


@dataclass(frozen=True)
class Order:
    """What is to be proved: claims about one catalogue, for one place in an account's row.

    `registrar` is the account under which the model is registered there. A page's own words of a claim are its name.
    """

    request: RunRequest
    place: Place
    registrar: str
    claims: dict[str, Claim]

    def as_dict(self) -> dict[str, Any]:
        claims = {name: claim.as_dict() for name, claim in self.claims.items()}
        return {
            "request": self.request.as_dict(), "place": asdict(self.place), "registrar": self.registrar,
            "claims": claims,
        }  # fmt: skip


def prove(values: dict[str, Any], report: Report) -> dict[str, Any]:
    """Make the keys where there are none, and prove each claim, or say why no proof of it can be made."""
    registry, request = discover(), RunRequest.from_dict(values["request"])
    world = world_of(request, options_of(request, registry))
    model, prover, place = model_of(world), open_prover(registry), Place(**values["place"])
    statement, start = statement_of(model), time.perf_counter()
    keys = prover.keys(statement, model)
    if keys is None:
        keys = prover.setup(statement, model, report=lambda done, of, step: report(done, of, f"making keys: {step}"))
    made = time.perf_counter() - start
    id_ = Book.model_id(values["registrar"], keys.root, keys.verifying, keys.kind)
    found = {}
    for name, given in values["claims"].items():
        claim = Claim.from_dict(given)
        public = prover.public(statement, model, claim.witness(), context=place.context(id_))
        found[name] = _proved(prover, keys, model, public, claim, report)
    return {
        "setup_seconds": made, "model": id_.hex(), "root": hex(keys.root), "key": keys.verifying.hex(),
        "kind": keys.kind, "statement": statement.as_dict(), "proofs": found,
    }  # fmt: skip


def _proved(
    prover: Prover, keys: Keys, model: Any, public: Public, claim: Claim, report: Report
) -> dict[str, Any]:  # fmt: skip
    start = time.perf_counter()
    words = {"public": [hex(value) for value in public.values()]}
    try:
        proof = prover.prove(
            keys, model, public, claim.witness(),
            report=lambda done, of, step: report(done, of, f"proving: {step}"),
        )  # fmt: skip
    except FalseStatement as error:
        return {**words, "refused": str(error), "seconds": time.perf_counter() - start}
    return {**words, "proof": proof.hex(), "seconds": time.perf_counter() - start}


if __name__ == "__main__":
    work(prove)
