"""What the crowd's contracts refuse: each custom error once at least, and nothing of a refused act is kept."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support import ROOT, evm
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
    FAR,
    IMAGES,
    ITEMS,
    LABELERS,
    NOTHING,
    OPERATOR,
    OWNER,
    PUBLISHER,
    REQUESTER,
    SEED,
    STAKE,
    UNIT,
    VOTES,
    Crowd,
    refused,
)  # fmt: skip
from tests.support.crowd_trees import added, in_batch

OURS = (
    "StakeRegistry", "DomainGate", "ImageRegistry", "LabelRounds", "Payouts", "DatasetMarket", "Consortia", "Faucet",
    "Swap",
)  # fmt: skip
LIBRARIES = json.loads((ROOT / "contracts" / "sentences.json").read_text())
SALT = (1).to_bytes(32, "big")
ALL = 2**256 - 1


@dataclass
class Scene:
    """A crowd, its first round, its first data set, its batch and its consortium."""

    crowd: Crowd
    round: bytes = NOTHING
    id: int = 0
    batch: bytes = NOTHING
    group: bytes = NOTHING
    earnings: dict[str, int] | None = None

    def do(self, who: int, contract: str, function: str, *args: Any, value: int = 0) -> Any:
        return self.crowd.do(who, getattr(self.crowd, contract), function, *args, value=value)


STEPS: dict[str, Callable[[Scene], Any]] = {
    "begun": lambda s: s.crowd.qualify(*LABELERS),
    "open": lambda s: setattr(s, "round", s.crowd.open()),
    "committed": lambda s: s.crowd.commit(s.round, ADA, BEN),
    "sealed": lambda s: s.crowd.seal(s.round),
    "drawn": lambda s: s.crowd.draw(s.round),
    "proposed": lambda s: s.crowd.propose(s.round, s.crowd.pay(_earnings(s)).root, 500 * UNIT),
    "finalized": lambda s: s.crowd.finalize(s.round),
}
"""The life of a round, one step after the other."""


def _earnings(scene: Scene) -> dict[str, int]:
    scene.earnings = {scene.crowd.address(ADA): 300 * UNIT, scene.crowd.address(BEN): 200 * UNIT}
    return scene.earnings


def _market(scene: Scene) -> None:
    scene.batch = scene.crowd.register(OWNER)
    scene.id = scene.crowd.publish()


def _group(scene: Scene) -> None:
    _market(scene)
    people = [scene.crowd.address(who) for who in (ADA, BEN)]
    scene.do(CAT, "consortia", "create", SALT, "Clinics", people, [1, 2])
    scene.group = scene.crowd.consortia.read("consortiumId", scene.crowd.address(CAT), SALT)
    scene.do(ADA, "consortia", "join", scene.group)


def _toys(scene: Scene) -> None:
    crowd, at = scene.crowd, scene.crowd.crol.address
    crowd.faucet, crowd.swap = crowd.made("Faucet", at), crowd.made("Swap", at, crowd.address(OPERATOR))  # type: ignore[attr-defined]
    scene.do(OPERATOR, "crol", "approve", crowd.swap.address, ALL)  # type: ignore[attr-defined]


SCENES: dict[str, Callable[[Scene], None]] = {
    **{
        name: lambda s, upto=at: [step(s) for step in list(STEPS.values())[: upto + 1]]  # type: ignore[misc]
        for at, name in enumerate(STEPS)
    },
    "market": _market, "group": _group, "toys": _toys, "bare": lambda s: None,
}  # fmt: skip


def withheld(s: Scene, who: int = ADA, *, by: int = OPERATOR) -> None:
    """A claim that the first of two labelers, or the second, withheld its labels."""
    entries = [s.crowd.labels(one, s.round).entry for one in (ADA, BEN)]
    at = (ADA, BEN).index(who)
    before = added(NOTHING, *entries[0]) if at else NOTHING
    s.do(by, "rounds", "withheld", s.round, before, entries[at], entries[at + 1 :])


def reveal(s: Scene, *, change: int = 0) -> None:
    places, values, secret = s.crowd.labels(ADA, s.round).shown
    s.do(ADA, "rounds", "reveal", s.round, places[: len(places) - change], values[: len(places) - change], secret)


def opened(s: Scene, **changed: Any) -> None:
    end = s.crowd.chain.now + DAY
    found = {"salt": SALT, "domain": DOMAIN, "items": ITEMS, "budget": BUDGET, "end": end, "window": DAY,
             "stake": STAKE, "seed": VOTES} | changed  # fmt: skip
    s.do(REQUESTER, "rounds", "open", *found.values())


def waited(s: Scene, seconds: float) -> Scene:
    s.crowd.chain.wait(int(seconds))
    return s


def mined(s: Scene, blocks: int) -> Scene:
    s.crowd.chain.mine(blocks)
    return s


def after(s: Scene, *acts: Callable[[], Any]) -> Scene:
    """Acts that go through, before the one that does not."""
    for act in acts:
        act()
    return s


def proposed(s: Scene, *, paid: int = UNIT, root: bytes = CONSENSUS, epoch: int = 1) -> None:
    s.do(OPERATOR, "rounds", "propose", s.round, CONSENSUS, root, paid, epoch, CONTENT)


def forged(s: Scene, field: int, value: Any) -> Any:
    """An attestation of which one field was changed after it was signed."""
    found = list(s.crowd.attestation(EVE))
    found[field] = value
    return found


def given(s: Scene, amount: int = 1_000 * UNIT) -> None:
    s.do(ADA, "consortia", "contribute", s.group, s.id, amount)


def bought(s: Scene) -> Scene:
    return after(s, lambda: given(s), lambda: s.do(ADA, "consortia", "purchase", s.group, s.id))


def quarter(s: Scene) -> dict[str, int]:
    return {s.crowd.address(EVE): 1}


# Where, by which error, and what is tried there.
ACTS: list[tuple[str, str, Callable[[Scene], Any]]] = [
    # Stakes.
    ("begun", "NoAmount", lambda s: s.do(EVE, "stakes", "stake", 0)),
    ("begun", "NoAmount", lambda s: s.do(ADA, "stakes", "requestUnstake", 0)),
    ("begun", "ERC20InsufficientBalance", lambda s: s.do(EVE, "stakes", "stake", 10**26)),
    ("begun", "NotEnoughStaked", lambda s: s.do(ADA, "stakes", "requestUnstake", STAKE + 1)),
    ("begun", "NothingLeaving", lambda s: s.do(ADA, "stakes", "unstake")),
    ("begun", "StillLocked", lambda s: waited(
        after(s, lambda: s.do(ADA, "stakes", "requestUnstake", STAKE)), 29.9 * DAY
    ).do(ADA, "stakes", "unstake")),
    ("begun", "AccessControlUnauthorizedAccount",
     lambda s: s.do(EVE, "stakes", "slash", s.crowd.address(ADA), STAKE, s.crowd.address(EVE))),
    # The gate.
    ("bare", "NotAttested", lambda s: s.do(EVE, "gate", "qualify", *s.crowd.attestation(EVE, by=EVE))),
    ("bare", "NotAttested", lambda s: s.do(EVE, "gate", "qualify", *forged(s, 3, 10))),
    ("bare", "NotAttested", lambda s: s.do(EVE, "gate", "qualify", *forged(s, 1, ITEMS))),
    ("bare", "NotAttested", lambda s: s.do(EVE, "gate", "qualify", *forged(s, 0, s.crowd.address(ADA)))),
    ("bare", "NotAttested", lambda s: s.do(EVE, "gate", "qualify", *forged(s, 5, b"\1" * 64))),
    ("bare", "QualificationOver", lambda s: s.do(EVE, "gate", "qualify", *s.crowd.attestation(EVE, until=1))),
    ("bare", "BadScore", lambda s: s.do(EVE, "gate", "qualify", *s.crowd.attestation(EVE, seen=3, right=4))),
    ("bare", "BadScore", lambda s: s.do(EVE, "gate", "qualify", *s.crowd.attestation(EVE, seen=0, right=0))),
    ("bare", "NotQualified", lambda s: s.do(OPERATOR, "gate", "revoke", s.crowd.address(EVE), DOMAIN)),
    ("begun", "AccessControlUnauthorizedAccount",
     lambda s: s.do(EVE, "gate", "revoke", s.crowd.address(ADA), DOMAIN)),
    # Images.
    ("bare", "EmptyBatch", lambda s: s.do(OWNER, "images", "register", NOTHING, 1, CONTENT)),
    ("bare", "EmptyBatch", lambda s: s.do(OWNER, "images", "register", ITEMS, 0, CONTENT)),
    ("market", "BatchExists", lambda s: s.crowd.register(OWNER)),
    ("bare", "NoSuchBatch", lambda s: s.do(EVE, "images", "claim", ITEMS, IMAGES[0], CONSENT, [])),
    ("market", "EmptyConsent", lambda s: s.do(EVE, "images", "claim", s.batch, IMAGES[0], NOTHING, [])),
    ("market", "NotInBatch", lambda s: s.do(EVE, "images", "claim", s.batch, ITEMS, CONSENT, [])),
    ("market", "NotInBatch", lambda s: s.do(EVE, "images", "claim", s.batch, IMAGES[0], ITEMS, s.crowd.batch(
        OWNER).proof(in_batch(IMAGES[0], s.crowd.address(OWNER), CONSENT)))),
    ("market", "AlreadyOwned", lambda s: [
        s.crowd.claim_image(EVE, s.batch, IMAGES[0], of=OWNER) for _ in range(2)
    ]),
    ("market", "NotImageOwner", lambda s: s.do(OWNER, "images", "revokeConsent", IMAGES[0])),
    ("market", "NotImageOwner",
     lambda s: after(s, lambda: s.crowd.claim_image(EVE, s.batch, IMAGES[0], of=OWNER)).do(
         EVE, "images", "giveConsent", IMAGES[0], CONSENT)),
    ("market", "ConsentUnchanged", lambda s: after(s, lambda: s.crowd.claim_image(
        EVE, s.batch, IMAGES[0], of=OWNER)).do(OWNER, "images", "giveConsent", IMAGES[0], CONSENT)),
    ("bare", "ConsentUnchanged",
     lambda s: after(s, s.crowd.revoke).do(OWNER, "images", "revokeConsent", IMAGES[0])),
    ("bare", "EmptyConsent", lambda s: s.do(OWNER, "images", "giveConsent", IMAGES[0], NOTHING)),
    # Rounds: opening.
    ("bare", "BadWindow", lambda s: opened(s, window=0)),
    ("bare", "BadWindow", lambda s: opened(s, window=7 * DAY + 1)),
    ("bare", "BadCommitEnd", lambda s: opened(s, end=s.crowd.chain.now + 1)),
    ("bare", "BadCommitEnd", lambda s: opened(s, end=s.crowd.chain.now + 15 * DAY)),
    ("bare", "EmptyRound", lambda s: opened(s, budget=0)),
    ("bare", "EmptyRound", lambda s: opened(s, items=NOTHING)),
    ("bare", "EmptyRound", lambda s: opened(s, seed=NOTHING)),
    ("bare", "SafeCastOverflowedUintDowncast", lambda s: opened(s, budget=2**100)),
    ("bare", "ERC20InsufficientBalance", lambda s: opened(s, budget=10**26)),
    ("open", "RoundExists", opened),
    # Committing.
    ("begun", "NoSuchRound", lambda s: s.do(ADA, "rounds", "commit", ITEMS, ITEMS, 1)),
    ("begun", "NoSuchRound", lambda s: s.crowd.rounds.read("roundOf", ITEMS)),
    ("open", "EmptyCommitment", lambda s: s.do(ADA, "rounds", "commit", s.round, NOTHING, 1)),
    ("open", "EmptyCommitment", lambda s: s.do(ADA, "rounds", "commit", s.round, ITEMS, 0)),
    ("open", "NotQualified", lambda s: s.crowd.commit(s.round, EVE)),
    ("open", "NotQualified", lambda s: after(s, lambda: s.do(
        OPERATOR, "gate", "revoke", s.crowd.address(ADA), DOMAIN)).crowd.commit(s.round, ADA)),
    ("open", "NotEnoughStaked", lambda s: after(s, lambda: s.do(
        ADA, "stakes", "requestUnstake", 1)).crowd.commit(s.round, ADA)),
    ("open", "CommittingOver", lambda s: waited(s, DAY).crowd.commit(s.round, ADA)),
    ("open", "BadSignature", lambda s: s.do(
        EVE, "rounds", "commitMany", s.round, [s.crowd.commitment(ADA, s.round, over=ITEMS)])),
    ("committed", "AlreadyCommitted", lambda s: s.crowd.commit(s.round, ADA)),
    ("committed", "AlreadyCommitted", lambda s: s.do(
        EVE, "rounds", "commitMany", s.round, [s.crowd.commitment(CAT, s.round)] * 2)),
    ("sealed", "WrongPhase", lambda s: s.crowd.commit(s.round, CAT)),
    # Sealing.
    ("committed", "NotInCharge", lambda s: s.crowd.seal(s.round, who=EVE)),
    ("committed", "StillCommitting", lambda s: s.crowd.seal(s.round, who=OPERATOR)),
    ("committed", "CommitmentsLeftOut", lambda s: s.do(
        REQUESTER, "rounds", "seal", s.round, added(NOTHING, *s.crowd.labels(ADA, s.round).entry), VOTES, 1)),
    ("committed", "CommitmentsLeftOut", lambda s: s.do(
        REQUESTER, "rounds", "seal", s.round, s.crowd.acc[s.round], VOTES, 1)),
    ("open", "NothingCommitted", lambda s: s.crowd.seal(s.round)),
    ("sealed", "WrongPhase", lambda s: s.crowd.seal(s.round)),
    # Giving up.
    ("open", "StillCommitting", lambda s: s.do(REQUESTER, "rounds", "cancel", s.round)),
    ("open", "NotRequester", lambda s: waited(s, 2 * DAY).do(EVE, "rounds", "cancel", s.round)),
    ("committed", "LabelersCommitted", lambda s: waited(s, 2 * DAY).do(REQUESTER, "rounds", "cancel", s.round)),
    ("open", "WrongPhase", lambda s: [
        waited(s, 2 * DAY).do(REQUESTER, "rounds", "cancel", s.round) for _ in range(2)
    ]),
    # Drawing.
    ("sealed", "WrongSeed", lambda s: mined(s, 1).do(EVE, "rounds", "draw", s.round, ITEMS)),
    ("sealed", "DrawTooEarly", lambda s: s.do(EVE, "rounds", "draw", s.round, SEED)),
    ("sealed", "DrawTooLate", lambda s: mined(s, 257).do(EVE, "rounds", "draw", s.round, SEED)),
    ("sealed", "DrawStillOpen", lambda s: mined(s, 256).do(EVE, "rounds", "redraw", s.round)),
    ("drawn", "WrongPhase", lambda s: s.do(EVE, "rounds", "draw", s.round, SEED)),
    # Labels that are withheld.
    ("sealed", "NotInCharge", lambda s: withheld(s, by=EVE)),
    ("open", "WrongPhase", withheld),
    ("proposed", "WrongPhase", withheld),
    ("sealed", "ClaimingOver", lambda s: withheld(waited(s, 8 * DAY))),
    ("sealed", "NotCommitted", lambda s: s.do(OPERATOR, "rounds", "withheld", s.round, NOTHING, s.crowd.labels(
        CAT, s.round).entry, [s.crowd.labels(BEN, s.round).entry])),
    ("sealed", "ClaimedBefore", lambda s: [withheld(s) for _ in range(2)]),
    ("sealed", "ClaimedBefore", lambda s: after(s, lambda: withheld(s), lambda: reveal(s), lambda: withheld(s))),
    ("sealed", "NoOpenClaim", reveal),
    ("sealed", "NoOpenClaim", lambda s: s.do(EVE, "rounds", "punish", s.round, s.crowd.address(ADA))),
    ("sealed", "WrongLabels", lambda s: reveal(after(s, lambda: withheld(s)), change=1)),
    ("sealed", "WrongLabels", lambda s: after(s, lambda: withheld(s)).do(
        ADA, "rounds", "reveal", s.round, *s.crowd.labels(ADA, s.round).shown[:2], ITEMS)),
    ("sealed", "AnsweringOver", lambda s: reveal(waited(after(s, lambda: withheld(s)), DAY))),
    ("sealed", "StillAnswering", lambda s: after(s, lambda: withheld(s)).do(
        EVE, "rounds", "punish", s.round, s.crowd.address(ADA))),
    # Proposing, disputing, finalizing.
    ("drawn", "ClaimsOpen", lambda s: proposed(after(s, lambda: withheld(s)))),
    ("drawn", "PastBudget", lambda s: proposed(s, paid=BUDGET + 1)),
    ("drawn", "EmptyProposal", lambda s: proposed(s, root=NOTHING)),
    ("sealed", "WrongPhase", proposed),
    ("finalized", "WrongPhase", proposed),
    ("drawn", "AccessControlUnauthorizedAccount",
     lambda s: s.do(REQUESTER, "rounds", "propose", s.round, CONSENSUS, ITEMS, UNIT, 1, CONTENT)),
    ("proposed", "NotALabeler", lambda s: s.do(CAT, "rounds", "dispute", s.round, ITEMS)),
    ("proposed", "NotALabeler", lambda s: s.do(EVE, "rounds", "dispute", s.round, ITEMS)),
    ("proposed", "WindowOver", lambda s: waited(s, DAY + 1).do(ADA, "rounds", "dispute", s.round, ITEMS)),
    ("proposed", "AlreadyDisputed", lambda s: after(
        s, lambda: s.do(ADA, "rounds", "dispute", s.round, ITEMS), lambda: proposed(s)).do(
        ADA, "rounds", "dispute", s.round, ITEMS)),
    ("proposed", "WindowOpen", lambda s: s.do(EVE, "rounds", "finalize", s.round)),
    ("proposed", "WrongPhase", lambda s: waited(after(
        s, lambda: s.do(ADA, "rounds", "dispute", s.round, ITEMS)), 2 * DAY).do(EVE, "rounds", "finalize", s.round)),
    ("drawn", "StaleRoot", lambda s: s.crowd.finalize(after(s, lambda: proposed(s, epoch=2)).round)),
    ("finalized", "WrongPhase", lambda s: s.do(EVE, "rounds", "finalize", s.round)),
    # Payouts.
    ("bare", "NotAdmin", lambda s: s.do(EVE, "payouts", "setRounds", s.crowd.rounds.address)),
    ("bare", "RoundsAreSet", lambda s: s.do(OPERATOR, "payouts", "setRounds", s.crowd.market.address)),
    ("bare", "NotRounds", lambda s: s.do(OPERATOR, "payouts", "advance", ITEMS, 1, 1, CONTENT)),
    ("finalized", "BadProof", lambda s: s.do(EVE, "payouts", "claim", s.crowd.address(EVE), UNIT, [])),
    ("finalized", "BadProof", lambda s: s.do(
        EVE, "payouts", "claimMany", [(s.crowd.address(ADA), 301 * UNIT, [ITEMS])])),
    ("finalized", "NothingToClaim", lambda s: [
        s.crowd.claim(EVE, s.crowd.address(ADA), s.earnings or {}) for _ in range(2)
    ]),
    ("drawn", "PastTotal", lambda s: [after(
        s, lambda: s.crowd.propose(s.round, s.crowd.pay({s.crowd.address(EVE): 501 * UNIT, s.crowd.address(
            BEN): 1}).root, 500 * UNIT), lambda: s.crowd.finalize(s.round)).crowd.claim(
        EVE, s.crowd.address(EVE), {s.crowd.address(EVE): 501 * UNIT, s.crowd.address(BEN): 1})]),
    # The market.
    ("bare", "EmptyDataset", lambda s: s.crowd.publish(shares=0)),
    ("bare", "EmptyDataset", lambda s: s.crowd.publish(manifestDigest=NOTHING)),
    ("bare", "BadCut", lambda s: s.crowd.publish(publisherBps=5_001)),
    ("bare", "BadCut", lambda s: s.crowd.publish(royaltyBps=1_001)),
    ("market", "DatasetExists", lambda s: s.crowd.publish()),
    ("bare", "NoSuchDataset", lambda s: s.do(BUYER, "market", "buy", 7)),
    ("bare", "NoSuchDataset", lambda s: s.crowd.market.read("datasetOf", 7)),
    ("market", "SelfPurchase", lambda s: s.do(PUBLISHER, "market", "buy", s.id)),
    ("market", "AlreadyBought", lambda s: [s.do(BUYER, "market", "buy", s.id) for _ in range(2)]),
    ("market", "AlreadyBought", lambda s: [s.do(BUYER, "market", "buyFor", s.id, ITEMS) for _ in range(2)]),
    ("bare", "ERC20InsufficientBalance", lambda s: s.do(
        BUYER, "market", "buy", s.crowd.publish(price=10**26))),
    ("market", "ERC20InsufficientAllowance", lambda s: after(s, lambda: s.do(
        BUYER, "crol", "approve", s.crowd.market.address, 1)).do(BUYER, "market", "buy", s.id)),
    ("market", "ERC721InsufficientApproval", lambda s: s.do(
        EVE, "market", "transferFrom", s.crowd.address(PUBLISHER), s.crowd.address(EVE), s.id)),
    ("market", "NotInDataset", lambda s: s.do(EVE, "market", "show", s.id, ITEMS, s.crowd.address(OWNER), [])),
    ("market", "ConsentStands", lambda s: s.crowd.suspend(EVE, s.id)),
    ("market", "AlreadySuspended", lambda s: after(
        s, lambda: s.crowd.claim_image(EVE, s.batch, IMAGES[0], of=OWNER),
        lambda: s.do(OWNER, "images", "revokeConsent", IMAGES[0]), lambda: s.crowd.suspend(EVE, s.id),
        lambda: s.crowd.suspend(EVE, s.id))),
    ("market", "NotSuspended", lambda s: s.do(EVE, "market", "resume", s.id, IMAGES[0])),
    *(("bare", "ConsentRevoked", act) for act in (
        lambda s: s.do(BUYER, "market", "buy", suspended(s)),
        lambda s: s.do(BUYER, "market", "prepay", suspended(s), 1),
        lambda s: s.do(EVE, "market", "resume", suspended(s), IMAGES[0]),
        lambda s: s.do(EVE, "market", "meter", *s.crowd.receipt(suspended(s, prepaid=2), 1)),
    )),
    ("bare", "NoTrainer", lambda s: s.do(BUYER, "market", "prepay", s.crowd.publish(trainer="0x" + "00" * 20), 1)),
    ("market", "NoIterations", lambda s: s.do(BUYER, "market", "prepay", s.id, 0)),
    ("market", "BadReceipt", lambda s: s.do(EVE, "market", "meter", *s.crowd.receipt(s.id, 1, by=BUYER))),
    ("market", "BadReceipt", lambda s: s.do(
        EVE, "market", "meter", s.id, *s.crowd.receipt(s.crowd.publish(2), 1)[1:])),
    ("market", "StaleReceipt", lambda s: [
        after(s, lambda: s.do(BUYER, "market", "prepay", s.id, 5)).do(EVE, "market", "meter", *s.crowd.receipt(s.id, 2))
        for _ in range(2)
    ]),
    ("market", "PastPrepayment", lambda s: after(s, lambda: s.do(BUYER, "market", "prepay", s.id, 5)).do(
        EVE, "market", "meter", *s.crowd.receipt(s.id, 6))),
    ("market", "NothingPrepaid", lambda s: s.do(BUYER, "market", "requestRefund", s.id)),
    ("market", "NothingPrepaid", lambda s: s.do(BUYER, "market", "refund", s.id)),
    ("market", "RefundNotRequested", lambda s: after(s, lambda: s.do(BUYER, "market", "prepay", s.id, 5)).do(
        BUYER, "market", "refund", s.id)),
    ("market", "RefundTooEarly", lambda s: after(
        s, lambda: s.do(BUYER, "market", "prepay", s.id, 5), lambda: s.do(BUYER, "market", "requestRefund", s.id)
    ).do(BUYER, "market", "refund", s.id)),
    ("market", "BadShares", lambda s: s.do(EVE, "market", "withdraw", s.id, s.crowd.address(EVE), 1, [])),
    ("market", "NothingDue", lambda s: s.crowd.withdraw(EVE, s.id, s.crowd.address(OWNER))),
    ("market", "NothingDue", lambda s: s.do(PUBLISHER, "market", "withdrawIncome", s.id)),
    ("bare", "PastReceived", lambda s: s.crowd.withdraw(EVE, after(s, lambda: setattr(s, "id", s.crowd.publish(
        shareRoot=s.crowd.share_tree({s.crowd.address(EVE): 9}).root)), lambda: s.do(
        BUYER, "market", "buy", s.id)).id, s.crowd.address(EVE), {s.crowd.address(EVE): 9})),
    # Consortia.
    ("bare", "NoSuchConsortium", lambda s: s.do(EVE, "consortia", "allow", ITEMS, s.crowd.address(EVE), 1)),
    ("group", "ConsortiumExists", lambda s: s.do(CAT, "consortia", "create", SALT, "Clinics", [], [])),
    ("bare", "BadName", lambda s: s.do(CAT, "consortia", "create", SALT, "", [], [])),
    ("bare", "BadMember", lambda s: s.do(CAT, "consortia", "create", SALT, "A", [s.crowd.address(EVE)], [0])),
    ("bare", "UnequalLists", lambda s: s.do(CAT, "consortia", "create", SALT, "A", [s.crowd.address(EVE)], [])),
    ("group", "NotCreator", lambda s: s.do(EVE, "consortia", "allow", s.group, s.crowd.address(EVE), 1)),
    ("group", "NotCreator", lambda s: s.do(ADA, "consortia", "disallow", s.group, s.crowd.address(BEN))),
    ("group", "MembersFixed", lambda s: bought(s).do(CAT, "consortia", "allow", s.group, s.crowd.address(EVE), 1)),
    ("group", "MembersFixed", lambda s: bought(s).do(CAT, "consortia", "disallow", s.group, s.crowd.address(BEN))),
    ("group", "MembersFixed", lambda s: after(s, lambda: given(s, 5)).do(
        CAT, "consortia", "allow", s.group, s.crowd.address(EVE), 1)),
    ("group", "AlreadyAllowed", lambda s: s.do(CAT, "consortia", "allow", s.group, s.crowd.address(BEN), 1)),
    ("group", "NotAllowed", lambda s: s.do(EVE, "consortia", "join", s.group)),
    ("group", "NotAllowed", lambda s: s.do(CAT, "consortia", "disallow", s.group, s.crowd.address(EVE))),
    ("group", "AlreadyJoined", lambda s: s.do(ADA, "consortia", "join", s.group)),
    ("group", "NotJoined", lambda s: s.do(BEN, "consortia", "contribute", s.group, s.id, 1)),
    ("group", "NotJoined", lambda s: s.do(EVE, "consortia", "collect", s.group)),
    ("group", "NoAmount", lambda s: given(s, 0)),
    ("group", "PastPrice", lambda s: given(s, 1_000 * UNIT + 1)),
    ("group", "NotGiven", lambda s: after(s, lambda: given(s, 5)).do(ADA, "consortia", "takeBack", s.group, s.id, 6)),
    ("group", "PriceMissing", lambda s: after(s, lambda: given(s, 5)).do(ADA, "consortia", "purchase", s.group, s.id)),
    ("group", "AlreadyPurchased", lambda s: bought(s).do(ADA, "consortia", "takeBack", s.group, s.id, 1)),
    ("group", "AlreadyPurchased", lambda s: bought(s).do(ADA, "consortia", "purchase", s.group, s.id)),
    ("group", "NothingPurchased", lambda s: s.do(EVE, "consortia", "deposit", s.group, 1)),
    ("group", "NothingDue", lambda s: bought(s).do(ADA, "consortia", "collect", s.group)),
    # The toys.
    ("toys", "Dry", lambda s: s.do(EVE, "faucet", "drip")),
    ("toys", "TooSoon", lambda s: [waited(after(s, lambda: s.do(
        OPERATOR, "crol", "transfer", s.crowd.faucet.address, 10**24)), DAY // 2).do(EVE, "faucet", "drip")
        for _ in range(2)]),
    ("toys", "NotOwner", lambda s: s.do(EVE, "swap", "add", 1, value=1)),
    ("toys", "NotOwner", lambda s: s.do(EVE, "swap", "take", 0, 0)),
    ("toys", "NotThere", lambda s: s.do(OPERATOR, "swap", "take", 1, 0)),
    ("toys", "NothingToSwap", lambda s: s.do(EVE, "swap", "buyCrol", 0, FAR, value=1)),
    ("toys", "DeadlineOver", lambda s: s.do(EVE, "swap", "buyCrol", 0, 1, value=1)),
    ("toys", "TooLittle", lambda s: after(s, lambda: s.do(OPERATOR, "swap", "add", 10**21, value=10**18)).do(
        EVE, "swap", "buyCrol", 10**18, FAR, value=10**15)),
]  # fmt: skip


def suspended(s: Scene, *, prepaid: int = 0) -> int:
    """A data set that is suspended for its first image."""
    id_ = s.crowd.publish()
    if prepaid:
        s.do(BUYER, "market", "prepay", id_, prepaid)
    s.crowd.revoke()
    s.crowd.suspend(EVE, id_)
    return id_


@pytest.fixture(scope="module")
def scenes() -> dict[str, tuple[Scene, Any]]:
    """Every scene, with a mark to come back to."""
    found = {}
    for name, act in SCENES.items():
        scene = Scene(Crowd())
        act(scene)
        found[name] = (scene, scene.crowd.chain.mark())
    return found


@pytest.mark.parametrize(
    ("where", "name", "act"), ACTS, ids=[f"{at}-{where}-{name}" for at, (where, name, _) in enumerate(ACTS)]
)
def test_what_nobody_may_do_is_refused_by_name(
    scenes: dict[str, tuple[Scene, Any]], where: str, name: str, act: Callable[[Scene], Any]
) -> None:
    scene, mark = scenes[where]
    scene.crowd.chain.back(mark)
    acc = dict(scene.crowd.acc)
    try:
        assert refused(lambda: act(scene)) == name
    finally:
        scene.crowd.acc = acc
        scene.crowd.chain.back(mark)


def test_every_error_of_ours_is_tried() -> None:
    declared = {error for name in OURS for error in evm.artifact(name).sentences} - set(LIBRARIES)
    elsewhere = {"EmptyRoot", "Unfunded", "MainNet"}
    assert declared - {name for _, name, _ in ACTS} == elsewhere


@pytest.mark.parametrize("chain_id", [1, 10, 137, 324, 8453, 42161])
@pytest.mark.parametrize("toy", ["Faucet", "Swap"])
def test_toys_are_not_made_where_tokens_have_worth(toy: str, chain_id: int) -> None:
    chain = evm.Evm(chain_id=chain_id)
    crol = chain.deploy("Crol", chain.account(0).address)
    args = [crol] + [crol] * (toy == "Swap")
    assert refused(lambda: named_creation(chain, toy, args)) == "MainNet"


def named_creation(chain: evm.Evm, name: str, args: list[str]) -> None:
    from privacy.chains.contracts import named
    from privacy.chains.errors import Reverted

    try:
        chain.deploy(name, *args)
    except Reverted as error:
        raise named(error) from None


@pytest.mark.parametrize(
    ("args", "name"),
    [
        ((NOTHING, 0, 1, CONTENT), "EmptyRoot"), ((ITEMS, 0, 1, NOTHING), "EmptyRoot"),
        ((ITEMS, 1, 1, CONTENT), "Unfunded"), ((ITEMS, 0, 2, CONTENT), "StaleRoot"), ((ITEMS, 0, 1, CONTENT), ""),
    ],
)  # fmt: skip
def test_rounds_that_are_wrong_bring_no_root_without_tokens(args: tuple[Any, ...], name: str) -> None:
    """The rounds check what they bring before; whatever they were, the payouts look again."""
    chain = evm.Evm()
    crowd = Crowd(chain)
    rounds, meddler = evm.meddler(chain)
    payouts = crowd.made("Payouts", crowd.crol.address, crowd.address(OPERATOR))
    crowd.do(OPERATOR, payouts, "setRounds", meddler.address)
    if name:
        assert refused(lambda: crowd.do(rounds, payouts, "advance", *args)) == name
    else:
        crowd.do(rounds, payouts, "advance", *args)
        assert payouts.read("epoch") == 1
