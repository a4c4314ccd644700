"""Rooms: who may do what in one, and every way in which MetaCollab's could be abused is closed by a named error."""

from collections.abc import Callable
from typing import Any

import pytest

from privacy.chains.errors import Reverted
from privacy.chains.sender import Intent
from privacy.services.rooms import CONTRACT, INVITED, MEMBER, NOBODY, NOTHING, OWNER, Room, Rooms
from privacy.stores.cid import CID
from tests.support import evm
from tests.support.chains import Stage

ADA, BEN, EVE = 1, 2, 3
"""The owner, a member, and somebody from outside."""
FIRST, SECOND, ROOT, METRICS = (bytes([n]) * 32 for n in (11, 12, 13, 14))
LIMIT = 80_000


@pytest.fixture
def rooms(on: Stage) -> Rooms:
    return Rooms(on.chain, on.deploy(CONTRACT))


@pytest.fixture
def room(on: Stage, rooms: Rooms) -> Room:
    """Ada's room, in which Ben is a member."""
    made = rooms.create(on.account(ADA), "Keyboard", description=METRICS, invited=[on.address(BEN)])
    rooms.join(on.account(BEN), made.id)
    return made


def refused(work: Callable[[], Any]) -> str:
    """The name of the contract's error."""
    with pytest.raises(Reverted) as caught:
        work()
    return caught.value.name


def test_a_room_is_what_its_owner_made_it(on: Stage, rooms: Rooms, room: Room) -> None:
    assert (room.name, room.description, room.creator) == ("Keyboard", METRICS, on.address(ADA))
    assert rooms.room(room.id) == room
    assert rooms.rooms() == [room]
    assert rooms.owner(room.id) == on.address(ADA)
    assert [rooms.role(room.id, on.address(who)) for who in (ADA, BEN, EVE)] == [OWNER, MEMBER, NOBODY]
    assert rooms.members(room.id) == {on.address(ADA): OWNER, on.address(BEN): MEMBER}
    assert rooms.of(on.address(BEN)) == {room.id: MEMBER}
    assert rooms.of(on.address(EVE)) == {}
    assert rooms.room(NOTHING) is None
    assert refused(lambda: rooms.owner(NOTHING)) == "NoSuchRoom"


def test_people_come_and_go(on: Stage, rooms: Rooms, room: Room) -> None:
    rooms.invite(on.account(ADA), room.id, [on.address(EVE)])
    assert rooms.members(room.id)[on.address(EVE)] == INVITED
    rooms.leave(on.account(EVE), room.id)
    assert refused(lambda: rooms.join(on.account(EVE), room.id)) == "NotInvited"
    rooms.invite(on.account(ADA), room.id, [on.address(EVE)])
    rooms.join(on.account(EVE), room.id)
    rooms.leave(on.account(EVE), room.id)
    rooms.remove(on.account(ADA), room.id, on.address(BEN))
    assert rooms.members(room.id) == {on.address(ADA): OWNER}
    rooms.invite(on.account(ADA), room.id, [on.address(BEN)])
    rooms.join(on.account(BEN), room.id)
    rooms.transfer(on.account(ADA), room.id, on.address(BEN))
    assert rooms.members(room.id) == {on.address(ADA): MEMBER, on.address(BEN): OWNER}
    rooms.leave(on.account(ADA), room.id)
    assert rooms.members(room.id) == {on.address(BEN): OWNER}
    assert rooms.of(on.address(BEN)) == {room.id: OWNER}


def test_versions_follow_one_another(on: Stage, rooms: Rooms, room: Room) -> None:
    model = CID.of(b"a model")
    first = rooms.commit(on.account(ADA), room.id, model, metrics=METRICS)
    second = rooms.commit(on.account(BEN), room.id, SECOND, parent=first, contributions=ROOT)
    fork = rooms.commit(on.account(ADA), room.id, SECOND, parent=first, contributions=ROOT)
    assert (first.parent, first.round, first.content, first.metrics) == (None, 0, model.digest, METRICS)
    assert (second.parent, second.round, second.committer) == (first.id, 1, on.address(BEN))
    assert model in first.cids
    assert rooms.versions(room.id) == [first, second, fork]
    assert rooms.with_content(SECOND) == [second, fork]
    assert rooms.version(room.id, second.id) == second
    assert rooms.version(room.id, NOTHING) is None
    assert rooms.lineage(fork) == [first, fork]
    fields = (room.id, first.id, 1, SECOND, ROOT, NOTHING)
    assert rooms.version_id(*fields, on.address(BEN)) == second.id
    assert rooms.contract.read("versionId", *fields, on.address(BEN)) == second.id
    assert rooms.commit(on.account(BEN), room.id, SECOND, parent=first, contributions=ROOT) == second
    assert len(rooms.versions(room.id)) == 3


