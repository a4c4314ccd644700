"""Registers `federated`."""

from privacy.plugin import WorkloadSpec, hookimpl
from workloads.federated.figures import FIGURES
from workloads.federated.options import FederatedOptions


@hookimpl
def register_workloads() -> list[WorkloadSpec]:
    return [
        WorkloadSpec(
            id="federated",
            title="Training",
            icon="⌨️",
            summary=(
                "Trains a keyboard's next-word model on many devices by adding up their updates. See what each stack "
                "costs, how it changes the model, and which words an aggregator reads from an update."
            ),
            primitives=("aggregation",),
            workload="workloads.federated.workload:FederatedWorkload",
            options=FederatedOptions,
            figures=FIGURES,
            stacks=("plain", "smpc", "dp+smpc"),
            steps={"aggregation": "Sum of updates"},
            small={"devices": 5, "minimum": 3, "rounds": 1, "words": 60, "width": 4, "dropouts": 0.0},
            page="workloads.federated.panels.page:page",
            bench="workloads.federated.benches.speed:Speed",
            people="devices",
            holds={
                "contributor": "its sentences, its keys and its randomness",
                "aggregator": "no input of its own, unless it adds the noise",
                "collector": "its keys, where the stack gives it any",
            },
            sees=(
                "This process plays every simulated device and holds what all of them typed. Privacy here is towards "
                "whoever adds up the updates and whoever reads the model."
            ),
            reads="Updates are too long to search every wire for; the attack reads them instead.",
            measured=(
                "Loss on held-out sentences (lower is better), and word recovery: which words one device typed, read "
                "from what the aggregator received."
            ),
            spent="Cost of one device (median) and of the aggregators, in the last round.",
            spread="bars are 95% intervals where there is more than one measurement",
            modules=("torch", "safetensors"),
            install_hint="pip install torch==2.13.0 safetensors",
            rank=30,
        )
    ]
