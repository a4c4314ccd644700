"""The process that trains: `python -P -m workloads.federated.training.worker`, spoken to by frames on its streams.

A frame is the length of a JSON header, the header, then the bytes that it announces. It ends with its standard input.
"""

import sys

import numpy as np
import torch

from workloads.federated.training.frames import Frame, read, write
from workloads.federated.training.lstm import Model, train_client
from workloads.federated.training.shape import Shape


def main() -> None:
    """Serve one host until it goes."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    stream, out = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints must not stand between frames
    rows: list[np.ndarray] = []
    shape = Shape(1, 1)
    while (frame := read(stream)) is not None:
        head, body = frame.head, frame.body
        if head["do"] == "begin":
            shape = Shape(head["words"], head["width"])
            flat = np.frombuffer(body, dtype=np.int64).reshape(-1, head["columns"])
            rows = np.split(flat, np.cumsum(head["counts"])[:-1])
        elif head["do"] == "train":
            weights = np.frombuffer(body, dtype=np.float32)
            how = {name: head[name] for name in ("epochs", "batch", "rate")}
            for device in head["devices"]:
                update, loss = train_client(shape, weights, rows[device].copy(), **how)
                write(out, Frame({"device": device, "loss": loss}, update.tobytes()))
        elif head["do"] == "measure":
            model = Model(shape, np.frombuffer(body, dtype=np.float32).copy())
            found = [model.loss(torch.from_numpy(rows[device].copy())) for device in head["devices"]]
            write(out, Frame({"found": found}))
        elif head["do"] == "next":
            model = Model(shape, np.frombuffer(body, dtype=np.float32).copy())
            write(out, Frame({"found": model.next_words(head["ids"], most=head["most"])}))


if __name__ == "__main__":
    main()
