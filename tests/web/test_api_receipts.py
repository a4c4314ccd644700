"""The API's receipts: what is on the chain in use, as somebody needs it who checks the proof alone."""

from pathlib import Path

import pytest

from privacy.chains.deploying import deploy
from privacy.chains.sender import Sender
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
from tests.support.receipts import ADA, Desk
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


def test_the_api_says_where_no_receipt_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with client_of(RoundBook(), RunJobs(JobBook())) as client:
        assert "No book" in problem(client.get(f"/api/receipts/0x{'ab' * 32}"), 404)
