"""Rounds: one vote each, of whoever may label, and what nobody reads before the seal.

Every rule is checked inside the transaction that writes, so that no two tabs, threads or processes get around it.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from privacy.plugin import DataError, ParamError, UnknownNameError
from privacy.plugin.running import StateError
from workloads.labeling.consensus.expectation import normalised
from workloads.labeling.gate.stopping import Stopping
from workloads.labeling.rounds.labelers import Labelers, domain_of, known_labeler, state_of
from workloads.labeling.rounds.power import power_of
from workloads.labeling.rounds.terms import (
    BOXES,
    CANCELLED,
    CLASSES,
    DISPUTED,
    FINAL,
    MOST_ITEMS,
    OPEN,
    QUALIFIED,
    REFUSED,
    SEALED,
    Domain,
    Terms,
)

_RIGHT, _WRONG = 4.0, 2.0
"""What is known of a labeler before any gold, in answers."""
PLAIN = "plain"
"""The stack under which votes are read one by one."""
_VOTES = "SELECT place, labeler, value FROM vote WHERE round = ? ORDER BY place, labeler"


@dataclass(frozen=True)
class Round:
    """A round as everybody may see it: no vote, but how many there are."""

    id: int
    title: str
    domain: Domain
    terms: Terms
    state: str
    items: int
    votes: int
    closed: int
    labelers: int
    seal: str
    result: dict[str, Any]


@dataclass(frozen=True)
class Item:
    """One thing to label: its place in the round, its image, and the votes on it."""

    round: int
    place: int
    image: str
    votes: int


@dataclass(frozen=True)
class Cast:
    """A vote after the seal: its item, who gave it, its value as JSON, and what was released in its place, by noise."""

    place: int
    labeler: str
    value: Any
    released: Mapping[str, Any]


class Rounds(Labelers):
    """The rounds of a book, and its labelers."""

    def publish(
        self, title: str, domain: str, images: Sequence[str], terms: Terms, *, gold: Mapping[str, Any] | None = None,
        beside: Callable[[sqlite3.Connection, int], None] = lambda db, number: None,
    ) -> int:  # fmt: skip
        """Open a round on some images; `gold` are right answers that are opened after the seal. Its number.

        `beside` writes in the same transaction what else is to be known of it.
        """
        known = self.domain(domain)
        if not title.strip():
            raise ParamError("a round has a title", then="give it one")
        if not images or len(images) > MOST_ITEMS:
            raise DataError(f"a round has 1 to {MOST_ITEMS:,} images, not {len(images):,}", then="choose some")
        if len(set(images)) < len(images):
            raise DataError("a round has the same image twice", then="name each once")
        if known.kind == BOXES and terms.stack != PLAIN:
            what = f"boxes cannot be tallied: {terms.stack} hides single votes, and nobody can agree on boxes unseen"
            raise ParamError(what, then=f"publish a round of boxes under {PLAIN}")
        hidden = {image: self.checked(known, image, answer) for image, answer in (gold or {}).items()}
        if not hidden.keys() <= set(images):
            raise DataError("gold is given for an image that is not in the round", then="add the image")

        def work(db: sqlite3.Connection) -> int:
            values = (title.strip(), domain, json.dumps(asdict(terms)), OPEN)
            number = db.execute("INSERT INTO round (title, domain, terms, state) VALUES (?, ?, ?, ?)", values).lastrowid
            rows = [(number, place, image, hidden.get(image)) for place, image in enumerate(images)]
            db.executemany("INSERT INTO item (round, place, image, gold) VALUES (?, ?, ?, ?)", rows)
            beside(db, int(number or 0))
            return int(number or 0)

        return self.book.write(work)

    def rounds(self) -> list[Round]:
        """All rounds, the newest first."""
        return [self.round(row["id"]) for row in self.book.read("SELECT id FROM round ORDER BY id DESC")]

    def round(self, number: int) -> Round:
        """A round by its number."""
        row = self.book.one("SELECT * FROM round WHERE id = ?", number)
        if row is None:
            raise UnknownNameError("round", str(number), [str(r["id"]) for r in self.book.read("SELECT id FROM round")])
        sums = "SELECT count(*) AS items, sum(votes) AS votes, sum(closed) AS closed FROM item WHERE round = ?"
        found = self.book.one(sums, number)
        who = self.book.one("SELECT count(DISTINCT labeler) AS labelers FROM vote WHERE round = ?", number)
        assert found is not None  # a count has a row
        assert who is not None
        result = json.loads(row["result"]) if row["result"] else {}
        return Round(
            number, row["title"], self.domain(row["domain"]), Terms(**json.loads(row["terms"])), row["state"],
            found["items"], found["votes"] or 0, found["closed"] or 0, who["labelers"], row["seal"], result,
        )  # fmt: skip

    def next_item(self, labeler: str, number: int) -> Item | None:
        """What a labeler labels next: of what it has not labelled, an item with the fewest votes. None at the end."""
        row = self.book.one(
            "SELECT place, image, votes FROM item WHERE round = ? AND closed = 0 AND place NOT IN "
            "(SELECT place FROM vote WHERE round = ? AND labeler = ?) ORDER BY votes, place LIMIT 1",
            number, number, labeler,
        )  # fmt: skip
        return None if row is None else Item(number, row["place"], row["image"], row["votes"])

    def wanting(self, labeler: str, number: int, *, most: int) -> list[tuple[int, str]]:
        """Places and images that a labeler could label next, those with the fewest votes first."""
        rows = self.book.read(
            "SELECT place, image FROM item WHERE round = ? AND closed = 0 AND place NOT IN "
            "(SELECT place FROM vote WHERE round = ? AND labeler = ?) ORDER BY votes, place LIMIT ?",
            number, number, labeler, most,
        )  # fmt: skip
        return [(row["place"], row["image"]) for row in rows]

    def images(self, number: int) -> list[tuple[int, str]]:
        """Places and images of all items of a round."""
        rows = self.book.read("SELECT place, image FROM item WHERE round = ? ORDER BY place", number)
        return [(row["place"], row["image"]) for row in rows]

    def done(self, labeler: str, number: int) -> int:
        """How many items of a round a labeler has labelled."""
        row = self.book.one("SELECT count(*) AS n FROM vote WHERE round = ? AND labeler = ?", number, labeler)
        return int(row["n"]) if row else 0

    def vote(self, labeler: str, number: int, place: int, value: Any) -> None:
        """One vote, on disk when this returns.

        StateError where the round is not open, the labeler is not qualified in its domain or has voted on the item, or
        the item has all its votes; DataError for a value that is none.
        """
        self.vote_all(labeler, number, {place: value})

    def vote_all(self, labeler: str, number: int, values: Mapping[int, Any]) -> None:
        """Several votes of one labeler, by place: all of them, or none."""
        self.book.write(lambda db: self._cast(db, labeler, number, values))

    def _cast(self, db: sqlite3.Connection, labeler: str, number: int, values: Mapping[int, Any]) -> None:
        row = db.execute("SELECT state, domain, terms FROM round WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise UnknownNameError("round", str(number), [])
        if row["state"] != OPEN:
            raise StateError(f"round {number} is {row['state']}: it takes no votes", then="choose an open round")
        domain = domain_of(db.execute("SELECT * FROM domain WHERE id = ?", (row["domain"],)).fetchone())
        known_labeler(db, labeler)
        state = state_of(db, labeler, domain.id)
        if state != QUALIFIED:
            then = "choose another domain" if state == REFUSED else "answer its gold questions first"
            raise StateError(f"this labeler is not qualified in {domain.title}", then=then)
        terms = Terms(**json.loads(row["terms"]))
        for place, value in values.items():
            self._cast_one(db, domain, terms, (number, place, labeler), value)

    def _cast_one(
        self, db: sqlite3.Connection, domain: Domain, terms: Terms, key: tuple[int, int, str], value: Any
    ) -> None:
        number, place, _ = key
        item = db.execute("SELECT image, votes FROM item WHERE round = ? AND place = ?", (number, place)).fetchone()
        if item is None:
            raise UnknownNameError("item", str(place), [])
        text = self.checked(domain, item["image"], value)
        if db.execute("SELECT 1 FROM vote WHERE round = ? AND place = ? AND labeler = ?", key).fetchone():
            raise StateError("this labeler has voted on this item: one vote each", then="take the next one")
        if item["votes"] >= terms.votes:
            raise StateError(f"this item has its {terms.votes} votes", then="take the next one")
        db.execute("INSERT INTO vote (round, place, labeler, value) VALUES (?, ?, ?, ?)", (*key, text))
        full = item["votes"] + 1 >= terms.votes
        closed = full or (terms.adaptive and domain.kind == CLASSES and _sure(db, domain, terms, number, place))
        sql = "UPDATE item SET votes = votes + 1, closed = ? WHERE round = ? AND place = ?"
        db.execute(sql, (closed, number, place))

    def quality(self, number: int) -> list[dict[str, Any]]:
        """How the labelers of a round did on gold that is open: never a vote of it. The busiest first."""
        rows = self.book.read(
            "SELECT l.name, v.labeler, count(*) AS votes, s.seen, s.right "
            "FROM vote v JOIN labeler l ON l.id = v.labeler "
            "JOIN standing s ON s.labeler = v.labeler AND s.domain = (SELECT domain FROM round WHERE id = ?) "
            "WHERE v.round = ? GROUP BY v.labeler ORDER BY votes DESC, l.name", number, number,
        )  # fmt: skip
        domain = self.round(number).domain
        return [
            {"name": r["name"], "votes": r["votes"], "seen": r["seen"], "right": r["right"],
             "power": power_of(QUALIFIED, seen=r["seen"], right=r["right"], domain=domain)[0]}
            for r in rows
        ]  # fmt: skip

    def seal(self, number: int, *, only: Mapping[str, Collection[int]] | None = None) -> str:
        """End the votes, for good: a digest of all of them, which a later change of any would not give.

        With `only`, votes count on these places of these labelers; the others are kept aside.
        """

        def work(db: sqlite3.Connection) -> str:
            _in_state(db, number, OPEN, did="sealed")
            if only is not None:
                _set_aside(db, number, only)
            found = digest_of(db.execute(_VOTES, (number,)).fetchall())
            if found == digest_of([]):
                raise StateError("a round without a vote cannot be sealed", then="wait for votes")
            db.execute("UPDATE round SET state = ?, seal = ? WHERE id = ?", (SEALED, found, number))
            self._open_gold(db, number)
            return found

        return self.book.write(work)

    def cancel(self, number: int) -> None:
        """Give up an open round: it takes no votes any more, and is not counted."""

        def work(db: sqlite3.Connection) -> None:
            _in_state(db, number, OPEN, did="given up")
            db.execute("UPDATE round SET state = ? WHERE id = ?", (CANCELLED, number))

        self.book.write(work)

    def _open_gold(self, db: sqlite3.Connection, number: int) -> None:
        """Count hidden gold towards the standing of whoever voted on it: it is opened now."""
        domain = domain_of(
            db.execute("SELECT * FROM domain WHERE id = (SELECT domain FROM round WHERE id = ?)", (number,)).fetchone()
        )
        rows = db.execute(
            "SELECT v.labeler, v.value, i.gold, i.image FROM vote v JOIN item i USING (round, place) "
            "WHERE round = ? AND i.gold IS NOT NULL", (number,),
        ).fetchall()  # fmt: skip
        for row in rows:
            right = self.right(domain, json.loads(row["value"]), json.loads(row["gold"]))
            values = (row["labeler"], domain.id, row["image"], right)
            db.execute("INSERT OR IGNORE INTO shown VALUES (?, ?, ?, ?)", values)
        for labeler in {row["labeler"] for row in rows}:
            self.counted(db, labeler, domain)

    def votes(self, number: int) -> list[Cast]:
        """All votes of a round, in order of items and labelers. StateError before the seal: nobody reads them."""
        state = self.round(number).state
        if state in (OPEN, CANCELLED):
            raise StateError("votes are hidden from everybody until the round is sealed", then="seal it first")
        rows = self.book.read("SELECT * FROM vote WHERE round = ? ORDER BY place, labeler", number)
        return [Cast(r["place"], r["labeler"], json.loads(r["value"]), json.loads(r["released"] or "{}")) for r in rows]

    def intact(self, number: int) -> bool:
        """Whether the votes are those that were sealed."""
        return digest_of(self.book.read(_VOTES, number)) == self.round(number).seal

    def keep_released(self, number: int, noise: str, released: Mapping[tuple[int, str], Any]) -> None:
        """Keep what this noise released in place of votes, by place and labeler; what it released before stays."""

        which = "WHERE round = ? AND place = ? AND labeler = ?"

        def work(db: sqlite3.Connection) -> None:
            for (place, labeler), value in released.items():
                key = (number, place, labeler)
                (before,) = db.execute(f"SELECT released FROM vote {which}", key).fetchone()
                kept = {noise: value} | json.loads(before or "{}")
                db.execute(f"UPDATE vote SET released = ? {which}", (json.dumps(kept), *key))

        self.book.write(work)

    def items(self, number: int) -> list[tuple[Item, Any, Any]]:
        """All items with their gold, which is hidden (None) while the round is open, and their audits."""
        hidden = self.round(number).state in (OPEN, CANCELLED)
        rows = self.book.read("SELECT * FROM item WHERE round = ? ORDER BY place", number)
        return [
            (Item(number, r["place"], r["image"], r["votes"]), None if hidden else _loaded(r["gold"]),
             _loaded(r["audited"]))
            for r in rows
        ]  # fmt: skip

    def audit(self, number: int, place: int, answer: Any) -> None:
        """An expert's answer on an item of a sealed or disputed round: it counts as the truth, and as a cost."""
        domain = self.round(number).domain

        def work(db: sqlite3.Connection) -> None:
            _in_state(db, number, SEALED, DISPUTED, did="audited")
            item = db.execute("SELECT image FROM item WHERE round = ? AND place = ?", (number, place)).fetchone()
            if item is None:
                raise UnknownNameError("item", str(place), [])
            text = self.checked(domain, item["image"], answer)
            db.execute("UPDATE item SET audited = ? WHERE round = ? AND place = ?", (text, number, place))
            db.execute("UPDATE dispute SET settled = 1 WHERE round = ? AND place = ?", (number, place))

        self.book.write(work)

    def finalize(self, number: int, result: Mapping[str, Any]) -> None:
        """Write the result of a sealed round, or of a disputed one whose disputes are settled."""

        def work(db: sqlite3.Connection) -> None:
            _in_state(db, number, SEALED, DISPUTED, did="finalised")
            sql = "SELECT count(*) FROM dispute WHERE round = ? AND settled = 0"
            if left := db.execute(sql, (number,)).fetchone()[0]:
                raise StateError(f"{left} disputes are not settled", then="audit their items first")
            db.execute("UPDATE round SET state = ?, result = ? WHERE id = ?", (FINAL, json.dumps(result), number))

        self.book.write(work)

    def dispute(self, number: int, place: int, labeler: str, reason: str) -> None:
        """Contest an item of a final round: it is open to audits again. Whoever voted on the item may, once."""

        def work(db: sqlite3.Connection) -> None:
            _in_state(db, number, FINAL, DISPUTED, did="disputed")
            key = (number, place, labeler)
            if not db.execute("SELECT 1 FROM vote WHERE round = ? AND place = ? AND labeler = ?", key).fetchone():
                raise StateError("only who voted on an item may dispute it", then="choose an item of yours")
            sql = "SELECT 1 FROM dispute WHERE round = ? AND place = ? AND labeler = ?"
            if db.execute(sql, key).fetchone():
                raise StateError("this item was disputed by this labeler before", then="wait for the audit")
            if not reason.strip():
                raise ParamError("a dispute has a reason", then="write one sentence")
            db.execute("INSERT INTO dispute (round, place, labeler, reason) VALUES (?, ?, ?, ?)", (*key, reason[:500]))
            db.execute("UPDATE round SET state = ? WHERE id = ?", (DISPUTED, number))

        self.book.write(work)

    def reopen(self, number: int) -> None:
        """Open a final round to audits again, as somebody disputes it elsewhere."""

        def work(db: sqlite3.Connection) -> None:
            _in_state(db, number, FINAL, did="disputed")
            db.execute("UPDATE round SET state = ? WHERE id = ?", (DISPUTED, number))

        self.book.write(work)

    def stand(self, number: int) -> None:
        """Let the result of a disputed round stand: its open disputes came too late."""

        def work(db: sqlite3.Connection) -> None:
            _in_state(db, number, DISPUTED, did="final again")
            db.execute("UPDATE dispute SET settled = 1 WHERE round = ?", (number,))
            db.execute("UPDATE round SET state = ? WHERE id = ?", (FINAL, number))

        self.book.write(work)

    def disputes(self, number: int) -> list[sqlite3.Row]:
        """The disputes of a round: place, labeler, reason, settled."""
        return self.book.read("SELECT * FROM dispute WHERE round = ? ORDER BY id", number)


