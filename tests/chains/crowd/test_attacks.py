"""Attacks on the crowd's contracts: each fails on ours, and succeeds where the one guard against it is removed.

An attack is given a crowd, does what it can, and answers whether it reached what it wanted.
"""

from collections.abc import Callable
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from privacy.chains.contracts import FOLDER
from privacy.chains.types import address
from tests.support import evm
from tests.support.attacks import Attacks, goes
from tests.support.crowd import (
    ADA,
    BEN,
    BUDGET,
    BUYER,
    CAT,
    CONSENSUS,
    CONSENT,
    CONTENT,
    DAY,
    DOMAIN,
    EVE,
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
    UNIT,
    VOTES,
    Crowd,
    mutant,
    signed_hash,
)  # fmt: skip
from tests.support.crowd_trees import Tree, added, earned, in_batch, label, pair

Attack = Callable[[Crowd], bool]
ZERO = "0x" + "00" * 20
ATTACKS = Attacks[Crowd]()


def sealed(crowd: Crowd, salt: int = 1) -> bytes:
    round_ = crowd.open(salt)
    crowd.commit(round_, ADA, BEN)
    crowd.seal(round_)
    return round_


def earnings(crowd: Crowd, ada: int = 300, ben: int = 200) -> dict[str, int]:
    return {crowd.address(ADA): ada * UNIT, crowd.address(BEN): ben * UNIT}


def proposed(crowd: Crowd, salt: int = 1) -> bytes:
    round_ = sealed(crowd, salt)
    crowd.draw(round_)
    crowd.propose(round_, crowd.pay(earnings(crowd)).root, 500 * UNIT)
    return round_


# Exploits of an earlier project: a label counts five times, anybody rewards, steals, labels, buys for nothing, reads.


@ATTACKS.against("rounds-commit-twice")
def label_the_same_five_times(crowd: Crowd) -> bool:
    round_ = crowd.open()
    return all(goes(lambda: crowd.commit(round_, ADA)) for _ in range(5))


@ATTACKS.against("payouts-anyone-advances")
def reward_oneself(crowd: Crowd) -> bool:
    mine = {crowd.address(EVE): 500 * UNIT, crowd.address(ADA): 1}
    crowd.do(BUYER, crowd.crol, "transfer", crowd.payouts.address, 500 * UNIT + 1)  # somebody's pay
    goes(lambda: crowd.do(EVE, crowd.payouts, "advance", crowd.pay(mine).root, 500 * UNIT, 1, CONTENT))
    return goes(lambda: crowd.claim(EVE, crowd.address(EVE), mine))


@ATTACKS.against("rounds-anyone-proposes")
def propose_ones_own_pay(crowd: Crowd) -> bool:
    round_ = sealed(crowd)
    crowd.draw(round_)
    mine = {crowd.address(EVE): BUDGET, crowd.address(ADA): 1}
    goes(lambda: crowd.do(EVE, crowd.rounds, "propose", round_, CONSENSUS, crowd.pay(mine).root, BUDGET, 1, CONTENT))
    goes(lambda: crowd.finalize(round_))
    return goes(lambda: crowd.claim(EVE, crowd.address(EVE), mine))


@ATTACKS.against("images-later-batch")
def steal_an_image_that_somebody_has(crowd: Crowd) -> bool:
    crowd.claim_image(OWNER, crowd.register(OWNER), IMAGES[0], of=OWNER)
    stolen = crowd.register(EVE)
    goes(lambda: crowd.claim_image(EVE, stolen, IMAGES[0], of=EVE))
    return bool(crowd.images.read("ownerOf", IMAGES[0]) == crowd.address(EVE))


@ATTACKS.against("images-first-claim")
def claim_an_image_before_its_owner_does(crowd: Crowd) -> bool:
    first, stolen = crowd.register(OWNER), crowd.register(EVE)
    crowd.claim_image(EVE, stolen, IMAGES[0], of=EVE)
    goes(lambda: crowd.claim_image(OWNER, first, IMAGES[0], of=OWNER))
    return bool(crowd.images.read("ownerOf", IMAGES[0]) == crowd.address(EVE))


