"""The side of crowd-kit's environment, which has neither Veilbench's requirements nor Veilbench.

`python -P -m workloads.labeling.benches.crowdkit_side VOTES FOUND METHOD STEPS`. Nothing of Veilbench is imported.
"""

import importlib
import importlib.metadata
import sys
import time

import numpy as np

MAKERS = {"majority": "MajorityVote", "dawid-skene": "DawidSkene", "one-coin": "OneCoinDawidSkene"}


def main(given: str, made: str, method: str, steps: int) -> None:
    """Read votes, time the consensus alone, write what it found."""
    pandas, kit = importlib.import_module("pandas"), importlib.import_module("crowdkit.aggregation")
    with np.load(given) as votes:
        frame = pandas.DataFrame({name: votes[name] for name in ("task", "worker", "label")})
    maker = getattr(kit, MAKERS[method])
    model = maker() if method == "majority" else maker(n_iter=steps, tol=-np.inf)
    start = time.perf_counter()
    probabilities = model.fit_predict_proba(frame)
    seconds = time.perf_counter() - start
    probabilities = probabilities.sort_index().sort_index(axis=1)
    np.savez(
        made, labels=model.labels_.sort_index().to_numpy().astype(np.int32), posterior=probabilities.to_numpy(),
        classes=probabilities.columns.to_numpy().astype(np.int64), seconds=seconds,
        version=importlib.metadata.version("crowd-kit"),
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
