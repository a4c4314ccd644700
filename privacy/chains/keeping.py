"""What can be done with a chain that is kept on this device: check it, take it out, bring it in, start again."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

Progress = Callable[[int, int], None]
"""Called with the blocks that are done, and all of them."""


class Keeping(ABC):
    """The tools of one chain. None of them needs the chain to be open; ChainError where one cannot do its work."""

    @abstractmethod
    def check(self, progress: Progress) -> Iterator[str]:
        """What is wrong with the chain, a sentence for each; nothing where it holds together."""

    @abstractmethod
    def export(self, path: Path, progress: Progress) -> int:
        """Write all blocks to a new file and return their number; the file is there once all of it is."""

    @abstractmethod
    def bring(self, path: Path, progress: Progress) -> int:
        """Take an export in place of the chain, every block executed again, and return the number of its blocks.

        All or nothing; the chain before is kept beside it.
        """

    @abstractmethod
    def reset(self) -> Path | None:
        """Begin a new chain; returns where the one before is kept, None where there was none."""
