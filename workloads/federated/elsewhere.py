"""Devices on machines of their own: what a training asks of whatever carries it to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from privacy.plugin import CONTRIBUTOR, AggregationTask, ParamError, Seats
from privacy.plugin.running import Transport
from workloads.federated.options import FederatedOptions
from workloads.federated.robust.rules import MEAN
from workloads.federated.training.how import Training


@dataclass(frozen=True, repr=False)
class Order:
    """What a device is asked for in a round: to train this model so, and to take part in this sum of updates.

    `model` is the model's file and `version` its CID. All of it is public.
    """

    model: bytes
    version: str
    training: Training
    task: AggregationTask
    stack: str
    params: Mapping[str, Any]


@runtime_checkable
class Elsewhere(Transport, Protocol):
    """Places contributors on their own devices, which train and keep their updates."""

    def here(self, *, minimum: int) -> list[int]:
        """The devices that can be reached, by number. ProtocolAborted where fewer than `minimum` come in time."""

    def begin(self, order: Order, places: Sequence[int], *, session: str) -> None:
        """Open a sum: contributor i of it is the i-th of `places`."""


def elsewhere(seats: Seats) -> Elsewhere | None:
    """What carries a training to devices elsewhere; None where they are simulated here."""
    found = (seats.places or {}).get(CONTRIBUTOR)
    return found if isinstance(found, Elsewhere) else None


_HERE = ("Devices are simulated clients", "All devices train on this machine")
"""How notes of data begin that say where devices are."""
NOTE = (
    "Devices are SuperNodes, which train on their own data: a made-up device's, unless their owners put other data "
    "there."
)


def notes(found: Sequence[str]) -> list[str]:
    """The notes of data where SuperNodes train: none says that all of it happens here."""
    return [NOTE, *(one for one in found if one != NOTE and not one.startswith(_HERE))]


def check(options: FederatedOptions) -> None:
    """ParamError for what only simulated devices do."""
    strange = {
        "share": options.share != 1.0, "dropouts": options.dropouts > 0, "malicious": options.malicious > 0,
        "rule": options.rule != MEAN, "example_noise": options.example_noise > 0,
    }  # fmt: skip
    if wrong := [name for name, there in strange.items() if there]:
        raise ParamError(f"{wrong[0]} is of simulated devices, and these are elsewhere", then=f"leave {wrong[0]} out")
