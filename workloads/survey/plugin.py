"""Registers `survey`."""

from privacy.plugin import WorkloadSpec, hookimpl
from workloads.survey.figures import FIGURES
from workloads.survey.options import SurveyOptions


@hookimpl
def register_workloads() -> list[WorkloadSpec]:
    return [
        WorkloadSpec(
            id="survey",
            title="Survey",
            icon="📊",
            summary=(
                "Asks for a histogram, a mean or the most common values of one column. Its cells lie on simulated "
                "devices and are only added up. See what the sum costs and what it still gives away: to the "
                "aggregator, in two sums that differ by one device, and over many rounds."
            ),
            primitives=("aggregation",),
            workload="workloads.survey.workload:SurveyWorkload",
            options=SurveyOptions,
            figures=FIGURES,
            stacks=("plain", "dp", "smpc", "he", "dp+smpc"),
            steps={"aggregation": "Sum"},
            small={"devices": 12, "minimum": 3, "dropouts": 0.0},
            page="workloads.survey.panels.page:page",
            panels="workloads.survey.panels.server:SurveyPanels",
            people="devices",
            holds={
                "contributor": "its own cell, its keys and its randomness",
                "aggregator": "no input of its own, unless it adds the noise",
                "collector": "its keys, where the stack gives it any",
            },
            sees=(
                "This process plays every simulated device and holds all their cells. Privacy here is towards "
                "whoever computes the sum and whoever reads it."
            ),
            reads=(
                "Every wire is searched for three things: the sender's own vector, the vector it sent instead, and "
                "the released sum. The search misses what follows from them, and anything hidden in the bytes."
            ),
            measured=(
                "Accuracy of the answer, and attacks on it. Most attacks show the advantage over guessing one "
                "device's answer: 0 is guessing, 1 is certainty. Unanimous and cohorts show a share: 0 is none."
            ),
            spent="Cost of one contributor (median), of the aggregators and the collector, and of the set-up.",
            spread="bars are 95% intervals where there is more than one measurement",
            formerly=("tally",),
            bare=("items",),
            rank=20,
        )
    ]