@ATTACKS.against("images-leaf-of-anyone")
def register_the_root_of_somebody_else_first(crowd: Crowd) -> bool:
    """The root is seen while it waits to be mined, the leaves and proofs later: they are the owner's, word for word."""
    for named in (crowd.address(OWNER), ZERO):
        tree = Tree([in_batch(image, named, CONSENT) for image in IMAGES])
        crowd.do(EVE, crowd.images, "register", tree.root, len(IMAGES), CONTENT)
        stolen = crowd.images.read("batchId", crowd.address(EVE), tree.root)
        proof = tree.proof(in_batch(IMAGES[0], named, CONSENT))
        goes(lambda at=stolen, path=proof: crowd.do(EVE, crowd.images, "claim", at, IMAGES[0], CONSENT, path))
    return bool(crowd.images.read("ownerOf", IMAGES[0]) == crowd.address(EVE))


@ATTACKS.against("images-anyone-consents")
def consent_in_the_place_of_an_owner(crowd: Crowd) -> bool:
    crowd.revoke()
    goes(lambda: crowd.do(EVE, crowd.images, "giveConsent", IMAGES[0], CONSENT))
    return not crowd.images.read("revoked", IMAGES[0])


@ATTACKS.against("rounds-unsigned")
def label_in_the_name_of_others(crowd: Crowd) -> bool:
    round_ = crowd.open()
    made = (*crowd.labels(ADA, round_).entry, b"\1" * 65)
    return goes(lambda: crowd.do(EVE, crowd.rounds, "commitMany", round_, [made]))


@ATTACKS.against("rounds-unqualified")
def label_without_having_passed_the_gold_tasks(crowd: Crowd) -> bool:
    round_ = crowd.open()
    crowd.do(EVE, crowd.stakes, "stake", STAKE)
    return goes(lambda: crowd.commit(round_, EVE))


@ATTACKS.against("gate-anyone-attests")
def attest_oneself(crowd: Crowd) -> bool:
    goes(lambda: crowd.do(EVE, crowd.gate, "qualify", *crowd.attestation(EVE, by=EVE)))
    return bool(crowd.gate.read("isQualified", crowd.address(EVE), DOMAIN))


@ATTACKS.against("rounds-anyone-seals")
def seal_a_round_before_others_commit(crowd: Crowd) -> bool:
    round_ = crowd.open()
    crowd.commit(round_, ADA)
    return goes(lambda: crowd.seal(round_, who=EVE))


@ATTACKS.against("market-free")
def buy_for_nothing(crowd: Crowd) -> bool:
    id_ = crowd.publish()
    crowd.do(EVE, crowd.crol, "transfer", crowd.address(OPERATOR), PURSE)
    goes(lambda: crowd.do(EVE, crowd.market, "buy", id_))
    return bool(crowd.market.read("mayRead", id_, crowd.address(EVE)))


@ATTACKS.against("market-anyone-reads")
def read_without_buying(crowd: Crowd) -> bool:
    return bool(crowd.market.read("mayRead", crowd.publish(), crowd.address(EVE)))


@ATTACKS.against("rounds-copied-labels")
def copy_a_commitment_and_later_its_labels(crowd: Crowd) -> bool:
    """Cat commits to Ada's root while she does, and answers for it with her labels once they are public."""
    round_ = crowd.open()
    honest = crowd.labels(ADA, round_)
    for named in (honest.labeler, ZERO):  # whom the contract wants in a leaf
        leaves = [label(round_, named, at, value, honest.secret) for at, value in enumerate(honest.values)]
        places = sorted(range(len(leaves)), key=leaves.__getitem__)
        mark, root = crowd.chain.mark(), Tree(leaves).root
        crowd.do(CAT, crowd.rounds, "commit", round_, root, honest.count)
        entry = (crowd.address(CAT), root, honest.count)
        crowd.do(REQUESTER, crowd.rounds, "seal", round_, added(NOTHING, *entry), VOTES, 1)
        crowd.do(REQUESTER, crowd.rounds, "withheld", round_, NOTHING, entry, [])
        shown = ([*places], [honest.values[at] for at in places], honest.secret)
        if goes(lambda answer=shown: crowd.do(CAT, crowd.rounds, "reveal", round_, *answer)):
            return True
        crowd.chain.back(mark)
    return False


