"""Registers `labeling`."""

from privacy.plugin import WorkloadSpec, hookimpl
from workloads.labeling.figures import FIGURES
from workloads.labeling.options import LabelingOptions


@hookimpl
def register_workloads() -> list[WorkloadSpec]:
    return [
        WorkloadSpec(
            id="labeling",
            title="Labeling",
            icon="🏷️",
            summary=(
                "A crowd with some dishonest labelers votes on what images show, and a consensus makes labels. See "
                "how each stack changes the labels, and what whoever counts the votes learns about one vote."
            ),
            primitives=("aggregation",),
            workload="workloads.labeling.workload:LabelingWorkload",
            options=LabelingOptions,
            figures=FIGURES,
            stacks=("plain", "dp", "smpc", "he", "dp+smpc"),
            steps={"aggregation": "Tally"},
            small={
                "labelers": 8,
                "items": 6,
                "redundancy": 5,
                "classes": 4,
                "minimum": 3,
                "gold": 0.0,
                "dropouts": 0.0,
            },
            pages={
                "Crowd": "workloads.labeling.panels.crowd:page",
                "Label": "workloads.labeling.panels.label:page",
                "Market": "workloads.labeling.panels.market:page",
                "Owner": "workloads.labeling.panels.owner:page",
            },
            routes="workloads.labeling.rest:router",
            bench="workloads.labeling.benches.bench:LabelingBench",
            gas="workloads.labeling.benches.gas:CrowdGas",
            panels="workloads.labeling.panels.server:LabelingPanels",
            paths={"votes": "data", "truth": "mapping"},
            people="labelers",
            holds={
                "contributor": "its own votes, its keys and its randomness",
                "aggregator": "no input of its own, unless it adds the noise",
                "collector": "its keys, where the stack gives it any",
            },
            sees=(
                "This process plays every simulated labeler and holds all votes. Privacy here is towards whoever "
                "counts the votes and whoever reads the tally."
            ),
            reads=(
                "Every wire is searched for three things: the sender's own votes, the values it sent instead, and "
                "the released tally. The search misses what follows from them, and anything hidden in the bytes."
            ),
            measured=(
                "Labels that are right, and attacks. The attack on one vote shows the advantage over guessing: 0 is "
                "guessing, 1 is certainty. Unanimous and decoded show the share of items whose every vote the tally "
                "gives away."
            ),
            spent="Cost of one labeler (median), of the aggregators and the collector, and of the set-up.",
            spread="bars are 95% intervals where there is more than one measurement",
            rank=40,
        )
    ]
