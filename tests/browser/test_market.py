"""The whole story of a crowd in a browser, by five wallets: from gold questions to an owner's income."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account

from privacy.registry import discover
from tests.support.browser import IDLE, App, chromium
from tests.support.own_wallet import OwnWallet
from tests.support.wallet_stage import account_button, opened, sign_in, with_wallet
from tests.workloads.labeling.onchain.world import World
from workloads.labeling.images import shipped
from workloads.labeling.images.album import Album
from workloads.labeling.market.registering import Registry
from workloads.labeling.market.shelf import Shelf
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
ANN, BOB, CID, DEE, EVE = range(5)
EACH = 4


@pytest.fixture
def world(fresh: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The crowd's contracts on the chain of the app."""
    monkeypatch.setenv("VEILBENCH_HOME", str(fresh.home))
    with World(discover()) as made:
        ready(made.rounds)
        yield made


class Tab:
    """A wallet's own browser: it has signed in, and goes from page to page."""

    def __init__(self, browser: Any, screen: dict[str, Any], app: App, number: int) -> None:
        wallet = OwnWallet(app.url)
        wallet.keys = [Account.from_key(bytes([number + 151]) * 32)]
        self.app, (self.address,) = app, wallet.addresses
        self.page = opened(with_wallet(browser.new_context(**screen), wallet), app, "/label")
        sign_in(self.page)
        account_button(self.page, self.address).wait_for()

    def go(self, path: str) -> None:
        self.page.goto(f"{self.app.url}/{path}")
        self.page.wait_for_selector(IDLE)

    def press(self, name: str | re.Pattern[str], *, exact: bool = False) -> None:
        self.page.get_by_role("button", name=name, exact=exact).first.click()
        self.page.wait_for_selector(IDLE)

    def sees(self, text: str | re.Pattern[str]) -> None:
        self.page.get_by_text(text).first.wait_for()


def owned(world: World, tabs: list[Tab]) -> list[str]:
    """Four images for each of three owners, who register them on their page; the first bring them by the app."""
    images = []
    with Album(discover(), store=world.store) as album:
        for at, tab in enumerate(tabs):
            for image in shipped.some("digits", EACH, first=300 + 40 * at):
                added = album.add(
                    shipped.png(image), name=image, owner=tab.address, domain="digits", consent=True
                )  # fmt: skip
                images.append(added.picture.id)
    for tab in tabs:
        tab.go("owner")
        tab.sees("4 are not")
        tab.page.get_by_text("I agree to this for these images").click()
        tab.press("Register 4 images")
        tab.sees("4 images are registered")
    return images


def qualified(world: World, tab: Tab, *, by_hand: bool) -> None:
    """Gold questions, at the keys or by the book; then the attestation on the chain."""
    tab.go("label")
    while (image := world.rounds.next_gold(tab.address, "digits")) is not None:
        if not by_hand:
            world.rounds.answer_gold(tab.address, "digits", image, shipped.truth(image))
            continue
        seen = world.rounds.standing(tab.address, "digits").seen
        tab.page.get_by_text(f"Gold question {seen + 1}.").wait_for()
        tab.page.get_by_role("button", name=f"{shipped.truth(image)} {shipped.truth(image)}", exact=True).click()
        tab.page.wait_for_selector(IDLE)
        while world.rounds.standing(tab.address, "digits").seen == seen:
            tab.page.wait_for_timeout(20)
    tab.go("label")
    tab.press("Attest my qualification")
    tab.page.get_by_role("button", name="Attest my qualification").wait_for(state="detached")


def funded(tab: Tab) -> None:
    """CROL from the faucet."""
    tab.go("label")
    tab.press("Get or swap CROL")
    tab.press("Get 1,000 CROL")
    tab.page.get_by_text("1,000.00", exact=True).first.wait_for()


