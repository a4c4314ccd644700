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
                "A crowd votes on what is on images, some of it dishonest, and a consensus makes labels. See what each "
                "stack does to the labels, and what whoever counts the votes learns of one."
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
                "counts the votes, and whoever reads the tally."
            ),
            reads=(
                "Three things are looked for in every wire: the sender's own votes, what it sent in their place, and "
                "the released tally. What follows from them is not, nor is anything that is hidden in the bytes."
            ),
            measured=(
                "Labels that are right, and attacks. Attack on one vote: the advantage over guessing, where 0 is "
                "guessing and 1 is certainty; unanimous and decoded: the share of items whose every vote shows."
            ),
            spent="Cost of one labeler (median), of the aggregators and the collector, and of the set-up before.",
            spread="bars are 95% intervals where there is more than one measurement",
            rank=40,
        )
    ]
