"""What the crowd's contracts cost: the same on every chain, and far less than one struct for each label."""

import re
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.chains import stage
from tests.support.soaking import in_soak, sized
from workloads.labeling.benches.gas import LABELERS, LEAST, Row, measure

ENOUGH = sized(20, LABELERS)


def rows_on(kind: str, folder: Path, *, labelers: int = ENOUGH) -> list[Row]:
    with stage(kind, folder) as on:
        signer = on.rich(bytes([200]) * 32)
        key = lambda at: (10**9 + at).to_bytes(32, "big")  # noqa: E731
        return measure(on.chain, signer, lambda *_: None, seed=0, labelers=labelers, key=key)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    return {row.action: row for row in rows_on("embedded", tmp_path_factory.mktemp("embedded"))}


@pytest.mark.parametrize("kind", ["anvil", in_soak("chains", "hardhat")])
def test_every_action_costs_the_same_elsewhere(kind: str, tmp_path: Path, here: dict[str, Row]) -> None:
    """But for signatures, which name the chain: each of their bytes that is zero costs 12 less."""
    there = {row.action: row for row in rows_on(kind, tmp_path)}
    assert [row.transactions for row in there.values()] == [row.transactions for row in here.values()]
    for action, row in here.items():
        assert there[action].gas == pytest.approx(row.gas, rel=5e-4)


@pytest.mark.parametrize("name", LEAST)
def test_a_round_costs_far_less_than_its_labels_as_structs(name: str, here: dict[str, Row]) -> None:
    row = here[name]
    assert row.ratio is not None
    assert row.ratio >= LEAST[name]
    assert row.estimated == name.startswith("1M")


def test_a_data_set_costs_the_same_whatever_the_number_of_owners(here: dict[str, Row]) -> None:
    for what in ("buy", "prepay", "use three iterations of"):
        few, many = (here[f"{what} a data set of {owners} owners"].gas for owners in ("10", "1,000"))
        assert abs(few - many) <= 100
    withdrawals = [here[f"withdraw as one of {owners} owners"].gas for owners in ("10", "1,000", "10,000")]
    assert withdrawals == sorted(withdrawals)
    assert withdrawals[-1] < 1.2 * withdrawals[0]


def test_what_is_scaled_follows_from_what_was_measured(here: dict[str, Row]) -> None:
    """A labeler's part of the scaled round is a commitment and a claim, as batches have them."""
    batches = {action: row.gas for action, row in here.items() if action.endswith("at once")}
    each = sum(gas / int(action.split()[2]) for action, gas in batches.items())
    assert 0.8 * each < here["1M labels by 1,000 labelers"].gas / 1_000 < each


def test_the_documentation_has_these_figures(here: dict[str, Row]) -> None:
    """To two in a hundred: a proof of one account may be a step longer than that of another."""
    text = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8").partition("### The crowd")[2]
    table = [re.findall(r"[^|]+", line) for line in text.splitlines() if re.match(r"\| .* \| [\d,]+ \|", line)]
    found = {
        action.strip(): [int(cell.replace(",", "")) for cell in cells if cell.strip()] for action, *cells in table
    }  # fmt: skip
    for action, row in here.items():
        if sized(action.endswith("at once"), False):
            continue
        wanted = [row.gas]
        if row.naive_gas and row.labels_gas and row.ratio:
            wanted += [row.naive_gas, row.ratio, row.labels_gas / row.gas]
        assert found[action] == pytest.approx(wanted, rel=0.02)
