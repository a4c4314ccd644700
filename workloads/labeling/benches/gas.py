"""`veilbench bench gas`, its part of the crowd: what a round, its pay and a data set cost, beside one struct a label.

The naive way is measured too: a contract that keeps each label as a struct and pays for it by a transfer. What is
measured are real transactions; the round of a million labels is scaled from two batches of commitments and two of
claims, and says so.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from privacy.plugin.contracts import Chain, Signer
from privacy.plugin.host import Report
from workloads.labeling.benches.gas_crowd import UNIT, GasCrowd, Labeler, fresh

LABELERS = 100
"""Labelers that are made for the round that is scaled; `quick` makes a few."""
FEW = 10
"""Labelers of the small round."""
OWNERS = (10, 1_000)
MOST_OWNERS = 10_000
MOST_TRANSACTION = 2**24
"""Gas that a transaction may use (EIP-7825)."""
NEW_WORD = 22_100
"""What writing to a slot for the first time costs (EIP-2929): one for 256 labelers of a round."""
LEAST = {"1k labels by 10 labelers": 100.0, "1M labels by 1,000 labelers": 1_500.0}
"""How many times as much the naive way should cost."""
_PARTS = 9


@dataclass(frozen=True)
class Row:
    """An action: its gas, of all its `transactions`. `estimated` says that it is scaled from others.

    `naive_gas` is what the naive way takes for the same, pay included, None where there is none; `labels_gas` what its
    labels alone take.
    """

    action: str
    gas: int
    transactions: int = 1
    estimated: bool = False
    naive_gas: int | None = None
    labels_gas: int | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as much the naive way costs."""
        return None if self.naive_gas is None else self.naive_gas / self.gas


class CrowdGas:
    """The crowd's part of the document."""

    def run(self, chain: Chain, signer: Signer, report: Report, *, quick: bool, seed: int) -> dict[str, Any]:
        """Measure every action once, on contracts that are created for it. ChainError where the chain cannot."""
        rows = measure(chain, signer, report, seed=seed, labelers=20 if quick else LABELERS)
        found = {row.action: row for row in rows}
        targets = {name: _target(found[name], least, quick=quick) for name, least in LEAST.items()}
        spread = {what: _spread(rows, what) for what in ("buy", "use three iterations of")}
        return {
            "source": "measured", "quick": quick, "rows": [asdict(row) | {"ratio": row.ratio} for row in rows],
            "targets": targets, "differs_by_owners": spread,
        }  # fmt: skip

    def lines(self, found: dict[str, Any]) -> Iterable[str]:
        """A table, then the targets."""
        yield f"{'action':<54}{'gas':>14}{'naive':>18}{'times':>8}"
        for row in found["rows"]:
            naive = f"{row['naive_gas']:>18,}{row['ratio']:>8,.0f}" if row["naive_gas"] else ""
            scaled = "  scaled" if row["estimated"] else ""
            yield f"{row['action']:<54}{row['gas']:>14,}{naive}{scaled}"
        for name, target in found["targets"].items():
            met = "too few to tell" if target["met"] is None else "met" if target["met"] else "missed"
            yield (
                f"{name}: {target['ratio']:,.0f} times cheaper, wanted {target['least']:,.0f}: {met}; "
                f"{target['labels_ratio']:,.0f} times where the naive way pays nobody"
            )
        for what, differs in found["differs_by_owners"].items():
            yield f"{what} a data set: {differs} gas more or less with {OWNERS[1]:,} owners than with {OWNERS[0]}"
        yield "The naive way, measured here: a struct in storage for each label, and a transfer to pay for it."


def measure(
    chain: Chain,
    signer: Signer,
    report: Report,
    *,
    seed: int,
    labelers: int = LABELERS,
    key: Callable[[int], bytes] = fresh,
) -> list[Row]:
    """The gas of every action. Contracts and labelers are used once; the labelers have keys of `key`.

    An address with a byte of zeros costs 12 gas less wherever it is named: other accounts may differ by as much.
    """
    bench = _Bench(GasCrowd(chain, signer, seed=seed, key=key), report)
    bench.naive()
    bench.created()
    people = bench.labelers(FEW + labelers)
    bench.small(people[:FEW])
    bench.large(people[FEW:])
    bench.images()
    bench.market()
    bench.withdrawals()
    bench.told("done")
    return bench.rows