def test_a_commit_costs_little_whatever_the_model(on: Stage, rooms: Rooms, room: Room) -> None:
    first = rooms.commit(on.account(ADA), room.id, b"\xff" * 32, contributions=b"\xff" * 32, metrics=b"\xff" * 32)
    later = rooms.commit(
        on.account(BEN), room.id, b"\xee" * 32, parent=first, contributions=b"\xff" * 32, metrics=b"\xff" * 32
    )
    spent = [on.chain.receipt(one.transaction) for one in (first, later)]
    assert [one is not None and 0 < one.gas_used <= LIMIT for one in spent] == [True, True]


ACTS: list[tuple[str, Callable[[Stage, Rooms, bytes], Any]]] = [
    # MetaCollab's hole: whoever comes adds themself to a room, and pushes.
    ("NotOwner", lambda on, rooms, room: rooms.invite(on.account(EVE), room, [on.address(EVE)])),
    ("NotInvited", lambda on, rooms, room: rooms.join(on.account(EVE), room)),
    ("NotMember", lambda on, rooms, room: rooms.commit(on.account(EVE), room, FIRST)),
    # The same, of a member.
    ("NotOwner", lambda on, rooms, room: rooms.invite(on.account(BEN), room, [on.address(EVE)])),
    ("NotOwner", lambda on, rooms, room: rooms.remove(on.account(BEN), room, on.address(ADA))),
    ("NotOwner", lambda on, rooms, room: rooms.transfer(on.account(BEN), room, on.address(BEN))),
    ("NotOwner", lambda on, rooms, room: rooms.commit(on.account(BEN), room, FIRST)),
    # A room always has an owner, who is somebody in it.
    ("OwnerStays", lambda on, rooms, room: rooms.leave(on.account(ADA), room)),
    ("OwnerStays", lambda on, rooms, room: rooms.remove(on.account(ADA), room, on.address(ADA))),
    ("NotMember", lambda on, rooms, room: rooms.transfer(on.account(ADA), room, on.address(EVE))),
    ("AlreadyMember", lambda on, rooms, room: rooms.transfer(on.account(ADA), room, on.address(ADA))),
    # Roles change in order.
    ("AlreadyMember", lambda on, rooms, room: rooms.join(on.account(ADA), room)),
    ("AlreadyMember", lambda on, rooms, room: rooms.join(on.account(BEN), room)),
    ("AlreadyMember", lambda on, rooms, room: rooms.invite(on.account(ADA), room, [on.address(ADA)])),
    ("AlreadyMember", lambda on, rooms, room: rooms.invite(on.account(ADA), room, [on.address(BEN)])),
    ("AlreadyInvited", lambda on, rooms, room: rooms.invite(on.account(ADA), room, [on.address(EVE)] * 2)),
    ("NobodyInvited", lambda on, rooms, room: rooms.invite(on.account(ADA), room, [])),
    ("NobodyInvited", lambda on, rooms, room: rooms.invite(on.account(ADA), room, ["0x" + "00" * 20])),
    ("NotMember", lambda on, rooms, room: rooms.remove(on.account(ADA), room, on.address(EVE))),
    ("NotMember", lambda on, rooms, room: rooms.leave(on.account(EVE), room)),
    # Rooms that are none, and names that are none.
    ("NoSuchRoom", lambda on, rooms, room: rooms.join(on.account(EVE), NOTHING)),
    ("NoSuchRoom", lambda on, rooms, room: rooms.leave(on.account(EVE), NOTHING)),
    ("NoSuchRoom", lambda on, rooms, room: rooms.invite(on.account(EVE), NOTHING, [on.address(EVE)])),
    ("NoSuchRoom", lambda on, rooms, room: rooms.commit(on.account(EVE), NOTHING, FIRST)),
    ("BadName", lambda on, rooms, room: rooms.create(on.account(EVE), "")),
    ("BadName", lambda on, rooms, room: rooms.create(on.account(EVE), "é" * 33)),
    ("EmptyDigest", lambda on, rooms, room: rooms.commit(on.account(ADA), room, NOTHING)),
]


@pytest.mark.parametrize(("name", "act"), ACTS, ids=[f"{at}-{name}" for at, (name, _) in enumerate(ACTS)])
def test_what_nobody_may_do_is_refused_by_name(
    on: Stage, rooms: Rooms, room: Room, name: str, act: Callable[[Stage, Rooms, bytes], Any]
) -> None:
    before = rooms.contract.events()
    assert refused(lambda: act(on, rooms, room.id)) == name
    assert rooms.contract.events() == before


def test_who_left_or_was_removed_writes_no_more(on: Stage, rooms: Rooms, room: Room) -> None:
    first = rooms.commit(on.account(ADA), room.id, FIRST)
    rooms.remove(on.account(ADA), room.id, on.address(BEN))
    assert refused(lambda: rooms.commit(on.account(BEN), room.id, SECOND, parent=first)) == "NotMember"
    rooms.invite(on.account(ADA), room.id, [on.address(BEN)])
    assert refused(lambda: rooms.commit(on.account(BEN), room.id, SECOND, parent=first)) == "NotMember"
    rooms.join(on.account(BEN), room.id)
    rooms.leave(on.account(BEN), room.id)
    assert refused(lambda: rooms.commit(on.account(BEN), room.id, SECOND, parent=first)) == "NotMember"
    assert refused(lambda: rooms.join(on.account(BEN), room.id)) == "NotInvited"


