"""`veilbench new-backend --kind`: each kind is written, found, and passes its quick checks and its own tests."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy.cli import main
from privacy.errors import UnknownNameError
from privacy.registry import Entry, Registry, discover
from privacy.scaffold import KINDS, write
from privacy.testing import check_backend
from tests.support.soaking import sized, soaking

PRIMITIVE = {"randomiser": "scoring"}


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
    assert list(spec.implements) == [PRIMITIVE.get(kind, kind)]
    if soaking() or kind in ("scoring", "randomiser"):  # the others' own tests make the same checks, at more length
        report = check_backend(spec, registry, quick=True, seed=3)
        assert {r.id: r.detail for r in report.results if r.passed is False} == {}
        assert report.ok
    sources = sorted(folder.rglob("*.py"))
    assert max(len(path.read_text().splitlines()) for path in sources) < 120
    assert not any("mine" in str(path.relative_to(folder)) or '"mine"' in path.read_text() for path in sources)


@pytest.mark.sized("conformance")
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_passes_its_own_tests(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the written tests run, with short games: the whole kit, in a soak also in processes of their own."""
    name, _, registry = installed(kind, monkeypatch)
    places = ("in process", "spawned") if soaking() and kind != "randomiser" else ("in process",)
    report = check_backend(registry.spec(name), registry, plays=sized(16, 40), seed=3, places=places)
    assert {(r.id, r.place): r.detail for r in report.results if r.passed is False} == {}
    assert report.ok


def test_an_unknown_kind_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnknownNameError):
        write("fresh_none", kind="training")
    with pytest.raises(SystemExit):
        main(["new-backend", "fresh_none", "--kind", "training"])
    assert "--kind" in capsys.readouterr().err
    assert not Path("veilbench-fresh_none").exists()
