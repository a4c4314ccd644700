"""The shapes that steps of others take: an array, a list of arrays as Flower has them, a dict of them as NVFlare has.

The game has one vector. It is given to a step in the step's own shape, in two layers where there are several, and what
comes back has to have the shapes that went in.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.errors import PluginError

Array = npt.NDArray[Any]
FORMS = ("array", "list", "dict")
_NAMES = ("layer.weight", "layer.bias")
_LISTS = ("list", "List", "Sequence", "NDArrays", "tuple")
_DICTS = ("dict", "Dict", "Mapping")


def form_of(call: Callable[..., Any]) -> str:
    """The form that the annotation of the first parameter names; an array where it names none."""
    try:
        first = next(iter(inspect.signature(call).parameters.values()))
    except (TypeError, ValueError, StopIteration):
        return "array"
    noted = first.annotation
    text = noted if isinstance(noted, str) else getattr(noted, "__name__", None) or str(noted)
    head = text.split("[")[0].rpartition(".")[2]
    return "dict" if head in _DICTS else "list" if head in _LISTS else "array"


def given(vector: Array, form: str) -> Any:
    """The vector (d,), or a batch (n, d), in the step's own form; a copy, as a step may write into it."""
    if form == "array":
        return vector.copy()
    layers = _split(vector)
    return layers if form == "list" else dict(zip(_NAMES, layers, strict=True))


def taken(answer: Any, sent: Any, form: str) -> Array:
    """What a step returned, as a vector again. PluginError where its form or shapes are others."""
    if form == "array":
        return _checked(answer, sent.shape, "an update")
    if form == "list":
        right = isinstance(answer, Sequence) and len(answer) == len(sent)
        parts = list(zip(answer, sent, _NAMES, strict=True)) if right else []
    else:
        right = isinstance(answer, Mapping) and set(answer) == set(sent)
        parts = [(answer[name], sent[name], name) for name in sent] if right else []
    if not right:
        raise PluginError(f"it returned {_words(answer)} for a {form} of {len(sent)} arrays", then=_OTHER)
    return np.concatenate([_checked(one, was.shape, name).ravel() for one, was, name in parts])


_OTHER = "return what came in, array for array, or name another form by --form"


def _split(vector: Array) -> list[Array]:
    half = len(vector) // 4 * 2
    return [vector[:half].reshape(2, half // 2).copy(), vector[half:].copy()]


def _checked(answer: Any, shape: tuple[int, ...], name: str) -> Array:
    # A list of numbers is what a step for a list of arrays makes of an array: it clipped each number by itself.
    if not hasattr(answer, "__array__"):
        raise PluginError(f"it returned {_words(answer)} for {name} of shape {shape}", then=_OTHER)
    array = np.asarray(answer)
    if array.shape != shape:
        raise PluginError(f"it returned shape {array.shape} for {name} of shape {shape}", then=_OTHER)
    if array.dtype.kind not in "fiu":
        raise PluginError(f"it returned values of type {array.dtype} for {name}", then="return real numbers")
    if not np.isfinite(array).all():
        raise PluginError(f"it returned NaN or infinity for {name}", then="fix it: such a release has no bound")
    return array


def _words(answer: Any) -> str:
    size = f" of {len(answer)}" if isinstance(answer, (Sequence, Mapping)) and not isinstance(answer, str) else ""
    return "nothing" if answer is None else f"a {type(answer).__name__}{size}"