@pytest.mark.parametrize(
    ("parent", "round_", "name"),
    [("none", 0, "ParentMissing"), ("first", 2, "WrongRound"), ("first", 0, "WrongRound"),
     ("other", 1, "NoSuchVersion"), ("unknown", 1, "NoSuchVersion")],
)  # fmt: skip
def test_a_version_has_its_place(on: Stage, rooms: Rooms, room: Room, parent: str, round_: int, name: str) -> None:
    first = rooms.commit(on.account(ADA), room.id, FIRST)
    elsewhere = rooms.create(on.account(ADA), "Another")
    other = rooms.commit(on.account(ADA), elsewhere.id, FIRST)
    ids = {"none": NOTHING, "first": first.id, "other": other.id, "unknown": METRICS}
    assert refused(lambda: sent(on, rooms, ADA, "commit", room.id, ids[parent], round_, SECOND, ROOT, ROOT)) == name


def test_the_first_version_has_round_0_and_is_committed_once(on: Stage, rooms: Rooms, room: Room) -> None:
    assert refused(lambda: sent(on, rooms, ADA, "commit", room.id, NOTHING, 1, FIRST, ROOT, ROOT)) == "WrongRound"
    first = rooms.commit(on.account(ADA), room.id, FIRST)
    values = (room.id, first.id, 1, SECOND, ROOT, ROOT)
    sent(on, rooms, BEN, "commit", *values)
    assert refused(lambda: sent(on, rooms, BEN, "commit", *values)) == "VersionExists"


def test_the_same_salt_makes_one_room_for_each_who_uses_it(on: Stage, rooms: Rooms) -> None:
    salt = bytes([7]) * 32
    theirs = rooms.create(on.account(EVE), "Keyboard", salt=salt)
    mine = rooms.create(on.account(ADA), "Keyboard", salt=salt)
    assert mine.id == rooms.room_id(on.address(ADA), salt) != theirs.id
    assert rooms.owner(mine.id) == on.address(ADA)
    assert refused(lambda: sent(on, rooms, ADA, "createRoom", salt, "Other", NOTHING, [])) == "RoomExists"


def test_a_member_who_copies_a_pending_commit_neither_blocks_nor_claims_it(on: Stage, rooms: Rooms, room: Room) -> None:
    first = rooms.commit(on.account(ADA), room.id, FIRST)
    theirs = rooms.commit(on.account(BEN), room.id, SECOND, parent=first, contributions=ROOT)
    mine = rooms.commit(on.account(ADA), room.id, SECOND, parent=first, contributions=ROOT)
    assert (theirs.committer, mine.committer) == (on.address(BEN), on.address(ADA))
    assert theirs.id != mine.id


def test_ether_is_refused(on: Stage, rooms: Rooms) -> None:
    with pytest.raises(Reverted):
        on.account(ADA).send(Intent(rooms.contract.address, rooms.contract.encode("join", NOTHING), value=1))


def test_nothing_calls_back_whoever_would_enter_again() -> None:
    chain = evm.Evm()
    rooms = Rooms(chain, chain.deploy(CONTRACT))
    owner, owned = evm.meddler(chain)
    member, joined = evm.meddler(chain)
    room = rooms.create(owner, "Keyboard", invited=[member.address])  # type: ignore[arg-type]
    rooms.join(member, room.id)  # type: ignore[arg-type]
    first = rooms.commit(owner, room.id, FIRST)  # type: ignore[arg-type]
    rooms.commit(member, room.id, SECOND, parent=first)  # type: ignore[arg-type]
    rooms.transfer(owner, room.id, member.address)  # type: ignore[arg-type]
    rooms.remove(member, room.id, owner.address)  # type: ignore[arg-type]
    assert rooms.members(room.id) == {member.address: OWNER}
    assert len(rooms.versions(room.id)) == 2
    assert [owned.read("entered"), joined.read("entered")] == [0, 0]


def test_the_probe_does_enter_again_where_it_is_called() -> None:
    chain = evm.Evm()
    one, called = evm.meddler(chain)
    other, _ = evm.meddler(chain)
    other.send(Intent(one.address, b"\x00\x00\x00\x00"))
    assert called.read("entered") == 1


def sent(on: Stage, rooms: Rooms, who: int, function: str, *args: Any) -> Any:
    """One call as somebody would make it without the client."""
    with rooms.contract.naming():
        return on.account(who).send(Intent(rooms.contract.address, rooms.contract.encode(function, *args)))
