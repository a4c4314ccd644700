"""`veilbench prove`, `verify`, `check` of a prover, and `bench proofs`."""

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.provers.groth16.poseidon import poseidon
from privacy.benches import proofs
from privacy.cli import main
from privacy.registry import discover

SMALL = ["fyp", "--items", "64", "--dims", "16", "--context", "0x2a"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a receipt and its opening."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(folder / "home"))
        files = ["--out", str(folder / "receipt.json"), "--opening", str(folder / "opening.json")]
        assert main(["prove", *SMALL, *files]) == 0
    return folder


@pytest.fixture
def receipt(made: Path, tmp_path: Path) -> Path:
    shutil.copy(made / "opening.json", tmp_path)
    return Path(shutil.copy(made / "receipt.json", tmp_path))


def verified(path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    code = main(["verify", str(path), "--json", *more])
    return code, json.loads(capsys.readouterr().out)


def test_a_receipt_is_checked_by_itself(receipt: Path, tmp_path: Path, capsys: Any) -> None:
    made = json.loads(receipt.read_bytes())
    assert main(["prove", *SMALL, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["proof"] != made["proof"]
    assert again["public"]["profile"] != made["public"]["profile"]
    assert made["public"]["context"] == "0x2a"
    assert made["statement"] == {"name": "selection", "items": 64, "dims": 16, "shown": 10}
    assert len(made["proof"]) == 2 + 512
    root, digest = made["public"]["model"], made["key"]["digest"]
    # On a machine that never saw any of it.
    code, said = verified(receipt, capsys, "--key", digest, "--root", root, "--context", "42")
    assert (code, said["ok"], said["kind"], said["key"]) == (0, True, "dev", digest)
    opening = json.loads((tmp_path / "opening.json").read_bytes())
    for name, salt, shown in (("history", "salt", "profile"), ("chosen", "chosen_salt", "selection")):
        word = sum(1 << item for item in opening[name])
        assert poseidon([word, int(opening[salt], 16)]) == int(made["public"][shown], 16)
    assert (tmp_path / "opening.json").stat().st_mode & 0o77 == 0


def test_what_is_proved_is_the_feed_of_pandas_and_numpy(receipt: Path, tmp_path: Path) -> None:
    from privacy.request import RunRequest
    from privacy.stacks import filled, options_of
    from workloads.fyp.workload import world_of

    request = filled(RunRequest(stack="plain", workload="fyp", options={"items": 64, "dims": 16}), discover())
    world = world_of(request, options_of(request, discover()))
    liked = np.array(world.persona("ada").liked)
    mean = world.features.vectors[liked].mean(axis=0)
    scores = world.items @ np.rint(256 * mean / np.linalg.norm(mean)).astype(int)
    order = [at for at in np.argsort(-scores, kind="stable") if at not in set(liked.tolist())][:10]
    opening = json.loads((tmp_path / "opening.json").read_bytes())
    assert (sorted(opening["history"]), opening["chosen"]) == (sorted(liked.tolist()), order)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["public"].update(context="0x2b"),
        lambda r: r["public"].update(profile="0x1"),
        lambda r: r.update(proof="0x" + "00" * 256),
        lambda r: r.update(proof=r["proof"][:-2]),
        lambda r: r["key"].update(digest="0x" + "11" * 32),
        lambda r: r["key"].update(verifying=r["key"]["verifying"][:-128]),
    ],
)
def test_a_receipt_that_was_changed_proves_nothing(receipt: Path, capsys: Any, change: Any) -> None:
    made = json.loads(receipt.read_bytes())
    change(made)
    receipt.write_text(json.dumps(made))
    code, said = verified(receipt, capsys)
    assert (code, said["ok"]) == (1, False)
    assert said["faults"]


@pytest.mark.parametrize("flag", ["--key", "--root", "--context"])
def test_a_receipt_of_something_else_is_told(receipt: Path, capsys: Any, flag: str) -> None:
    code, said = verified(receipt, capsys, flag, "0x99")
    assert (code, len(said["faults"])) == (1, 1)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"public": {"model": 5}}', "\0", "[" * 100_000])
def test_what_is_no_receipt_is_refused(tmp_path: Path, capsys: Any, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    assert main(["verify", str(path)]) == 2
    assert "not a receipt" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prove", "survey", "--json"], "can be proved"),
        (["prove", *SMALL], "--out"),
        (["prove", "fyp", "--context", "x", "--json"], "not a number"),
        (["prove", *SMALL, "--prover", "grot", "--json"], "groth16"),
        (["prove", "fyp", "--items", "8", "--dims", "16", "--json"], "items"),
        (["verify", "/nowhere/receipt.json"], "cannot be read"),
    ],
)
def test_a_mistake_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, arguments: list[str], said: str
) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_the_kit_of_provers_is_a_command(capsys: Any) -> None:
    assert main(["check", "groth16", "--quick", "--json"]) == 0
    found = {one["id"]: one["passed"] for one in json.loads(capsys.readouterr().out)}
    assert found.pop("game") is None
    assert all(found.values())


def test_the_bench_of_proofs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    monkeypatch.setattr(proofs, "TIMES", 1)
    assert main(["bench", "proofs", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (row,) = found["rows"]
    assert (row["items"], row["dims"], row["proof_bytes"], row["verifying_bytes"]) == (64, 16, 256, 768)
    assert 200_000 < row["gas"] <= 300_000
    assert row["constraints"] > 24 * 64
    assert list(proofs.lines(found))[1].startswith("64 x 16")
    assert not list((tmp_path / "proofs").glob("*.zkey"))


def test_a_ceremony_starts_from_the_circuit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    path = tmp_path / "c.r1cs"
    assert main(["prove", *SMALL, "--circuit", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["statement"]["items"] == 64
    data = path.read_bytes()
    assert data[:4] == b"r1cs"
    # The header's section comes first: wires, no outputs, four public inputs, and the constraints at its end.
    wires, outputs, inputs, private = struct.unpack_from("<IIII", data, 12 + 12 + 36)
    assert (outputs, inputs) == (0, 4)
    assert wires == 1 + inputs + private
    assert not (tmp_path / "proofs").exists()
