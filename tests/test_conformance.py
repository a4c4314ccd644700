"""The conformance kit on the built-in backends, on planted bugs, and on one plugin without a bug."""

import importlib
import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from privacy.errors import ParamError, UnknownNameError
from privacy.registry import Entry, Registry, discover
from privacy.testing import CHECKS, Report, check_backend
from privacy.testing.pytest_kit import BackendConformance

PLANTED = Path(__file__).parent / "planted"


class SumConformance(BackendConformance):
    """Of a backend's primitives, aggregation alone. The entry point may be younger than the installed metadata."""

    plays = 80
    primitives = ("aggregation",)

    @classmethod
    def registry(cls) -> Registry:
        entries = list(discover().entries)
        if any(e.id == cls.backend for e in entries):
            return Registry(entries)
        module = f"backends.{cls.backend}.plugin"
        (spec,) = importlib.import_module(module).register_backends()
        return Registry([*entries, Entry(cls.backend, module, True, spec)])


class TestPlain(BackendConformance):
    backend = "plain"
    plays = 80


class TestLocal(BackendConformance):
    backend = "local"
    plays = 80


@pytest.mark.skipif(importlib.util.find_spec("tenseal") is None, reason="TenSEAL is not installed")
class TestHe(BackendConformance):
    backend = "he"
    plays = 80


@pytest.mark.skipif(importlib.util.find_spec("tenseal") is None, reason="TenSEAL is not installed")
class TestHeApproximateSums(SumConformance):
    backend = "he"
    params = {"sum_scheme": "ckks"}  # noqa: RUF012


@pytest.mark.skipif(importlib.util.find_spec("cryptography") is None, reason="cryptography is not installed")
class TestSmpcMasks(SumConformance):
    backend = "smpc"


@pytest.mark.skipif(importlib.util.find_spec("cryptography") is None, reason="cryptography is not installed")
class TestSmpcTwoServers(SumConformance):
    backend = "smpc"
    params = {"scheme": "two servers"}  # noqa: RUF012


class TestSoundPlugin(BackendConformance):
    backend = "sound"

    @classmethod
    def registry(cls) -> Registry:
        return discover(plugins=PLANTED)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover(plugins=PLANTED)


def failures(report: Report) -> dict[str, str]:
    return {r.id: r.detail for r in report.results if r.passed is False}


@pytest.mark.parametrize(
    ("bug", "check", "words"),
    [
        ("shipped_key", "keys", "is in a wire to server"),
        ("plaintext_header", "game", "advantage 1.00"),
        ("global_stash", "isolation", "0 of 3 outputs right"),
    ],
)
def test_planted_bug_is_caught_by_the_check_meant_for_it_and_by_no_other(
    registry: Registry, bug: str, check: str, words: str
) -> None:
    report = check_backend(registry.spec(bug), registry, seed=3)
    found = failures(report)
    assert set(found) == {check}
    assert words in found[check]
    assert not report.ok
    assert report.sentence == f"declared; {report.count(True)} checks passed and 1 failed on {report.date}"


def test_a_stash_passes_everything_in_process(registry: Registry) -> None:
    report = check_backend(registry.spec("global_stash"), registry, only=set(CHECKS) - {"isolation"}, seed=3)
    assert report.ok
    assert {r.id for r in report.results if r.passed is None} == {"keys", "dropouts"}


def test_report_of_a_passing_backend_never_says_verified(registry: Registry) -> None:
    steps: list[tuple[int, int, str]] = []
    report = check_backend(
        registry.spec("sound"), registry, only={"length", "error"}, progress=lambda *step: steps.append(step)
    )
    assert report.as_dict() == {
        "backend": "sound",
        "primitives": {"scoring": [r.as_dict() for r in report.results]},
        "passed": 2, "failed": 0, "not_applicable": 0, "date": report.date,
        "sentence": f"declared; 2 checks passed on {report.date}",
    }  # fmt: skip
    assert [r.id for r in report.results] == ["error", "length"]
    assert steps == [(0, 2, "scoring: error"), (1, 2, "scoring: length"), (2, 2, "done")]


def test_unknown_check_and_bad_parameters_are_refused(registry: Registry) -> None:
    spec = registry.spec("plain")
    with pytest.raises(UnknownNameError, match="did you mean keys"):
        check_backend(spec, registry, only={"key"})
    with pytest.raises(ParamError, match="Plain has no parameters"):
        check_backend(spec, registry, params={"epsilon": 1})


def test_a_primitive_without_a_case_is_not_applicable(registry: Registry) -> None:
    spec = replace(registry.spec("plain"), implements={"training": "nowhere:Nothing"})
    report = check_backend(spec, registry, only={"error"})
    assert [(r.passed, r.detail) for r in report.results] == [(None, "this kit has no inputs for training yet")]
    assert not report.ok
