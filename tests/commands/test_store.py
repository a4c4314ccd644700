"""`veilbench store`: the same blobs from the command line, one JSON document each, and one sentence where it cannot."""

import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from privacy.cli import main

HELLO = "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    (tmp_path / "hello").write_bytes(b"hello")
    return tmp_path


@pytest.fixture
def store(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: object, code: int = 0) -> Any:
        assert main(["store", *map(str, arguments), "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return call


def test_a_blob_goes_in_and_out(store: Any, state: Path) -> None:
    big = state / "big"
    big.write_bytes(hashlib.shake_256(b"x").digest(2_500_000))
    put = store("put", state / "hello", big)
    assert [row["size"] for row in put] == [5, 2_500_000]
    assert put[0]["cid"] == "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"
    assert {row["cid"]: row["size"] for row in store("ls")} == {row["cid"]: row["size"] for row in put}
    assert store("get", put[1]["cid"], state / "out")["size"] == 2_500_000
    assert (state / "out").read_bytes() == big.read_bytes()
    store("export", put[1]["cid"], state / "big.car")
    store("unpin", put[1]["cid"])
    assert [row["cid"] for row in store("ls")] == [HELLO]
    assert store("import", state / "big.car", "--param", f"folder={state / 'other'}") == [
        {"cid": put[1]["cid"], "size": 2_500_000}
    ]
    assert [row["ok"] for row in store("verify", *(row["cid"] for row in put))] == [True, True]
    assert store("pin", put[1]["cid"]) == {"cid": put[1]["cid"], "pinned": True}


def test_standard_input_and_output(
    state: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    with (state / "hello").open("rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        assert main(["store", "put", "-"]) == 0
    assert capfdbinary.readouterr().out == f"{HELLO} -\n".encode()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO()))
    assert main(["store", "get", HELLO, "-"]) == 0
    assert sys.stdout.buffer.getvalue() == b"hello"  # type: ignore[attr-defined]
    assert main(["store", "get", HELLO, "-", "--json"]) == 2


def test_a_damaged_blob_is_found_and_leaves_no_file(store: Any, state: Path) -> None:
    store("put", state / "hello")
    (path,) = (state / "state" / "blobs" / "blocks").rglob(HELLO)
    path.write_bytes(b"hullo")
    (row,) = store("verify", code=1)
    assert row == {"cid": HELLO, "ok": False, "blocks": 0, "missing": [], "damaged": [HELLO]}
    assert store("ls") == [{"cid": HELLO, "size": None}]
    assert "other bytes" in store("get", HELLO, state / "out", code=2)["error"]
    assert sorted(p.name for p in state.iterdir()) == ["hello", "state"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["get", "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", "out"], "version 0"),
        (["get", HELLO, "out"], "not here"),
        (["put", "no-such-file"], "cannot be read"),
        (["import", "no-such-file"], "cannot be read"),
        (["put", "/"], "cannot be read"),
        (["ls", "--store", "locla"], "did you mean local"),
        (["put", "hello", "--param", "folder=/dev/null/x"], "cannot be used"),
        (["unpin", HELLO], "not pinned"),
    ],
)
def test_a_mistake_is_one_sentence(
    store: Any, state: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], why: str
) -> None:
    monkeypatch.chdir(state)
    assert why in store(*arguments, code=2)["error"]


def test_stores_are_listed_with_their_origin(store: Any) -> None:
    row = store("ls", "--stores")[0]
    assert (row["id"], row["available"], row["builtin"]) == ("local", True, True)
