"""Whatever happens to rooms in whatever order: the contract agrees with a model of a few sets, written in Python."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from privacy.chains.errors import Reverted
from privacy.chains.sender import Intent
from privacy.services.rooms import CONTRACT, INVITED, MEMBER, NOBODY, NOTHING, OWNER, Rooms
from tests.support import evm
from tests.support.soaking import sized

PEOPLE = range(1, 4)
who = st.sampled_from(PEOPLE)
which = st.sampled_from([0, 0, 0, 0, 1, 2])
"""A room, by the order in which it was made, most often the first; there may be fewer."""


@dataclass
class Expected:
    """A room as it should be."""

    id: bytes
    owner: int
    members: set[int] = field(default_factory=set)
    invited: set[int] = field(default_factory=set)
    versions: dict[bytes, int] = field(default_factory=dict)

    def inside(self, person: int) -> bool:
        return person == self.owner or person in self.members

    def role(self, person: int) -> str:
        if person == self.owner:
            return OWNER
        return MEMBER if person in self.members else INVITED if person in self.invited else NOBODY


class Registry(RuleBasedStateMachine):
    """Calls of the contract by anyone, each of which should succeed exactly where the model says so."""

    @initialize()
    def begin(self) -> None:
        self.evm = evm.Evm()
        self.rooms = Rooms(self.evm, self.evm.deploy(CONTRACT))
        self.expected: list[Expected] = []
        self.nowhere = Expected(NOTHING, owner=0)
        self.create(1, 0)
        self.invite(1, 0, 2)
        self.join(2, 0)
        self.commit(1, 0, 0, -1, 1, 1)

    def at(self, number: int) -> Expected:
        return self.expected[number] if number < len(self.expected) else self.nowhere

    def call(self, person: int, why: str, function: str, *args: Any) -> Any:
        """Make a call that should be refused by this error, or succeed where it is empty."""
        intent = Intent(self.rooms.contract.address, self.rooms.contract.encode(function, *args))
        events = len(self.rooms.contract.events())
        found, made = "", None
        try:
            with self.rooms.contract.naming():
                made = self.evm.account(person).send(intent)
        except Reverted as error:
            found = error.name
        assert found == why
        assert len(self.rooms.contract.events()) == events + (not why)
        return made

    def address(self, person: int) -> str:
        return self.evm.account(person).address

    @rule(person=who, salt=st.integers(0, 1))
    def create(self, person: int, salt: int) -> None:
        id_ = self.rooms.room_id(self.address(person), salt.to_bytes(32, "big"))
        there = any(one.id == id_ for one in self.expected)
        why = "RoomExists" if there else ""
        self.call(person, why, "createRoom", salt.to_bytes(32, "big"), "Room", NOTHING, [])
        if not there:
            self.expected.append(Expected(id_, person))

    @rule(person=who, room=which, other=who)
    def invite(self, person: int, room: int, other: int) -> None:
        one = self.at(room)
        why = self._owner(one, person)
        if not why:
            why = "AlreadyMember" if one.inside(other) else "AlreadyInvited" if other in one.invited else ""
        self.call(person, why, "invite", one.id, [self.address(other)])
        if not why:
            one.invited.add(other)

    @rule(person=who, room=which)
    def join(self, person: int, room: int) -> None:
        one = self.at(room)
        why = self._there(one)
        if not why:
            why = "AlreadyMember" if one.inside(person) else "" if person in one.invited else "NotInvited"
        self.call(person, why, "join", one.id)
        if not why:
            one.invited.remove(person)
            one.members.add(person)

    @rule(person=who, room=which)
    def leave(self, person: int, room: int) -> None:
        one = self.at(room)
        why = self._there(one)
        if not why:
            role = one.role(person)
            why = {OWNER: "OwnerStays", NOBODY: "NotMember"}.get(role, "")
        self.call(person, why, "leaveRoom", one.id)
        if not why:
            one.members.discard(person)
            one.invited.discard(person)

    @rule(person=who, room=which, other=who)
    def remove(self, person: int, room: int, other: int) -> None:
        one = self.at(room)
        why = self._owner(one, person)
        if not why:
            why = {OWNER: "OwnerStays", NOBODY: "NotMember"}.get(one.role(other), "")
        self.call(person, why, "remove", one.id, self.address(other))
        if not why:
            one.members.discard(other)
            one.invited.discard(other)

    @rule(person=who, room=which, other=who)
    def transfer(self, person: int, room: int, other: int) -> None:
        one = self.at(room)
        why = self._owner(one, person)
        if not why:
            why = {OWNER: "AlreadyMember", MEMBER: ""}.get(one.role(other), "NotMember")
        self.call(person, why, "transferOwnership", one.id, self.address(other))
        if not why:
            one.members.remove(other)
            one.members.add(person)
            one.owner = other

    @rule(person=who, room=which, of=which, parent=st.integers(-1, 4), more=st.sampled_from([1, 1, 1, 1, 0, 2]),
          content=st.sampled_from([1, 2, 3, 4, 0]))  # fmt: skip
    def commit(self, person: int, room: int, of: int, parent: int, more: int, content: int) -> None:
        """A commit after a version of a room, which need not be the same one."""
        one, there = self.at(room), list(self.at(of).versions.items())
        before, last = there[parent % len(there)] if parent >= 0 and there else (NOTHING, -1)
        round_ = last + more
        values = (one.id, before, max(round_, 0), bytes([content]) * 32, NOTHING, NOTHING)
        version = self.rooms.version_id(*values, self.address(person))
        why = self._there(one)
        if not why:
            why = self._refused(one, person, values, version)
        self.call(person, why, "commit", *values)
        if not why:
            one.versions[version] = values[2]

    def _refused(self, one: Expected, person: int, values: Any, version: bytes) -> str:
        _, parent, round_, content, *_ = values
        if not one.inside(person):
            return "NotMember"
        if content == NOTHING:
            return "EmptyDigest"
        if parent == NOTHING:
            if person != one.owner:
                return "NotOwner"
            return "ParentMissing" if one.versions else "WrongRound" if round_ else ""
        if parent not in one.versions:
            return "NoSuchVersion"
        if round_ != one.versions[parent] + 1:
            return "WrongRound"
        return "VersionExists" if version in one.versions else ""

    def _there(self, one: Expected) -> str:
        return "NoSuchRoom" if one is self.nowhere else ""

    def _owner(self, one: Expected, person: int) -> str:
        return self._there(one) or ("NotOwner" if person != one.owner else "")

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "expected"):
            return
        assert [room.id for room in self.rooms.rooms()] == [one.id for one in self.expected]
        for one in self.expected:
            roles = {self.address(person): one.role(person) for person in PEOPLE}
            assert {account: self.rooms.role(one.id, account) for account in roles} == roles
            assert self.rooms.members(one.id) == {a: role for a, role in roles.items() if role != NOBODY}
            found = self.rooms.versions(one.id)
            assert {version.id: version.round for version in found} == one.versions
            for version in found:
                assert self.rooms.lineage(version)[0].parent is None
                assert len(self.rooms.lineage(version)) == version.round + 1


TestRegistry = Registry.TestCase
TestRegistry.settings = settings(max_examples=sized(5, 60), stateful_step_count=sized(20, 60), deadline=None)
