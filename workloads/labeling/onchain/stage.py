"""How far a round is on its chain: read from the contract each time, and from nothing that is remembered."""

from dataclasses import dataclass

from privacy.plugin.contracts import Contract, Event, Reverted

NONE, COMMITTING, SEALED, DRAWN, PROPOSED, DISPUTED, FINAL, CANCELLED = (
    "not opened", "open", "sealed", "drawn", "proposed", "disputed", "final", "cancelled",
)  # fmt: skip
_PHASES = (NONE, COMMITTING, SEALED, DRAWN, PROPOSED, DISPUTED, FINAL, CANCELLED)
"""In the order of the contract."""


@dataclass(frozen=True)
class Stage:
    """A round as the contract has it.

    `acc` is the digest of all commitments, `drawn_by` the block whose hash draws the audit, `until` the last second,
    since 1970, of the window for disputes, `epoch` the payout that a proposal makes. Amounts are in units of CROL.
    """

    phase: str
    requester: str = ""
    until_committed: int = 0
    window: int = 0
    acc: bytes = bytes(32)
    budget: int = 0
    stake: int = 0
    committed: int = 0
    redraws: int = 0
    drawn_by: int = 0
    until: int = 0
    epoch: int = 0
    claims: int = 0
    paid: int = 0
    beacon: bytes = bytes(32)
    consensus: bytes = bytes(32)
    payout: bytes = bytes(32)
    content: bytes = bytes(32)


@dataclass(frozen=True)
class Commitment:
    """A commitment of the chain: whose, the root, and how many labels it covers."""

    account: str
    root: bytes
    count: int


def stage_of(rounds: Contract, round_: bytes) -> Stage:
    """How far a round is; NONE where the contract has none of this id. ChainError where it cannot be read."""
    try:
        found = rounds.read("roundOf", round_)
    except Reverted as error:
        if error.name == "NoSuchRound":
            return Stage(NONE)
        raise
    said = dict(zip(_fields(rounds), found, strict=True))
    return Stage(
        _PHASES[said["phase"]], said["requester"], said["commitEnd"], said["window"], said["acc"], said["budget"],
        said["stake"], said["committed"], said["redraws"], said["drawBlock"], said["until"], said["epoch"],
        said["openClaims"], said["paid"], said["beacon"], said["consensusRoot"], said["payoutRoot"],
        said["contentDigest"],
    )  # fmt: skip


def _fields(rounds: Contract) -> list[str]:
    """The names of what the contract says of a round, in its order."""
    entry = next(one for one in rounds.artifact.abi if one.get("name") == "roundOf")
    return [part["name"] for part in entry["outputs"][0]["components"]]


def commitments(rounds: Contract, round_: bytes) -> list[Commitment]:
    """All commitments of a round, in their order."""
    found = rounds.events("LabelsCommitted", round=round_)
    return [Commitment(one.args["labeler"], one.args["root"], one.args["count"]) for one in found]


def last(rounds: Contract, name: str, round_: bytes) -> Event | None:
    """The newest event of a name of a round."""
    return next(iter(rounds.events(name, round=round_)[::-1]), None)


def digest_of(entries: list[Commitment]) -> bytes:
    """The digest of commitments in their order, as the contract has it."""
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    acc = bytes(32)
    for one in entries:
        acc = bytes(
            keccak(encode(["bytes32", "address", "bytes32", "uint32"], [acc, one.account, one.root, one.count]))
        )
    return acc
