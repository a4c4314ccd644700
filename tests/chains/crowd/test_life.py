"""What the crowd's contracts do where all goes well, to the last unit, and where somebody breaks the rules."""

import pytest

from privacy.chains.happening import happenings
from privacy.chains.story import story_of
from tests.support.crowd import (
    ADA,
    BEN,
    BUDGET,
    BUYER,
    CAT,
    CONSENT,
    DAY,
    EVE,
    FAR,
    IMAGES,
    ITEMS,
    LABELERS,
    NOTHING,
    OPERATOR,
    OWNER,
    PUBLISHER,
    PURSE,
    REQUESTER,
    SEED,
    STAKE,
    TRAINER,
    UNIT,
    Crowd,
    refused,
)  # fmt: skip
from tests.support.crowd_trees import added, earned, in_set

DRAWN, PROPOSED, FINALIZED, CANCELLED = 3, 4, 6, 7


@pytest.fixture
def crowd() -> Crowd:
    found = Crowd()
    found.qualify(*LABELERS)
    return found


def phase(crowd: Crowd, round_: bytes) -> int:
    return int(crowd.round(round_)["phase"])


def test_a_round_pays_to_the_last_unit_and_returns_the_rest(crowd: Crowd) -> None:
    ada, ben = crowd.address(ADA), crowd.address(BEN)
    earnings = {ada: 300 * UNIT + 1, ben: 200 * UNIT}
    crowd.paid_round(earnings, 500 * UNIT + 1)
    assert crowd.balance(REQUESTER) == PURSE - 500 * UNIT - 1
    assert crowd.balance(crowd.rounds.address) == 0
    crowd.claim(EVE, ada, earnings)
    assert crowd.balance(ADA) == PURSE - STAKE + 300 * UNIT + 1
    later = {ada: 400 * UNIT, ben: 250 * UNIT}
    crowd.paid_round(later, 150 * UNIT - 1, salt=2)
    tree = crowd.pay(later)
    claims = [(who, amount, tree.proof(earned(who, amount))) for who, amount in later.items()]
    crowd.do(EVE, crowd.payouts, "claimMany", claims)
    assert [crowd.balance(who) - PURSE + STAKE for who in (ADA, BEN)] == [400 * UNIT, 250 * UNIT]
    assert crowd.balance(crowd.payouts.address) == 0
    assert [crowd.payouts.read(name) for name in ("total", "claimed", "epoch")] == [650 * UNIT, 650 * UNIT, 2]


def test_many_commit_at_once_as_each_would_alone(crowd: Crowd) -> None:
    one, many = crowd.open(1), crowd.open(2)
    crowd.commit(one, *LABELERS)
    crowd.do(EVE, crowd.rounds, "commitMany", many, [crowd.commitment(who, many) for who in LABELERS])
    for round_ in (one, many):
        assert crowd.round(round_)["committed"] == 3
        assert [crowd.rounds.read("committed", round_, crowd.address(who)) for who in range(1, 5)] == [True] * 3 + [
            False
        ]
    crowd.acc[many] = NOTHING
    for who in LABELERS:
        crowd.acc[many] = added(crowd.acc[many], *crowd.labels(who, many).entry)
    assert crowd.round(many)["acc"] == crowd.acc[many]


def test_who_withholds_labels_shows_them_or_loses_the_stake(crowd: Crowd) -> None:
    round_ = crowd.open()
    crowd.commit(round_, ADA, BEN)
    crowd.seal(round_)
    ada, ben = (crowd.labels(who, round_) for who in (ADA, BEN))
    crowd.do(OPERATOR, crowd.rounds, "withheld", round_, NOTHING, ada.entry, [ben.entry])
    crowd.do(REQUESTER, crowd.rounds, "withheld", round_, added(NOTHING, *ada.entry), ben.entry, [])
    crowd.draw(round_)
    crowd.do(ADA, crowd.rounds, "reveal", round_, *ada.shown)
    crowd.do(BEN, crowd.stakes, "requestUnstake", STAKE)
    assert refused(lambda: crowd.propose(round_, ITEMS, UNIT)) == "ClaimsOpen"
    crowd.chain.wait(DAY + 1)
    crowd.do(EVE, crowd.rounds, "punish", round_, ben.labeler)
    assert crowd.balance(REQUESTER) == PURSE - BUDGET + STAKE
    assert crowd.stakes.read("totalStaked") == crowd.balance(crowd.stakes.address) == 2 * STAKE
    crowd.propose(round_, ITEMS, UNIT)
    assert phase(crowd, round_) == PROPOSED


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_labels_of_any_number_are_shown(crowd: Crowd, count: int) -> None:
    round_ = crowd.open()
    labels = crowd.labels(ADA, round_, count=count)
    crowd.do(ADA, crowd.rounds, "commit", round_, labels.root, count)
    acc = crowd.round(round_)["acc"]
    crowd.do(REQUESTER, crowd.rounds, "seal", round_, acc, ITEMS, 1)
    crowd.do(REQUESTER, crowd.rounds, "withheld", round_, NOTHING, labels.entry, [])
    assert crowd.rounds.read("claimOf", round_, labels.labeler)[1]
    crowd.do(ADA, crowd.rounds, "reveal", round_, *labels.shown)
    assert not crowd.rounds.read("claimOf", round_, labels.labeler)[1]


