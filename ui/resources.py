"""What all sessions of this process share: the registry, the one book of jobs, and the books of rounds and results."""

import contextlib
import re
from collections.abc import Sequence

import streamlit as st

from privacy.chains.chain import Chain
from privacy.chains.choice import chosen
from privacy.chains.opening import ChainBook, signer
from privacy.chains.profiles import profile
from privacy.chains.sender import Intent, Sender
from privacy.chains.watching import Watch
from privacy.compare.book import Comparisons
from privacy.errors import VeilbenchError
from privacy.fingerprint import look_again
from privacy.jobs.book import JobBook
from privacy.plots.chart import altair
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from privacy.services import servers
from privacy.services.audits import Audits
from privacy.services.checks import Checks
from privacy.services.evaluations import Evaluations
from privacy.services.foreign import ForeignAudits
from privacy.services.rounds import RoundBook
from privacy.services.run_jobs import RunJobs
from privacy.services.sessions import Sessions
from privacy.services.tabs import Tabs
from privacy.stacks import offered, preload
from privacy.stores import choice as stores
from privacy.stores.opening import open_store
from privacy.stores.store import BlobStore
from privacy.wallets.desk import Demo, WalletDesk
from privacy.wallets.network import EMBEDDED, Network
from privacy.web.gate import loopback, named
from ui.kit.stacks import usual_request


@st.cache_resource(show_spinner=False)
def registry() -> Registry:
    """All plugins, found once."""
    return discover()


def reload_plugins() -> Registry:
    """Find all plugins anew, for every session: changed single files are read again."""
    registry.clear()
    look_again()
    return registry()


@st.cache_resource(show_spinner=False)
def jobs() -> JobBook:
    """Every job of this app."""
    return JobBook()


@st.cache_resource(show_spinner=False)
def rounds() -> RoundBook:
    """Every round that a page shows, run once."""
    return RoundBook()


@st.cache_resource(show_spinner=False)
def tabs() -> Tabs:
    """Every tab that holds its own key, and the servers that they ask."""
    return Tabs()


@st.cache_resource(show_spinner=False)
def evaluations() -> Evaluations:
    """Every evaluation, run once."""
    return Evaluations(jobs())


@st.cache_resource(show_spinner=False)
def audits() -> Audits:
    """Every audit, run once."""
    return Audits(jobs())


def alone() -> bool:
    """Whether nobody but this machine can reach the app: a reverse proxy, or an open address, lets in others."""
    return loopback(st.get_option("server.address")) and all(map(loopback, named()))


@st.cache_resource(show_spinner=False)
def foreign_audits() -> ForeignAudits:
    """Audits of steps that others ship."""
    return ForeignAudits(jobs(), loopback=alone())


@st.cache_resource(show_spinner=False)
def checks() -> Checks:
    """Every conformance check, one job for each backend."""
    return Checks(jobs())


@st.cache_resource(show_spinner=False)
def run_jobs() -> RunJobs:
    """Every run that a program wanted."""
    return RunJobs(jobs())


@st.cache_resource(show_spinner=False)
def comparisons() -> Comparisons:
    """Every comparison, one job each."""
    return Comparisons(jobs())


@st.cache_resource(show_spinner=False)
def chains() -> ChainBook:
    """The chains that are open."""
    return ChainBook()


def chain(name: str = "") -> Chain:
    """A chain by its name, opened once for all sessions; the one in use where none is named."""
    return chains().get(registry(), name or chosen(registry()))


@st.cache_resource(show_spinner=False)
def _store(name: str) -> BlobStore:
    return open_store(registry(), name)


def store(name: str = "") -> BlobStore:
    """A blob store by its name, opened once for all sessions; the one in use where none is named."""
    return _store(name or stores.chosen(registry()))


@st.cache_resource(show_spinner=False)
def _watches() -> dict[str, Watch]:
    return {}


def watch(name: str) -> Watch:
    """The watch over a chain, shared by all who look at it."""
    kept, found = _watches(), chain(name)
    if name not in kept or kept[name].explorer.chain is not found:
        if name in kept:
            kept[name].end()
        kept[name] = Watch(found)
    return kept[name]


def embedded() -> Chain:
    """The chain of this device, which the app serves to wallets."""
    return chain(next(iter(registry().chains)))


_OF_NODES: tuple[tuple[str, int | str], ...] = (("chain_id", 0), ("url", ""), ("explorer", ""))
"""The params of an adapter that a wallet wants, with what stands for one that it has not."""


def network() -> Network:
    """The chain that is in use, as wallets have to know it."""
    found = profile(registry(), chosen(registry()))
    if not found.spec.profiled:
        return EMBEDDED
    # Every page wants this: the node itself is not asked, as it may be slow or down.
    params = found.params
    id_, url, explorer = (getattr(params, name, empty) for name, empty in _OF_NODES)
    return Network(found.name, int(id_), str(url), str(explorer))


def demo_accounts() -> Sequence[Demo]:
    """The demo accounts of the embedded chain, while that is in use."""
    return chain().signers() if profile(registry(), chosen(registry())).spec.id == "embedded" else ()


def demo_send(address: str, intent: Intent) -> str:
    """The hash of a transaction of a demo account, signed on this device and mined."""
    who = signer(embedded(), address)
    return f"0x{Sender(embedded(), who).send(intent).transaction.hex()}"


@st.cache_resource(show_spinner=False)
def wallets() -> WalletDesk:
    """Where people sign in."""
    # Whoever can reach the app can use a demo account.
    return WalletDesk(Sessions(), lambda: network(), lambda: demo_accounts(), loopback=alone())


_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")


def reached() -> tuple[str, ...]:
    """The servers in use, which a page may ask from a browser's tab: their addresses, as its policy names them."""
    try:
        chosen = servers.configured()
    except VeilbenchError:
        return ()
    return tuple(url for url in chosen.urls if _ORIGIN.fullmatch(url)) if chosen else ()


def usual(workload: str) -> RunRequest:
    """The request that the page of a workload begins with: a program that wants it gets the page's own round."""
    return usual_request(registry().workload(workload))


def warm() -> None:
    """Run the first round and import the mechanisms of the others, before anyone waits for them."""
    found = registry()
    rounds().get(usual(RunRequest.workload), found)
    for spec in found.workloads.values():
        for name in offered(spec, found):
            preload(name, spec, found)
    altair()


def close() -> None:
    """End every job and every watch, wait for them to be gone, and close what is open."""
    for one in _watches().values():
        one.close()
    _watches().clear()
    with contextlib.suppress(VeilbenchError):
        run_jobs().close()
    jobs().close()
    tabs().close()
    chains().close()
