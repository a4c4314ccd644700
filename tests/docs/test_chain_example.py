"""The chain adapter of the documentation, as it stands on the page: the kit finds nothing against it on a real node."""

from pathlib import Path

import pytest

from privacy.chains.accounts import KeySigner
from privacy.chains.opening import open_chain
from privacy.registry import discover
from privacy.testing.chains import check_chain
from tests.support import ROOT, nodes
from tests.support.doc_commands import blocks


def test_the_adapter_of_the_page_passes_the_kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (source,) = [one.text for one in blocks(ROOT / "docs" / "chains.md") if one.language == "python"]
    (tmp_path / "plugins").mkdir(mode=0o700)
    (tmp_path / "plugins" / "bare.py").write_text(source)
    with nodes.anvil(tmp_path) as node:
        (tmp_path / "config.toml").write_text(f'[chains.mine]\nadapter = "bare"\nurl = "{node.url}"\n')
        signer = KeySigner(b"\x07" * 32, label="payer")
        node.fund(signer.address)
        found = check_chain(lambda: open_chain(discover(), "mine"), signer=signer)
    assert {one.id: one.detail for one in found if one.passed is False} == {}
    assert sum(one.passed is True for one in found) > 8
