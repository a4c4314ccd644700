"""Opening a chain by its name: settings are checked, then its adapter is imported."""

from privacy.chains.chain import Chain
from privacy.chains.keeping import Keeping
from privacy.chains.profiles import Profile, profile
from privacy.errors import ParamError, PluginError, VeilbenchError
from privacy.registry import Registry, load


def open_chain(registry: Registry, name: str = "") -> Chain:
    """The chain of a name, the first in the list where none is named; close it after use, or use it in a `with`.

    UnknownNameError or ParamError for a setting, PluginError for a broken adapter, ChainError where the chain itself
    cannot be used.
    """
    return opened(profile(registry, name))


def opened(found: Profile) -> Chain:
    """The chain of a profile."""
    spec = found.spec
    kind = load(spec.chain, who=f"the chain {spec.id}", hint=spec.install_hint)
    if not (isinstance(kind, type) and issubclass(kind, Chain)):
        raise PluginError(f"{spec.id} is no Chain", where=spec.chain, then="make it a class derived from Chain")
    try:
        chain: Chain = kind(found.params)  # type: ignore[call-arg]  # an adapter takes its params, the base nothing
    except VeilbenchError:
        raise
    except Exception as error:
        text = f"the chain {found.name} cannot be opened: {type(error).__name__}: {error}"
        raise PluginError(text, where=spec.chain, then=spec.install_hint) from error
    chain.name = found.name
    return chain


def keeping(found: Profile) -> Keeping:
    """The tools of a chain that is kept on this device. ParamError for one that others keep."""
    spec = found.spec
    if not spec.keeping:
        raise ParamError(f"{found.name} is kept by others", then="name a chain of this device, such as embedded")
    kind = load(spec.keeping, who=f"the chain {spec.id}", hint=spec.install_hint)
    if not (isinstance(kind, type) and issubclass(kind, Keeping)):
        raise PluginError(f"the tools of {spec.id} are no Keeping", where=spec.keeping, then="derive them from it")
    tools: Keeping = kind(found.params)  # type: ignore[call-arg]  # as above
    return tools
