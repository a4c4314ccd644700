"""Files as LEAF's own preparation of its data sets writes them."""

import json
from pathlib import Path
from typing import Any

import pytest

from privacy.errors import DataError
from workloads.federated.text import own

PASSAGE = (
    "Speak, what trade art thou? Why, sir, a carpenter. Where is thy leather apron and thy rule? "
    "What dost thou with thy best apparel on?"
)
SENTENCES = (
    "Speak, what trade art thou?", "Why, sir, a carpenter.", "Where is thy leather apron and thy rule?",
    "What dost thou with thy best apparel on?",
)  # fmt: skip
WINDOWS = [(PASSAGE[at : at + 80], PASSAGE[at + 80]) for at in range(len(PASSAGE) - 80)]


def shakespeare(*, every: int = 1) -> dict[str, Any]:
    return {"x": [x for x, _ in WINDOWS[::every]], "y": [y for _, y in WINDOWS[::every]]}


def tweet(text: str, *, of: str = "training") -> list[str]:
    return ["1467", "Mon Apr 06 22:19:45 PDT 2009", "NO_QUERY", "ann", text, of]


COMMENT = [["<BOS>", "so", "i", "think", "<url>"], ["is", "right", "<EOS>", "<PAD>", "<PAD>"]]


def sentences(tmp_path: Path, data: dict[str, Any]) -> tuple[str, ...]:
    path = tmp_path / "all_data.json"
    count = [len(data.get("x", ())), 1]
    users = {"ann": data, "bob": {"x": ["some text"], "y": [0]}}
    path.write_text(json.dumps({"users": list(users), "num_samples": count, "user_data": users}))
    found = own.read(path, most=5)
    assert found[-1].sentences == ("some text",)
    return found[0].sentences


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (shakespeare(), SENTENCES),
        (shakespeare() | {"raw": "Speak, what\nWhy, sir\n"}, ("Speak, what", "Why, sir")),
        # Sampled: windows overlap by less, and the last words may be in none.
        (shakespeare(every=5), (*SENTENCES[:3], "What dost thou with thy best apparel on")),
        ({"x": [tweet("I am sad, again"), tweet("fine now", of="test")], "y": [0, 1]}, ("I am sad, again", "fine now")),
        ({"x": [COMMENT], "y": [{"subreddit": "s", "target_tokens": []}]}, ("so i think <url> is right",)),
        ({"x": ["so i think", "  "], "y": [{"subreddit": "s"}] * 2}, ("so i think",)),
    ],
    ids=["shakespeare", "raw", "sampled", "sent140", "reddit", "reddit bodies"],
)
def test_each_text_is_what_its_user_wrote(tmp_path: Path, data: dict[str, Any], wanted: tuple[str, ...]) -> None:
    assert sentences(tmp_path, data) == wanted


def test_where_windows_are_missing_no_half_word_is_made_up(tmp_path: Path) -> None:
    text = "one two three four five six seven eight nine ten " * 9
    text = "".join(f"{word}{at} " for at, word in enumerate(text.split()))
    windows = [text[at : at + 80] for at in (0, 200, 201, 340)]
    answers = [text[at + 80] for at in (0, 200, 201, 340)]
    (*words,) = " ".join(sentences(tmp_path, {"x": windows, "y": answers})).split()
    assert set(words[:-1]) <= set(text.split())
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"x": [[0.0, 0.5, 1.0]], "y": [3]}, "not text, as at user 1"),
        ({"x": ["000001.jpg", "000002.jpg"], "y": [1, 0]}, "names of pictures"),
        ({"x": [["a", "b"]], "y": [1]}, "not text, as at user 1"),
        ({"x": "text"}, "user 1 of `users` has no list `x`"),
        ({}, "user 1 of `users` has no list `x`"),
    ],
)
def test_what_has_no_text_is_said(tmp_path: Path, data: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        sentences(tmp_path, data)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[1]", "no list `users`"), ('{"users": ["a"]}', "no object `user_data`"), ("{", "not JSON"),
        ('{"users": [], "user_data": {}}', "o user of the file"), ('{"users": [["a"]], "user_data": {}}', "user 1"),
        ("[" * 100_000, "not JSON"), ("\xff", "not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_leaf_is_said(tmp_path: Path, body: str, said: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(body.encode("latin-1"))
    with pytest.raises(DataError, match=said):
        own.read(path, most=5)
