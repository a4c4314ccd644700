"""Specs: what a plugin says about a backend, workload, chain, blob store or prover before its code is loaded."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from privacy.errors import PluginError
from privacy.figures import Figure
from privacy.params import NoParams

API_VERSION = 1
PRIMITIVES = ("scoring", "lookup", "aggregation", "training")

ID = re.compile(r"[a-z][a-z0-9_]{0,23}")
_REFERENCE = re.compile(r"^[\w.]+:\w+$")


@dataclass(frozen=True)
class BackendSpec:
    """A backend: its id, its description, and where its mechanisms are.

    `implements` maps a primitive to `module:Class`; the module is imported only when it runs. `modules` are what
    must be importable first, `install_hint` how to get them; `rank` is the place in lists, low first.
    `on_device` says that no private input is ever sent, so that there is nothing to randomise. `about` is what is true
    of one primitive alone, by its name: what a page of a workload says, in place of the summary of all. `benches` are
    what `veilbench bench` finds beside its own, by name, each as `module:Class`. `browser` are the files of its client
    in JavaScript, in order, each as `package:file`; what that client is opened with its mechanisms say.
    """

    id: str
    title: str
    summary: str
    implements: Mapping[str, str]
    kind: Literal["carrier", "randomiser"] = "carrier"
    params: type[Any] = NoParams
    modules: tuple[str, ...] = ()
    install_hint: str = ""
    api_version: int = API_VERSION
    rank: int = 100
    on_device: bool = False
    about: Mapping[str, str] = field(default_factory=dict)
    benches: Mapping[str, str] = field(default_factory=dict)
    browser: tuple[str, ...] = ()

    def says(self, primitives: Collection[str]) -> str:
        """The backend's description where these primitives are used: a sentence for each, or its summary."""
        found = [text for name, text in self.about.items() if name in primitives and name in self.implements]
        return " ".join(found) or self.summary

    def __post_init__(self) -> None:
        if not ID.fullmatch(self.id):
            raise PluginError(f"backend id {self.id!r} is not made of a-z, 0-9 and '_'", then="rename it")
        if not self.implements:
            raise PluginError(f"backend {self.id!r} implements nothing", then="name at least one primitive")
        for primitive, reference in self.implements.items():
            if primitive not in PRIMITIVES:
                raise PluginError(f"backend {self.id!r} names the unknown primitive {primitive!r}")
            if not _REFERENCE.match(reference):
                raise PluginError(f"backend {self.id!r} gives {reference!r}", then="write it as 'module:Class'")


@dataclass(frozen=True)
class WorkloadSpec:
    """A workload: its id, its description, and where its code is.

    `workload` is the class as `module:Class`, imported only when it runs. `options` is the dataclass of what a link may
    set; the form, the command line's flags, the API's schema and the link come from it. `figures` are those of its
    records. `stacks` are compared where no link says otherwise, of those on offer. `steps` names its primitives on
    pages. `small` are options of a round that is drawn wire by wire.

    `page` is a screen of its own, as `module:function`, or `pages` are several, by title, the main one first; `panels`
    is its part of the Server view, as `module:Class`. They are imported only when they are drawn: nothing of Streamlit
    is imported to list workloads. `routes` adds to the API, as `module:function`. `bench` is what `veilbench bench`
    runs under its id, as `module:Class` of a `privacy.plugin.measuring.Bench`; `gas` is what `veilbench bench gas` adds
    of its contracts, as that of a `GasBench`. `selected` is what `veilbench prove` proves of it, as `module:function`
    of a request and the registry, which gives a `privacy.plugin.provers.Selected`. `people` is what its simulated
    parties are, `holds` what each role holds itself.
    `sees` says who sees private input here, `reads` what is looked for in its wires. `measured` and `spent` head the
    two tables of a comparison, `spread` says what the intervals of costs are. `kept` says that a round may be kept on
    this device for after a restart; one that holds other people's cells may not. `formerly` are its ids in versions
    before, `bare` the options that stood among a request's own settings there. `paths` are flags of the command line
    that name files, each with the setting of a request that it is: `data` or `mapping`.
    """

    id: str
    title: str
    summary: str
    primitives: tuple[str, ...]
    workload: str
    options: type[Any] = NoParams
    figures: tuple[Figure, ...] = ()
    icon: str = ""
    stacks: tuple[str, ...] = ()
    steps: Mapping[str, str] = field(default_factory=dict)
    small: Mapping[str, Any] = field(default_factory=dict)
    page: str = ""
    pages: Mapping[str, str] = field(default_factory=dict)
    panels: str = ""
    routes: str = ""
    bench: str = ""
    gas: str = ""
    selected: str = ""
    people: str = "people"
    holds: Mapping[str, str] = field(default_factory=dict)
    sees: str = ""
    reads: str = ""
    measured: str = "Quality and attacks."
    spent: str = "Cost of one round."
    spread: str = "bars are 95% intervals"
    kept: bool = False
    formerly: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    install_hint: str = ""
    api_version: int = API_VERSION
    rank: int = 100

    def __post_init__(self) -> None:
        if not ID.fullmatch(self.id):
            raise PluginError(f"workload id {self.id!r} is not made of a-z, 0-9 and '_'", then="rename it")
        if not self.primitives:
            raise PluginError(f"workload {self.id!r} uses no primitive", then="name at least one")
        for primitive in self.primitives:
            if primitive not in PRIMITIVES:
                raise PluginError(f"workload {self.id!r} names the unknown primitive {primitive!r}")
        single = ("workload", "page", "panels", "routes", "bench", "gas", "selected")
        named = {name: getattr(self, name) for name in single}
        for name, reference in (*named.items(), *(("pages", one or "?") for one in self.pages.values())):
            if (reference or name == "workload") and not _REFERENCE.match(reference):
                raise PluginError(f"workload {self.id!r} gives {reference!r}", then="write it as 'module:name'")

    @property
    def figure_keys(self) -> tuple[str, ...]:
        return tuple(f.key for f in self.figures)

    def step(self, primitive: str) -> str:
        """The name of a primitive's step on pages."""
        return self.steps.get(primitive, primitive.capitalize())