def test_the_story_of_five_wallets(browser: Any, screen: dict[str, Any], fresh: App, world: World) -> None:
    tabs = [Tab(browser, screen, fresh, number) for number in range(5)]
    for tab in tabs:
        world.give(tab.address)
    owners, dee, eve = tabs[:3], tabs[DEE], tabs[EVE]
    images = owned(world, owners)
    pictures = {one.id: one.name for one in Album(discover(), store=world.store).all()}
    terms = terms_on(world.town, world.operator.signer, budget=12 * ONE, stake=0, window=1, seconds=3600)
    world.rounds.publish("Twelve digits", "digits", images, Terms(votes=3), beside=keeping(terms))
    course = world.course()
    course.open()
    for at, tab in enumerate(owners):
        qualified(world, tab, by_hand=not at)
        right = {place: shipped.truth(pictures[image]) for place, image in world.rounds.images(1)}
        world.rounds.vote_all(tab.address, 1, right)
        funded(tab)
        tab.press("Stake", exact=True)
        tab.press(re.compile("Let the stakes take"))
        tab.press("Stake it")
        tab.go("label")
        tab.press("Commit my 12 labels")
        tab.sees("You have committed to your labels")

    # The requester seals, draws, counts, proposes and releases, on the page Crowd.
    dee.go("crowd?view=Rounds")
    for step in ("Seal", "Draw the audit", "Propose labels", "Release the pay"):
        while not dee.page.get_by_role("button", name=step).first.is_enabled():
            dee.page.wait_for_timeout(500)
            dee.go("crowd?view=Rounds")
        dee.press(step)
    dee.sees("released: labelers claim")
    for tab in owners:
        tab.go("label")
        tab.press(re.compile(r"^Claim [\d.]+ CROL"))
        tab.page.get_by_role("button", name=re.compile(r"^Claim [\d.]+ CROL")).wait_for(state="detached")
    paid = [world.town.crol.read("balanceOf", tab.address) - 990 * ONE for tab in owners]
    assert sum(paid) == 12 * ONE

    # Dee publishes; Eve buys, prepays and trains three iterations; the owners withdraw.
    dee.go("market")
    dee.press("Seal its images and labels")
    dee.press("Put it up for sale")
    dee.sees("is for sale")
    listing = Shelf(world.town.market, world.store).listings()[0]
    assert listing.publisher == dee.address
    funded(eve)
    eve.go("market")
    eve.press("Allow it to take 100.00 CROL")
    eve.press("Buy for 100.00 CROL")
    eve.sees("This account may have the key")
    eve.press("Allow it to take 6.00 CROL")
    eve.press("Prepay 6.00 CROL")
    eve.press("Train", exact=True)
    eve.sees("used: 3; left: 0")
    assert world.town.crol.read("balanceOf", eve.address) == (1000 - 106) * ONE
    for tab, was in zip(owners, paid, strict=True):
        tab.go("owner")
        tab.press("Withdraw 32.00 CROL of Twelve digits")
        tab.page.get_by_role("button", name="Withdraw 32.00 CROL").wait_for(state="detached")
        assert world.town.crol.read("balanceOf", tab.address) == 990 * ONE + was + 32 * ONE

    # Every step is in the explorer, of which the story of one image is a graph and a table.
    registry, digest = Registry(world.town.images, world.store), bytes.fromhex(min(images[:EACH]))
    owners[0].go("owner")
    owners[0].press("Claim this image")
    owners[0].sees("Take the consent back")
    assert registry.claimed(digest) == owners[0].address
    owners[0].press("Show that it is in Twelve digits")
    owners[0].page.get_by_role("button", name="Show that it is in").wait_for(state="detached")
    eve.go(f"chain?q=0x{digest.hex()}")
    for event in (
        "Batch registered", "Image claimed", "Round opened", "Labels committed", "Round sealed", "Round finalized",
        "Dataset published", "Dataset bought", "Dataset used", "Owner paid",
    ):  # fmt: skip
        eve.sees(event)
    for tab in tabs:
        assert tab.page.troubles == []
