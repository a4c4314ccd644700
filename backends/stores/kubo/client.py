"""ipfshttpclient 0.7.0 made to work with today's kubo: all that differs is here (docs/decisions/0024-kubo.md)."""

from collections.abc import Callable
from typing import Any, TypeVar

import ipfshttpclient
from ipfshttpclient import exceptions

from privacy.plugin.stores import BlobMissing, ParamError, StoreError, StoreFull, StoreReadOnly, StoreUnreachable

T = TypeVar("T")
_START = "start it with `ipfs daemon`, or name its RPC with --param address=/ip4/127.0.0.1/tcp/PORT"
_MISSING = ("not found", "could not find", "not pinned")
_FULL = ("no space left", "storagemax", "maximum storage")
_CLOSED = ("read-only file system", "permission denied")


def connected(address: str, *, timeout: float) -> Any:
    """A client of the daemon at a multiaddress. It asks nothing yet, not even the version, which it would refuse."""
    try:
        client = ipfshttpclient.Client(address, session=True, timeout=timeout)
    except exceptions.AddressError:
        text = f"the setting address is {address!r}, which is not a multiaddress of an RPC"
        raise ParamError(text, then="write /ip4/127.0.0.1/tcp/5001") from None
    session = client._client._session
    # A proxy of the environment is not to see what goes to a node on this machine.
    session.trust_env = False
    for adapter in getattr(session, "adapters", {}).values():
        # A parameter that urllib3 2 no longer has, and warns of at every connection.
        adapter.poolmanager.connection_pool_kw.pop("strict", None)
    return client


def answered(work: Callable[[], T], *, address: str) -> T:
    """What the daemon answers; its errors become sentences."""
    try:
        return work()
    except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
        what = "takes too long" if isinstance(error, exceptions.TimeoutError) else "does not answer"
        raise StoreUnreachable(f"kubo {what}", where=address, then=_START) from error
    except exceptions.ErrorResponse as error:
        raise _sentence(str(error), address) from error
    except exceptions.StatusError as error:
        text = "what answers refuses to be asked, or is not kubo"
        raise StoreUnreachable(text, where=address, then="name the RPC of a kubo daemon, not its gateway") from error
    except (exceptions.Error, LookupError, TypeError, AttributeError, ValueError) as error:
        # The last four are what the client's wrappers raise over a JSON document of another form.
        raise StoreUnreachable("what answers is not kubo", where=address, then=_START) from error


def _sentence(said: str, address: str) -> StoreError:
    low = said.lower()
    if any(words in low for words in _MISSING):
        return BlobMissing("kubo does not have it", where=address, then="put it again, or get it from another store")
    if any(words in low for words in _FULL):
        return StoreFull("the disk of kubo is full", where=address, then="free some space, then put it again")
    if any(words in low for words in _CLOSED):
        return StoreReadOnly("kubo cannot write to its repository", where=address, then="fix its permissions")
    return StoreError(f"kubo refuses: {said[:200]}", where=address, then="its log says more")
