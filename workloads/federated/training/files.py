"""A model as a file: safetensors, with its words and sizes beside the tensors. Nothing else is read as a model."""

import json

import numpy as np

from privacy.plugin import DataError
from workloads.federated.text.vocabulary import Vocabulary
from workloads.federated.training.shape import Shape, Weights

FORMAT = "veilbench next-word model 1"
_ENTRY = "veilbench"


def to_file(shape: Shape, weights: Weights, vocabulary: Vocabulary) -> bytes:
    """The bytes of a model's file; the same model has the same bytes."""
    from safetensors.numpy import save

    about = {"format": FORMAT, "width": shape.width, "words": vocabulary.words}
    # One entry: safetensors writes several in an order of chance, and a version is known by the digest of its bytes.
    text = {_ENTRY: json.dumps(about, sort_keys=True, ensure_ascii=True)}
    return bytes(save({name: part.copy() for name, part in shape.split(weights).items()}, metadata=text))


def from_file(body: bytes) -> tuple[Shape, Weights, Vocabulary]:
    """What `to_file` wrote. DataError for any other bytes, a pickle among them, of which nothing is run."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        size = int.from_bytes(body[:8], "little")
        about = json.loads(json.loads(body[8 : 8 + size])["__metadata__"][_ENTRY])
        if about["format"] != FORMAT:
            raise ValueError("another format")
        vocabulary = Vocabulary(tuple(str(word) for word in about["words"]))
        shape = Shape(len(vocabulary), int(about["width"]))
        tensors = load(body)
        if {name: one.shape for name, one in tensors.items()} != dict(shape.parts):
            raise ValueError("other tensors")
        flat = np.concatenate([np.asarray(tensors[name], dtype=np.float32).reshape(-1) for name, _ in shape.parts])
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError, OverflowError, MemoryError) as error:
        text = "the bytes are no model of this workload"
        raise DataError(text, then="give a safetensors file that Veilbench wrote; a pickle is never opened") from error
    if not np.isfinite(flat).all():
        raise DataError("a weight of the model is NaN or infinite", then="go back to the version before")
    return shape, flat, vocabulary