class _Bench:
    def __init__(self, crowd: GasCrowd, report: Report) -> None:
        self.crowd, self._report, self._done = crowd, report, 0
        self.rows: list[Row] = []
        self.label = self.pay = 0

    def told(self, what: str) -> None:
        self._report(self._done, _PARTS, what)
        self._done += 1

    def add(self, action: str, *spent: int, **more: Any) -> None:
        self.rows.append(Row(action, sum(spent), len(spent), **more))

    def naive(self) -> None:
        """One label as a struct: each person's first, and later ones of other images."""
        self.told("one struct a label")
        crowd, found = self.crowd, list[list[int]]()
        contract = crowd.probe("NaiveLabels", crowd.crol.address)
        boxes = (3, 100, 120, 300, 320)
        for who in crowd.guests:
            images = [crowd.digest(f"image {at}") for at in range(4)]
            found.append([crowd.spent(who, contract, "label", image, *boxes) for image in images])
        self.label = round(median([gas for one in found for gas in one[1:]]))
        self.add("a label as a struct, a labeler's first", round(median([one[0] for one in found])))
        self.add("a label as a struct", self.label)
        crowd.spent(crowd.payer, crowd.crol, "transfer", contract.address, UNIT)
        to = crowd.guests[0].signer.address
        first, self.pay = (crowd.spent(crowd.payer, contract, "pay", to, UNIT // 4) for _ in range(2))
        self.add("pay for a label by a transfer, the first time", first)
        self.add("pay for a label by a transfer", self.pay)

    def against(self, labels: int) -> dict[str, int]:
        """What so many labels take the naive way."""
        return {"naive_gas": labels * (self.label + self.pay), "labels_gas": labels * self.label}

    def created(self) -> None:
        self.told("the contracts")
        for name, gas in self.crowd.created.items():
            self.add(f"create the contract {name}", gas)

    def labelers(self, count: int) -> list[Labeler]:
        self.told(f"{count} labelers")
        people, attested, staked = self.crowd.labelers(count)
        self.add("attest a labeler", round(median(attested)))
        self.add("stake with a signed allowance", round(median(staked)))
        return people

    def small(self, people: Sequence[Labeler]) -> None:
        """A thousand labels by ten, all of it measured."""
        self.told("a thousand labels")
        crowd, spent = self.crowd, list[int]()
        round_, opened = crowd.open("small")
        spent += [opened, crowd.commit(round_, people, count=100)]
        earned = {one.address: UNIT + at for at, one in enumerate(people)}
        spent += self._closed(round_, earned, named=False)
        spent.append(crowd.claim(people, earned))
        self.add("1k labels by 10 labelers", *spent, **self.against(1_000))

    def large(self, people: Sequence[Labeler]) -> None:
        """A million labels by a thousand, scaled from those who are there."""
        self.told("a million labels")
        crowd, small = self.crowd, len(people) // 5
        first, one, two = people[: small - 1], people[small : 2 * small], people[2 * small :]
        alone = people[small - 1]
        round_, opened = crowd.open("large")
        self.add("open a round", opened)
        begun = crowd.commit(round_, first, count=1_000)
        self.add("commit alone", crowd.commit_alone(round_, alone, count=1_000))
        few, many = (crowd.commit(round_, some, count=1_000) for some in (one, two))
        self.add(f"commit for {len(two)} labelers at once", many)
        commits, batches = _scaled(begun, len(first), few, len(one), many, len(two))
        earned = {who.address: UNIT + at for at, who in enumerate(people)}
        others = [crowd.digest(f"payee {at}")[:20].hex() for at in range(1_000 - len(people))]
        earned |= {f"0x{other}": UNIT for other in others}
        closed = self._closed(round_, earned, named=True)
        paid = crowd.claim(first, earned)
        self.add("claim alone, of 1,000 payees", crowd.claim_alone(alone, earned))
        few, many = (crowd.claim(some, earned) for some in (one, two))
        self.add(f"claim for {len(two)} labelers at once", many)
        claims, more = _scaled(paid, len(first), few, len(one), many, len(two))
        words = NEW_WORD * (math.ceil(1_000 / 256) - 1)
        total = opened + commits + words + sum(closed) + claims
        self.rows.append(
            Row("1M labels by 1,000 labelers", total, 5 + batches + more, estimated=True, **self.against(10**6))
        )  # fmt: skip

    def _closed(self, round_: bytes, earned: dict[str, int], *, named: bool) -> list[int]:
        """What it costs from the seal to the release of the pay."""
        found = self.crowd.closed(round_, earned)
        if named:
            for action, gas in zip(("seal a round", "draw the audit", "propose", "finalize"), found, strict=True):
                self.add(action, gas)
        return found

    def images(self) -> None:
        self.told("images")
        for action, gas in self.crowd.images().items():
            self.add(action, gas)

    def market(self) -> None:
        """A data set of few owners, and one of many."""
        self.told("data sets")
        self.crowd.sold(1)  # whoever is the first of all writes where nothing was
        for owners in OWNERS:
            for action, gas in self.crowd.sold(owners).items():
                self.add(f"{action} a data set of {owners:,} owners", gas)

    def withdrawals(self) -> None:
        self.told("withdrawals")
        for owners in (*OWNERS, MOST_OWNERS):
            self.add(f"withdraw as one of {owners:,} owners", self.crowd.withdrawn(owners))


def _scaled(begun: int, first: int, few: int, small: int, many: int, large: int) -> tuple[int, int]:
    """What a thousand cost: `begun` of `first`, the others as two further batches say. And how many transactions."""
    each = (many - few) / (large - small)
    fixed = few - each * small
    batches = math.ceil(1_000 / ((MOST_TRANSACTION - fixed) // each))
    return math.ceil(begun + (batches - 1) * fixed + (1_000 - first) * each), batches


def _target(row: Row, least: float, *, quick: bool) -> dict[str, Any]:
    ratio, alone = (row.ratio or 0.0), (row.labels_gas or 0) / row.gas
    return {"ratio": ratio, "labels_ratio": alone, "least": least, "met": None if quick else ratio >= least}


def _spread(rows: Sequence[Row], what: str) -> int:
    """How much an action's gas differs with the number of owners."""
    found = [row.gas for row in rows if row.action.startswith(f"{what} a data set of")]
    return max(found) - min(found)
