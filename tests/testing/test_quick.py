"""A quick look, rows as they come, one verdict on what is too slow, and games that are too short to tell."""

import json
import time
from pathlib import Path

import pytest

from privacy.cli import main
from privacy.guarantees import Strength
from privacy.registry import discover
from privacy.services.checks_shared import check_shared
from privacy.testing import Bench, CheckResult, case_for, check_backend
from privacy.testing.aggregation_noise import audit_reach
from privacy.testing.game import GameResult
from privacy.testing.kit import run_check
from privacy.testing.runner import QUICK_SECONDS
from tests.support.planted_queries import Masked
from tests.support.soaking import sized

SLOW = """
import time
from privacy.plugin import BackendSpec, QueryServer, hookimpl, pack, reply_to, Wire, PLAINTEXT
from backends.plain.mechanism import PlainScoring, PlainServer
class Slow(PlainScoring):
    batches = top_k = False
    def server(self, seat): return Server(seat)
class Server(PlainServer):
    def answer(self, query):
        time.sleep({seconds})
        return super().answer(query)
@hookimpl
def register_backends():
    return [BackendSpec(id="slow", title="S", summary="s", implements={{"scoring": __name__ + ":Slow"}})]
"""


def ids(report, passed):
    return [r.id for r in report.results if r.passed is passed]


@pytest.mark.parametrize(
    "name", ["plain", "local", *(pytest.param(b, marks=pytest.mark.soak("conformance")) for b in ("dp", "he", "smpc"))]
)
def test_a_quick_check_is_short_and_finds_nothing(name: str) -> None:
    registry, rows = discover(), []
    began = time.monotonic()
    report = check_backend(
        registry.spec(name), registry, quick=True, row=lambda primitive, found: rows.append((primitive, found))
    )
    assert time.monotonic() - began < 15
    assert ids(report, False) == []
    assert report.ok
    assert {r.place for r in report.results} == {"in process"}
    assert sorted(rows, key=str) == sorted(((p, r) for p, rs in report.primitives.items() for r in rs), key=str)


@pytest.mark.sized("conformance")
@pytest.mark.parametrize(
    ("seconds", "patience"), [pytest.param(0.3, 2.0, marks=pytest.mark.soak("conformance")), (60, 0.5)]
)
def test_what_is_too_slow_gets_one_verdict(tmp_path: Path, seconds: float, patience: float) -> None:
    (tmp_path / "slow.py").write_text(SLOW.format(seconds=seconds))
    registry = discover(plugins=tmp_path)
    report = check_backend(registry.spec("slow"), registry, patience=patience, seed=1)
    assert ids(report, False) == ids(report, True) == []
    assert report.results[0].outcome == "not finished"
    assert len(ids(report, None)) > 20
    again = discover(plugins=tmp_path)
    quick = check_backend(again.spec("slow"), again, quick=True, seconds=sized(1.0, QUICK_SECONDS))
    assert ids(quick, False) == []
    assert not quick.ok or seconds < 1


def test_a_game_too_short_to_tell_is_not_passed() -> None:
    short = run_check("game", Bench(Masked(), case_for("scoring"), plays=16, seed=1))
    assert (short.passed, "too few to tell" in short.detail) == (None, True)
    assert run_check("game", Bench(Masked(), case_for("scoring"), plays=400, seed=1)).passed is True


@pytest.mark.parametrize(("n", "low", "high", "telling"), [(25, -0.8, 0.7, False), (200, -0.3, 0.3, True)])
def test_a_wide_interval_rules_nothing_out(n: int, low: float, high: float, telling: bool) -> None:
    """A game that is always won would show in 25 guesses; one that is won half the time would not."""
    game = GameResult("server", Strength.COMPUTATIONAL, n, 0.0, low, high, 0.0, "a forest", reach=0.3)
    assert not game.beaten
    assert game.telling is telling


def test_what_an_audit_can_reach_grows_with_its_length() -> None:
    reach = [audit_reach(plays, alpha=5e-5) for plays in (16, 500, 3000, 20_000)]
    assert reach == sorted(reach)
    assert reach[0] < 1 < 3 < reach[2] < reach[3] < 8


@pytest.mark.soak("conformance")
def test_two_workers_hand_on_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    rows: list[tuple[str, CheckResult]] = []
    report = check_shared(
        discover().spec("plain"), params={}, seed=4, plays=4, only=["error"], primitives=["lookup"],
        row=lambda primitive, found: rows.append((primitive, found)),
    )  # fmt: skip
    assert sorted(r.place for _, r in rows) == ["http", "in process", "spawned"]
    assert sorted((r.id, r.place) for _, r in rows) == sorted((r.id, r.place) for r in report.results)


def test_rows_go_beside_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    assert main(["check", "plain", "--quick", "--primitive", "lookup", "--only", "error", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["primitives"]["lookup"][0]["id"] == "error"
    assert "error" in shown.err
    assert main(["check", "plain", "--quick", "--primitive", "lookup", "--only", "error"]) == 0
    assert "error" in capsys.readouterr().out
