"""The example plugin: conformance, and a feed under it that equals plain's."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import EXAMPLE
from tests.support.conformance import Conformance

sys.path.insert(0, str(EXAMPLE))

from veilbench_shares.plugin import Params, register_backends

from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT, SERVER
from privacy.boundary.secret import Secret
from privacy.coalitions import coalition_view
from privacy.guarantees import Strength
from privacy.primitives.lookup import LookupTask
from privacy.primitives.scoring import ScoringTask
from privacy.protocol import Session
from privacy.registry import Entry, Registry, discover
from privacy.request import RunRequest
from tests.support.rounds import first


def registry() -> Registry:
    (spec,) = register_backends()
    return Registry(
        [*discover().entries, Entry(spec.id, "veilbench_shares.plugin", False, spec)], discover().workload_entries
    )


class _Conformance(Conformance):
    backend = "shares"

    @classmethod
    def registry(cls) -> Registry:
        return registry()


class TestShares(_Conformance):
    """Two servers."""

    soaked = ("variants", "lookup-error-http", "lookup-error-spawned")  # scoring goes over HTTP


class TestFiveServers(_Conformance):
    places = ("in process",)
    params: dict[str, Any] = {"servers": 5}  # noqa: RUF012
    soaked = ("game", "linked", "isolation", "variants")
    primitives = ("lookup",)


@pytest.mark.parametrize("servers", [2, 3])
def test_a_feed_under_shares_is_plains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: int) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    shared = first(RunRequest(stack="shares", params={"servers": servers}), registry())[0]
    plain = first(RunRequest(stack="plain"), registry())[0]
    assert shared.shown == plain.shown
    assert shared.cards == plain.cards
    spec = registry().workload("fyp")
    names = [f"server-{i + 1}" for i in range(servers)]
    assert [t.observer for t in shared.guarantee.towards] == names
    assert {t.strength for t in shared.guarantee.towards} == {Strength.NON_COLLUSION}
    assert {t.collusion for t in shared.guarantee.towards} == {servers}
    assert not shared.fallbacks
    # All but one learn nothing together; all of them, everything.
    assert {s.tone for s in coalition_view(shared, spec, names[:-1]).sentences} == {"good"}
    assert {s.tone for s in coalition_view(shared, spec, names).sentences} == {"bad"}


def run_once(primitive: str, task: Any, own: Any, secret: Any, servers: int) -> tuple[Any, list[Any]]:
    """The output, and the bodies that the servers were sent."""
    (spec,) = register_backends()
    mechanism = registry().mechanism(spec, primitive, Params(servers=servers))
    session, channel = Session(mechanism, task, {SERVER: own}), Channel()
    session.publish(channel)
    output = session.run({CLIENT: Secret(secret, owner=CLIENT)}, channel).output
    return output, [m.sample for m in channel.transcript.messages if m.sender == CLIENT]


@given(st.integers(1, 40), st.integers(1, 9), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_any_table_and_any_number_of_servers(items: int, count: int, servers: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 256, (items, 7), dtype=np.uint8)
    wanted = rng.integers(0, items, count)
    fetched, sent = run_once("lookup", LookupTask(items, 7, count), table, wanted, servers)
    assert np.array_equal(fetched, table[wanted])
    assert len(sent) == servers
    catalogue, taste = rng.integers(-256, 257, (items, 5)), rng.integers(-256, 257, 5)
    scores, _ = run_once("scoring", ScoringTask(items, 5), catalogue, taste, servers)
    assert np.array_equal(scores, catalogue @ taste)