# Labels that are withheld.


@ATTACKS.against("stakes-leaving-escapes")
def withhold_labels_and_save_the_stake(crowd: Crowd) -> bool:
    round_ = crowd.open()
    crowd.commit(round_, ADA)
    crowd.do(ADA, crowd.stakes, "requestUnstake", STAKE)
    crowd.seal(round_)
    crowd.do(REQUESTER, crowd.rounds, "withheld", round_, NOTHING, crowd.labels(ADA, round_).entry, [])
    crowd.chain.wait(DAY + 1)
    crowd.do(EVE, crowd.rounds, "punish", round_, crowd.address(ADA))
    crowd.chain.wait(30 * DAY)
    goes(lambda: crowd.do(ADA, crowd.stakes, "unstake"))
    return crowd.balance(ADA) == PURSE


@ATTACKS.against("stakes-no-delay")
def withhold_labels_and_leave_at_once(crowd: Crowd) -> bool:
    round_ = crowd.open()
    crowd.commit(round_, ADA)
    crowd.do(ADA, crowd.stakes, "requestUnstake", STAKE)
    goes(lambda: crowd.do(ADA, crowd.stakes, "unstake"))
    return crowd.balance(ADA) == PURSE


@ATTACKS.against("rounds-open-claims")
def propose_before_a_labeler_answers(crowd: Crowd) -> bool:
    round_ = sealed(crowd)
    crowd.draw(round_)
    entries = [crowd.labels(who, round_).entry for who in (ADA, BEN)]
    crowd.do(OPERATOR, crowd.rounds, "withheld", round_, NOTHING, entries[0], entries[1:])
    return goes(lambda: crowd.propose(round_, ITEMS, 1))


@ATTACKS.against("rounds-false-claim")
def punish_who_never_committed(crowd: Crowd) -> bool:
    round_ = sealed(crowd)
    entry = crowd.labels(CAT, round_).entry
    goes(lambda: crowd.do(REQUESTER, crowd.rounds, "withheld", round_, NOTHING, entry, []))
    crowd.chain.wait(DAY + 1)
    goes(lambda: crowd.do(REQUESTER, crowd.rounds, "punish", round_, crowd.address(CAT)))
    return bool(crowd.stakes.read("stakeOf", crowd.address(CAT)) == 0)


# Signatures that are used again.


def commitments(crowd: Crowd, round_: bytes) -> list[Any]:
    """Ada's commitment, signed for this round in each way in which a contract may want it."""
    made = crowd.labels(ADA, round_)
    digest = bytes(keccak(encode(
        ["bytes32", "bytes32", "bytes32", "uint32"],
        [keccak(text="Labels(bytes32 round,bytes32 root,uint32 count)"), round_, made.root, made.count],
    )))  # fmt: skip
    bare = (*made.entry, signed_hash(ADA, digest))
    return [crowd.commitment(ADA, round_), crowd.commitment(ADA, round_, over=NOTHING), bare]


@ATTACKS.against("rounds-any-round")
def use_a_signature_in_another_round(crowd: Crowd) -> bool:
    first, second = crowd.open(1), crowd.open(2)
    for one in commitments(crowd, first):
        if goes(lambda made=one: crowd.do(EVE, crowd.rounds, "commitMany", first, [made])):
            return goes(lambda made=one: crowd.do(EVE, crowd.rounds, "commitMany", second, [made]))
    return False


