"""The file of the rounds: one that an older version made is carried over whole, one of a newer is left alone."""

import sqlite3

import pytest

from privacy.errors import StateError
from workloads.labeling.rounds import book
from workloads.labeling.rounds.book import Book
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import Domain, Terms


def test_a_file_of_the_first_version_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "_STEPS", book._STEPS[:1])
    path = tmp_path / "rounds.sqlite"
    old = Rounds(Book(path))
    old.add_domain(Domain("digits", "Digits", "classes", ("0", "1")), {"g": 1})
    old.publish("One", "digits", ["a", "b"], Terms())
    assert [row["user_version"] for row in old.book.read("PRAGMA user_version")] == [1]
    monkeypatch.undo()
    new = Rounds(Book(path))
    assert new.round(1).items == 2
    assert new.gold("digits") == {"g": 1}
    assert [row["user_version"] for row in new.book.read("PRAGMA user_version")] == [2]
    assert new.book.read("SELECT * FROM chained") == []


def test_a_file_of_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / "rounds.sqlite"
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA user_version = 99")
    with pytest.raises(StateError, match="newer version"):
        Book(path).read("SELECT 1")