def _check_adapter(kind: str, id_: str, *references: str) -> None:
    """PluginError where what plugs in has an id or a reference that cannot be used."""
    if not ID.fullmatch(id_):
        raise PluginError(f"{kind} id {id_!r} is not made of a-z, 0-9 and '_'", then="rename it")
    for reference in references:
        if not _REFERENCE.match(reference):
            raise PluginError(f"{kind} {id_!r} gives {reference!r}", then="write it as 'module:Class'")


@dataclass(frozen=True)
class StoreSpec:
    """A blob store: its id, its description, and where its adapter is.

    `store` is a `BlobStore` as `module:Class`, called with an instance of `params` and imported only when it is opened.
    The store of the lowest `rank` is the one that is used where nobody names another. `modules` are what must be
    importable first, `install_hint` how to get them.
    """

    id: str
    title: str
    summary: str
    store: str
    params: type[Any] = NoParams
    modules: tuple[str, ...] = ()
    install_hint: str = ""
    api_version: int = API_VERSION
    rank: int = 100

    def __post_init__(self) -> None:
        _check_adapter("store", self.id, self.store)


@dataclass(frozen=True)
class ChainSpec:
    """A chain adapter: its id, its description, and where its code is.

    `chain` is a `Chain` as `module:Class`, called with an instance of `params` and imported only when it is opened.
    With `profiled` it is opened under the names of the user's own settings, `[chains.NAME]`, which give its params;
    otherwise under its id. `keeping` are the tools of a chain that is kept on this device, a `Keeping` as
    `module:Class`. The chain of the lowest `rank` is the one that is used where nobody names another.
    """

    id: str
    title: str
    summary: str
    chain: str
    params: type[Any] = NoParams
    profiled: bool = False
    keeping: str = ""
    modules: tuple[str, ...] = ()
    install_hint: str = ""
    api_version: int = API_VERSION
    rank: int = 100

    def __post_init__(self) -> None:
        _check_adapter("chain", self.id, self.chain, *filter(None, [self.keeping]))


@dataclass(frozen=True)
class ProverSpec:
    """A prover: its id, its description, and where its code is.

    `prover` is a `Prover` as `module:Class`, called with an instance of `params` and imported only when it is opened.
    The prover of the lowest `rank` is the one that is used where nobody names another. `modules` are what must be
    importable first, `install_hint` how to get them.
    """

    id: str
    title: str
    summary: str
    prover: str
    params: type[Any] = NoParams
    modules: tuple[str, ...] = ()
    install_hint: str = ""
    api_version: int = API_VERSION
    rank: int = 100

    def __post_init__(self) -> None:
        _check_adapter("prover", self.id, self.prover)