@ATTACKS.against("rounds-any-chain")
def use_a_signature_on_another_chain(crowd: Crowd) -> bool:
    """The same people, contracts and round, at the same addresses, on a chain with another id."""
    other = Crowd(evm.Evm(chain_id=7332), patched=crowd.patched)
    other.qualify(*LABELERS)
    round_ = crowd.open()
    assert (other.open(), other.rounds.address) == (round_, crowd.rounds.address)
    for one in commitments(crowd, round_):
        if goes(lambda made=one: crowd.do(EVE, crowd.rounds, "commitMany", round_, [made])):
            return goes(lambda made=one: other.do(EVE, other.rounds, "commitMany", round_, [made]))
    return False


@ATTACKS.against("gate-old-attestation")
def use_an_attestation_after_its_revocation(crowd: Crowd) -> bool:
    old = crowd.attestation(EVE)
    crowd.do(EVE, crowd.gate, "qualify", *old)
    crowd.do(OPERATOR, crowd.gate, "revoke", crowd.address(EVE), DOMAIN)
    return goes(lambda: crowd.do(EVE, crowd.gate, "qualify", *old))


@ATTACKS.against("market-any-dataset")
def use_a_receipt_for_another_data_set(crowd: Crowd) -> bool:
    """The trainer signed for the cheap one, where the contract takes that."""
    cheap, dear = crowd.publish(1, pricePerIteration=1), crowd.publish(2)
    for id_ in (cheap, dear):
        crowd.do(BUYER, crowd.market, "prepay", id_, 5)
    for signed in (cheap, 0):
        rest = crowd.receipt(signed, 5)[1:]
        if goes(lambda body=rest: crowd.do(EVE, crowd.market, "meter", cheap, *body)):
            return goes(lambda body=rest: crowd.do(EVE, crowd.market, "meter", dear, *body))
    return False


@ATTACKS.against("market-stale-receipt")
def use_a_receipt_twice(crowd: Crowd) -> bool:
    id_ = crowd.publish()
    crowd.do(BUYER, crowd.market, "prepay", id_, 5)
    receipt = crowd.receipt(id_, 2)
    return all(goes(lambda: crowd.do(EVE, crowd.market, "meter", *receipt)) for _ in range(2))


# The audit.


@ATTACKS.against("rounds-late-block")
def choose_the_block_of_the_draw(crowd: Crowd) -> bool:
    round_, found = sealed(crowd), set()
    mark = crowd.chain.mark()
    for blocks in (1, 2, 3):
        crowd.chain.back(mark)
        crowd.chain.mine(blocks)
        crowd.do(EVE, crowd.rounds, "draw", round_, SEED)
        found.add(crowd.beacon(round_))
    return len(found) > 1


@ATTACKS.against("rounds-any-seed")
def choose_the_seed_of_the_draw(crowd: Crowd) -> bool:
    round_ = sealed(crowd)
    crowd.chain.mine(2)
    return goes(lambda: crowd.do(EVE, crowd.rounds, "draw", round_, ITEMS))


@ATTACKS.against("rounds-redraw-at-will")
def draw_again_until_it_suits(crowd: Crowd) -> bool:
    round_ = sealed(crowd)
    crowd.chain.mine(3)
    return goes(lambda: crowd.do(EVE, crowd.rounds, "redraw", round_))


@ATTACKS.against("rounds-omission")
def leave_out_a_commitment(crowd: Crowd) -> bool:
    round_ = crowd.open()
    crowd.commit(round_, ADA, BEN)
    crowd.chain.wait(DAY)
    only = added(NOTHING, *crowd.labels(ADA, round_).entry)
    return goes(lambda: crowd.do(OPERATOR, crowd.rounds, "seal", round_, only, VOTES, 1))


# Pay.


@ATTACKS.against("rounds-no-window")
def finalize_before_anybody_can_dispute(crowd: Crowd) -> bool:
    round_ = proposed(crowd)
    return goes(lambda: crowd.do(EVE, crowd.rounds, "finalize", round_))


