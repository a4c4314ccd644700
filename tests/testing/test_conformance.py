"""The conformance kit on the built-in backends, on planted bugs, and on one plugin without a bug."""

import importlib
import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest

from privacy.errors import ParamError, UnknownNameError
from privacy.registry import Entry, Registry, discover
from privacy.testing import CHECKS, RANDOMISER_CHECKS, Report, check_backend
from privacy.testing.kit import PLACES, PROPERTIES, property_of
from tests.support import PLANTED
from tests.support.conformance import BRIEF, Conformance, builtin

HERE = ("in process",)
"""For variants of a backend that is checked at every place already, and for toys: a seat elsewhere is a process."""


class SumConformance(Conformance):
    """Of a backend's primitives some, usually aggregation. The entry point may be younger than installed metadata."""

    primitives = ("aggregation",)

    @classmethod
    def registry(cls) -> Registry:
        entries = list(builtin().entries)
        if any(e.id == cls.backend for e in entries):
            return Registry(entries)
        module = f"backends.{cls.backend}.plugin"
        (spec,) = importlib.import_module(module).register_backends()
        return Registry([*entries, Entry(cls.backend, module, True, spec)])


class TestPlain(Conformance):
    backend = "plain"
    # tests/transports/test_http.py sums over machines under every carrier.
    soaked = ("aggregation-error-http", "aggregation-error-spawned")


class TestLocal(Conformance):
    backend = "local"
    places = ("in process", "http")


@pytest.mark.skipif(importlib.util.find_spec("tenseal") is None, reason="TenSEAL is not installed")
class TestHe(Conformance):
    backend = "he"
    brief = BRIEF
    soaked = (
        "linked", "variants", "aggregation-game-in_process", "aggregation-envelope-in_process",
        "aggregation-error-http", "aggregation-error-spawned", "aggregation-quiet-in_process",
    )  # fmt: skip


@pytest.mark.skipif(importlib.util.find_spec("tenseal") is None, reason="TenSEAL is not installed")
class TestHeApproximateSums(SumConformance):
    backend = "he"
    places = HERE
    params = {"sum_scheme": "ckks"}  # noqa: RUF012
    brief = BRIEF
    soaked = (
        "game", "linked", "variants", "malformed", "envelope", "keys", "isolation", "device", "quiet", "anew", "fresh",
        "forwarded",
    )  # fmt: skip


@pytest.mark.skipif(importlib.util.find_spec("cryptography") is None, reason="cryptography is not installed")
class TestSmpcMasks(SumConformance):
    backend = "smpc"
    brief = BRIEF
    soaked = ("game", "linked", "variants", "malformed", "envelope", "aggregation-error-http")


@pytest.mark.skipif(importlib.util.find_spec("cryptography") is None, reason="cryptography is not installed")
class TestSmpcTwoServers(SumConformance):
    backend = "smpc"
    places = HERE
    params = {"scheme": "two servers"}  # noqa: RUF012
    brief = BRIEF
    soaked = ("variants", "game", "quiet", "isolation")


class TestSmpcPrio3(SumConformance):
    backend = "smpc"
    places = HERE
    params = {"scheme": "prio3"}  # noqa: RUF012
    brief = BRIEF
    soaked = (
        "game", "linked", "variants", "anew", "quiet", "entropy", "error", "length", "dropouts", "malformed",
        "envelope", "fresh", "keys", "forwarded",
    )  # fmt: skip


@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="Numba is not installed")
class TestSmpcLookup(SumConformance):
    backend = "smpc"
    primitives = ("lookup",)
    brief = BRIEF
    soaked = ("variants", "lookup-error-http", "lookup-error-spawned")


class TestSoundPlugin(Conformance):
    backend = "sound"
    places = HERE

    @classmethod
    def registry(cls) -> Registry:
        return discover(plugins=PLANTED)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover(plugins=PLANTED)


def failures(report: Report) -> dict[str, str]:
    return {r.id: r.detail for r in report.results if r.passed is False}


def test_the_sentence_of_a_failing_backend_counts_both(registry: Registry) -> None:
    report = check_backend(
        registry.spec("telling_length"), registry, only={"length", "error"}, places={"in process"}, seed=3
    )
    assert set(failures(report)) == {"length"}
    assert not report.ok
    assert report.sentence == f"declared; 1 check passed and 1 failed on {report.date}"


@pytest.mark.soak("planted")
def test_a_stash_passes_everything_in_process(registry: Registry) -> None:
    elsewhere = {"isolation", "device", "entropy"}
    report = check_backend(
        registry.spec("global_stash"), registry, only=set(CHECKS) - elsewhere, places={"in process"}, seed=3
    )
    assert report.ok
    assert {r.id for r in report.results if r.passed is None} == {
        "keys", "dropouts", "memoised", "batch", "algebra", "charged",
    }  # fmt: skip


