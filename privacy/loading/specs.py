"""What a registered spec must be, so that every page can draw it and every command can name it."""

import dataclasses
import importlib.util
import sys
from typing import Any, get_type_hints

from privacy.deadline import within
from privacy.errors import ParamError, PluginError
from privacy.figures import Figure
from privacy.loading.faults import Fault, Origin
from privacy.mechanism import Mechanism
from privacy.params import build
from privacy.protocol import check_paid
from privacy.spec import API_VERSION, BackendSpec, ChainSpec, ProverSpec, StoreSpec, WorkloadSpec

Spec = BackendSpec | WorkloadSpec | StoreSpec | ChainSpec | ProverSpec
HOOKS: dict[str, type[Spec]] = {
    "register_backends": BackendSpec,
    "register_workloads": WorkloadSpec,
    "register_stores": StoreSpec,
    "register_chains": ChainSpec,
    "register_provers": ProverSpec,
}
"""Each hook, and what it returns a list of."""

DRAWN = (bool, int, float, str)
"""The types of a parameter that a form can show."""

_KINDS = ("carrier", "randomiser")

_GLANCE = 0.5
"""Seconds for a mechanism to say what it claims while it is registered."""


def listed(found: object, hook: str) -> list[Spec]:
    """What a hook returned, if it is a list of its specs; PluginError otherwise."""
    kind = HOOKS[hook]
    if not isinstance(found, (list, tuple)):
        raise PluginError(f"{hook} returned {type(found).__name__}", then=f"return a list of {kind.__name__}")
    for one in found:
        if not isinstance(one, kind):
            text = f"{hook} returned a list with a {type(one).__name__} in it"
            raise PluginError(text, then=f"return a list of {kind.__name__}")
    return list(found)


def fault_of_spec(spec: Spec) -> Fault | None:
    """Why no page can show a spec, or None. A plugin's author need not have heard of type checkers."""
    rank: Any = spec.rank
    modules: Any = spec.modules
    for name in ("title", "summary", "install_hint"):
        if not isinstance(getattr(spec, name), str):
            return Fault(f"its {name} is a {type(getattr(spec, name)).__name__}", f"make {name} a text")
    if isinstance(rank, bool) or not isinstance(rank, int):
        return Fault(f"its rank is {spec.rank!r}", "make it a whole number, low for the first place in lists")
    if not isinstance(modules, (tuple, list)) or not all(isinstance(m, str) and m for m in modules):
        return Fault(f"its modules are {spec.modules!r}", "give a tuple of module names, such as ('tenseal',)")
    if isinstance(spec, WorkloadSpec):
        return _fault_of_workload(spec)
    if isinstance(spec, (StoreSpec, ChainSpec, ProverSpec)):
        return _fault_of_params(spec.params, "params")
    if spec.kind not in _KINDS:
        return Fault(f"its kind is {spec.kind!r}", "make it 'carrier' or 'randomiser'")
    return _fault_of_params(spec.params, "params")


def _fault_of_workload(spec: WorkloadSpec) -> Fault | None:
    figures: Any = spec.figures
    if not isinstance(figures, (tuple, list)) or not all(isinstance(f, Figure) for f in figures):
        return Fault("its figures are not a tuple of Figure", "write figures=(Figure('accuracy', 'accuracy', ...),)")
    keys = [f.key for f in figures]
    if twice := next((k for k in keys if keys.count(k) > 1), None):
        return Fault(f"its figure {twice} is there twice", "give each a key of its own")
    return _fault_of_params(spec.options, "options")


def _fault_of_params(kind: Any, what: str) -> Fault | None:
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        remedy = "write a class under @dataclass(frozen=True), each field a param()"
        return Fault(f"its {what} are not a dataclass", remedy)
    try:
        hints = get_type_hints(kind)
    except Exception as error:
        return Fault(f"its {what} name a type that is not there: {error}", "make each bool, int, float or str")
    for one in dataclasses.fields(kind):
        if fault := _fault_of_field(one, hints[one.name]):
            return fault
    try:
        build(kind, {f.name: f.default for f in dataclasses.fields(kind)}, owner="it")
    except ParamError as error:
        return Fault(f"a default of its {what} is refused: {error.what}", error.then)
    except Exception as error:
        text = f"its {what} cannot be made: {type(error).__name__}: {error}"
        return Fault(text, "accept every value within the bounds")
    return None


def _fault_of_field(one: "dataclasses.Field[Any]", kind: Any) -> Fault | None:
    meta, name = one.metadata, one.name
    if kind not in DRAWN:
        words = getattr(kind, "__name__", None) or str(kind)
        return Fault(f"its parameter {name} is a {words}, which no form can show", "make it bool, int, float or str")
    if one.default is dataclasses.MISSING:
        return Fault(
            f"its parameter {name} has no default", f"write {name}: {kind.__name__} = param(default, help=...)"
        )
    low, high = meta.get("low"), meta.get("high")
    if low is not None and high is not None and low >= high:
        return Fault(f"its parameter {name} lies between {low:g} and {high:g}", "give a low below the high")
    return None


def unmet(spec: Spec, origin: Origin) -> Fault | None:
    """What a sound spec lacks to be used here: this version of the plugin API, or a module."""
    if spec.api_version != API_VERSION:
        version: Any = spec.api_version
        remedy = (
            "update Veilbench"
            if isinstance(version, int) and version > API_VERSION
            else f"update it, or {origin.removal}"
        )
        return Fault(f"written for plugin API {spec.api_version}, this is {API_VERSION}", remedy)
    missing = [m for m in spec.modules if not _there(m)]
    if not missing:
        return None
    roots = " ".join(dict.fromkeys(m.partition(".")[0] for m in missing))
    return Fault(f"needs the module {', '.join(missing)}", spec.install_hint or f"pip install {roots}")


def _there(module: str) -> bool:
    root = module.partition(".")[0]
    return root in sys.modules or importlib.util.find_spec(root) is not None


def unpaid(spec: Spec) -> Fault | None:
    """Why a carrier is refused that claims a differential bound and declares no cost, or None.

    Only classes that are loaded already are looked at: a list of backends imports none. One that comes later, or that
    breaks or dawdles here, is refused when it is seated (`privacy.protocol.check_paid`).
    """
    if not isinstance(spec, BackendSpec) or spec.kind != "carrier":
        return None
    for primitive, reference in spec.implements.items():
        module, _, name = reference.partition(":")
        kind = getattr(sys.modules.get(module), name, None)
        if not (isinstance(kind, type) and issubclass(kind, Mechanism)) or kind.cost is not Mechanism.cost:
            continue
        try:
            within(_GLANCE, lambda k=kind, p=primitive: _claimed(spec, k, p))  # type: ignore[misc]
        except PluginError as error:
            return Fault(error.what, error.then)
        except (Exception, SystemExit):
            continue
    return None


def _claimed(spec: BackendSpec, kind: Any, primitive: str) -> None:
    """PluginError where a mechanism claims what it does not charge, at default parameters on the kit's task."""
    from privacy.testing.cases import case_for, supported  # only where there is something to look at

    if primitive in supported():
        mechanism, task = kind(spec.params()), case_for(primitive).task
        check_paid(mechanism, task, mechanism.cost(task), None)