def test_the_draw_is_the_same_until_it_is_too_late_and_then_everybody_sees_that(crowd: Crowd) -> None:
    round_ = crowd.open()
    crowd.commit(round_, ADA)
    crowd.seal(round_)
    mark, found = crowd.chain.mark(), set()
    for who, blocks in ((EVE, 1), (REQUESTER, 100), (OPERATOR, 256)):
        crowd.chain.back(mark)
        crowd.chain.mine(blocks)
        crowd.do(who, crowd.rounds, "draw", round_, SEED)
        found.add(crowd.beacon(round_))
    assert len(found) == 1
    crowd.chain.back(mark)
    crowd.chain.mine(257)
    crowd.do(EVE, crowd.rounds, "redraw", round_)
    assert crowd.rounds.events("Redrawn")[0].args["times"] == 1
    crowd.draw(round_)
    assert phase(crowd, round_) == DRAWN
    assert crowd.beacon(round_) not in found


def test_a_dispute_wants_another_proposal_and_a_round_without_labels_returns_its_budget(crowd: Crowd) -> None:
    round_, other = crowd.open(), crowd.open(2)
    crowd.commit(round_, ADA, BEN)
    crowd.seal(round_)
    crowd.draw(round_)
    crowd.propose(round_, ITEMS, 5 * UNIT)
    crowd.do(ADA, crowd.rounds, "dispute", round_, ITEMS)
    crowd.propose(round_, crowd.pay({crowd.address(ADA): 2, crowd.address(BEN): 3}).root, 5)
    crowd.finalize(round_)
    assert phase(crowd, round_) == FINALIZED
    assert crowd.balance(crowd.payouts.address) == 5
    crowd.chain.wait(DAY)
    crowd.do(REQUESTER, crowd.rounds, "cancel", other)
    assert phase(crowd, other) == CANCELLED
    assert crowd.balance(REQUESTER) == PURSE - 5


def test_stakes_come_back_after_their_delay(crowd: Crowd) -> None:
    crowd.do(ADA, crowd.stakes, "requestUnstake", 40 * UNIT)
    assert crowd.stakes.read("stakeOf", crowd.address(ADA)) == 60 * UNIT
    crowd.chain.wait(30 * DAY)
    crowd.do(ADA, crowd.stakes, "unstake")
    assert crowd.balance(ADA) == PURSE - 60 * UNIT
    assert [crowd.stakes.read("indexOf", crowd.address(who)) for who in (*LABELERS, EVE)] == [1, 2, 3, 0]
    longest = sum(crowd.rounds.read(name) for name in ("MOST_COMMITTING", "CLAIMING", "ANSWERING"))
    assert longest < crowd.stakes.read("UNSTAKE_DELAY") > crowd.rounds.read("MOST_WINDOW")


def test_who_registered_an_image_first_has_it_whoever_claimed_it_first(crowd: Crowd) -> None:
    first = crowd.register(OWNER)
    stolen = crowd.register(EVE)
    crowd.claim_image(EVE, stolen, IMAGES[0], of=EVE)
    assert crowd.images.read("ownerOf", IMAGES[0]) == crowd.address(EVE)
    crowd.claim_image(BUYER, first, IMAGES[0], of=OWNER)
    assert crowd.images.read("ownerOf", IMAGES[0]) == crowd.address(OWNER)
    assert refused(lambda: crowd.claim_image(EVE, stolen, IMAGES[0], of=EVE)) == "AlreadyOwned"


