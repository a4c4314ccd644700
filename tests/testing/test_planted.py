"""Bugs, planted one to a plugin file: each is caught by the check that is meant for it, and its sound twin by none.

A bug that leaves its input readable breaks several properties at once. The table names every check that fails, the one
that is meant for it first.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from privacy.registry import Entry, Registry, discover
from privacy.testing import CHECKS, Report, check_backend
from tests.support import PLANTED, PLANTED_DP

# Bug: the checks that fail, and words of what the first one finds.
BUGS: dict[str, tuple[tuple[str, ...], str]] = {
    "shipped_key": (("keys", "seeded", "entropy"), "of client is in a wire to server"),
    "unregistered_key": (
        ("keys", "entropy", "anew", "variants"), "key 'secret material 0' of client is in a wire to server",
    ),
    # No game sees it: a distinguisher has no key. A second device does, for it has the same.
    "hard_coded_key": (("device", "entropy"), "a second client, in another process, opens what the first got"),
    "registered_constant": (("keys", "fresh", "device", "entropy"), "two fresh seats of client hold the same keys"),
    "short_seed": (("seeded", "entropy"), "all but 4 are in wires to server: too little is left for a key"),
    "seed_for_key": (("fresh", "entropy"), "keys of client come back with the seeds of Python's and NumPy's"),
    "reused_mask": (("game", "linked", "variants", "anew", "entropy"), "server: advantage 1.00"),
    "reused_nonce": (("linked", "anew", "variants"), "server: advantage 1.00"),
    "reused_lookup_secret": (("linked", "anew", "variants"), "server-2: advantage 1.00"),
    "mask_16_bits": (("game", "linked", "variants"), "server: advantage"),
    "compressed_plaintext": (("game", "linked", "device", "variants", "anew", "entropy"), "server: advantage 1.00"),
    "permuted_floats": (("game", "linked", "device", "variants"), "server: advantage 1.00"),
    "plaintext_header": (("game", "linked", "variants"), "server: advantage 1.00"),
    "fresh_noise": (("memoised", "charged"), "every run is charged for, epsilon 0.0005 and rho 0"),
    "global_stash": (("isolation", "device", "entropy"), "0 of 3 outputs right with 1 spawned parties"),
    "file_stash": (("stash",), ".json and server opens it"),
    "side_channel": (("bytes",), "client talks past the channel (socket.sendto)"),
    "telling_length": (("length", "variants"), "different sequences of wires for"),
    "early_exit": (("length", "game", "linked", "variants"), "different sequences of wires for"),
    "accepted_nan": (("bad-input",), "NaN: accepted"),
    "accepted_oversize": (("bad-input",), "very long: accepted"),
    "oversize_body": (("malformed",), "64 KiB longer: taken as if it had the right length"),
    "silent_malformed": (("malformed",), "masked from client, cut by one byte: altered"),
    "plain_fallback": (("fallback",), "server, who answers badly, tells inputs apart: advantage 1.00"),
    "he_reused_secret": (("linked",), "server: advantage 1.00"),
    "smpc_reused_seed": (("linked", "fresh"), "server-2: advantage 1.00"),
    "smpc_both_keys": (("keys",), "of server-2 is in a wire to server-1"),
    # No run comes to its end, so whatever needs one fails.
    "he_other_hint": (
        (
            "error", "game", "length", "envelope", "malformed", "keys", "isolation", "fresh", "guarantee", "bytes",
            "stash", "seeded", "linked", "device", "fallback", "algebra", "entropy", "variants",
        ),
        "made with the hint of another table",
    ),
}  # fmt: skip
OF_LOOKUPS = ("he_reused_secret", "smpc_reused_seed", "smpc_both_keys", "he_other_hint")
"""In the lookups that ship."""

SOUND = ("sound", "sound_nonce", "sound_lookup", "own_file", "kept_noise")

RANDOMISERS: dict[str, tuple[dict[str, Any], int, tuple[str, ...], str]] = {
    "noise_eighth": ({"mechanism": "gaussian", "epsilon": 1}, 60, ("audit",), "above the declared 1"),
    "noise_quarter": ({"mechanism": "gaussian", "epsilon": 1}, 160, ("audit",), "is spent, 0.035926 charged"),
    "noise_half": ({"mechanism": "gaussian", "epsilon": 4}, 120, ("audit",), "is spent, 0.427749 charged"),
    "under_declared": ({"epsilon": 4}, 60, ("audit",), "1 is declared; it is above the declared 1"),
    "wrong_probability": ({"epsilon": 1}, 60, ("audit",), "spent without delta, 1 charged"),
    "unclipped": ({}, 100, ("audit",), "rho 0."),
    "naive_float": ({}, 60, ("float", "bounds"), "low-order bits alone show"),
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover(plugins=PLANTED)


@pytest.fixture(scope="module")
def randomisers() -> Registry:
    from backends.dp.plugin import register_backends

    entries = discover(plugins=PLANTED_DP).entries
    (spec,) = register_backends()
    return Registry([e for e in entries if e.id != "dp"] + [Entry("dp", "backends.dp.plugin", True, spec)])


@pytest.fixture
def no_stash_left() -> Iterator[None]:
    yield
    inode = (PLANTED / "file_stash.py").stat().st_ino
    Path(f"/tmp/veilbench-planted-stash-{inode}.json").unlink(missing_ok=True)


def failures(report: Report) -> dict[str, str]:
    return {r.id: r.detail for r in report.results if r.passed is False}


def checked(registry: Registry, bug: str, only: set[str] | None = None) -> Report:
    return check_backend(registry.spec(bug), registry, plays=120, seed=3, places={"in process"}, only=only)


def test_every_planted_file_is_in_a_table_and_loads(registry: Registry, randomisers: Registry) -> None:
    files = {p.stem for p in (PLANTED).glob("*.py")}
    assert files == {*BUGS, *SOUND}
    assert {*BUGS, *SOUND} <= {e.id for e in registry.entries if e.available}
    assert set(RANDOMISERS) <= {e.id for e in randomisers.entries if e.available}
    assert len(BUGS) + len(RANDOMISERS) >= 22
    assert {check for checks, _ in BUGS.values() for check in checks} <= set(CHECKS)


@pytest.mark.usefixtures("no_stash_left")
@pytest.mark.parametrize("bug", sorted({*{checks[0]: bug for bug, (checks, _) in BUGS.items()}.values(), *OF_LOOKUPS}))
def test_a_bug_of_each_property_is_caught(registry: Registry, bug: str) -> None:
    checks, words = BUGS[bug]
    report = checked(registry, bug, only={checks[0]})
    assert words in failures(report)[checks[0]]
    assert not report.ok


@pytest.mark.soak("planted")
@pytest.mark.usefixtures("no_stash_left")
@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_caught_by_the_check_meant_for_it(registry: Registry, bug: str) -> None:
    checks, words = BUGS[bug]
    report = checked(registry, bug)
    found = failures(report)
    assert set(found) == set(checks), found
    assert words in found[checks[0]]
    assert not report.ok


@pytest.mark.soak("planted")
@pytest.mark.parametrize("name", SOUND)
def test_what_the_bugs_are_variations_of_passes_everything(registry: Registry, name: str) -> None:
    report = checked(registry, name)
    assert failures(report) == {}
    assert report.ok


@pytest.mark.parametrize("bug", ["wrong_probability", "naive_float"])
def test_a_bug_of_each_property_of_a_randomiser_is_caught(randomisers: Registry, bug: str) -> None:
    params, plays, checks, words = RANDOMISERS[bug]
    report = check_backend(randomisers.spec(bug), randomisers, params=params, plays=plays, seed=3, only={checks[0]})
    assert words in failures(report)[checks[0]]


@pytest.mark.soak("planted")
@pytest.mark.parametrize("bug", RANDOMISERS)
def test_planted_bug_of_a_randomiser_is_caught(randomisers: Registry, bug: str) -> None:
    params, plays, checks, words = RANDOMISERS[bug]
    report = check_backend(randomisers.spec(bug), randomisers, params=params, plays=plays, seed=3)
    found = failures(report)
    assert set(found) == set(checks), found
    assert words in found[checks[0]]


def test_every_check_of_a_carrier_but_those_of_the_host_catches_something() -> None:
    caught = {checks[0] for checks, _ in BUGS.values()}
    # `error`, `envelope`, `guarantee` and `dropouts` have their bugs in test_checks.py and test_sums.py, `batch` in
    # test_batch.py, and the last ones in test_mutants.py.
    elsewhere = {"batch", "error", "envelope", "guarantee", "dropouts"}
    elsewhere |= {"forwarded", "algebra", "charged", "variants", "entropy", "anew", "quiet"}
    assert set(CHECKS) - caught <= elsewhere
