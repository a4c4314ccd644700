"""Where processes that train are forked from: `python -P -m workloads.federated.training.nursery DOOR` has torch."""

import gc

from privacy.plugin import processes


def main() -> None:
    gc.disable()  # importing torch makes a million objects, and none of them goes
    import numpy as np
    import torch

    from workloads.federated.training import lstm, worker
    from workloads.federated.training.local import settle
    from workloads.federated.training.shape import Shape

    settle()
    shape = Shape(8, 4)
    with torch.no_grad():  # the first LSTM of a process takes as long as three clients
        lstm.Model(shape, np.zeros(shape.length, np.float32)).hidden(torch.zeros(1, 2, shape.embedding))
    gc.freeze()
    gc.enable()
    processes.raise_all(lambda files: worker.run(files[0]))


if __name__ == "__main__":
    main()