@ATTACKS.against("rounds-endless-disputes")
def hold_up_everybodys_pay(crowd: Crowd) -> bool:
    round_ = proposed(crowd)
    for _ in range(3):
        if not goes(lambda: crowd.do(BEN, crowd.rounds, "dispute", round_, ITEMS)):
            return False
        crowd.propose(round_, ITEMS, 1)
    return True


@ATTACKS.against("payouts-rollback")
def bring_an_older_root_back(crowd: Crowd) -> bool:
    """Two rounds were proposed for the same epoch: the second does not know what the first one paid."""
    first, second = proposed(crowd, 1), proposed(crowd, 2)
    crowd.finalize(first)
    return goes(lambda: crowd.finalize(second))


@ATTACKS.against("payouts-claims-twice")
def claim_twice(crowd: Crowd) -> bool:
    made = earnings(crowd)
    crowd.paid_round(made, 600 * UNIT)
    return all(goes(lambda: crowd.claim(EVE, crowd.address(ADA), made)) for _ in range(2))


@ATTACKS.against("payouts-stale-proof")
def claim_by_an_older_root(crowd: Crowd) -> bool:
    """A first root said too much of Ada, the next one corrected that."""
    wrong = earnings(crowd)
    crowd.paid_round(wrong, 500 * UNIT)
    crowd.paid_round(earnings(crowd, 100, 450), 50 * UNIT, salt=2)
    return goes(lambda: crowd.claim(EVE, crowd.address(ADA), wrong))


@ATTACKS.against("payouts-second-preimage")
def claim_an_inner_node_as_a_leaf(crowd: Crowd) -> bool:
    """Two digests at the bottom of a tree, side by side, read as an account and what it earned."""
    account = address("0x" + "00" * 13 + "01" * 7)
    children = [bytes.fromhex(account[2:]).rjust(32, b"\0"), (90 * UNIT).to_bytes(32, "big")]
    assert children[0] < children[1]
    honest = earned(crowd.address(ADA), 1)
    node = pair(*children)
    round_ = sealed(crowd)
    crowd.draw(round_)
    crowd.propose(round_, pair(node, honest), 500 * UNIT)
    crowd.finalize(round_)
    return goes(lambda: crowd.do(EVE, crowd.payouts, "claim", account, 90 * UNIT, [honest]))


@ATTACKS.against("payouts-past-total")
def claim_more_than_was_paid_in(crowd: Crowd) -> bool:
    mine = {crowd.address(EVE): 400 * UNIT, crowd.address(ADA): 300 * UNIT}
    crowd.do(BUYER, crowd.crol, "transfer", crowd.payouts.address, UNIT * 1_000)  # sent here by mistake
    crowd.paid_round(mine, 500 * UNIT)
    return all(goes(lambda who=who: crowd.claim(EVE, who, mine)) for who in mine)


@ATTACKS.against("payouts-unfunded")
def bring_a_root_without_tokens(crowd: Crowd) -> bool:
    """By rounds that do not pay what they say."""
    rounds, meddler = evm.meddler(crowd.chain)
    payouts = crowd.made("Payouts", crowd.crol.address, crowd.address(OPERATOR))
    crowd.do(OPERATOR, payouts, "setRounds", meddler.address)
    return goes(lambda: crowd.do(rounds, payouts, "advance", ITEMS, UNIT, 1, CONTENT))


# A token that calls whom it is sent to.


def hooked(crowd: Crowd) -> Crowd:
    """The same crowd with such a token."""
    return Crowd(patched={**crowd.patched, "Crol": evm.artifact("HookedToken")})


@ATTACKS.against("payouts-pays-first")
def claim_again_while_being_paid(crowd: Crowd) -> bool:
    crowd = hooked(crowd)
    crowd.qualify(*LABELERS)
    thief, contract = evm.meddler(crowd.chain)
    made = {contract.address: 100 * UNIT, crowd.address(ADA): 400 * UNIT}
    crowd.paid_round(made, 500 * UNIT)
    goes(lambda: crowd.claim(thief, contract.address, made))  # type: ignore[arg-type]
    return crowd.balance(contract.address) > 100 * UNIT


