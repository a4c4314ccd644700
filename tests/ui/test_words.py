"""What a page says of a backend is of the workload and the stack in hand."""

import re
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from privacy.registry import discover
from privacy.request import RunRequest
from privacy.stacks import offered
from tests.support.app_pages import FYP, html, opened
from tests.support.rounds import world
from tests.support.waiting import wait_until
from ui import resources
from ui.kit.stacks import usual_options
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
    assert "released" not in choose(registry, registry.stack("he"), fetch="by id")[1]["lookup"]
    assert "follows from what dp released" in choose(registry, registry.stack("dp+he"), fetch="by id")[1]["lookup"]
    assert choose(registry, registry.stack("dp+he"))[1] == {}
    assert choose(registry, registry.stack("dp"))[1] == {}


def test_nothing_is_kept_on_the_device_alone_that_plain_sends() -> None:
    tastes.set_liked(world(), 17, on=True)
    page = html(opened(FYP, user=OWN))
    assert "reads the taste in the clear" in page
    assert "kept on this device alone" not in page


def evaluated(stack: str, **options: object) -> AppTest:
    """The page of a stack whose attack has run."""
    request = RunRequest(stack=stack, options={**usual_options(discover().workload("fyp")), **options})
    registry, jobs = discover(), resources.evaluations()
    jobs.start(request, registry)
    wait_until(lambda: jobs.snapshot(request, registry).state != "running", every=0.05)
    assert jobs.snapshot(request, registry).state == "done"
    return opened(FYP, stack=stack, **{k: str(v) for k, v in options.items()})


def test_a_verdict_is_of_the_person_first_then_of_others_with_chance_beside_it() -> None:
    page = unescape(html(evaluated("plain", cohort=60)))
    here, there = page.index("of this person is"), page.index("always naming the commonest")
    assert here < there
    # The tile says the same of her as the panel.
    said = re.search(r"of this person is <b>([^<]+)</b>: <b>(right|wrong)", page)
    assert said is not None
    assert f"says {said[1]}: {said[2]}" in page
    assert re.search(r"by chance 0\.\d\d", page)


def test_two_servers_have_a_view_each_and_one_together() -> None:
    at = evaluated("smpc", cohort=40)
    assert not at.exception
    assert not at.error
    page = html(at)
    # Under Attack: scoring alone, the whole view, and what both servers hold; above the feed one server's two.
    assert page.count("<section class='vb-view'>") == 3
    assert page.count('<div class="vb-tile">') == 4


def test_what_tells_nothing_says_so() -> None:
    page = unescape(html(evaluated("local", cohort=60)))
    assert "Nothing that depends on the taste reached a server" in page
    page = unescape(html(opened(FYP, stack="dp", prev="plain", items="120")))
    assert "The device fetched all 120 items" in page
    assert "noise changes no feed" in page
