"""The log of recommendations: what is logged is found, and nobody logs or blocks for another."""

import pytest

from privacy.chains.errors import Reverted
from privacy.chains.sender import Intent
from privacy.services.shown_log import CONTRACT, ShownLog
from tests.support.chains import Stage

MINE, YOURS, ROOT_A, ROOT_B = (bytes([n]) * 32 for n in (1, 2, 3, 4))


@pytest.fixture
def log(on: Stage) -> ShownLog:
    return ShownLog(on.chain, on.deploy(CONTRACT))


def test_what_is_logged_is_found_and_nothing_else(on: Stage, log: ShownLog) -> None:
    first = log.log(on.account(1), MINE, ROOT_A)
    second = log.log(on.account(2), YOURS, ROOT_B)
    assert (first.sender, first.commitment, first.model_root) == (on.address(1), MINE, ROOT_A)
    block = on.chain.block(first.block)
    assert block is not None
    assert first.time == block.time
    assert log.entry(on.address(1), MINE) == first
    assert log.entry(on.address(1), YOURS) is None
    assert log.entry(on.address(2), MINE) is None
    assert log.entries() == [first, second]
    assert (
        log.entries(sender=on.address(2)) == log.entries(commitment=YOURS) == log.entries(model_root=ROOT_B) == [second]
    )
    assert log.entries(sender=on.address(1), commitment=YOURS) == []


def test_a_commitment_is_logged_once_by_each(on: Stage, log: ShownLog) -> None:
    first = log.log(on.account(1), MINE, ROOT_A)
    assert log.log(on.account(1), MINE, ROOT_A) == first
    with pytest.raises(Reverted) as caught:
        log.log(on.account(1), MINE, ROOT_B)
    assert caught.value.name == "AlreadyLogged"
    with pytest.raises(Reverted) as again, log.contract.naming():
        on.account(1).send(Intent(log.contract.address, log.contract.encode("log", MINE, ROOT_A)))
    assert again.value.name == "AlreadyLogged"
    assert log.entries() == [first]


def test_who_logs_my_pending_commitment_first_neither_blocks_nor_claims_it(on: Stage, log: ShownLog) -> None:
    theirs = log.log(on.account(2), MINE, ROOT_B)
    mine = log.log(on.account(1), MINE, ROOT_A)
    assert log.entry(on.address(1), MINE) == mine
    assert mine.model_root == ROOT_A
    assert log.entry(on.address(2), MINE) == theirs


@pytest.mark.parametrize(
    ("commitment", "root", "name"), [(bytes(32), ROOT_A, "EmptyCommitment"), (MINE, bytes(32), "EmptyModelRoot")]
)
def test_what_commits_to_nothing_is_refused(
    on: Stage, log: ShownLog, commitment: bytes, root: bytes, name: str
) -> None:
    with pytest.raises(Reverted) as caught:
        log.log(on.account(1), commitment, root)
    assert caught.value.name == name
    assert log.entries() == []
