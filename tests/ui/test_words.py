"""What a page says of a backend is of the workload and the stack in hand."""

import re
from pathlib import Path

import pytest

from privacy.registry import discover
from privacy.stacks import offered
from tests.support.app_pages import FYP, html, opened
from tests.support.rounds import world
from workloads.fyp import tastes
from workloads.fyp.deployment import choose
from workloads.fyp.options import OWN


@pytest.fixture(autouse=True)
def state(app_state: Path) -> Path:
    return app_state


def test_a_backend_says_what_it_does_for_these_primitives_alone() -> None:
    registry = discover()
    for workload, foreign in (("fyp", ("sum", "aggregator", "client")), ("survey", ("taste", "fetch", "server"))):
        spec = registry.workload(workload)
        members = {one.id: one for name in offered(spec, registry) for one in registry.members(name)}
        for one in members.values():
            found = set(re.findall(r"[a-z]+", one.says(spec.primitives).lower()))
            assert found
            # Two servers that split a sum are part of smpc's own words.
            assert not [w for w in foreign if w in found and (one.id, w) != ("smpc", "server")], (one.id, found)


def test_a_fetch_in_the_clear_after_a_release_says_what_it_follows_from() -> None:
    registry = discover()
    assert "released" not in choose(registry, registry.stack("he"))[1]["lookup"]
    assert "follows from what dp released" in choose(registry, registry.stack("dp+he"))[1]["lookup"]
    assert choose(registry, registry.stack("dp"))[1] == {}


def test_nothing_is_kept_on_the_device_alone_that_plain_sends() -> None:
    tastes.set_liked(world(), 17, on=True)
    page = html(opened(FYP, user=OWN))
    assert "reads the taste in the clear" in page
    assert "kept on this device alone" not in page