@ATTACKS.against("stakes-pays-first")
def unstake_again_while_being_paid(crowd: Crowd) -> bool:
    crowd = hooked(crowd)
    crowd.qualify(*LABELERS)
    thief, contract = evm.meddler(crowd.chain)
    crowd.do(OPERATOR, crowd.crol, "transfer", contract.address, 100 * UNIT)
    for target, function, *args in (
        (crowd.crol, "approve", crowd.stakes.address, 2**255), (crowd.stakes, "stake", 100 * UNIT),
        (crowd.stakes, "requestUnstake", 100 * UNIT),
    ):  # fmt: skip
        crowd.do(thief, target, function, *args)
    crowd.chain.wait(30 * DAY)
    goes(lambda: crowd.do(thief, crowd.stakes, "unstake"))
    return crowd.balance(contract.address) > 100 * UNIT


@ATTACKS.against("market-pays-first")
def withdraw_income_again_while_being_paid(crowd: Crowd) -> bool:
    crowd = hooked(crowd)
    thief, contract = evm.meddler(crowd.chain)
    id_ = crowd.publish()
    crowd.do(PUBLISHER, crowd.market, "transferFrom", crowd.address(PUBLISHER), contract.address, id_)
    crowd.do(BUYER, crowd.market, "buy", id_)
    goes(lambda: crowd.do(thief, crowd.market, "withdrawIncome", id_))
    return crowd.balance(contract.address) > 200 * UNIT


# The market.


@ATTACKS.against("market-self-purchase")
def buy_ones_own(crowd: Crowd) -> bool:
    return goes(lambda: crowd.do(PUBLISHER, crowd.market, "buy", crowd.publish()))


@ATTACKS.against("market-past-prepayment")
def use_more_than_was_prepaid(crowd: Crowd) -> bool:
    """What others prepaid pays for it."""
    id_ = crowd.publish()
    crowd.do(EVE, crowd.market, "prepay", id_, 100)
    crowd.do(BUYER, crowd.market, "prepay", id_, 1)
    return goes(lambda: crowd.do(EVE, crowd.market, "meter", *crowd.receipt(id_, 50)))


@ATTACKS.against("market-past-received")
def promise_more_shares_than_there_are(crowd: Crowd) -> bool:
    """A publisher whose share root gives itself a thousand of four shares takes what others' data sets earned."""
    honest = crowd.publish(1)
    mine = {crowd.address(EVE): 1_000}
    bad = crowd.publish(2, who=EVE, shareRoot=crowd.share_tree(mine).root, price=UNIT)
    for id_ in (honest, bad):
        crowd.do(BUYER, crowd.market, "buy", id_)
    return goes(lambda: crowd.withdraw(EVE, bad, crowd.address(EVE), mine))


@ATTACKS.against("market-withdraws-twice")
def withdraw_twice(crowd: Crowd) -> bool:
    id_ = crowd.publish()
    crowd.do(BUYER, crowd.market, "buy", id_)
    return all(goes(lambda: crowd.withdraw(EVE, id_, crowd.address(ADA))) for _ in range(2))


@ATTACKS.against("market-without-consent")
def sell_without_consent(crowd: Crowd) -> bool:
    id_ = crowd.publish()
    crowd.revoke()
    crowd.suspend(EVE, id_)
    return goes(lambda: crowd.do(BUYER, crowd.market, "buy", id_))


@ATTACKS.against("market-refund-ahead")
def train_and_have_the_money_back(crowd: Crowd) -> bool:
    """A refund is asked for ahead, then more is prepaid and used up, and the refund comes before the receipt."""
    id_ = crowd.publish()
    crowd.do(BUYER, crowd.market, "prepay", id_, 1)
    crowd.do(BUYER, crowd.market, "requestRefund", id_)
    crowd.chain.wait(DAY)
    crowd.do(BUYER, crowd.market, "prepay", id_, 100)
    return goes(lambda: crowd.do(BUYER, crowd.market, "refund", id_))


