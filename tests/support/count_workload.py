"""A workload in one file, for tests: sums of three ones, round after round, each charged under noise and resumable."""

COUNT = """
import os
from dataclasses import dataclass, replace
import numpy as np
from privacy.plugin import (
    Account, Case, Figure, Metric, Round, Shape, Workload, WorkloadSpec, contributor, hookimpl, param
)

@dataclass(frozen=True)
class Options:
    rounds: int = param(3, help="rounds", low=1, high=9)

class Count(Workload):
    def open(self, request, stack, options, *, tell, private=None):
        return Case(request, stack, options, data_hash="0" * 64)

    def data_hash(self, request, options):
        return "0" * 64

    def account(self, case):
        return Account("counter")

    def rounds(self, case, seats):
        first = seats.resume["next"] if seats.resume else 1
        for index in range(first, case.options.rounds + 1):
            if str(index) == os.environ.get("COUNT_STOPS_AT"):
                os._exit(9)
            service = seats.sums(Shape(1, 1, 1.0), contributors=3, minimum=1)
            service.publish(seats.channel)
            ones = {contributor(i): np.ones(1, dtype=np.int64) for i in (1, 2, 3)}
            total = service.release(ones, seats.channel).sum.total
            service.close()
            before = seats.resume["sum"] if seats.resume and index == first else 0
            yield Round(
                index=index, answer={"sum": index}, metrics=[Metric("counted", float(total[0]), n=3)],
                guarantee=service.guarantee, state={"next": index + 1, "sum": before + 3},
            )

@hookimpl
def register_workloads():
    return [
        WorkloadSpec(
            id='count', title='Count', summary='s', primitives=('aggregation',), workload=__name__ + ':Count',
            options=Options, figures=(Figure('counted', 'counted'),), rank=99,
        )
    ]
"""
