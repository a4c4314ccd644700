"""The soak of the kit: one real repetition, what it writes, and that it goes on where it stopped."""

import json
from pathlib import Path

import pytest

from tests.soak import conformance as soak


@pytest.mark.soak("conformance")
def test_a_repetition_of_an_honest_backend_raises_no_alarm(tmp_path: Path) -> None:
    (key,) = (k for k in soak.jobs_of(["local"], 1) if k[1] == "scoring")
    line = soak.repetition(key, 60)
    assert (line["alarms"], soak.key_of(line)) == ([], key)
    assert line["passed"] >= 10
    kept = tmp_path / "soak.jsonl"
    kept.write_text(json.dumps(line) + '\n{"backend": "he", "prim')
    assert soak.done_before(kept) == {key: line}


def test_every_backend_and_variant_has_its_repetitions() -> None:
    keys = list(soak.jobs_of(["smpc", "dp"], 2))
    assert len(keys) == len(set(keys)) == 2 * (5 + 4)
    assert [k[3] for k in keys] == [0] * 9 + [1] * 9


def test_what_is_done_is_not_done_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "soak.jsonl"
    alarm = {"check": "game", "place": "in process", "detail": "advantage 1.00"}
    lines = [
        {
            "backend": "local", "primitive": primitive, "params": {}, "number": 0, "passed": 12,
            "alarms": [alarm] * (primitive == "lookup"), "seconds": 1.0, "cpu_seconds": 0.5,
        }
        for primitive in ("scoring", "lookup")
    ]  # fmt: skip
    out.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert soak.main(["--times", "1", "--backend", "local", "--out", str(out)]) == 1
    found = json.loads(capsys.readouterr().out)["summary"]
    assert (found["repetitions"], found["alarms"]) == (2, 1)
    assert found["alarms_by_check"] == {"local lookup: game (in process)": 1}
    assert len(out.read_text().splitlines()) == 2
