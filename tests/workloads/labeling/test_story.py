"""The whole story of a crowd by five wallets, on the embedded chain and on anvil, to the last unit of CROL."""

from dataclasses import replace

import pytest

from privacy.chains.explorer import Explorer
from privacy.registry import discover
from privacy.stores.choice import store_in_use
from tests.support import nodes
from tests.support.chains import embedded
from tests.support.crowd_story import BUDGET, EACH, IMAGES, NAMES, PRICE, OfAnvil, begin
from workloads.labeling.market.income import show
from workloads.labeling.market.release import are_the_rounds, key_for
from workloads.labeling.onchain.amounts import ONE


@pytest.fixture(params=["embedded", "anvil"])
def story(request, tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    registry = discover()
    with store_in_use(registry) as store:
        if request.param == "embedded":
            with embedded(tmp_path / "chain") as chain:
                yield begin(chain, store, registry, tmp_path)
        else:
            with nodes.anvil(tmp_path) as node:
                yield begin(OfAnvil(node), store, registry, tmp_path)


def test_from_a_first_image_to_an_owners_income(story):
    images = story.upload()
    story.label(images)
    story.pay()
    earned = [story.balance(name) for name in NAMES[:3]]
    assert earned == [BUDGET * share // 12 for share in (5, 4, 3)]
    listing = story.publish()
    story.buy(listing)
    assert story.balance("eve") == 200 * ONE - PRICE
    manifest = story.shelf.manifest(listing)
    key = key_for(story.address("eve"), listing, manifest, story.shelf, qualified=False, consortia=None)
    assert are_the_rounds(key, manifest, story.shelf, story.town.rounds) is True
    other = replace(manifest, round=bytes(32).hex())
    assert are_the_rounds(key, other, story.shelf, story.town.rounds) is False
    training = story.train(listing)
    assert training.done
    story.withdraw(listing)
    each = (PRICE * 9 // 10 + 3 * EACH) // 3
    assert [story.balance(name) - was for name, was in zip(NAMES, earned, strict=False)] == [each] * 3
    assert story.balance("eve") == 200 * ONE - PRICE - 3 * EACH
    assert story.town.market.read("incomeOf", listing.id, story.address("dee")) == PRICE // 10

    # The explorer knows every step: the life of an image that was claimed, and of the data set.
    digest = bytes.fromhex(images[0])
    story.registry.claim(story.registry.all()[digest]).by(story.wallets["ann"])
    show(story.town.market, listing, manifest, images[0]).by(story.wallets["ann"])
    explorer = Explorer(story.chain)
    explorer.refresh()
    names = [event.name for event in explorer.story(digest).events]
    assert names[0] == "BatchRegistered"
    assert {
        "ImageClaimed", "RoundOpened", "LabelsCommitted", "RoundSealed", "RoundFinalized", "DatasetPublished",
        "DatasetBought", "DatasetUsed", "OwnerPaid",
    } <= set(names)  # fmt: skip
    assert names.count("DatasetUsed") == 3
    assert names.count("LabelsCommitted") == 3
    assert len(manifest.images) == IMAGES
