"""Kinds of model: the module of each, which has `train_client` and `Model`, and the class of its sizes."""

import importlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from workloads.federated.training.shape import Shape

KINDS: dict[str, tuple[str, type[Any]]] = {"words": ("workloads.federated.training.lstm", Shape)}
"""By the name that a class of sizes has in its `kind`."""


def as_fields(shape: Any) -> dict[str, Any]:
    """The sizes of a model as plain values, with the name of their kind."""
    return {"kind": shape.kind, **asdict(shape)}


def from_fields(fields: Mapping[str, Any]) -> Any:
    """The sizes that `as_fields` wrote; KeyError for a kind that is none."""
    return KINDS[fields["kind"]][1](**{name: value for name, value in fields.items() if name != "kind"})


def module_of(shape: Any) -> Any:
    """The module that trains a model of these sizes. It imports torch."""
    return importlib.import_module(KINDS[shape.kind][0])
