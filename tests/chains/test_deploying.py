"""Our contracts are created once on each chain, and what is no longer there is said to be."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from privacy.chains.deploying import ContractMissing, adopt, deploy, deployed, deployments
from privacy.chains.doctor import PAIRINGS
from privacy.chains.errors import ChainRefused, ChainSlow
from privacy.chains.sender import Sender
from privacy.errors import DataError, StateError
from privacy.home import room
from tests.support import ROOT
from tests.support.chains import embedded

NAME = "RecommendationLog"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))
    return tmp_path


def sender_of(chain) -> Sender:
    return Sender(chain, chain.signers()[0])


def deployed_by(folder: Path | str) -> str:
    """What another process does."""
    with embedded(Path(folder)) as chain:
        return deploy(sender_of(chain), NAME).address


def test_a_contract_is_created_once_and_found_again(home: Path) -> None:
    with embedded(home / "chain") as chain:
        assert deployed(chain, NAME) is None
        made = deploy(sender_of(chain), NAME)
        head = chain.head().number
        assert chain.code(made.address) == made.artifact.runtime
        assert deploy(Sender(chain, chain.signers()[1]), NAME).address == made.address
        assert chain.head().number == head
    with embedded(home / "chain") as chain:
        assert deployments(chain)[NAME].address == deploy(sender_of(chain), NAME).address == made.address
        other = deploy(sender_of(chain), NAME, again=True)
        assert other.address != made.address
        assert deploy(sender_of(chain), NAME).address == other.address


def test_a_crash_before_the_address_was_recorded_creates_no_second_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with embedded(home / "chain") as chain:

        def killed(*_: object) -> None:
            raise ChainSlow("killed here")

        with monkeypatch.context() as patch:
            patch.setattr("privacy.chains.deploying._record", killed)
            with pytest.raises(ChainSlow):
                deploy(sender_of(chain), NAME)
        head = chain.head().number
        made = deploy(sender_of(chain), NAME)
        assert chain.head().number == head
        assert chain.code(made.address) == made.artifact.runtime


def test_two_processes_at_once_create_one(home: Path) -> None:
    with embedded(home / "chain"):
        pass
    code = f"import sys; from {__name__} import deployed_by; print(deployed_by(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(home / "chain")]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    found = [process.communicate()[0].strip() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    with embedded(home / "chain") as chain:
        assert set(found) == {deployments(chain)[NAME].address}
        assert chain.head().number == 1


def test_a_chain_made_anew_gets_a_contract_of_its_own(home: Path) -> None:
    with embedded(home / "chain") as chain:
        deploy(sender_of(chain), NAME)
    shutil.rmtree(home / "chain")
    with embedded(home / "chain") as chain:
        assert deployed(chain, NAME) is None
        made = deploy(sender_of(chain), NAME)
        assert chain.head().number == 1
        assert chain.code(made.address) == made.artifact.runtime


@pytest.mark.parametrize(("code", "said"), [(b"", "nothing is there"), (b"\x00", "other code is there")])
def test_a_contract_that_is_gone_is_said_to_be(
    home: Path, monkeypatch: pytest.MonkeyPatch, code: bytes, said: str
) -> None:
    with embedded(home / "chain") as chain:
        made = deploy(sender_of(chain), NAME)
        monkeypatch.setattr(chain, "code", lambda address: code)
        for ask in (lambda: deployed(chain, NAME), lambda: deploy(sender_of(chain), NAME)):
            with pytest.raises(ContractMissing, match=f"{made.address}, and now {said}"):
                ask()


def test_a_contract_of_somebody_else_is_adopted_only_where_it_is_ours(home: Path) -> None:
    with embedded(home / "chain") as chain:
        made = deploy(sender_of(chain), NAME)
        (home / "home" / "chains" / "contracts.json").unlink()
        assert adopt(chain, NAME, made.address.lower()).address == made.address
        found = deployed(chain, NAME)
        assert found is not None
        assert found.address == made.address
        with pytest.raises(DataError, match="is not that of ModelRegistry"):
            adopt(chain, "ModelRegistry", made.address)
        with pytest.raises(DataError, match="is not an address"):
            adopt(chain, NAME, "0x12")


@pytest.mark.parametrize("text", ["{", "[]", '{"a": {"b": {"c": {"nothing": 1}}}}'])
def test_a_damaged_record_is_said_to_be(home: Path, text: str) -> None:
    with embedded(home / "chain") as chain:
        (room("chains") / "contracts.json").write_text(text)
        with pytest.raises(StateError, match="cannot be read"):
            deployed(chain, NAME)


@pytest.mark.parametrize("place", range(len(PAIRINGS)), ids=[what.replace(" ", "-") for what, _, _ in PAIRINGS])
def test_a_book_of_receipts_is_not_created_where_pairings_are_wrong(
    home: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """A chain of others whose pairings take what they must refuse, or the other way round."""
    with embedded(home / "chain") as chain:
        lies = {PAIRINGS[place][1]: bytes(32) if place == 0 else (1).to_bytes(32, "big")}
        truths = {body: answer or b"" for _, body, answer in PAIRINGS}

        def call(to: str, body: bytes, **more: object) -> bytes:
            return (truths | lies).get(body) or calling(to, body, **more)

        calling = chain.call
        monkeypatch.setattr(chain, "local", False)
        monkeypatch.setattr(
            chain, "call", lambda to, body, **more: (truths | lies).get(body) or calling(to, body, **more)
        )
        with pytest.raises(ChainRefused, match="does not check proofs"):
            deploy(sender_of(chain), "ReceiptBook")
        assert deployed(chain, "ReceiptBook") is None
        assert chain.head().number == 0