@ATTACKS.against("consortia-past-price")
def spend_what_others_gave_on_something_else(crowd: Crowd) -> bool:
    """Eve buys her own data set with what Ada gave towards another."""
    good, bad = crowd.publish(1), crowd.publish(2, who=EVE, price=500 * UNIT)
    people = [crowd.address(ADA), crowd.address(EVE)]
    crowd.do(EVE, crowd.consortia, "create", ITEMS, "Clinics", people, [1, 1])
    group = crowd.consortia.read("consortiumId", crowd.address(EVE), ITEMS)
    for who in (ADA, EVE):
        crowd.do(who, crowd.consortia, "join", group)
    crowd.do(ADA, crowd.consortia, "contribute", group, good, 600 * UNIT)
    return goes(lambda: crowd.do(EVE, crowd.consortia, "purchase", group, bad))


@ATTACKS.against("consortia-dilution")
def take_the_share_of_who_gave(crowd: Crowd) -> bool:
    """Ada gives for half of what the group will earn; then whoever made it takes nearly all of it, or puts her out."""
    id_, people = crowd.publish(), [crowd.address(ADA), crowd.address(EVE)]
    crowd.do(EVE, crowd.consortia, "create", ITEMS, "Clinics", people, [1, 1])
    group = crowd.consortia.read("consortiumId", crowd.address(EVE), ITEMS)
    crowd.do(ADA, crowd.consortia, "join", group)
    crowd.do(ADA, crowd.consortia, "contribute", group, id_, UNIT)
    diluted = goes(lambda: crowd.do(EVE, crowd.consortia, "allow", group, crowd.address(CAT), 10**6))
    return goes(lambda: crowd.do(EVE, crowd.consortia, "disallow", group, crowd.address(ADA))) and diluted


# Signed allowances that somebody else uses first: then the attack is that the act does not go through.


def used_first(crowd: Crowd, contract: Any, amount: int, *act: Any) -> bool:
    crowd.do(ADA, crowd.crol, "approve", contract.address, 0)
    permit = crowd.permit(ADA, contract, amount)
    crowd.do(EVE, crowd.crol, "permit", crowd.address(ADA), contract.address, amount, *permit)
    return not goes(lambda: crowd.do(ADA, contract, *act, *permit))


@ATTACKS.against("stakes-permit-once")
def stop_a_stake_by_using_its_allowance(crowd: Crowd) -> bool:
    return used_first(crowd, crowd.stakes, UNIT, "stakeWithPermit", UNIT)


@ATTACKS.against("market-permit-once")
def stop_a_purchase_by_using_its_allowance(crowd: Crowd) -> bool:
    return used_first(crowd, crowd.market, 1_000 * UNIT, "buyWithPermit", crowd.publish())


@pytest.fixture(scope="module")
def ours() -> tuple[Crowd, Any]:
    """Our own contracts, with a mark to come back to."""
    crowd = Crowd()
    crowd.qualify(*LABELERS)
    return crowd, crowd.chain.mark()


@pytest.mark.parametrize(("name", "attack"), ATTACKS.pairs, ids=ATTACKS.ids)
def test_an_attack_fails_and_succeeds_only_where_its_guard_is_removed(
    ours: tuple[Crowd, Any], name: str, attack: Attack
) -> None:
    crowd, mark = ours
    assert not attack(crowd)
    crowd.chain.back(mark)
    weak = Crowd(patched={mutant(name).name: mutant(name)})
    weak.qualify(*LABELERS)
    assert attack(weak)


def test_every_mutant_is_attacked() -> None:
    mutants = {path.stem for path in (FOLDER / "mutants").glob("*.json")}
    assert ATTACKS.mutants == {name for name in mutants if not name.startswith("receipts-")}
