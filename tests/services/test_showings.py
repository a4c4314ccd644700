"""Lists that were logged: the chain tells whether a file is what an account committed to, and nothing else of it."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.chains.embedded.chain import EmbeddedChain
from privacy import lab
from privacy.chains.contracts import Artifact
from privacy.chains.deploying import deploy
from privacy.chains.sender import Intent, Sender
from privacy.errors import DataError, ParamError
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services import showings
from privacy.services.showings import Showing, Shown
from privacy.services.shown_log import CONTRACT, ShownLog
from privacy.stores.cid import CID
from privacy.stores.opening import open_store
from tests.support.chains import embedded
from workloads.fyp.model import read_model
from workloads.fyp.world import open_world

SHOWN = Shown(("a", "b", "ü"), "he", {"preset": "fast"}, "data", "bafk", "2026-11-30T00:00:00Z")
ROOT = b"\1" * 32


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with embedded(tmp_path / "chain") as found:
        yield found


def logged(chain: EmbeddedChain, shown: Shown = SHOWN) -> Showing:
    sender = Sender(chain, chain.signers()[0])
    contract = deploy(sender, CONTRACT).address
    begun = showings.begin(shown, model_root=ROOT, account=sender.signer.address, chain=chain, contract=contract)
    return showings.log(begun, sender)


def changed(one: Showing, **fields: Any) -> Showing:
    return replace(one, shown=replace(one.shown, **fields))


def test_what_was_logged_matches_from_its_file_and_from_the_history(chain: EmbeddedChain) -> None:
    one = logged(chain)
    assert showings.parse(one.file()) == one
    assert showings.history() == [one]
    assert showings.known(replace(SHOWN, at="later"), account=one.account, chain=chain) == one
    verdict = showings.verify(showings.parse(one.file()), chain)
    assert verdict.kind == "match"
    assert verdict.entry is not None
    assert (verdict.entry.block, verdict.entry.time) == (one.block, one.time)


@pytest.mark.parametrize(
    "fields",
    [
        {"items": ("b", "a", "ü")},
        {"items": ("a", "b")},
        {"stack": "plain"},
        {"params": {}},
        {"at": "2026"},
        {"data": ""},
    ],
)
def test_a_file_that_was_changed_is_a_mismatch(chain: EmbeddedChain, fields: dict[str, Any]) -> None:
    one = logged(chain)
    assert showings.verify(changed(one, **fields), chain, claimed=one.commitment).kind == "mismatch"
    assert showings.verify(changed(one, **fields), chain).kind == "not found"


def test_another_root_salt_account_contract_or_chain_does_not_match(chain: EmbeddedChain, tmp_path: Path) -> None:
    one = logged(chain)
    assert showings.verify(replace(one, model_root=b"\2" * 32), chain).kind == "mismatch"
    assert showings.verify(replace(one, salt=bytes(32)), chain, claimed=one.commitment).kind == "mismatch"
    assert showings.verify(replace(one, account=chain.signers()[1].address), chain).kind == "not found"
    # Anybody can make a contract that says yes to everything.
    other = Sender(chain, chain.signers()[0]).send(Intent(None, Artifact.load("ModelRegistry").creation()))
    assert other.contract is not None
    assert showings.verify(replace(one, contract=other.contract), chain).kind == "mismatch"
    with embedded(tmp_path / "another") as elsewhere:
        assert showings.verify(one, elsewhere).kind == "not found"


def test_a_list_that_was_begun_is_found_once_a_wallet_has_logged_it(chain: EmbeddedChain) -> None:
    sender = Sender(chain, chain.signers()[0])
    contract = deploy(sender, CONTRACT).address
    begun = showings.begin(SHOWN, model_root=ROOT, account=sender.signer.address, chain=chain, contract=contract)
    assert showings.verify(begun, chain).kind == "not found"
    assert showings.look(begun, chain) is None
    assert [one.logged for one in showings.history()] == [False]
    intent = ShownLog(chain, contract).intent(begun.account, begun.commitment, ROOT)
    sender.send(Intent(intent.to, intent.data))  # as a wallet would: by no intent of ours
    done = showings.look(begun, chain)
    assert done is not None
    assert showings.verify(done, chain).kind == "match"
    assert [one.logged for one in showings.history()] == [True]
    showings.forget(done)
    assert showings.history() == []


def test_the_same_list_twice_is_two_commitments(chain: EmbeddedChain) -> None:
    assert logged(chain).commitment != logged(chain).commitment


def test_the_chain_has_nothing_of_the_items(chain: EmbeddedChain) -> None:
    items = tuple(f"item-that-nobody-may-read-{at}" for at in range(10))
    one = logged(chain, replace(SHOWN, items=items))
    kept = b"".join(path.read_bytes() for path in chain.folder.iterdir())
    assert one.commitment in kept
    assert b"item-that-nobody" not in kept
    assert one.salt not in kept


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format": "veilbench shown 1"}',
        b'{"format": 7}',
        b"\xff",
        b"[" * 90_000,
        b"0" * (2**20 + 1),
    ],
)
def test_what_is_no_file_of_a_list_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(DataError):
        showings.parse(body)


@pytest.mark.parametrize("name", ["salt", "account", "model_root", "shown", "contract"])
def test_a_file_with_another_kind_of_value_is_none(chain: EmbeddedChain, name: str) -> None:
    found = json.loads(logged(chain).file())
    for value in (7, None, "0x", [], {"items": [1]}):
        with pytest.raises(DataError):
            showings.parse(json.dumps({**found, name: value}).encode())


def test_a_round_says_what_it_showed_and_its_model_is_in_the_store(chain: EmbeddedChain) -> None:
    registry = discover()
    request = RunRequest(stack="plain", options={"items": 200, "dims": 16, "user": "ada"})
    round_ = lab.first_round(request, registry)
    with open_store(registry) as store:
        shown, root = showings.shown_of(request, registry, round_, store)
        body = b"".join(store.get(CID.parse(shown.model)))
    assert showings.shown_of(request, registry, round_)[1] == root == CID.parse(shown.model).digest
    assert shown.items == tuple(card["account_id"] for card in round_.cards)  # type: ignore[attr-defined]
    ids, vectors = read_model(body)
    world = open_world(data=None, items=200, dims=16, seed=0, mapping=None)
    assert np.array_equal(vectors, world.items)
    assert [ids[place] for place in round_.shown] == list(shown.items)  # type: ignore[attr-defined]
    for wrong in (b"", body[:-1], b"x" + body, io.BytesIO(body).read(40)):
        with pytest.raises(DataError):
            read_model(wrong)
    survey = RunRequest(workload="survey", stack="plain")
    with pytest.raises(ParamError):
        showings.shown_of(survey, registry, lab.first_round(survey, registry))
