"""`veilbench new-backend --kind`: each kind is written, found, and passes its quick checks and its own tests."""

import importlib
import json
import sys
from collections.abc import Iterator
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest

from privacy.boundary.party import CLIENT
from privacy.boundary.seat import Seat
from privacy.cli import main
from privacy.errors import UnknownNameError
from privacy.primitives.scoring import ScoringTask
from privacy.registry import Entry, Registry, discover
from privacy.scaffold import KINDS, write
from privacy.testing import check_backend
from privacy.testing.kit import checks_of
from tests.support.soaking import in_soak, sized, soaking


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    yield
    for name in [m for m in sys.modules if m.startswith("veilbench_fresh_")]:
        del sys.modules[name]


def installed(kind: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Path, Registry]:
    """A package of that kind, on the path: its backend's id, its folder, and a registry that has it."""
    name = f"fresh_{kind}"
    assert main(["new-backend", name, "--kind", kind]) == 0
    folder = Path(f"veilbench-{name}").resolve()
    monkeypatch.syspath_prepend(folder)
    reference = f"veilbench_{name}.plugin"
    (spec,) = importlib.import_module(reference).register_backends()
    assert spec.id == name
    return name, folder, Registry([*discover().entries, Entry(spec.id, reference, False, spec)])


@pytest.mark.sized("conformance")
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_passes_its_quick_checks(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, folder, registry = installed(kind, monkeypatch)
    spec = registry.spec(name)
    assert list(spec.implements) == [KINDS[kind]]
    if soaking() or kind in ("scoring", "randomiser"):  # the others' own tests make the same checks, at more length
        report = check_backend(spec, registry, quick=True, seed=3)
        assert {r.id: r.detail for r in report.results if r.passed is False} == {}
        assert report.ok
    sources = sorted(folder.rglob("*.py"))
    assert max(len(path.read_text().splitlines()) for path in sources) < 120
    assert not any("mine" in str(path.relative_to(folder)) or '"mine"' in path.read_text() for path in sources)


@pytest.mark.sized("conformance")
@pytest.mark.parametrize("kind", [in_soak("conformance", kind) if kind == "scoring" else kind for kind in KINDS])
def test_every_kind_passes_its_own_tests(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the written tests run, with short games: the whole kit, in a soak also in processes of their own."""
    name, _, registry = installed(kind, monkeypatch)
    places = ("in process", "spawned") if soaking() and kind != "randomiser" else ("in process",)
    # Games of 16 plays end with too few to tell; where many parties make them long, the soak alone plays them.
    spec = registry.spec(name)
    only = None if soaking() or kind != "rounds" else checks_of(spec).keys() - {"game", "variants"}
    report = check_backend(spec, registry, plays=sized(16, 40), seed=3, places=places, only=only)
    assert {(r.id, r.place): r.detail for r in report.results if r.passed is False} == {}
    assert report.ok


@pytest.mark.parametrize("kind", KINDS)
def test_the_next_steps_run_a_workload_that_the_kind_can_run(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new-backend", f"fresh_{kind}", "--kind", kind, "--json"]) == 0
    commands = json.loads(capsys.readouterr().out)["commands"]
    (run,) = [c.split() for c in commands if c.startswith("veilbench run ")]
    assert KINDS[kind] in discover().workload(run[2]).primitives
    assert run[3:] == ["--stack", f"fresh_{kind}"]


@pytest.mark.parametrize("epsilon", [0.05, 0.7, 2.0, 11.3, 16.0])
def test_the_randomiser_gives_no_topic_more_than_e_to_epsilon_times_as_often(
    epsilon: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted exactly: of all draws so many give each topic, and no other draw is more likely than another."""
    name, _, registry = installed("randomiser", monkeypatch)
    spec = registry.spec(name)
    made = registry.randomiser(spec, "scoring", spec.params(epsilon=epsilon))
    module = sys.modules[type(made).__module__]
    each = module._PARTS
    with localcontext(prec=60):
        assert Decimal("0.999999") * each * Decimal(epsilon).exp() < made.keeping <= each * Decimal(epsilon).exp()
    task = ScoringTask(4, 2, centres=((9, 0), (0, 9), (-9, 0)))
    vector, total, found = np.array([5, 1]), made.keeping + 2 * each, []
    for drawn in (0, made.keeping - 1, made.keeping, made.keeping + each - 1, made.keeping + each, total - 1):
        monkeypatch.setattr(module, "below", lambda count, seat, drawn=drawn: drawn if count == total else -1)
        found.append(task.centres.index(tuple(made.randomise(vector, Seat(CLIENT, task)))))
    assert found == [0, 0, 1, 1, 2, 2]


def test_the_randomiser_draws_again_what_would_favour_some(monkeypatch: pytest.MonkeyPatch) -> None:
    name, _, registry = installed("randomiser", monkeypatch)
    made = registry.randomiser(registry.spec(name), "scoring", registry.spec(name).params())
    drawn = [2**128 - 1, 2**128 - 2**128 % 10, 2**128 - 2**128 % 10 - 1]

    class Rigged:
        seeded = True

        def bytes(self, count: int) -> bytes:
            return drawn.pop(0).to_bytes(count, "big")

    task = ScoringTask(4, 2, centres=((9, 0), (0, 9)))
    assert sys.modules[type(made).__module__].below(10, Seat(CLIENT, task, random=Rigged())) == 9
    assert not drawn


def test_an_unknown_kind_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnknownNameError):
        write("fresh_none", kind="training")
    with pytest.raises(SystemExit):
        main(["new-backend", "fresh_none", "--kind", "training"])
    assert "--kind" in capsys.readouterr().err
    assert not Path("veilbench-fresh_none").exists()
