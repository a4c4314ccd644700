"""Federated training: rounds of local training, whose updates are only ever added up, each round a version."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from privacy.plugin import (
    Account,
    Case,
    Findings,
    Held,
    Metric,
    RunRequest,
    Seats,
    Stack,
    Tell,
    Workload,
)
from privacy.plugin.running import Channel, Transcript, counted, sampling_of
from workloads.federated import engine, example_level
from workloads.federated.attacks import difference_metrics, recover, word_metrics
from workloads.federated.cohort import taken
from workloads.federated.course import Course
from workloads.federated.elsewhere import notes as with_supernodes
from workloads.federated.live import Question, live
from workloads.federated.options import FLOWER, FederatedOptions
from workloads.federated.plan import Plan, data_hash, read
from workloads.federated.robust.poison import check, malicious
from workloads.federated.robust.rules import MEAN
from workloads.federated.round import FederatedRound, sum_shape, sum_updates
from workloads.federated.training import idle
from workloads.federated.versions import Versions

FEW = 300
"""Users below which a client-level epsilon is no meaningful promise at a useful loss."""


class FederatedWorkload(Workload):
    """Devices train a next-word model of a keyboard together."""

    round_class = FederatedRound

    def open(
        self, request: RunRequest, stack: Stack, options: FederatedOptions, *, tell: Tell, private: Any = None
    ) -> Case:
        """Read the texts and the words that the model knows. It has no input beside its data."""
        example_level.check(options)
        engine.check(options, request, stack)
        engine.be_patient(options)
        idle.prepare()
        plan = read(request, options)
        stack = counted(
            stack, share=options.share, minimum=options.minimum, devices=plan.devices, rounds=options.rounds
        )  # fmt: skip
        check(
            stack, sum_shape(plan), devices=plan.devices, share=options.malicious, kind=options.poison,
            rule=options.rule,
        )  # fmt: skip
        notes = [*(with_supernodes(plan.found.notes) if options.engine == FLOWER else plan.found.notes)]
        if options.malicious > 0:
            count = len(malicious(plan.devices, share=options.malicious, seed=request.seed))
            notes.append(f"{count} of {plan.devices} devices are malicious, by {options.poison}: simulated.")
        if options.example_noise > 0:
            rounds = taken(plan, noised=stack.randomiser is not None, seed=request.seed, rounds=options.rounds)
            notes.append(example_level.statement(plan, taken=rounds))
        if stack.randomiser is not None and plan.devices < FEW:
            notes.append(f"With {plan.devices} devices, under {FEW}, an epsilon for one of them is not meaningful.")
        if stack.randomiser is not None and sampling_of(stack) < 1.0:
            notes.append(
                "How many take part stays hidden, but this record's transcript tells. Towards its readers "
                "the guarantee is weaker."
            )
        plan = replace(plan, found=replace(plan.found, notes=tuple(notes)))
        found = plan.found
        return Case(request, stack, options, found.data_hash, plan, found.notes, simulated=found.simulated)

    def data_hash(self, request: RunRequest, options: FederatedOptions) -> str:
        """That of the texts."""
        return data_hash(request, options)

    def account(self, case: Case) -> Account:
        """That of the texts: all trainings on them draw on one."""
        return Account(f"training on {case.data_hash[:16]}", simulated=case.simulated)

    def rounds(self, case: Case, seats: Seats) -> Iterator[FederatedRound]:
        """Each round is a version, kept by its CID before the next begins; a run that was cut off goes on there."""
        plan: Plan = case.inner
        with (
            plan.team() as team, Versions(seats.registry) as versions,
            engine.placed(plan, seats, case.request) as there,
        ):  # fmt: skip
            course = Course(case, replace(there, stack=case.stack), team, versions)
            while course.index < plan.options.rounds:
                seats.check()
                yield course.step()

    def attacks(self, case: Case, seats: Seats, *, tell: Tell) -> Findings:
        """Word recovery on one round of these devices, in a rehearsal: nobody's budget is spent."""
        # Of honest devices alone, as those who lie about their words say nothing of what an update tells.
        plan: Plan = replace(case.inner, options=replace(case.inner.options, malicious=0.0, rule=MEAN))
        if not plan.task.attacked:
            return Findings([], {"way": "", "words": {}, "reads": plan.task.reads})
        tell(0, 1, "training one round to be attacked")
        channel = Channel(transcript=Transcript(sample_bytes=None))
        there = replace(seats.rehearsal(case.stack), channel=channel)
        with plan.team() as team:
            weights = plan.base(team, seed=case.request.seed)
            places = list(range(min(plan.devices, max(10, plan.options.minimum))))
            result = sum_updates(plan, team, weights, there, places=places, seed=case.request.seed, index=1)
            more: list[Metric] = []
            if len(places) > plan.options.minimum and plan.options.dropouts == 0:
                tell(0, 1, "the same round without one device")
                apart = replace(seats.rehearsal(case.stack), channel=Channel())
                fewer = sum_updates(plan, team, weights, apart, places=places[:-1], seed=case.request.seed, index=1)
                more = difference_metrics(plan, result, fewer)
                fewer.service.close()
        found = recover(plan, result, channel.seal(), result.service.aggregators)
        metrics = [*word_metrics(plan, result, found), *more]
        # What the devices of a file typed is nobody's to look at, also where an attacker could.
        words = {} if not plan.found.simulated else {
            plan.names[place]: [plan.task.called(item) for item in sorted(guess)][:60]
            for place, guess in list(found.guesses.items())[:3]
        }  # fmt: skip
        result.service.close()
        return Findings(metrics, {"way": found.way, "words": words, "reads": plan.task.reads})

    def held(self, round_: FederatedRound) -> Held:
        """An update is too long to be looked for in every wire; what it says is read by the attack."""
        return Held((), none="no wire is searched for updates; the attack reads them")

    def live(self, question: Mapping[str, Any]) -> Question | None:
        """A training of real devices."""
        return live(question)
