"""A labelled data set on the market: published, bought, trained on, and its owners paid, to the last unit."""

import csv
import hashlib
import io
import json
import zipfile

import pytest

from privacy.chains.errors import Reverted
from privacy.errors import DataError, StateError
from tests.workloads.labeling.market.conftest import OFFER, ONE
from workloads.labeling.images import shipped
from workloads.labeling.market.acts import Act, allowance
from workloads.labeling.market.income import ITERATION, PURCHASE, Income
from workloads.labeling.market.manifest import Manifest
from workloads.labeling.market.receipts import UseReceipt, signed_use
from workloads.labeling.market.release import NotReleased, key_for, packed
from workloads.labeling.market.training import Trainer, known_training, weights_of


def test_the_whole_way_of_a_data_set(stall):
    with pytest.raises(DataError, match="20 of 20 images are not registered"):
        stall.publisher.act(stall.number, OFFER)
    listing = stall.published()
    manifest = stall.shelf.manifest(listing)
    assert (listing.publisher, listing.offer, listing.shares) == (stall.address(0), OFFER, 20)
    assert manifest.shares == dict.fromkeys(sorted((stall.address(n) for n in range(1, 6)), key=str.lower), 4)
    assert (manifest.quality.gold, manifest.quality.gold_right) == (2, 2)
    assert (manifest.quality.sure, manifest.quality.least) == (pytest.approx(0.88), 0.5)
    images = [image for _, image in stall.rounds.images(stall.number)]
    assert [one.digest for one in manifest.images] == [hashlib.sha256(shipped.png(i)).hexdigest() for i in images]
    assert sum(manifest.counts) == 20
    assert "label" not in json.dumps([vars(one) for one in manifest.images])

    # Nobody reads it before buying; the holder does not buy; the price is not there.
    buyer = stall.address(1)
    with pytest.raises(NotReleased):
        key_for(buyer, listing, manifest, stall.shelf, qualified=False, consortia=stall.town.consortia)
    with pytest.raises(Reverted) as caught:
        stall.shelf.buy(listing).by(stall.senders[1])
    assert caught.value.name in ("ERC20InsufficientAllowance", "ERC20InsufficientBalance")
    with pytest.raises(Reverted) as caught:
        stall.shelf.buy(listing).by(stall.senders[0])
    assert caught.value.name == "SelfPurchase"

    stall.give(1, 110 * ONE)
    stall.shelf.buy(listing).by(stall.senders[1])
    key = key_for(buyer, listing, manifest, stall.shelf, qualified=False, consortia=None)
    with zipfile.ZipFile(io.BytesIO(packed(key, manifest, stall.shelf))) as found:
        rows = list(csv.DictReader(io.StringIO(found.read("labels.csv").decode())))
        assert [int(row["label"]) for row in rows] == [shipped.truth(image) for image in images]
        assert found.read(rows[3]["image"]) == shipped.png(images[3])
    assert stall.shelf.happened(listing).to_owners == 90 * ONE

    # Five iterations are prepaid, three are made: each is signed, paid, and has a digest that anybody can check.
    trainer = Trainer(stall.shelf, stall.senders[0].signer, stall.senders[0])
    with pytest.raises(StateError, match="0 iterations are prepaid, and 3 are wanted"):
        trainer.begin(listing, buyer, iterations=3)
    stall.shelf.prepay(listing, buyer, 5).by(stall.senders[1])
    seen = []
    training = trainer.train(trainer.begin(listing, buyer, iterations=3, seed=1), tell=seen.append)
    assert [len(one.steps) for one in seen] == [1, 2, 3]
    assert training.done
    assert training == known_training(training.run)
    assert training.steps[2].loss < training.steps[0].loss
    assert training.steps[2].receipt.result == hashlib.sha256(weights_of(training).to_file()).hexdigest()
    meter = stall.shelf.meter(listing, buyer)
    assert (meter.prepaid, meter.used, meter.left) == (5, 3, 2)
    assert stall.shelf.happened(listing).iterations == 3

    # 90 of the purchase and 6 of three iterations, in five equal parts; the holder has 10.
    income = Income(stall.shelf)
    owner = stall.address(2)
    account = income.account(owner, listing, manifest)
    assert (account.due, account.withdrawn, account.shares) == (96 * ONE // 5, 0, 4)
    assert [one.part for one in account.payments] == [18 * ONE, *[2 * ONE // 5] * 3]
    assert (account.of_kind(PURCHASE), account.of_kind(ITERATION)) == (18 * ONE, 6 * ONE // 5)
    assert account.payments[0].each == 18 * ONE // 4
    assert set(account.payments[0].images) == {one.digest for one in manifest.images if one.owner == owner}
    before = stall.balance(owner)
    income.withdraw(owner, listing, manifest).by(stall.senders[2])
    assert stall.balance(owner) - before == 96 * ONE // 5
    after = income.account(owner, listing, manifest)
    assert (after.due, after.withdrawn, after.earned) == (0, 96 * ONE // 5, 96 * ONE // 5)
    with pytest.raises(Reverted) as caught:
        income.withdraw(owner, listing, manifest).by(stall.senders[2])
    assert caught.value.name == "NothingDue"
    assert income.account("0x" + "11" * 20, listing, manifest) is None


def refused(act, sender):
    with pytest.raises(Reverted) as caught:
        act.by(sender)
    return caught.value.name


def test_receipts_that_the_chain_does_not_take(stall):
    listing = stall.shelf.listings()[0]
    other, buyer = stall.senders[3], stall.address(1)
    trainer, market = stall.senders[0].signer, stall.town.market
    used = stall.shelf.meter(listing, buyer).used

    def receipt(signer=trainer, *, dataset=listing.id, total=used + 1):
        return signed_use(signer, market, dataset=dataset, buyer=buyer, total=total, run=b"r" * 32, result=b"s" * 32)

    good = receipt()
    assert refused(receipt(other.signer).act(market), other) == "BadReceipt"
    elsewhere = UseReceipt(**{**vars(good), "dataset": listing.id ^ 1})
    assert refused(elsewhere.act(market), other) == "NoSuchDataset"
    wrong = UseReceipt(**{**vars(receipt(dataset=listing.id ^ 1)), "dataset": listing.id})
    assert refused(wrong.act(market), other) == "BadReceipt"
    assert refused(receipt(total=used).act(market), other) == "StaleReceipt"
    assert refused(receipt(total=used + 100).act(market), other) == "PastPrepayment"
    assert UseReceipt.read(json.loads(good.as_json())) == good
    with pytest.raises(DataError, match="not a receipt"):
        UseReceipt.read({"total": 1})


def test_a_consent_that_is_taken_back_stops_the_data_set_and_nothing_is_lost(stall):
    from workloads.labeling.market.income import resume, suspend

    listing = stall.shelf.listings()[0]
    manifest, registry, market = stall.shelf.manifest(listing), stall.registry, stall.town.market
    owner, buyer = stall.senders[2], stall.senders[1]
    digest = manifest.owned(owner.signer.address)[0]
    known = registry.all()[bytes.fromhex(digest)]
    assert (known.owner, registry.claimed(known.digest)) == (owner.signer.address, "")
    assert refused(registry.revoke(known.digest), owner) == "NotImageOwner"
    registry.claim(known).by(stall.senders[4])
    assert registry.claimed(known.digest) == owner.signer.address
    assert refused(registry.revoke(known.digest), buyer) == "NotImageOwner"
    assert refused(suspend(market, listing, manifest, digest), buyer) == "ConsentStands"
    registry.revoke(known.digest).by(owner)
    suspend(market, listing, manifest, digest).by(buyer)
    assert stall.shelf.happened(listing).suspended == (known.digest,)
    stall.give(3, 100 * ONE)
    assert refused(stall.shelf.buy(listing), stall.senders[3]) == "ConsentRevoked"
    trainer = Trainer(stall.shelf, stall.senders[0].signer, stall.senders[0])
    training = trainer.begin(listing, buyer.signer.address, iterations=1)
    with pytest.raises(Reverted) as caught:
        trainer.train(training)
    assert caught.value.name == "ConsentRevoked"
    with pytest.raises(DataError, match="took their consent back"):
        stall.publisher.act(stall.number, OFFER)
    left = stall.shelf.meter(listing, buyer.signer.address).left
    registry.give(known.digest).by(owner)
    resume(market, listing, digest).by(buyer)
    assert trainer.train(training).done  # it goes on with the iteration that was made, and pays it once
    assert stall.shelf.meter(listing, buyer.signer.address).left == left - 1


def test_the_same_image_of_another_owner_comes_too_late(stall):
    listing = stall.shelf.listings()[0]
    thief = stall.senders[3]
    digest = bytes.fromhex(stall.shelf.manifest(listing).owned(stall.address(2))[1])
    before = stall.registry.all()[digest]
    stall.registry.register(thief.signer.address, [digest]).by(thief)
    assert stall.registry.all()[digest] == before
    stall.registry.claim(before).by(thief)
    batch = stall.town.images.events("BatchRegistered", owner=thief.signer.address)[-1]
    theirs = type(before)(
        digest, thief.signer.address, batch.args["batch"], batch.args["order"], 0, before.consent, batch.args["root"],
        b"",
    )  # fmt: skip
    assert refused(stall.registry.claim(theirs), thief) == "AlreadyOwned"


def test_a_manifest_that_is_not_that_of_the_chain_is_refused(stall):
    from workloads.labeling.market.documents import put_document

    found = stall.shelf.manifest(stall.shelf.listings()[0]).as_dict()
    found["images"][0]["owner"] = stall.address(4)
    digest = put_document(stall.shelf.store, json.loads(json.dumps(found))).digest
    salt, good = b"\1" * 32, stall.town.market.events("DatasetPublished")[0].args["terms"]
    forged = (*good[:3], digest, *good[4:])
    Act(stall.town.market, "publish", (salt, forged)).by(stall.senders[3])
    with pytest.raises(DataError, match="other images or owners than the chain"):
        stall.shelf.manifest(stall.shelf.listings()[0])
    for broken in ([], {}, {"format": "x"}, {**found, "images": []}, {**found, "images": [{"digest": "00"}]}):
        with pytest.raises(DataError, match="data set"):
            Manifest.read(broken)


def test_a_group_buys_together_and_each_member_may_read(stall):
    from workloads.labeling.market.groups import Groups

    listing = next(one for one in stall.shelf.listings() if one.publisher == stall.address(0))
    groups = Groups(stall.town.consortia)
    first, second = stall.senders[4], stall.senders[5]
    members = [first.signer.address, second.signer.address]
    groups.create("We two", members).by(first)
    (group,) = groups.of(second.signer.address)
    assert (group.name, group.members, group.joined) == ("We two", dict.fromkeys(members, 1), frozenset())
    for sender, amount in ((first, 60 * ONE), (second, 50 * ONE)):
        groups.join(group).by(sender)
        Act(stall.town.crol, "transfer", (sender.signer.address, amount)).by(stall.senders[0])
        allowance(stall.town.crol, stall.town.consortia, amount).by(sender)
    groups.give(group, listing, 60 * ONE).by(first)
    assert refused(groups.give(group, listing, 50 * ONE), second) == "PastPrice"
    assert refused(groups.buy(group, listing), second) == "PriceMissing"
    groups.take_back(group, listing, 10 * ONE).by(first)
    groups.give(group, listing, 50 * ONE).by(second)
    assert vars(groups.pot(group, listing, members[0])) == {"total": 100 * ONE, "given": 50 * ONE, "bought": False}
    before = stall.shelf.happened(listing).to_owners
    groups.buy(group, listing).by(second)
    assert stall.shelf.happened(listing).to_owners - before == 90 * ONE
    assert all(stall.shelf.may_read(listing, one, consortia=stall.town.consortia) for one in members)
    assert not stall.shelf.may_read(listing, stall.address(3), consortia=stall.town.consortia)
    assert refused(groups.take_back(group, listing, 1), first) == "AlreadyPurchased"
