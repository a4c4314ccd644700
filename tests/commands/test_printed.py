"""What reaches a terminal: nothing of somebody else's that it would obey."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import cli
from privacy.errors import ServiceError
from privacy.words import plain

CLEAR, TITLE, CSI = "\x1b[2J\x1b[H", "\x1b]0;veilbench: your answer is safe\x07", "\x9b31m"


@given(st.text())
def test_no_text_keeps_a_control_character(text: str) -> None:
    found = plain(text)
    assert len(found) == len(text)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066\u2028" for c in found)


@pytest.mark.parametrize("text", ["Wie alt bist du? 👩‍🔬", "كم عمرك؟", "क्षत्रिय"])
def test_what_people_write_stays(text: str) -> None:
    assert plain(text) == text


def test_an_error_that_quotes_a_server_is_plain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(options: object) -> int:
        raise ServiceError(f"The server says: {CLEAR}{TITLE}{CSI}\nveilbench: all is well")

    monkeypatch.setattr("privacy.commands.backends.call", refuse)
    assert cli.main(["backends", "--json"]) == 2
    out, shown = capsys.readouterr()
    assert not any((ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 for c in out + shown)
    assert shown.count("\n") == 1
    assert "all is well" in json.loads(out)["error"]
