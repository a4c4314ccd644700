"""Errors, classed by what the person can do about them.

    VeilbenchError
      DataError            fix the file or choose another
      ParamError           change a setting (UnknownNameError: choose a known name)
      MissingModuleError   install something
      PluginError          mend or remove a plugin
      BudgetError          the budget of a period is spent: wait, or choose a larger one
      StateError           free the disk, fix permissions, choose another VEILBENCH_HOME
      ServiceError         free a port, start a server
      BoundaryError        a bug in a backend: it reached over the boundary
      WireError            a wire was refused (IntegrityError: it is not what its sender sent)
      ProtocolAborted      a run ended without a result, for a stated reason
      MechanismError       a bug in a backend: it raised something untyped

Each message is one clear sentence: what is wrong, where, and what to do next. A message never quotes a
private input.
"""

import datetime
import difflib
from collections.abc import Iterable


class VeilbenchError(Exception):
    """Base of all errors that a person may see: `what` is wrong, `where`, and `then` what to do next."""

    def __init__(self, what: str, *, where: str = "", then: str = "") -> None:
        self.what, self.where, self.then = what.rstrip("."), where, then.rstrip(".")
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.what} ({self.where})" if self.where else self.what
        text += f"; {self.then}" if self.then else ""
        # A file's or a setting's name keeps its case: only a plain word begins a sentence.
        first = text.split(" ", 1)[0]
        return (text[:1].upper() + text[1:] if first.isalpha() else text) + ("" if text.endswith("?") else ".")


class DataError(VeilbenchError):
    """The data cannot be used: fix the file or choose another."""


class ParamError(VeilbenchError):
    """A setting is out of its bounds or contradicts another: change it."""


class UnknownNameError(ParamError):
    """A name that does not exist, with the nearest that do."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(set(known))
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
        then = f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(names) or '(none)'}"
        super().__init__(f"there is no {kind} named {name!r}", then=then)
        self.near = tuple(near)


class MissingModuleError(VeilbenchError):
    """Something must be installed first."""


class PluginError(VeilbenchError):
    """A plugin is broken: fix it or remove it."""


class BudgetError(VeilbenchError):
    """The privacy budget of a period is spent: wait until `frees`, or choose a larger one.

    `frees` is the first day of the next period, or None where no wait would help.
    """

    def __init__(self, what: str, *, where: str = "", then: str = "", frees: datetime.date | None = None) -> None:
        super().__init__(what, where=where, then=then)
        self.frees = frees


class ConsentError(BudgetError):
    """A run would spend a person's own budget, and the person has not said so: a link or a redraw never does."""


class StateError(VeilbenchError):
    """State under VEILBENCH_HOME cannot be read or written."""


class ServiceError(VeilbenchError):
    """A port or a server is not available."""


class BoundaryError(VeilbenchError):
    """A backend reached for something that its party does not hold."""


class WireError(VeilbenchError):
    """A wire was refused: its body is not what the protocol allows."""


class IntegrityError(WireError):
    """A wire is not what its sender sent: tampered with, replayed, or bound to another place."""


class ProtocolAborted(VeilbenchError):
    """A run ended without a result, for the reason stated by the party that stopped it."""


class Cancelled(VeilbenchError):
    """Somebody ended the run."""


class MechanismError(VeilbenchError):
    """A mechanism raised an untyped exception: a bug in the backend."""
