"""The book of survey rounds: each is run once, whoever asks again, and kept in memory alone, as it holds the cells."""

import threading
from collections import OrderedDict
from dataclasses import replace
from functools import partial

from privacy.deadline import patiently
from privacy.fingerprint import code_fingerprint
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services import servers, surveys
from workloads.catalogue import WORKLOADS
from workloads.survey.view import TallyRun, tally_run

SMALL = {"devices": 12, "minimum": 3, "dropouts": 0.0}
"""The round that a page draws: so few devices that every wire has a place."""
_KEPT = 40
_TALLY = WORKLOADS["tally"]


def asked(plain: RunRequest, question: str, column: str, stack: str) -> RunRequest:
    """A survey of usual size: what the attacks are on. `plain` has the data."""
    options = vars(_TALLY.options(question=question, column=column))
    return RunRequest(workload=_TALLY.id, stack=stack, data=plain.data, seed=plain.seed, options=options)


def small(request: RunRequest) -> RunRequest:
    """The same question to a few devices: what is drawn wire by wire."""
    return replace(request, options={**request.options, **SMALL})


class SurveyBook:
    """Rounds by request. A second ask for the same one waits for the first, and charges nothing anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._runs: OrderedDict[str, tuple[bool, TallyRun]] = OrderedDict()

    def get(self, request: RunRequest, registry: Registry) -> TallyRun:
        """The round of a request, from the book or run now. Any VeilbenchError of the run is the caller's."""
        elsewhere = servers.configured()
        code = code_fingerprint(_TALLY.resolve(request, registry))
        key = request.key(_TALLY.data_hash(request), code, *(elsewhere.urls if elsewhere else ()))
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            found = self._runs.get(key)
            if found is None:
                with servers.placed(elsewhere, registry) as places:
                    ask = partial(tally_run, request, registry, charge=surveys.charge, transports=places)
                    run = patiently(ask, who=request.stack)
                found = (request.data is not None, run)
                with self._lock:
                    self._runs[key] = found
                    while len(self._runs) > _KEPT:
                        self._locks.pop(self._runs.popitem(last=False)[0], None)
            return found[1]

    def forget_own(self) -> None:
        """Drop every round over a person's own file."""
        with self._lock:
            for key in [k for k, (own, _) in self._runs.items() if own]:
                del self._runs[key]
