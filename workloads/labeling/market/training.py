"""Training on a data set here: each iteration is signed by the trainer, paid on the chain, and then the next begins.

What was trained is kept before it is signed, and signed before it is sent, so that a kill between any two steps costs
nothing: whoever goes on sends the same receipt again, which the chain counts once.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from privacy.plugin import DataError, ParamError
from privacy.plugin.contracts import Reverted, Sender, Signer
from privacy.plugin.host import guarded, locked, room, write_atomic
from privacy.plugin.running import StateError
from privacy.plugin.stores import CID
from workloads.labeling.market.manifest import Manifest
from workloads.labeling.market.model import Iteration, Weights, fresh, iterate
from workloads.labeling.market.pixels import features
from workloads.labeling.market.receipts import UseReceipt, signed_use
from workloads.labeling.market.sealed import known_key, opened, opened_labels
from workloads.labeling.market.shelf import Listing, Shelf
from workloads.labeling.rounds.terms import CLASSES
from workloads.labeling.votes.arrays import Floats, Ints

MOST = 1000
"""Iterations of one training."""
_MET = "StaleReceipt"


@dataclass(frozen=True)
class Step:
    """One iteration that was made: its receipt, the mean loss, the share right of what is kept out, and its payment.

    `paid_in` is the transaction that brought the receipt to the chain, in hexadecimal; empty until it is mined.
    """

    number: int
    loss: float
    right: float | None
    receipt: UseReceipt
    paid_in: str = ""
    gas: int = 0


@dataclass(frozen=True)
class Training:
    """A run of training for a buyer: how many iterations are wanted, and those that were made."""

    run: str
    dataset: int
    buyer: str
    wanted: int
    seed: int
    steps: tuple[Step, ...] = ()

    @property
    def done(self) -> bool:
        return len(self.steps) >= self.wanted and all(step.paid_in for step in self.steps)


class Trainer:
    """Trains for buyers who prepaid; `signer` is who the data sets name as their trainer, `sender` pays the gas."""

    def __init__(self, shelf: Shelf, signer: Signer, sender: Sender) -> None:
        self._shelf, self._signer, self._sender = shelf, signer, sender

    def begin(self, listing: Listing, buyer: str, *, iterations: int, seed: int | None = None) -> Training:
        """A new run. DataError where it could not be trained; StateError where less is prepaid than it wants.

        ParamError for a number of iterations out of bounds.
        """
        if not 1 <= iterations <= MOST:
            raise ParamError(f"{iterations} iterations are out of bounds", then=f"choose 1 to {MOST:,}")
        self._check(listing, buyer, iterations)
        drawn = int.from_bytes(os.urandom(4)) if seed is None else seed
        made = Training(os.urandom(32).hex(), listing.id, buyer, iterations, drawn)
        _keep(made)
        return made

    def train(self, training: Training, *, tell: Callable[[Training], None] = lambda training: None) -> Training:
        """Make the iterations that are wanted and not made yet, each paid before the next; goes on where it ended.

        Reverted where the chain refuses a receipt, such as for a consent that was taken back meanwhile: what was
        trained by then is kept.
        """
        listing = self._shelf.listing(training.dataset)
        # Two runs of one buyer would count the same iteration: receipts count all that the buyer has used.
        with locked(_folder(training.run).parent / f"{listing.name}-{training.buyer}"):
            training = known_training(training.run)
            training = self._pay(training, listing)
            if len(training.steps) < training.wanted:
                x, y, classes = data_of(self._shelf, listing)
                while len(training.steps) < training.wanted:
                    training = self._pay(self._step(training, listing, x, y, classes), listing)
                    tell(training)
        return training

    def _step(self, training: Training, listing: Listing, x: Floats, y: Ints, classes: int) -> Training:
        """One more iteration, kept with its receipt."""
        meter = self._shelf.meter(listing, training.buyer)
        if meter.refund_at:
            raise StateError("the buyer has asked for what is prepaid back", then="prepay again to continue training")
        if not meter.left:
            raise StateError(f"all {meter.prepaid} prepaid iterations are used", then="prepay more, and go on")
        number = len(training.steps)
        before = weights_of(training) if number else fresh(classes=classes, seed=training.seed)
        made: Iteration = iterate(before, x, y, seed=training.seed, number=number)
        body = made.weights.to_file()
        write_atomic(_folder(training.run) / f"{number + 1}.safetensors", body)
        receipt = self._receipt(listing, training, meter.used + 1, hashlib.sha256(body).hexdigest())
        step = Step(number + 1, made.loss, made.right, receipt)
        return _keep(replace(training, steps=(*training.steps, step)))

    def _pay(self, training: Training, listing: Listing) -> Training:
        """Bring the last receipt to the chain, where it is not there yet."""
        if not training.steps or training.steps[-1].paid_in:
            return training
        step = training.steps[-1]
        try:
            receipt = step.receipt.act(self._shelf.market).by(self._sender)
            paid_in, gas = receipt.transaction.hex(), receipt.gas_used
        except Reverted as error:
            if error.name != _MET:
                raise
            paid_in, gas = self._met(step, listing), 0
            if not paid_in:
                # Another run of the buyer took its number while this one lay still: it was not paid.
                used = self._shelf.meter(listing, training.buyer).used
                again = replace(step, receipt=self._receipt(listing, training, used + 1, step.receipt.result))
                return self._pay(_keep(replace(training, steps=(*training.steps[:-1], again))), listing)
        paid = replace(step, paid_in=paid_in, gas=gas)
        return _keep(replace(training, steps=(*training.steps[:-1], paid)))

    def _receipt(self, listing: Listing, training: Training, total: int, result: str) -> UseReceipt:
        return signed_use(
            self._signer, self._shelf.market, dataset=listing.id, buyer=training.buyer, total=total,
            run=bytes.fromhex(training.run), result=bytes.fromhex(result),
        )  # fmt: skip

    def _met(self, step: Step, listing: Listing) -> str:
        """The transaction in which somebody else brought this very receipt."""
        key, run, result = listing.id.to_bytes(32, "big"), step.receipt.run, step.receipt.result
        for event in self._shelf.market.events("DatasetUsed", dataset=key, buyer=step.receipt.buyer):
            if (event.args["run"].hex(), event.args["result"].hex()) == (run, result):
                return event.log.transaction.hex()
        return ""

    def _check(self, listing: Listing, buyer: str, iterations: int) -> None:
        manifest = self._shelf.manifest(listing)
        trainable(manifest)
        if listing.trainer != self._signer.address:
            what = "training on this data set happens on another machine, which signs its receipts"
            raise StateError(what, then="ask whoever published it")
        left = self._shelf.meter(listing, buyer).left
        if left < iterations:
            raise StateError(f"{left} iterations are prepaid, and {iterations} are wanted", then="prepay the rest")


def trainable(manifest: Manifest) -> None:
    """DataError where the model here cannot be trained on a data set."""
    if manifest.kind != CLASSES:
        then = "buy it, and train on its boxes elsewhere"
        raise DataError("the model here learns one class for an image, and these labels are boxes", then=then)
    if sum(count > 0 for count in manifest.counts) < 2:
        raise DataError("all labels of the data set are of one class", then="use another data set")


def data_of(shelf: Shelf, listing: Listing) -> tuple[Floats, Ints, int]:
    """The images of a data set as numbers (n, 256), their classes (n,), and how many classes there are.

    Every image is held against its digest. Images without a label are left out.
    """
    manifest = shelf.manifest(listing)
    trainable(manifest)
    key = known_key(manifest.key_name)
    labels = labels_of(shelf, manifest, key)
    held = [(piece, label) for piece, label in zip(manifest.images, labels, strict=True) if label >= 0]
    x = np.array([features(image_of(shelf, key, piece.cid, piece.digest)) for piece, _ in held])
    return x, np.array([label for _, label in held], dtype=np.int64), len(manifest.classes)


def labels_of(shelf: Shelf, manifest: Manifest, key: bytes) -> list[int]:
    """The labels of a data set of classes, -1 where an image has none."""
    body = b"".join(shelf.store.get(CID.parse(manifest.labels)))
    found = opened_labels(key, body, where=manifest.title)
    return [int(one) for one in found["labels"]]


def image_of(shelf: Shelf, key: bytes, cid: str, digest: str) -> bytes:
    """An image of a data set as PNG. DataError where it is not that of its digest."""
    body = b"".join(shelf.store.get(CID.parse(cid)))
    png = opened(key, body, about=bytes.fromhex(digest), where=digest[:16])
    if hashlib.sha256(png).hexdigest() != digest:
        raise DataError("an image of the data set is not the one that it names", where=digest[:16])
    return png


def weights_of(training: Training) -> Weights:
    """The weights after the last iteration that was made."""
    path = _folder(training.run) / f"{len(training.steps)}.safetensors"
    return Weights.from_file(guarded(path.read_bytes, path))


def trainings(dataset: int, buyer: str) -> list[Training]:
    """The runs of a buyer on a data set that are kept here, the newest first."""
    folder = room("labeling") / "trainings"
    paths = sorted(folder.glob("*/state.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    found = [known_training(path.parent.name) for path in paths]
    return [one for one in found if (one.dataset, one.buyer) == (dataset, buyer)]


def known_training(run: str) -> Training:
    """A run that is kept here. StateError where it is not, or cannot be read."""
    path = _folder(run) / "state.json"
    try:
        found = json.loads(guarded(lambda: path.read_text(encoding="utf-8"), path))
        steps = tuple(Step(**{**s, "receipt": UseReceipt(**s["receipt"])}) for s in found["steps"])
        return Training(**{**found, "steps": steps})
    except (ValueError, KeyError, TypeError) as error:
        raise StateError("the saved training cannot be read", where=str(path), then="start again") from error


def _keep(training: Training) -> Training:
    write_atomic(_folder(training.run) / "state.json", json.dumps(asdict(training), indent=1).encode())
    return training


def _folder(run: str) -> Path:
    folder = room("labeling") / "trainings" / run
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
