"""Publishing, buying, metering and withdrawing are cut off anywhere: whoever goes on pays once, and loses nothing."""

import pytest

from privacy.chains.sender import Sender
from tests.support.cuts import Cut, cut_around_sends, goes_on, killed
from tests.support.soaking import in_soak, sized
from tests.workloads.labeling.market.conftest import OFFER, ONE, opened
from workloads.labeling.market import training
from workloads.labeling.market.income import Income
from workloads.labeling.market.training import Trainer, trainings


def walk(stall) -> None:
    """All of it, as somebody takes it who begins again after each accident."""
    buyer, sender = stall.address(1), stall.senders[1]
    stall.register_all()
    stall.publisher.act(stall.number, OFFER).by(stall.senders[0])
    (listing,) = stall.shelf.listings()
    if not stall.shelf.may_read(listing, buyer):
        stall.shelf.buy(listing).by(sender)
    if stall.shelf.meter(listing, buyer).prepaid < 3:
        stall.shelf.prepay(listing, buyer, 3).by(sender)
    trainer = Trainer(stall.shelf, stall.senders[0].signer, stall.senders[0])
    kept = trainings(listing.id, buyer) or [trainer.begin(listing, buyer, iterations=3, seed=5)]
    assert trainer.train(kept[0]).done
    income, manifest = Income(stall.shelf), stall.shelf.manifest(listing)
    for at in range(1, 6):
        account = income.account(stall.address(at), listing, manifest)
        if account.due:
            income.withdraw(stall.address(at), listing, manifest).by(stall.senders[at])


def checked(stall) -> None:
    """Everything happened once: 106 CROL are parted among five owners and the holder, to the last unit."""
    market = stall.town.market
    counts = {name: len(market.events(name)) for name in ("DatasetPublished", "DatasetBought", "DatasetUsed")}
    assert counts == {"DatasetPublished": 1, "DatasetBought": 1, "DatasetUsed": 3}
    (listing,) = stall.shelf.listings()
    assert (stall.shelf.meter(listing, stall.address(1)).used, stall.balance(stall.address(1))) == (
        3, 94 * ONE + 96 * ONE // 5,
    )  # fmt: skip
    assert [stall.balance(stall.address(at)) for at in range(2, 6)] == [96 * ONE // 5] * 4
    assert stall.balance(market.address) == market.read("incomeOf", listing.id, stall.address(0)) == 10 * ONE
    (run,) = trainings(listing.id, stall.address(1))
    assert [step.receipt.total for step in run.steps] == [1, 2, 3]


def test_every_transaction_is_cut_off_before_and_after_it(own_stall, monkeypatch):
    own_stall.give(1, 200 * ONE)
    seen = cut_around_sends(monkeypatch)
    goes_on(lambda: walk(own_stall))
    checked(own_stall)
    assert all(seen)
    assert len(seen) >= 5 + 1 + 1 + 3 + 5


_WALKER = """
import os, sys
from pathlib import Path
from tests.support.cuts import kill_at
from tests.workloads.labeling.market.conftest import ONE, opened
from tests.workloads.labeling.market.test_cuts import walk
with opened(Path(os.environ["VEILBENCH_HOME"])) as stall:
    stall.give(1, 200 * ONE)
    kill_at(stall.town.market.artifact.functions[sys.argv[1]].selector, when=sys.argv[2])
    walk(stall)
"""


@pytest.mark.parametrize(
    ("step", "when"),
    sized(
        (("meter", "after"),),
        [(step, when) for step in ("publish", "buy", "prepay", "meter", "withdraw") for when in ("before", "after")],
    ),
)  # fmt: skip
@pytest.mark.sized("chains")
def test_a_process_that_is_killed_at_a_step_pays_once_when_it_goes_on(home, step, when):
    killed(_WALKER, step, when)
    with opened(home) as stall:
        walk(stall)
        checked(stall)


@pytest.mark.parametrize("part", ["state.json", in_soak("chains", ".safetensors")])
def test_a_training_is_cut_off_around_each_file_that_it_keeps(own_stall, monkeypatch, part):
    own_stall.give(1, 200 * ONE)
    real, seen = training.write_atomic, []

    def cut(path, body):
        if path.name.endswith(part):
            seen.append(path)
            if len(seen) % 3 == 1:
                raise Cut
        real(path, body)
        if path.name.endswith(part) and len(seen) % 3 == 2:
            raise Cut

    monkeypatch.setattr(training, "write_atomic", cut)
    goes_on(lambda: walk(own_stall))
    checked(own_stall)
    assert len(seen) >= 6


def test_two_runs_of_one_buyer_share_what_is_prepaid(own_stall):
    own_stall.give(1, 200 * ONE)
    walk(own_stall)
    (listing,) = own_stall.shelf.listings()
    buyer = own_stall.address(1)
    own_stall.shelf.prepay(listing, buyer, 2).by(own_stall.senders[1])
    trainer = Trainer(own_stall.shelf, own_stall.senders[0].signer, own_stall.senders[0])
    first, second = (trainer.begin(listing, buyer, iterations=1) for _ in range(2))
    # The first is cut off once its receipt is signed; the second takes its number, and both are paid once.
    send, Sender.send_all = Sender.send_all, lambda self, intents: (_ for _ in ()).throw(Cut())
    try:
        with pytest.raises(Cut):
            trainer.train(first)
    finally:
        Sender.send_all = send
    assert trainer.train(second).done
    done = trainer.train(first)
    assert done.done
    assert done.steps[0].receipt.total == 5
    assert own_stall.shelf.meter(listing, buyer).left == 0
