"""A wallet labels in a real browser: it is attested, stakes, commits and claims, each by a transaction of its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from privacy.registry import discover
from tests.support.browser import IDLE, App, chromium
from tests.support.own_wallet import OwnWallet
from tests.support.wallet_stage import account_button, opened, sign_in, with_wallet
from tests.workloads.labeling.onchain.world import World
from workloads.labeling.images import shipped
from workloads.labeling.onchain.amounts import ONE
from workloads.labeling.onchain.kept import keeping
from workloads.labeling.onchain.opening import terms_on
from workloads.labeling.rounds.demo import ready
from workloads.labeling.rounds.terms import Terms

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak("browser"),
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


@pytest.fixture
def world(fresh: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The crowd's contracts on the chain of the app."""
    monkeypatch.setenv("VEILBENCH_HOME", str(fresh.home))
    with World(discover()) as made:
        ready(made.rounds)
        yield made


def answered(world: World, labeler: str) -> None:
    world.rounds.join(labeler, name=labeler[:8], kind="wallet")
    while (image := world.rounds.next_gold(labeler, "digits")) is not None:
        world.rounds.answer_gold(labeler, "digits", image, shipped.truth(image))


def test_a_wallet_is_attested_stakes_commits_and_claims(
    browser: Any, screen: dict[str, Any], fresh: App, world: World
) -> None:
    wallet = OwnWallet(fresh.url)
    (who,) = wallet.addresses
    answered(world, who)
    images, gold = shipped.for_round("digits", 4, gold=25, nth=0)
    terms = terms_on(world.town, world.operator.signer, budget=7 * ONE, stake=5 * ONE, window=1, seconds=3600)
    world.rounds.publish("Four", "digits", images, Terms(votes=1), gold=gold, beside=keeping(terms))
    course = world.course()
    course.open()
    world.rounds.vote_all(who, 1, {place: shipped.truth(image) for place, image in world.rounds.images(1)})
    world.give(who)
    context = with_wallet(browser.new_context(**screen), wallet)
    page = opened(context, fresh, "/label")
    sign_in(page)
    account_button(page, who).wait_for()
    page.get_by_role("button", name="Attest my qualification").click()
    page.get_by_text("qualified", exact=True).nth(1).wait_for()
    page.get_by_role("button", name="Get or swap CROL").click()
    page.get_by_role("button", name="Get 1,000 CROL").click()
    page.get_by_text("1,000.00", exact=True).wait_for()
    page.keyboard.press("Escape")
    page.wait_for_selector(IDLE)
    page.get_by_role("button", name="Stake", exact=True).click()
    page.get_by_role("button", name="Let the stakes take 10.00 CROL").click()
    page.get_by_role("button", name="Stake it").click()
    page.get_by_text("990.00", exact=True).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Commit my 4 labels").click()
    page.get_by_text("You have committed to your labels").wait_for()
    assert world.town.stakes.read("stakeOf", who) == 10 * ONE
    assert course.committed(who).count == 4
    course.draw()
    labels = {"labels": [0] * 4, "sure": [1.0] * 4, "gold": [], "audited": [], "method": "by hand", "answer": {}}
    course.propose(labels | {"points": {who: 1000}})
    course.finalize()
    page.reload()
    page.get_by_role("button", name="Claim 7.00 CROL").click()
    page.get_by_text("997.00", exact=True).wait_for()
    assert world.town.crol.read("balanceOf", who) == 997 * ONE
    assert page.troubles == []
    context.close()
