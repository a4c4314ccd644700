"""The example plugin: under a hundred lines, conformance, and a feed under it that equals plain's."""

import ast
import io
import sys
import tokenize
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "plugin"
sys.path.insert(0, str(EXAMPLE))

from veilbench_shares.plugin import Params, register_backends  # noqa: E402

from privacy.boundary.channel import Channel  # noqa: E402
from privacy.boundary.party import CLIENT, SERVER  # noqa: E402
from privacy.boundary.secret import Secret  # noqa: E402
from privacy.guarantees import Strength  # noqa: E402
from privacy.primitives.lookup import LookupTask  # noqa: E402
from privacy.primitives.scoring import ScoringTask  # noqa: E402
from privacy.protocol import Session  # noqa: E402
from privacy.registry import Entry, Registry, discover  # noqa: E402
from privacy.request import RunRequest  # noqa: E402
from privacy.testing.pytest_kit import BackendConformance  # noqa: E402
from workloads.fyp import workload as fyp  # noqa: E402
from workloads.wires import coalition_view  # noqa: E402

MOST_LINES = 100
_LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def registry() -> Registry:
    (spec,) = register_backends()
    return Registry([*discover().entries, Entry(spec.id, "veilbench_shares.plugin", False, spec)])


def code_lines(source: str) -> int:
    """Lines that hold code: no blank line, comment or docstring."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {n for t in tokens if t.type not in _LAYOUT for n in range(t.start[0], t.end[0] + 1)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            lines -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(lines)


def test_lines_of_code_are_counted() -> None:
    text = '"""Two\nlines."""\n\n# A comment.\nx = (\n    1,  # one\n)\n\ndef f():\n    "Doc."\n    return x\n'
    assert code_lines(text) == 5
    assert code_lines("s = '''a\n\nb'''\n") == 3


def test_the_whole_package_with_its_tests_is_under_a_hundred_lines() -> None:
    sources = sorted(EXAMPLE.rglob("*.py"))
    assert len(sources) >= 5
    assert 0 < sum(code_lines(path.read_text()) for path in sources) < MOST_LINES


class _Conformance(BackendConformance):
    backend = "shares"
    plays = 100

    @classmethod
    def registry(cls) -> Registry:
        return registry()


class TestShares(_Conformance):
    """Two servers."""


class TestFiveServers(_Conformance):
    places = ("in process",)
    params: dict[str, Any] = {"servers": 5}  # noqa: RUF012
    primitives = ("lookup",)


@pytest.mark.parametrize("servers", [2, 3])
def test_a_feed_under_shares_is_plains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: int) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    shared = fyp.feed(RunRequest(stack="shares", params={"servers": servers}), registry())[0]
    plain = fyp.feed(RunRequest(stack="plain"), registry())[0]
    assert shared.shown == plain.shown
    assert shared.cards == plain.cards
    names = [f"server-{i + 1}" for i in range(servers)]
    assert [t.observer for t in shared.guarantee.towards] == names
    assert {t.strength for t in shared.guarantee.towards} == {Strength.NON_COLLUSION}
    assert {t.collusion for t in shared.guarantee.towards} == {servers}
    assert not shared.fallbacks
    # All but one learn nothing together; all of them, everything.
    assert {s.tone for s in coalition_view(shared, names[:-1]).said} == {"good"}
    assert {s.tone for s in coalition_view(shared, names).said} == {"bad"}


def run_once(primitive: str, task: Any, own: Any, secret: Any, servers: int) -> tuple[Any, list[Any]]:
    """The output, and the bodies that the servers were sent."""
    (spec,) = register_backends()
    mechanism = registry().mechanism(spec, primitive, Params(servers=servers))
    session, channel = Session(mechanism, task, {SERVER: own}), Channel()
    session.publish(channel)
    output = session.run({CLIENT: Secret(secret, owner=CLIENT)}, channel).output
    return output, [m.sample for m in channel.transcript.messages if m.sender == CLIENT]


@given(st.integers(1, 40), st.integers(1, 9), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_any_table_and_any_number_of_servers(items: int, count: int, servers: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 256, (items, 7), dtype=np.uint8)
    wanted = rng.integers(0, items, count)
    fetched, sent = run_once("lookup", LookupTask(items, 7, count), table, wanted, servers)
    assert np.array_equal(fetched, table[wanted])
    assert len(sent) == servers
    catalogue, taste = rng.integers(-256, 257, (items, 5)), rng.integers(-256, 257, 5)
    scores, _ = run_once("scoring", ScoringTask(items, 5), catalogue, taste, servers)
    assert np.array_equal(scores, catalogue @ taste)
