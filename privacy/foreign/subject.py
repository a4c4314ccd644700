"""A foreign step by its name: `module:callable`, or a file and a name in it. Imported in a process of its own alone.

It is a function, an object with `process` or `__call__`, a class of such objects, or the configuration of a noised
training: a mapping with a `noise_multiplier`. What it claims of itself stands in an attribute `claims`.
"""

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from privacy.errors import DataError, ParamError, PluginError, UnknownNameError, VeilbenchError
from privacy.foreign.forms import FORMS, Array, form_of, given, taken

CONFIGURED = "noise_multiplier"
_LONGEST = 200


@dataclass(frozen=True)
class Subject:
    """A step to play: `call` takes the `form` with `settings`; with `batch` it takes many updates (n, d) at once."""

    call: Callable[..., Any]
    claims: Mapping[str, Any]
    form: str = "array"
    batch: bool = False
    settings: Mapping[str, Any] | None = None

    def play(self, value: Array, *, count: int) -> Array:
        """`count` releases (count, d) of one update (d,). PluginError for whatever it does wrong."""
        if self.batch:
            sent = np.repeat(value[None], count, axis=0)
            return taken(self._answer(sent.copy()), sent, "array")
        rows = []
        for _ in range(count):
            sent = given(value, self.form)
            shapes = given(value, self.form)
            # A copy: a step may write each release into the same array.
            rows.append(taken(self._answer(sent), shapes, self.form).ravel().copy())
        return np.stack(rows)

    def _answer(self, sent: Any) -> Any:
        return guarded(lambda: self.call(sent, **(self.settings or {})), "on an update", self.form)


def found(
    target: str, folder: Path, *, settings: Mapping[str, Any], form: str = "", batch: bool | None = None
) -> Subject | Mapping[str, Any]:
    """The step that `target` names, or the values of a configuration.

    DataError for a module or a file that is not there, UnknownNameError for a name that is not in it, PluginError for
    one that cannot be used.
    """
    thing = _attribute(_module(target, folder), target)
    if (values := _configured(thing)) is not None:
        return values
    claims = _claims(thing)
    if isinstance(thing, type):
        made = thing
        thing, settings = guarded(lambda: made(**settings), "when it was made"), {}
        claims = _claims(thing) or claims
    call = getattr(thing, "process", None) or thing
    if not callable(call):
        raise PluginError(f"it is a {type(thing).__name__}, which cannot be called", then="name a function or a class")
    chosen = form or getattr(thing, "form", None) or form_of(call)
    if chosen not in FORMS:
        raise UnknownNameError("form", str(chosen), FORMS)
    together = bool(getattr(thing, "batch", False) if batch is None else batch)
    if together and chosen != "array":
        raise ParamError("a step for many updates at once takes an array", then="leave out --batch or --form")
    return Subject(call, claims, chosen, together, dict(settings))


def guarded(work: Callable[[], Any], when: str, form: str = "") -> Any:
    """What `work` returns of somebody's code; PluginError with its own words where it raises."""
    try:
        return work()
    except (VeilbenchError, MemoryError):
        raise
    except BaseException as error:
        words = " ".join(str(error).split())[:_LONGEST]
        then = f"fix it; it was given the form {form!r}, and --form names another" if form else "fix it"
        raise PluginError(f"it raised {type(error).__name__} {when}: {words or 'without a word'}", then=then) from None


def _module(target: str, folder: Path) -> ModuleType:
    name, sign, attribute = target.rpartition(":")
    if not sign or not name or not attribute:
        raise ParamError(f"{target!r} names no step", then="write module:callable, or ./file.py:callable")
    sys.path.insert(0, str(folder))
    if name.endswith(".py") or os.sep in name:
        return _file(folder / Path(name).expanduser())
    try:
        return guarded(lambda: importlib.import_module(name), f"when {name} was imported")  # type: ignore[no-any-return]
    except PluginError as error:
        if "ModuleNotFoundError" in error.what and importlib_misses(name):
            then = "check its name, go to its folder, or install it"
            raise DataError(f"there is no module {name} in {folder} or in this environment", then=then) from None
        raise


def importlib_misses(name: str) -> bool:
    """Whether it is this very module that is not there, and not one that it wants."""
    try:
        return importlib.util.find_spec(name) is None
    except (ImportError, ValueError):
        return True


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        raise DataError(f"there is no file {path}", then="look at its name")
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise DataError(f"{path} is not a Python file", then="name a file that ends in .py")
    module, loader = importlib.util.module_from_spec(spec), spec.loader
    sys.modules[path.stem] = module
    guarded(lambda: loader.exec_module(module), f"when {path.name} was imported")
    return module


def _attribute(module: ModuleType, target: str) -> Any:
    here: Any = module
    for part in target.rpartition(":")[2].split("."):
        if not hasattr(here, part):
            raise UnknownNameError(f"name in {module.__name__}", part, [n for n in dir(here) if not n.startswith("_")])
        here = getattr(here, part)
    return here


def _configured(thing: Any) -> Mapping[str, Any] | None:
    if callable(thing):
        return None
    values = dict(thing) if isinstance(thing, Mapping) else dict(getattr(thing, "__dict__", {}))
    return _plain(values, "its configuration") if CONFIGURED in values else None


def _claims(thing: Any) -> Mapping[str, Any]:
    claims = getattr(thing, "claims", {})
    if not isinstance(claims, Mapping):
        raise PluginError("`claims` is not a mapping", then='write claims = {"epsilon": 1.0, "delta": 1e-5}')
    return _plain(dict(claims), "its attribute `claims`")


def _plain(values: dict[Any, Any], where: str) -> dict[str, Any]:
    """Numbers and texts that can go to another process."""
    made = {str(k): v.item() if isinstance(v, np.generic) else v for k, v in values.items()}
    for name, value in made.items():
        if value is not None and not isinstance(value, (bool, int, float, str)):
            raise PluginError(f"{where} has a {type(value).__name__} as {name}", then="use numbers and texts there")
    return made