def digest_of(votes: Sequence[Sequence[Any]]) -> str:
    """The digest of votes (place, labeler, value as JSON), which are in order."""
    return hashlib.sha256(json.dumps([tuple(vote) for vote in votes]).encode()).hexdigest()


def _set_aside(db: sqlite3.Connection, number: int, only: Mapping[str, Collection[int]]) -> None:
    """Keep aside all votes but those of these labelers on these places."""
    rows = [tuple(row) for row in db.execute(_VOTES, (number,)) if row["place"] not in only.get(row["labeler"], ())]
    keys = [(number, place, labeler) for place, labeler, _ in rows]
    values = [(number, *row) for row in rows]
    db.executemany("INSERT INTO aside VALUES (?, ?, ?, ?)", values)
    db.executemany("DELETE FROM vote WHERE round = ? AND place = ? AND labeler = ?", keys)
    db.executemany("UPDATE item SET votes = votes - 1 WHERE round = ? AND place = ?", [key[:2] for key in keys])


def _sure(db: sqlite3.Connection, domain: Domain, terms: Terms, number: int, place: int) -> bool:
    """Whether the votes on an item, each by its labeler's record on gold, make its class sure enough."""
    rows = db.execute(
        "SELECT v.value, s.right, s.seen FROM vote v JOIN standing s ON s.labeler = v.labeler AND s.domain = ? "
        "WHERE v.round = ? AND v.place = ?", (domain.id, number, place),
    ).fetchall()  # fmt: skip
    logs = np.zeros((1, len(domain.classes)))
    for row in rows:
        skill = min((row["right"] + _RIGHT) / (row["seen"] + _RIGHT + _WRONG), 0.99)
        logs[0, json.loads(row["value"])] += max(0.0, np.log(skill * (len(domain.classes) - 1) / (1 - skill)))
    posterior, _ = normalised(logs)
    stopping = Stopping(sure=terms.sure, most=terms.votes, fewest=min(2, terms.votes))
    return not bool(stopping.open(posterior, np.array([len(rows)]))[0])


def _in_state(db: sqlite3.Connection, number: int, *states: str, did: str) -> None:
    row = db.execute("SELECT state FROM round WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise UnknownNameError("round", str(number), [])
    if row["state"] not in states:
        raise StateError(f"round {number} is {row['state']}: it cannot be {did}", then="see its state")


def _loaded(text: str | None) -> Any:
    return None if text is None else json.loads(text)