def test_a_purchase_and_each_use_pay_the_owners_whose_consent_stops_both(crowd: Crowd) -> None:
    id_ = crowd.publish()
    crowd.do(BUYER, crowd.market, "buyWithPermit", id_, *crowd.permit(BUYER, crowd.market, 1_000 * UNIT))
    readers = [crowd.market.read("mayRead", id_, crowd.address(who)) for who in (PUBLISHER, BUYER, EVE)]
    assert readers == [True, True, False]
    crowd.do(BUYER, crowd.crol, "approve", crowd.market.address, 200 * UNIT)
    crowd.do(BUYER, crowd.market, "prepay", id_, 10)
    crowd.do(EVE, crowd.market, "meter", *crowd.receipt(id_, 3))
    crowd.do(EVE, crowd.market, "meter", *crowd.receipt(id_, 4))
    crowd.do(PUBLISHER, crowd.market, "transferFrom", crowd.address(PUBLISHER), crowd.address(CAT), id_)
    crowd.do(EVE, crowd.market, "buy", id_)
    for who, due in ((PUBLISHER, 200), (CAT, 200)):
        before = crowd.balance(who)
        crowd.do(who, crowd.market, "withdrawIncome", id_)
        assert crowd.balance(who) - before == due * UNIT
    crowd.withdraw(EVE, id_, crowd.address(OWNER))
    assert crowd.balance(OWNER) == PURSE + 1_640 * UNIT * 3 // 4
    crowd.revoke()
    crowd.suspend(TRAINER, id_)
    crowd.do(BUYER, crowd.market, "refund", id_)
    assert crowd.balance(BUYER) == PURSE - 1_040 * UNIT
    crowd.do(OWNER, crowd.images, "giveConsent", IMAGES[0], CONSENT)
    crowd.do(EVE, crowd.market, "resume", id_, IMAGES[0])
    crowd.do(BUYER, crowd.market, "prepay", id_, 1)
    assert crowd.market.read("royaltyInfo", id_, 10_000) == (crowd.address(PUBLISHER), 250)


def test_a_data_set_is_sold_again_only_when_no_consent_is_missing(crowd: Crowd) -> None:
    id_ = crowd.publish()
    crowd.revoke()
    batch = crowd.images.read("batchId", crowd.address(OWNER), crowd.batch(OWNER).root)
    crowd.claim_image(EVE, batch, IMAGES[1], of=OWNER)
    crowd.do(OWNER, crowd.images, "revokeConsent", IMAGES[1])
    for image in IMAGES[:2]:
        crowd.suspend(EVE, id_, image)
    assert crowd.market.read("suspendedFor", id_) == IMAGES[:2]
    for at, image in enumerate(IMAGES[:2]):
        assert refused(lambda: crowd.do(BUYER, crowd.market, "buy", id_)) == "ConsentRevoked"
        crowd.do(OWNER, crowd.images, "giveConsent", image, CONSENT)
        crowd.do(EVE, crowd.market, "resume", id_, image)
        assert len(crowd.market.read("suspendedFor", id_)) == 1 - at
    crowd.do(BUYER, crowd.market, "buy", id_)


def test_what_does_not_divide_is_carried(crowd: Crowd) -> None:
    shares = {crowd.address(who): 1 for who in LABELERS}
    root = crowd.share_tree(shares).root
    id_ = crowd.publish(shareRoot=root, shares=3, price=100, publisherBps=0, pricePerIteration=1)
    crowd.do(BUYER, crowd.market, "buy", id_)
    for account in shares:
        crowd.withdraw(EVE, id_, account, shares)
    assert crowd.balance(crowd.market.address) == 1
    crowd.do(BUYER, crowd.market, "prepay", id_, 2)
    crowd.do(EVE, crowd.market, "meter", *crowd.receipt(id_, 2))
    for account in shares:
        crowd.withdraw(EVE, id_, account, shares)
    assert crowd.balance(crowd.market.address) == 0


def test_a_refund_waits_for_the_last_receipts(crowd: Crowd) -> None:
    id_ = crowd.publish()
    crowd.do(BUYER, crowd.market, "prepay", id_, 10)
    crowd.do(BUYER, crowd.market, "requestRefund", id_)
    crowd.do(EVE, crowd.market, "meter", *crowd.receipt(id_, 4))
    crowd.chain.wait(DAY)
    crowd.do(BUYER, crowd.market, "refund", id_)
    assert crowd.balance(BUYER) == PURSE - 40 * UNIT
    assert refused(lambda: crowd.do(EVE, crowd.market, "meter", *crowd.receipt(id_, 5))) == "PastPrepayment"


