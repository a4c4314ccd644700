"""The example plugin: conformance, and a feed under it that equals plain's."""

import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "plugin"
sys.path.insert(0, str(EXAMPLE))

from veilbench_shares.plugin import register_backends  # noqa: E402

from privacy.registry import Entry, Registry, discover  # noqa: E402
from privacy.testing.pytest_kit import BackendConformance  # noqa: E402
from privacy.workloads import fyp  # noqa: E402
from privacy.workloads.request import RunRequest  # noqa: E402


def registry() -> Registry:
    (spec,) = register_backends()
    return Registry([*discover().entries, Entry(spec.id, "veilbench_shares.plugin", False, spec)])


class TestShares(BackendConformance):
    backend = "shares"
    plays = 200

    @classmethod
    def registry(cls) -> Registry:
        return registry()


def test_a_feed_under_shares_is_plains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    shared, plain = (fyp.feed(RunRequest(stack=s), registry())[0] for s in ("shares", "plain"))
    assert shared.shown == plain.shown
    assert [t.observer for t in shared.guarantee.towards] == ["server-1", "server-2", "server"]
