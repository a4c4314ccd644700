"""The contracts of a crowd are created once, whoever asks and wherever it is killed, and know each other."""

from pathlib import Path

import pytest

from privacy.chains.contracts import Artifact
from privacy.chains.deploying import adopt
from privacy.chains.errors import ChainSlow
from privacy.chains.sender import Intent, Sender
from tests.support.chains import embedded
from workloads.labeling.onchain import town
from workloads.labeling.onchain.town import FAUCET_STOCK, NAMES, SWAP_CROL, SWAP_WEI, Town


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))
    return tmp_path


def whole(found: Town) -> None:
    """It has what the operator brought, and its contracts may do what they should."""
    assert set(found.addresses) == set(NAMES.values())
    operator = found.payouts.read("admin")
    assert found.crol.read("balanceOf", operator) == 10**27 - FAUCET_STOCK - SWAP_CROL
    assert found.crol.read("balanceOf", found.faucet.address) == FAUCET_STOCK
    assert (found.swap.read("crolSide"), found.swap.read("etherSide")) == (SWAP_CROL, SWAP_WEI)
    assert found.payouts.read("rounds") == found.rounds.address
    assert found.stakes.read("hasRole", town.role("SLASHER_ROLE"), found.rounds.address)
    assert found.gate.read("hasRole", town.role("ATTESTOR_ROLE"), operator)
    assert found.rounds.read("hasRole", town.role("AGGREGATOR_ROLE"), operator)


def test_it_is_built_once_whoever_asks(home: Path) -> None:
    with embedded(home / "chain") as chain:
        ada, ben = (Sender(chain, one) for one in chain.signers()[:2])
        assert town.standing(chain) is None
        made = town.build(ada)
        whole(made)
        head = chain.head().number
        assert town.build(ada).addresses == town.build(ben).addresses == town.standing(chain).addresses
        assert chain.head().number == head
        assert made.addresses == town.standing(chain).addresses


def test_killed_before_any_step_it_goes_on_and_does_nothing_twice(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with embedded(home / "chain") as chain:
        operator, left, send = Sender(chain, chain.signers()[0]), [0], Sender.send

        def killed(self: Sender, intent: Intent) -> object:
            """Killed after each further transaction was mined."""
            known = self.outbox.find(intent.id) is not None
            receipt = send(self, intent)
            if not known:
                raise ChainSlow("killed here")
            return receipt

        with monkeypatch.context() as patch:
            patch.setattr(Sender, "send", killed)
            while left[0] < 40:
                try:
                    made = town.build(operator)
                    break
                except ChainSlow:
                    left[0] += 1
        whole(made)
        assert left[0] == chain.head().number == len(NAMES) + 7


def test_contracts_of_others_are_found_by_their_code_whatever_they_were_given(home: Path) -> None:
    with embedded(home / "chain") as chain:
        made = town.build(Sender(chain, chain.signers()[0]), toys=False)
        assert (made.faucet, made.swap) == (None, None)
        for one in made.all:
            assert chain.code(one.address) != one.artifact.runtime or not one.artifact.immutables
            assert one.artifact.is_code(chain.code(one.address))
        (home / "home" / "chains" / "contracts.json").unlink()
        for one in made.all:
            adopt(chain, one.artifact.name, one.address)
        assert town.build(Sender(chain, chain.signers()[1]), toys=False).addresses == made.addresses


def test_code_that_differs_elsewhere_is_not_ours() -> None:
    artifact = Artifact.load("Crol")
    start, _ = artifact.immutables[0]
    assert artifact.is_code(artifact.runtime[:start] + b"\1" + artifact.runtime[start + 1 :])
    assert not artifact.is_code(b"\1" + artifact.runtime[1:])
    assert not artifact.is_code(artifact.runtime[:-1])
