"""Files of LEAF (Caldas et al. 2018): users, and for each of them examples `x` with answers `y`.

What an example is differs by data set, as its preparation writes it (github.com/TalwalkarLab/leaf, data/):

Sentiment140   a row of strings, whose fifth is the tweet: id, date, query, user, text, training or test
Reddit         a comment as sequences of tokens, with <BOS>, <EOS> and <PAD>; or as a string, as before that step
Shakespeare    80 characters, one further on each time, and the next as the answer; with `raw`, the text
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from privacy.plugin import DataError
from workloads.federated.text.generator import Device

_TWEET = 4
_MARKS = ("<BOS>", "<EOS>", "<PAD>")
_END = re.compile(r"(?<=[.!?;:])\s+")
_PICTURE = re.compile(r"[^\s]+\.(jpe?g|png)", re.IGNORECASE)
_SURE = 12
"""Characters that two windows share where they overlap: that many are no accident."""
_NONE = "the file is not LEAF's JSON"
_THEN = "give one of Sentiment140, Reddit or Shakespeare"


def devices(found: Any, *, most: int, name: str) -> list[Device]:
    """The users who have text, at most so many, of a file's JSON. DataError for what is no LEAF, or is no text."""
    if not isinstance(found, dict) or not isinstance(found.get("users"), list):
        raise DataError(f"{_NONE}: it has no list `users`", where=name, then=_THEN)
    if not isinstance(found.get("user_data"), dict):
        raise DataError(f"{_NONE}: it has no object `user_data`", where=name, then=_THEN)
    made = []
    for at, user in enumerate(found["users"], start=1):
        data = found["user_data"].get(user) if isinstance(user, str) else None
        if not isinstance(data, dict) or not isinstance(data.get("x"), list):
            raise DataError(f"{_NONE}: user {at} of `users` has no list `x` in `user_data`", where=name, then=_THEN)
        try:
            lines = tuple(line for text in _texts(data) if (line := " ".join(text.split())))
        except DataError as error:
            raise DataError(f"{error.what}, as at user {at}", where=name, then=_THEN) from None
        if lines:
            made.append(Device(lines))
        if len(made) == most:
            break
    if not made:
        raise DataError("no user of the file has text", where=name, then=_THEN)
    return made


def _texts(data: Mapping[str, Any]) -> Iterator[str]:
    """The sentences of one user."""
    if isinstance(data.get("raw"), str):
        yield from data["raw"].splitlines()
        return
    examples: list[Any] = data["x"]
    answers: Any = data.get("y")
    if examples and all(isinstance(one, str) for one in examples):
        if all(_PICTURE.fullmatch(one) for one in examples):
            raise DataError("its examples are names of pictures")
        if _windows(examples, answers):
            for passage in _passages(examples, answers):
                yield from _END.split(passage)
        else:
            yield from examples
        return
    for one in examples:
        yield _text(one)


def _text(one: Any) -> str:
    if isinstance(one, str):
        return one
    if isinstance(one, list) and one and all(isinstance(part, list) for part in one):
        tokens = [token for part in one for token in part]
        if all(isinstance(token, str) for token in tokens):
            return " ".join(token for token in tokens if token not in _MARKS)
    if isinstance(one, list) and len(one) > _TWEET and all(isinstance(part, str) for part in one):
        return str(one[_TWEET])
    raise DataError("its examples are not text")


def _windows(examples: Sequence[str], answers: Any) -> bool:
    """Whether these are windows of one length with the character that follows: examples of Shakespeare."""
    return (
        isinstance(answers, list) and len(answers) == len(examples) and len({len(one) for one in examples}) == 1
        and all(isinstance(one, str) and len(one) == 1 for one in answers)
    )  # fmt: skip


def _passages(examples: Sequence[str], answers: Sequence[str]) -> Iterator[str]:
    """The text that windows were cut from, each word once; where some are missing, without words that are cut off."""
    text, last = "", ""
    for window, answer in zip(examples, answers, strict=True):
        now = window + answer
        shared = _shared(last, now)
        if shared:
            text += now[shared:]
        else:
            yield _whole(text)
            # The first of all begins a user's text; any other may begin within a word.
            text = now if not last else _from_next_word(now)
        last = now
    yield text


def _shared(last: str, now: str) -> int:
    """How many characters at the end of one window begin the next, if enough do."""
    at = last.find(now[:_SURE], 1)
    while at > 0:
        if now.startswith(last[at:]):
            return len(last) - at
        at = last.find(now[:_SURE], at + 1)
    return 0


def _whole(text: str) -> str:
    """A text whose last word may be cut off, without it."""
    return text.rpartition(" ")[0]


def _from_next_word(text: str) -> str:
    return text.partition(" ")[2]
