"""Labelers: the domains that they know something of, gold, and how each stands in a domain."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from privacy.plugin import DataError, ParamError, UnknownNameError
from privacy.plugin.running import StateError
from workloads.labeling.boxes.box import boxes_of, f1
from workloads.labeling.images import shipped
from workloads.labeling.rounds.book import Book, book
from workloads.labeling.rounds.power import gate_of, power_of
from workloads.labeling.rounds.terms import BOXES, QUALIFYING, Domain, Standing

MOST_BOXES = 200
"""Boxes that one labeler may draw on one image."""


class Labelers:
    """The labelers of a book; `sizes` maps an image to its width and height, where boxes are drawn on it."""

    def __init__(self, kept: Book | None = None, *, sizes: Mapping[str, tuple[int, int]] | None = None) -> None:
        self.book = kept or book()
        self._sizes = sizes if sizes is not None else {}

    def add_domain(self, domain: Domain, gold: Mapping[str, Any]) -> None:
        """A domain, with gold: the right answer to some images, by image. The same domain again adds gold."""
        answers = [(domain.id, image, self.checked(domain, image, answer)) for image, answer in gold.items()]

        def work(db: sqlite3.Connection) -> None:
            row = db.execute("SELECT * FROM domain WHERE id = ?", (domain.id,)).fetchone()
            if row is not None and domain_of(row) != domain:
                raise ParamError(f"the domain {domain.id} is there and says something else", then="take another id")
            if row is None:
                values = asdict(domain) | {"classes": json.dumps(domain.classes)}
                db.execute("INSERT INTO domain VALUES (:id, :title, :kind, :classes, :threshold, :iou)", values)
            db.executemany("INSERT OR REPLACE INTO gold VALUES (?, ?, ?)", answers)

        self.book.write(work)

    def domains(self) -> list[Domain]:
        """All domains, by title."""
        return [domain_of(row) for row in self.book.read("SELECT * FROM domain ORDER BY title")]

    def domain(self, id_: str) -> Domain:
        """A domain by its id."""
        row = self.book.one("SELECT * FROM domain WHERE id = ?", id_)
        if row is None:
            raise UnknownNameError("domain", id_, [d.id for d in self.domains()])
        return domain_of(row)

    def gold(self, domain: str) -> dict[str, Any]:
        """The gold of a domain: right answers by image. For its requester alone."""
        rows = self.book.read("SELECT image, answer FROM gold WHERE domain = ?", domain)
        return {row["image"]: json.loads(row["answer"]) for row in rows}

    def join(self, labeler: str, *, name: str, kind: str) -> None:
        """Make a labeler known: a demo one, a wallet's address, or a simulated one."""
        if not labeler or len(labeler) > 80:
            raise ParamError("a labeler has an id of 1 to 80 letters", then="choose one")
        self.book.write(lambda db: db.execute("INSERT OR IGNORE INTO labeler VALUES (?, ?, ?)", (labeler, name, kind)))

    def labelers(self) -> list[tuple[str, str, str]]:
        """Id, name and kind of every labeler who is not simulated."""
        rows = self.book.read("SELECT id, name, kind FROM labeler WHERE kind <> 'simulated' ORDER BY name")
        return [tuple(row) for row in rows]

    def names(self) -> dict[str, str]:
        """The name of every labeler, by id."""
        return {row["id"]: row["name"] for row in self.book.read("SELECT id, name FROM labeler")}

    def kinds(self, labelers: Sequence[str]) -> list[str]:
        """The kind of each of these labelers."""
        known = {row["id"]: row["kind"] for row in self.book.read("SELECT id, kind FROM labeler")}
        return [known[one] for one in labelers]

    def standing(self, labeler: str, domain: str) -> Standing:
        """How a labeler stands in a domain."""
        row = self.book.one("SELECT * FROM standing WHERE labeler = ? AND domain = ?", labeler, domain)
        seen, right = (row["seen"], row["right"]) if row else (0, 0)
        state = row["state"] if row else QUALIFYING
        power, reason = power_of(state, seen=seen, right=right, domain=self.domain(domain))
        return Standing(labeler, domain, state, seen, right, power, reason)

    def next_gold(self, labeler: str, domain: str) -> str | None:
        """The next gold image of a labeler who qualifies; None where the labeler has a decision, or saw all."""
        if self.standing(labeler, domain).state != QUALIFYING:
            return None
        rows = self.book.read(
            "SELECT image FROM gold WHERE domain = ? AND image NOT IN "
            "(SELECT image FROM shown WHERE labeler = ? AND domain = ?)",
            domain, labeler, domain,
        )  # fmt: skip
        # Each labeler gets them in another order, which nobody knows before.
        return min((row["image"] for row in rows), key=lambda i: _order(labeler, i), default=None)

    def answer_gold(self, labeler: str, domain: str, image: str, value: Any) -> Standing:
        """A labeler's answer to a gold image, once; the standing after it."""
        known = self.domain(domain)
        text = self.checked(known, image, value)

        def work(db: sqlite3.Connection) -> None:
            known_labeler(db, labeler)
            state = state_of(db, labeler, domain)
            if state != QUALIFYING:
                raise StateError(f"this labeler is {state} in this domain already", then="choose another domain")
            gold = db.execute("SELECT answer FROM gold WHERE domain = ? AND image = ?", (domain, image)).fetchone()
            if gold is None:
                raise UnknownNameError("gold image", image[:12], [])
            right = self.right(known, json.loads(text), json.loads(gold["answer"]))
            try:
                db.execute("INSERT INTO shown VALUES (?, ?, ?, ?)", (labeler, domain, image, right))
            except sqlite3.IntegrityError:
                raise StateError("this image was answered before", then="take the next one") from None
            self.counted(db, labeler, known)

        self.book.write(work)
        return self.standing(labeler, domain)

    def counted(self, db: sqlite3.Connection, labeler: str, domain: Domain) -> None:
        """Write down how a labeler stands now, by all gold that was opened to it."""
        sql = "SELECT count(*), coalesce(sum(right), 0) FROM shown WHERE labeler = ? AND domain = ?"
        seen, right = db.execute(sql, (labeler, domain.id)).fetchone()
        total = db.execute("SELECT count(*) FROM gold WHERE domain = ?", (domain.id,)).fetchone()[0]
        state = state_of(db, labeler, domain.id)
        if state == QUALIFYING:
            state = gate_of(domain, seen=seen, right=right, most=total)
        values = (labeler, domain.id, state, seen, right)
        db.execute("INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?)", values)

    def right(self, domain: Domain, given: Any, known: Any) -> bool:
        """Whether an answer is right: the class, or every box at the domain's overlap and none besides."""
        if domain.kind != BOXES:
            return bool(given == known)
        both = (boxes_of(v, classes=len(domain.classes)) for v in (given, known))
        return f1(*both, least=domain.iou) == 1

    def size(self, image: str) -> tuple[int, int]:
        """Width and height of an image. UnknownNameError for one whose size is not known."""
        found = self._sizes.get(image)
        return shipped.size(image) if found is None else found

    def checked(self, domain: Domain, image: str, value: Any) -> str:
        """A vote's value as JSON; DataError for what is none in this domain."""
        if domain.kind == BOXES:
            found = boxes_of(value, classes=len(domain.classes))
            if len(found) > MOST_BOXES:
                raise DataError(f"{len(found)} boxes are more than {MOST_BOXES}", then="draw fewer")
            size = self._sizes.get(image)
            boxes = [asdict(box if size is None else box.within(*size)) for box in found]
            return json.dumps(boxes, sort_keys=True)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(domain.classes):
            what = f"there is no class {str(value)[:20]!r} in {domain.title}"
            raise DataError(what, then=f"choose 0 to {len(domain.classes) - 1}")
        return json.dumps(value)


def domain_of(row: sqlite3.Row) -> Domain:
    """A domain as its row has it."""
    return Domain(row["id"], row["title"], row["kind"], tuple(json.loads(row["classes"])), row["threshold"], row["iou"])


def known_labeler(db: sqlite3.Connection, labeler: str) -> None:
    """UnknownNameError for a labeler who is not known."""
    if db.execute("SELECT 1 FROM labeler WHERE id = ?", (labeler,)).fetchone() is None:
        known = [row["id"] for row in db.execute("SELECT id FROM labeler WHERE kind <> 'simulated' LIMIT 20")]
        raise UnknownNameError("labeler", labeler[:40], known)


def state_of(db: sqlite3.Connection, labeler: str, domain: str) -> str:
    """How a labeler stands in a domain: qualifying where it has no standing yet."""
    sql = "SELECT state FROM standing WHERE labeler = ? AND domain = ?"
    row = db.execute(sql, (labeler, domain)).fetchone()
    return str(row["state"]) if row is not None else QUALIFYING


def _order(labeler: str, image: str) -> bytes:
    return hashlib.sha256(f"{labeler} {image}".encode()).digest()
