"""The conformance kit for provers: the registered one passes it, and planted faults are found by their check."""

from collections.abc import Iterator
from typing import Any

import pytest

from backends.provers.groth16.field import R
from backends.provers.groth16.groth16 import Groth16
from privacy.params import NoParams
from privacy.provers.prover import Keys, Public
from privacy.testing.provers import CHECKS, check_prover
from tests.support.soaking import sized


def opened() -> Groth16:
    return Groth16(NoParams())


@pytest.mark.sized("conformance")
def test_the_built_in_prover_passes() -> None:
    plays, mutations = sized((20, 200), (400, 10_000))
    found = {one.id: one for one in check_prover(opened, plays=plays, mutations=mutations)}
    assert [one.detail for one in found.values() if one.passed is False] == []
    assert set(found) == {"setup", *CHECKS}
    assert found.pop("game").passed is (None if plays < 100 else True)
    assert all(one.passed for one in found.values())


class Careless(Groth16):
    """Looks at no public input but the first."""

    def verify(self, verifying: bytes, public: Public, proof: bytes) -> bool:
        return len(proof) == 256 and self.seen.get(proof) == public.model

    seen: dict[bytes, int] = {}  # noqa: RUF012

    def prove(self, keys: Keys, model: Any, public: Public, witness: Any, **more: Any) -> bytes:
        proof = super().prove(keys, model, public, witness, **more)
        self.seen[proof] = public.model
        return proof


class Frozen(Groth16):
    """Gives the same proof of the same public inputs, and does not say what malformed points are."""

    kept: dict[Public, bytes] = {}  # noqa: RUF012

    def prove(self, keys: Keys, model: Any, public: Public, witness: Any, **more: Any) -> bytes:
        return self.kept.setdefault(public, super().prove(keys, model, public, witness, **more))

    def malformed(self, proof: bytes) -> Iterator[tuple[str, bytes]]:
        return iter(())


class Open(Groth16):
    """Takes every proof of the right length."""

    def verify(self, verifying: bytes, public: Public, proof: bytes) -> bool:
        return len(proof) == 256


class Brittle(Groth16):
    """Breaks where it should refuse."""

    def verify(self, verifying: bytes, public: Public, proof: bytes) -> bool:
        if not all(0 <= value < R for value in public.values()) or len(proof) != 256:
            raise ValueError("not a number of the field")
        return super().verify(verifying, public, proof)


@pytest.mark.parametrize(
    ("kind", "checks"),
    [
        (Careless, {"public", "proofs"}),
        (Frozen, {"complete"}),
        (Open, {"public", "proofs", "malformed", "keys"}),
        (Brittle, {"public", "proofs"}),
    ],
)
def test_planted_faults_are_found(kind: type[Groth16], checks: set[str]) -> None:
    found = check_prover(lambda: kind(NoParams()), plays=0, mutations=5)
    assert checks <= {one.id for one in found if one.passed is False}
    not_run = {one.id for one in found if one.passed is None}
    assert not_run == {"game"} | ({"malformed"} if kind is Frozen else set())
