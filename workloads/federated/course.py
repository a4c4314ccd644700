"""A training as it goes: its weights, its table of rounds, and how far it is; each round leaves a version."""

import math
import time
from dataclasses import asdict
from typing import Any

from privacy.plugin import Case, Metric, OutputPrivacy, Seats
from privacy.plugin.accounting import epsilon_of
from privacy.plugin.measuring import spent_by
from privacy.plugin.rooms import Entry
from privacy.plugin.running import Message, sampling_of, sent_by
from workloads.federated import example_level
from workloads.federated.cohort import cohort, taken
from workloads.federated.elsewhere import check, elsewhere, notes
from workloads.federated.options import FederatedOptions
from workloads.federated.plan import Plan
from workloads.federated.round import (
    FederatedRound,
    Result,
    gather_updates,
    honest_version,
    new_version,
    round_of,
    row_of,
    sum_updates,
)
from workloads.federated.training.shape import Weights
from workloads.federated.training.team import Team
from workloads.federated.versions import Versions

_NOT_CONFIG = ("version", "dropouts", "engine")
"""Options that are no setting of the training that a record names."""


class Course:
    """A training from its beginning, or from the state that its last finished round left."""

    def __init__(self, case: Case, seats: Seats, team: Team, versions: Versions) -> None:
        self._case, self._seats, self._team, self._versions = case, seats, team, versions
        self._plan: Plan = case.inner
        self._options: FederatedOptions = self._plan.options
        self._seed, self._noised = case.request.seed, case.stack.randomiser is not None
        state = seats.resume
        if state is None:
            self.index = 0
            self._weights = self._began()
            self._version = versions.put(self._plan.task, self._weights)
            self._history: list[dict[str, Any]] = [self._row(self._weights) | {"version": self._version}]
            self._twin = self._weights
        else:
            self.index, self._version = int(state["round"]), str(state["version"])
            self._weights, self._history = self._get(self._version), list(state["history"])
            self._twin = self._get(state["twin"]) if state.get("twin") else self._weights

    def _began(self) -> Weights:
        if self._options.version:
            return self._get(self._options.version)
        return self._plan.base(self._team, seed=self._seed)

    def _get(self, version: str) -> Weights:
        return self._versions.get(version, self._plan.task)

    def _row(self, weights: Weights) -> dict[str, Any]:
        nll, right, words = self._plan.measure(self._team, weights)
        return {"nll": nll, "right": right, "words": float(words)}

    def step(self) -> FederatedRound:
        """One round, kept as a version. BudgetError before anything noised is drawn, ProtocolAborted for too few."""
        plan, channel = self._plan, self._seats.channel
        self.index += 1
        before, start = len(channel.transcript.messages), time.perf_counter()
        result = self._sum()
        self._weights = new_version(plan, self._weights, result, noised=self._noised)
        seconds = time.perf_counter() - start
        messages = channel.transcript.messages[max(before, result.began) :]
        row = self._row(self._weights) | {"seconds": seconds} | row_of(plan, result) | self._spent(result)
        row |= {"bytes": sum(m.bytes for m in messages)} | self._clean(list(result.places))
        began, self._version = self._version, self._versions.put(plan.task, self._weights)
        self._history = [*self._history, row | {"version": self._version}]
        made = round_of(
            result, messages, stack=self._case.request.stack, index=self.index, history=self._history,
            notes=notes(plan.found.notes) if elsewhere(self._seats) else list(plan.found.notes),
        )  # fmt: skip
        result.service.close()
        made.version, made.data_hash = self._version, plan.found.data_hash
        made.metrics.append(Metric("training_seconds", seconds, n=1, unit="s", better="lower"))
        if (one := row.get("sentence_epsilon")) is not None:
            note = f"for one sentence of a device, delta {example_level.DELTA:g}; of another unit than a stack's"
            made.metrics.append(Metric("sentence_epsilon", one, n=1, unit="epsilon", better="lower", note=note))
        made.settings |= {"version": self._version}
        made.entry = self._entry(result, messages, row, began).as_dict()
        made.state = {"round": self.index, "version": self._version, "history": self._history} | self._kept_twin()
        return made

    def _sum(self) -> Result:
        """The sum of the updates of a round's devices, which are simulated here or elsewhere."""
        plan, there = self._plan, elsewhere(self._seats)
        if there is not None:
            check(self._options)
            return gather_updates(
                plan, self._seats, there, model=self._versions.body(self._version), version=self._version,
                request=self._case.request,
            )  # fmt: skip
        places = cohort(plan, noised=self._noised, seed=self._seed, index=self.index)
        return sum_updates(
            plan, self._team, self._weights, self._seats, places=places, seed=self._seed, index=self.index
        )  # fmt: skip

    def _clean(self, places: list[int]) -> dict[str, Any]:
        """The loss had nobody been malicious: of a training beside this one, where that can be told from noise."""
        if self._options.malicious == 0 or self._noised:
            return {}
        self._twin = honest_version(self._plan, self._team, self._twin, places=places)
        return {"clean": self._plan.measure(self._team, self._twin)[0]}

    def _kept_twin(self) -> dict[str, str]:
        if self._twin is self._weights or self._options.malicious == 0 or self._noised:
            return {}
        return {"twin": self._versions.put(self._plan.task, self._twin)}

    def _spent(self, result: Result) -> dict[str, Any]:
        """The epsilons so far, each of its own unit: of one device, and of one sentence."""
        one = None
        if self._options.example_noise > 0:
            rounds = taken(self._plan, noised=self._noised, seed=self._seed, rounds=self.index)
            one = example_level.spent(self._plan, taken=rounds)
        return self._spent_of_devices(result) | ({} if one is None else {"sentence_epsilon": one})

    def _spent_of_devices(self, result: Result) -> dict[str, Any]:
        """What the rounds so far tell whoever reads the model: amplified where the noise counts on a secret cohort."""
        cost, delta = result.service.cost, float(getattr(self._case.stack.release_params, "delta", 0.0))
        if cost is None or not delta:
            return {}
        if math.isinf(cost.epsilon):  # Gaussian noise, by the accountant of the bound that is declared
            z = math.sqrt(1 / (2 * cost.rho))
            q = 1.0 if _bound(result).sampler == "none" else sampling_of(self._case.stack)
            return {"epsilon": epsilon_of(z, q=q, rounds=self.index, delta=delta)}
        return {"epsilon": spent_by(cost, times=self.index, delta=delta)}

    def _entry(self, result: Result, messages: tuple[Message, ...], row: dict[str, Any], began: str) -> Entry:
        config = {k: v for k, v in vars(self._options).items() if k not in _NOT_CONFIG}
        config |= {"stack": self._case.request.stack, "seed": self._seed, "data": self._plan.found.data_hash}
        if self._case.stack.release_params is not None:
            config |= {"noise": dict(vars(self._case.stack.release_params))}
        secret = sampling_of(self._case.stack) < 1.0
        facts = {
            "config": config, "noise": self._noise(result, row),
            "count": None if secret else len(result.release.sum.included),
            "metrics": {"nll": row["nll"], "right": row["right"], "words": row["words"]},
        }  # fmt: skip
        included = [p for p in result.parties if p.index in result.release.sum.included]
        # How many leaves a root has can be counted by whoever sees the openings: all that were drawn are committed to.
        contributions = sent_by(result.parties if secret else included, messages)
        return Entry.of(self._version, began, [one for one in contributions if one], facts)

    def _noise(self, result: Result, row: dict[str, Any]) -> dict[str, Any] | None:
        """The bound of one device towards whoever reads the model, for all rounds, and what those so far have spent;
        and that of one sentence, which is of another unit.
        """
        found: dict[str, Any] = {}
        if result.service.randomiser is not None:
            found = asdict(_bound(result)) | {"epsilon_so_far": row.get("epsilon")}
        if (one := row.get("sentence_epsilon")) is not None:
            o = self._options
            found["sentence"] = {
                "epsilon_so_far": one, "delta": example_level.DELTA, "noise": o.example_noise, "clip": o.example_clip,
                "sampler": f"Poisson, {o.batch} a step",
            }  # fmt: skip
        return found or None


def _bound(result: Result) -> OutputPrivacy:
    """The bound of all rounds towards whoever reads the model and does not know who took part."""
    randomiser = result.service.randomiser
    assert randomiser is not None
    return randomiser.output(result.service.task)
