"""The class that a chain's or a store's plugin names: imported, looked at, and made of its settings."""

from typing import Any

from privacy.errors import PluginError, VeilbenchError
from privacy.registry import load


def open_adapter(reference: str, base: type, params: object, *, who: str, hint: str) -> Any:
    """An object of the class that `reference` ("module:Class") names, which must be derived from `base`.

    `who` is what messages call it. PluginError where it cannot be imported, is another class, or fails to be made; its
    own VeilbenchErrors pass.
    """
    kind: Any = load(reference, who=who, hint=hint)
    if not (isinstance(kind, type) and issubclass(kind, base)):
        then = f"make it a class derived from {base.__name__}"
        raise PluginError(f"{who} is no {base.__name__}", where=reference, then=then)
    try:
        return kind(params)  # type: ignore[call-arg]  # an adapter takes its params, the base nothing
    except VeilbenchError:
        raise
    except Exception as error:  # it is anybody's code, and one that fails in its own way must not end a page
        text = f"{who} cannot be opened: {type(error).__name__}: {error}"
        raise PluginError(text, where=reference, then=hint) from error
