"""What every route of the API works with: the same registry, books and usual settings as the pages."""

from collections.abc import Callable
from dataclasses import dataclass

from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services.rounds import RoundBook


@dataclass(frozen=True)
class Desk:
    """`usual` gives the request that a page of a workload begins with: the same settings are the same run."""

    registry: Callable[[], Registry]
    rounds: RoundBook
    usual: Callable[[str], RunRequest]


def usual(workload: str) -> RunRequest:
    """A request at its defaults."""
    return RunRequest(workload=workload)
