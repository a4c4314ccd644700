"""The keeper of a series of live rounds in a room: it makes a version of each sum, and commits it to the room once.

How: the entry of a version, with its salts, lies in the round's journal before anything is sent, and the version's id
follows from the entry. So a server that is killed anywhere between the sum and the next round commits the same version
when it goes on, and the contract has it already, or has not.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from privacy.chains.sender import identity
from privacy.errors import ParamError
from privacy.live.journal import Journal
from privacy.live.plan import Definition, Plan
from privacy.live.question import unread
from privacy.live.run import kept_sum
from privacy.live.versioned import VERSION, Versioned
from privacy.registry import Registry
from privacy.rooms.history import find_version
from privacy.rooms.opening import Ask, Names, committing, store_of
from privacy.rooms.recording import Recording
from privacy.rooms.records import Entry
from privacy.stores.cid import CID
from privacy.workload import Round

_ENTRY, _VERSION = "entry.json", "version.json"


class Keeper:
    """Keeps the versions of one room, in the name of an account. Chain and store are open only while they are used."""

    def __init__(self, names: Names, registry: Registry, *, passphrase: Ask | None = None) -> None:
        self._names, self._registry, self._passphrase = names, registry, passphrase

    def begin(self, definition: Definition) -> Definition:
        """The definition of a round that begins from the version that its question names, else the room's newest.

        A room without a version gets its first, which is its owner's: the one that is named, or a fresh base.
        ParamError for a question whose sums make no versions, and for an account that may not commit.
        """
        question = unread(definition.question, self._registry)
        if not isinstance(question, Versioned):
            raise ParamError("the sums of this question make no versions", then="leave --room out")
        values = {name: value for name, value in definition.question.items() if name not in question.begins}
        asked = str(values.get(VERSION, ""))
        with committing(self._names, self._registry, passphrase=self._passphrase) as recording:
            recording.check_member()
            if recording.parent is None:
                if asked:  # before it is anybody's first version
                    question.read({asked: self.blob(asked)})
                model = asked or self._put(question.base())
                parent = recording.first(model, config=definition.question).version
            else:
                parent = find_version(recording.rooms, recording.room, asked)
                model = recording.cid_of(parent).text
            about = _about(recording)
        begun = replace(definition, question=values, room=about)
        return begun.following(version=model, parent=parent.id.hex())

    def after(self, definition: Definition, result: Mapping[str, Any]) -> Definition:
        """The definition of the round that follows one that ended so: it begins from that one's version, if it has."""
        made = result.get("version")
        return definition.following(version=made["model"], parent=made["id"]) if made else definition

    def version(self, journal: Journal) -> dict[str, Any] | None:
        """The version that came of a round, as `rooms.recording.Committed` has it; None if none is committed."""
        return journal.get(_VERSION)

    def commit(self, journal: Journal, plan: Plan, definition: Definition, result: Mapping[str, Any]) -> dict[str, Any]:
        """Commit the version that comes of a round's sum, once however often it is called. ChainError, StoreError."""
        if (made := self.version(journal)) is not None:
            return made
        entry = journal.get(_ENTRY)
        if entry is None:
            entry = self._entry(journal, plan, definition, result).as_dict()
            journal.put(_ENTRY, entry)
        names = replace(self._names, parent=definition.room["parent"])
        with committing(names, self._registry, passphrase=self._passphrase) as recording:
            done = recording.take(Round(entry=entry))
        assert done is not None
        journal.put(_VERSION, done.as_dict())
        return done.as_dict()

    def _entry(self, journal: Journal, plan: Plan, definition: Definition, result: Mapping[str, Any]) -> Entry:
        live, total, count = plan.live, kept_sum(journal), len(result["included"])
        assert isinstance(live, Versioned)
        # How many are in a noised sum must not count: it is divided by how many were in the round.
        by = float(plan.task.contributors if plan.randomiser is not None else count)
        model = self._put(live.following(total, by=by))
        config = {name: value for name, value in definition.question.items() if name != VERSION}
        config |= {"stack": definition.stack, "minimum": definition.minimum, "devices": "real"}
        if plan.randomiser is not None:
            config["noise"] = dict(definition.params)
        bounds = [t.output for t in plan.guarantee.towards if t.output is not None]
        facts = {
            "config": config, "noise": asdict(bounds[-1]) if bounds else None, "count": count,
            "metrics": live.figures(total, by=by),
        }  # fmt: skip
        return Entry.of(model, definition.question[VERSION], [bytes.fromhex(one) for one in result["sent"]], facts)

    def blob(self, cid: str) -> bytes:
        """A file of the store, by its CID."""
        with store_of(self._names, self._registry) as store:
            return b"".join(store.get(CID.parse(cid)))

    def packed(self, cid: str) -> bytes:
        """The same as CAR, with its blocks."""
        with store_of(self._names, self._registry) as store:
            return b"".join(store.export_car(CID.parse(cid)))

    def _put(self, body: bytes) -> str:
        with store_of(self._names, self._registry) as store:
            return store.put(body).text


def _about(recording: Recording) -> dict[str, str]:
    rooms, room = recording.rooms, recording.room
    return {
        "id": room.id.hex(), "name": room.name, "chain": identity(rooms.contract.chain),
        "contract": rooms.contract.address, "committer": recording.sender.signer.address,
    }  # fmt: skip
