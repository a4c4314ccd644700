"""Versions of a model, each a file in the blob store under the CID of its bytes."""

from types import TracebackType
from typing import Self

from privacy.plugin import DataError
from privacy.plugin.running import Registry
from privacy.plugin.stores import CID, store_in_use
from workloads.federated.tasks.task import Task
from workloads.federated.training.files import from_file, to_file
from workloads.federated.training.shape import Weights


class Versions:
    """The versions in the store that is in use."""

    def __init__(self, registry: Registry) -> None:
        self._store = store_in_use(registry)

    def put(self, task: Task, weights: Weights) -> str:
        """Keep a version; returns its CID. It is on the disk when this returns."""
        return self._store.put(to_file(task, weights)).text

    def body(self, version: str) -> bytes:
        """The file of a version. Errors as `get` has them."""
        return b"".join(self._store.get(CID.parse(version)))

    def get(self, version: str, task: Task) -> Weights:
        """The weights of a version, each block held against its CID.

        ParamError for what is not a CID, DataError where it is of another model; a StoreError as the store has it.
        """
        found, weights = from_file(self.body(version))
        if found != task:
            text = "the version is of another model" if found.kind != task.kind else (
                "the version's model has other sizes" if found.shape != task.shape else
                "the version knows other words than these texts"
            )  # fmt: skip
            raise DataError(text, then="set model, words and width as they were, and train on texts with its words")
        return weights

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()