def test_a_consortium_buys_once_and_splits_what_it_earns(crowd: Crowd) -> None:
    id_, salt = crowd.publish(), (1).to_bytes(32, "big")
    members = [crowd.address(who) for who in (ADA, BEN)]
    crowd.do(CAT, crowd.consortia, "create", salt, "Clinics", members, [1, 2])
    group = crowd.consortia.read("consortiumId", crowd.address(CAT), salt)
    for who in (ADA, BEN):
        crowd.do(who, crowd.consortia, "join", group)
    crowd.do(CAT, crowd.consortia, "allow", group, crowd.address(CAT), 4)
    crowd.do(CAT, crowd.consortia, "disallow", group, crowd.address(CAT))
    crowd.do(ADA, crowd.consortia, "contribute", group, id_, 700 * UNIT)
    crowd.do(ADA, crowd.consortia, "takeBack", group, id_, 100 * UNIT)
    crowd.do(BEN, crowd.consortia, "contribute", group, id_, 400 * UNIT)
    crowd.do(BEN, crowd.consortia, "purchase", group, id_)
    assert crowd.balance(crowd.consortia.address) == 0
    assert [crowd.consortia.read("mayRead", group, crowd.address(who), id_) for who in (ADA, BEN, CAT)] == [
        True,
        True,
        False,
    ]
    assert crowd.market.read("hasBought", id_, crowd.consortia.address, group)
    for amount in (100, 101):
        crowd.do(EVE, crowd.consortia, "deposit", group, amount)
    for who, due in ((ADA, 67), (BEN, 134)):
        before = crowd.balance(who)
        crowd.do(who, crowd.consortia, "collect", group)
        assert crowd.balance(who) - before == due


def test_the_toys_give_and_change(crowd: Crowd) -> None:
    faucet = crowd.made("Faucet", crowd.crol.address)
    swap = crowd.made("Swap", crowd.crol.address, crowd.address(OPERATOR))
    crowd.do(OPERATOR, crowd.crol, "transfer", faucet.address, 2_500 * UNIT)
    crowd.do(EVE, faucet, "drip")
    crowd.chain.wait(DAY)
    crowd.do(EVE, faucet, "drip")
    assert crowd.balance(EVE) == PURSE + 2_000 * UNIT
    for who in (OPERATOR, EVE):
        crowd.do(who, crowd.crol, "approve", swap.address, 2**255)
    crowd.do(OPERATOR, swap, "add", 1_000 * UNIT, value=10 * UNIT)
    crowd.do(EVE, crowd.crol, "transfer", swap.address, UNIT)  # what nobody asked for changes no price
    product = 1_000 * 10
    got = swap.read("quote", True, UNIT)
    assert got == UNIT * 997 * 1_000 // (10 * 1_000 + 997)
    crowd.do(EVE, swap, "buyCrol", got, FAR, value=UNIT)
    back = swap.read("quote", False, got)
    assert back < UNIT
    crowd.do(EVE, swap, "sellCrol", got, back, FAR)
    assert swap.read("crolSide") * swap.read("etherSide") > product * UNIT**2
    crowd.do(OPERATOR, swap, "take", swap.read("crolSide"), swap.read("etherSide"))
    assert (swap.read("crolSide"), swap.read("etherSide"), crowd.balance(swap.address)) == (0, 0, UNIT)


def test_the_life_of_an_image_is_one_story(crowd: Crowd) -> None:
    ada = crowd.address(ADA)
    crowd.claim_image(EVE, crowd.register(OWNER), IMAGES[0], of=OWNER)
    round_ = crowd.paid_round({ada: UNIT, crowd.address(BEN): UNIT}, 2 * UNIT)
    id_ = crowd.publish(round=round_)
    owner = crowd.address(OWNER)
    proof = crowd.set_tree().proof(in_set(IMAGES[0], owner))
    crowd.do(EVE, crowd.market, "show", id_, IMAGES[0], owner, proof)
    crowd.do(BUYER, crowd.market, "buy", id_)
    crowd.do(BUYER, crowd.market, "prepay", id_, 3)
    crowd.do(EVE, crowd.market, "meter", *crowd.receipt(id_, 3))
    crowd.withdraw(EVE, id_, crowd.address(OWNER))
    ours = [crowd.images, crowd.rounds, crowd.market, crowd.payouts]
    logs = crowd.chain.logs(topics=[])
    every = list(happenings(logs, {one.address: one.artifact for one in ours}))
    story = story_of(IMAGES[0], every)
    names = [one.name for one in story.events]
    wanted = [
        "BatchRegistered", "ImageClaimed", "RoundOpened", "RoundSealed", "RoundFinalized", "DatasetPublished",
        "ImageShown", "DatasetBought", "DatasetUsed", "OwnerPaid",
    ]  # fmt: skip
    assert [name for name in names if name in wanted] == wanted
    assert {at for link in story.links for at in link[:2]} == set(range(len(names)))