def test_report_of_a_passing_backend_never_says_verified(registry: Registry) -> None:
    steps: list[tuple[int, int, str]] = []
    report = check_backend(
        registry.spec("sound"), registry, only={"length", "error"}, seed=5, progress=lambda *step: steps.append(step)
    )
    wording = report.as_dict()
    assert (wording["passed"], wording["failed"], wording["not_applicable"]) == (6, 0, 0)
    assert wording["sentence"] == f"declared; 6 checks passed on {report.date}"
    assert "verified" not in json.dumps(wording).lower()
    assert wording["seed"] == 5
    assert wording["false_alarm"] == 1e-4
    assert [(r.place, r.id, r.property) for r in report.results] == [
        (place, *check) for place in PLACES for check in (("error", 1), ("length", 6))
    ]
    assert steps[0] == (0, 6, "scoring: error, in process")
    assert steps[-1] == (6, 6, "done")


def test_a_report_is_read_back_as_it_was_written(registry: Registry) -> None:
    spec = registry.spec("dp")
    report = check_backend(spec, registry, only={"cost"}, params={"epsilon": 0.5}, seed=1)
    kept = json.loads(json.dumps(report.as_dict()))
    assert Report.from_dict(kept).as_dict() == report.as_dict()
    with pytest.raises(ValueError, match="schema"):
        Report.from_dict(kept | {"schema": 0})


def test_what_a_report_says_to_run_again_is_the_same_check_with_the_same_draws(registry: Registry) -> None:
    spec = registry.spec("plain")
    chosen = {"primitives": {"scoring"}, "places": {"in process"}, "seed": 77, "plays": 40}
    whole = check_backend(spec, registry, only={"error", "game"}, **chosen)
    game = next(r for r in whole.results if r.id == "game")
    words = "veilbench check plain --primitive scoring --only game --place 'in process' --seed 77 --plays 40"
    assert game.reproduce == words
    alone = check_backend(spec, registry, only={"game"}, **chosen).results[0]
    assert (alone.detail, alone.reproduce) == (game.detail, game.reproduce)


def test_every_check_speaks_of_one_of_the_eleven_properties() -> None:
    assert [p.number for p in PROPERTIES] == list(range(1, 12))
    assert all(1 <= property_of(check) <= 11 for check in (*CHECKS, *RANDOMISER_CHECKS))
    # `speed` is no check of its own: it is the verdict on what is too slow to be checked at all.
    assert {c for p in PROPERTIES for c in p.checks} == {*CHECKS, *RANDOMISER_CHECKS, "speed"}


HANGS = """
import time
from privacy.plugin import *
class Hangs(QueryMechanism):
    def client(self, seat): return Client(seat)
    def server(self, seat): return Server(seat)
    def guarantee(self, task): return Guarantee.none(towards="server", statement="It hangs.")
class Client(QueryClient):
    def query(self, private):
        yield Wire(SERVER, "ask", PLAINTEXT, pack(private.open(self.seat)))
    def reveal(self, answers): return answers[0].body
class Server(QueryServer):
    def answer(self, query): time.sleep(3600)
class Unready(Hangs):
    def __init__(self, params): raise KeyError("not ready")
@hookimpl
def register_backends():
    return [BackendSpec(id="hangs", title="H", summary="s", implements={"scoring": __name__ + ":Hangs",
                                                                        "lookup": __name__ + ":Unready"})]
"""


def test_a_backend_that_hangs_or_cannot_be_made_fails_its_checks_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "hangs.py").write_text(HANGS)
    found = discover(plugins=tmp_path)
    report = check_backend(
        found.spec("hangs"), found, only={"error", "length", "game", "fresh"}, places={"in process"}, patience=0.2
    )
    assert not report.ok
    wording = {p: [r.detail for r in results] for p, results in report.primitives.items()}
    first = report.primitives["scoring"][0]
    assert (first.id, first.outcome) == ("speed", "not finished")
    assert wording["scoring"][1:] == ["not finished: the backend is too slow"] * 3
    assert report.missing == 4
    assert all("not ready" in detail for detail in wording["lookup"])


def test_unknown_check_and_bad_parameters_are_refused(registry: Registry) -> None:
    spec = registry.spec("plain")
    with pytest.raises(UnknownNameError, match="did you mean keys"):
        check_backend(spec, registry, only={"key"})
    with pytest.raises(UnknownNameError, match="place"):
        check_backend(spec, registry, places={"nowhere"})
    with pytest.raises(UnknownNameError, match="primitive"):
        check_backend(spec, registry, primitives={"sorting"})
    with pytest.raises(ParamError, match="Plain has no parameters"):
        check_backend(spec, registry, params={"epsilon": 1})


def test_a_primitive_without_a_case_is_not_applicable(registry: Registry) -> None:
    spec = replace(registry.spec("plain"), implements={"training": "nowhere:Nothing"})
    report = check_backend(spec, registry, only={"error"})
    assert [(r.passed, r.detail) for r in report.results] == [(None, "this kit has no inputs for training yet")]
    assert not report.ok
