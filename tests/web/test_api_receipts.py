"""The API's receipts: what is on the chain in use, as somebody needs it who checks the proof alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from privacy.chains.deploying import deploy
from privacy.chains.sender import Sender
from privacy.cli import main
from privacy.jobs.book import JobBook
from privacy.provers.opening import open_prover
from privacy.provers.prover import KINDS
from privacy.provers.receipt import Receipt
from privacy.registry import discover
from privacy.services.receipts import CONTRACT, Book
from privacy.services.rounds import RoundBook
from privacy.services.run_jobs import RunJobs
from tests.support.api_client import client_of, problem
from tests.support.chains import Stage
from tests.support.receipts import ADA, BEN, Desk
from ui import resources


def test_a_receipt_comes_with_all_that_a_check_takes(app_state: Path) -> None:
    chain = resources.embedded()
    on = Stage(chain)
    address = deploy(Sender(chain, chain.signers()[0]), CONTRACT).address
    desk = Desk(on, given=Book(chain, address))
    kept = desk.keep(ADA)
    proof = desk.proof(ADA, number=0)
    with client_of(RoundBook(), RunJobs(JobBook())) as client:
        answer = client.get(f"/api/receipts/0x{kept.id.hex()}")
        said, read = answer.json(), Receipt.parse(answer.text)
        assert open_prover(discover()).verify(read.verifying, read.public, read.proof)
        assert (read.digest, read.kind) == ("0x" + desk.model.key_digest.hex(), "dev")
        assert (said["chain"], said["contract"], said["account"]) == (chain.chain_id, address, on.address(ADA))
        assert (said["number"], said["block"]) == (0, kept.block)
        inputs = [int(said["public"][name], 16) for name in ("model", "profile", "selection", "context")]
        assert inputs == [desk.model.root, 5, 9, kept.context]
        assert said["key"]["verifying"] == "0x" + desk.forger.key.hex()
        assert (said["key"]["kind"], said["key"]["label"]) == ("dev", KINDS["dev"])
        assert said["proof"] == "0x" + proof.hex()
        assert "no receipt" in problem(client.get(f"/api/receipts/0x{'ab' * 32}"), 404)
        assert client.get("/api/receipts/0x12").status_code == 422


def test_a_receipt_is_held_against_its_chain(app_state: Path, tmp_path: Path, capsys: Any) -> None:
    chain = resources.embedded()
    on = Stage(chain)
    address = deploy(Sender(chain, chain.signers()[0]), CONTRACT).address
    desk = Desk(on, given=Book(chain, address))
    kept, path = desk.keep(BEN, shown=11), tmp_path / "receipt.json"
    with client_of(RoundBook(), RunJobs(JobBook())) as client:
        good = client.get(f"/api/receipts/0x{kept.id.hex()}").json()

    def check(**changes: Any) -> tuple[int, int, str]:
        path.write_text(json.dumps(good | changes))
        code = main(["verify", str(path), "--chain", chain.name, "--json"])
        out = capsys.readouterr().out
        return code, len(json.loads(out).get("faults", [])), out

    assert check()[:2] == (0, 0)
    # A valid proof that the forger made for a list which was never sent.
    inputs = [desk.model.root, 5, 12, kept.context]
    other = "0x" + desk.forger.proof(inputs).hex()
    assert check(proof=other, public=good["public"] | {"selection": hex(12)})[:2] == (1, 1)
    assert check(account=on.address(ADA), number=9)[:2] == (1, 2)
    assert check(key=good["key"] | {"kind": "ceremony"})[:2] == (1, 1)
    assert check(id="0x" + "ab" * 32)[:2] == (1, 1)
    assert check(contract=on.address(ADA))[:2] == (1, 1)
    for changes in ({"contract": "0x12"}, {"id": 5}, {"id": "0xzz"}):
        code, _, out = check(**changes)
        assert code == 2
        assert "which contract kept it" in out


def test_the_api_says_where_no_receipt_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with client_of(RoundBook(), RunJobs(JobBook())) as client:
        assert "No book" in problem(client.get(f"/api/receipts/0x{'ab' * 32}"), 404)
