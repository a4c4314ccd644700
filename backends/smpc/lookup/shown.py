"""What a lookup from two servers shows of the inside of a test run: the trees that both keys of every record stand for.

For the conformance kit alone, which is the only one that reads the wires of both servers.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from backends.smpc.lookup.dpf import LEAF_BITS, Octets, expand, levels, roots_of, walk
from privacy.plugin import CLIENT, BoundValue, DrawnNumbers, DrawnSeeds, KnownAnswer, KnownRun, LookupTask, MaskedVector

_NEAR = 0.85


def shown_keys(task: LookupTask, bodies: Sequence[bytes], run: KnownRun) -> Iterator[KnownAnswer]:
    """From the keys of both servers: root seeds, what the keys select, and the seeds on the way to each record."""
    if len(bodies) != 2:
        return
    indices, depth = np.asarray(run.inputs[CLIENT]).astype(np.int64).ravel(), levels(task.items)
    roots = [root for body in bodies for root in roots_of(body, count=task.count)]
    yield DrawnSeeds(CLIENT, "the root seeds of the keys", roots)
    hidden, own, plain = list[Octets](), list[Octets](), list[npt.NDArray[np.bool_]]()
    stages = zip(*(walk(body, party=p, items=task.items, count=task.count) for p, body in enumerate(bodies)),
                 strict=True)  # fmt: skip
    for level, ((first, marks), (second, others)) in enumerate(stages):
        way = indices >> (depth + LEAF_BITS - level)
        yield from _ways(first, second, way, level=level)
        if level:
            hidden, own = [*hidden, marks], [*own, others]
            plain.append(np.arange(marks.shape[1]) == way[:, None])
    # All that the keys stand for, also past the last record: fewer bits may all be 0 by luck.
    whole = 1 << (depth + LEAF_BITS)
    leaves = [expand(body, party=p, items=whole, count=task.count) for p, body in enumerate(bodies)]
    hidden, own = [*hidden, leaves[0]], [*own, leaves[1]]
    plain.append(np.arange(whole) == indices[:, None])
    ends = [np.concatenate([x.ravel() for x in side]).astype(np.int64) for side in (hidden, plain, own)]
    yield MaskedVector(CLIENT, ends[0], ends[1], 2, ends[2], {})
    yield DrawnNumbers("what the keys of one server select", 2 * ends[2] - 1, _NEAR, most=1)


def _ways(first: Octets, second: Octets, way: npt.NDArray[np.int64], *, level: int) -> Iterator[BoundValue]:
    """The seeds at the node above each record: who has one key alone must not have the other's."""
    rows = np.arange(len(way))
    ours, theirs = first[rows, way], second[rows, way]
    for row in rows:
        mine, others = ours[row].tobytes(), {"the server": theirs[row].tobytes()}
        others |= {f"the record, of {other + 1}": ours[other].tobytes() for other in range(row)}
        yield BoundValue(f"the seed on the way to record {row + 1} at level {level}", mine, mine, others)
