"""The servers that this device's runs may use: their addresses and token, kept here until they are no longer used."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from privacy.errors import ParamError, StateError, VeilbenchError
from privacy.home import guarded, home, locked, write_atomic
from privacy.registry import Registry
from privacy.transports.base import Transport

if TYPE_CHECKING:
    from privacy.transports.http import Http

_FILE = "servers.json"
_MOST = 8


@dataclass(frozen=True)
class Servers:
    """Addresses and the tokens that they take, in the same order; an empty token is none."""

    urls: tuple[str, ...]
    tokens: tuple[str, ...] = field(repr=False)

    def transport(self, registry: Registry | None = None) -> "Http":
        """A transport to these servers; whoever opens it closes it."""
        from privacy.transports.http import Http

        return Http(self.urls, token=[t or None for t in self.tokens], registry=registry)


def servers(addresses: str, token: str = "") -> Servers:
    """Servers from addresses with commas or spaces between, and one token for all or one for each in the same way.

    Without a token, that of a server on this machine which keeps it under this VEILBENCH_HOME. ParamError for what is
    no address or no token.
    """
    from privacy.transports.http import check_urls
    from privacy.web.auth import check_token

    urls = check_urls(_listed(addresses))
    if len(urls) > _MOST:
        raise ParamError(f"{len(urls)} servers are named", then=f"name at most {_MOST}")
    given = [check_token(one, where="the token") for one in _listed(token)]
    if len(given) not in (0, 1, len(urls)):
        raise ParamError(f"there are {len(given)} tokens for {len(urls)} servers", then="give one, or one for each")
    tokens = given * len(urls) if len(given) == 1 else given or [_kept_token(url) for url in urls]
    return Servers(urls, tuple(tokens))


def servers_with_file(addresses: str, token_file: str | None) -> Servers:
    """The same for the command line: tokens from a file, else from VEILBENCH_TOKEN."""
    import os

    from privacy.web.auth import VARIABLE

    if token_file is None:
        return servers(addresses, os.environ.get(VARIABLE, ""))
    path = Path(token_file).expanduser()
    if not path.is_file():
        raise ParamError(f"there is no token file {token_file}", then="give the one that veilbench serve printed")
    return servers(addresses, guarded(lambda: path.read_text(encoding="utf-8", errors="replace"), path))


def _listed(text: str) -> Sequence[str]:
    return text.replace(",", " ").split()


def _kept_token(url: str) -> str:
    """The token of a server of this very machine and VEILBENCH_HOME; empty if there is none."""
    from privacy.web.auth import read_token
    from privacy.web.serving import loopback

    parts = urlsplit(url)
    if not loopback(parts.hostname or "") or parts.port is None:
        return ""
    found = sorted((home() / "tokens").glob(f"*-{parts.port}.token"))
    return read_token(found[0]) if len(found) == 1 else ""


def _path() -> Path:
    return home() / _FILE


def configured() -> Servers | None:
    """The servers in use, if any. StateError where they cannot be read: nothing runs elsewhere by mistake."""
    path = _path()
    if not path.exists():
        return None
    try:
        words = json.loads(guarded(path.read_bytes, path))
        found = Servers(tuple(map(str, words["urls"])), tuple(map(str, words["tokens"])))
    except (ValueError, KeyError, TypeError):
        raise StateError(
            "the servers in use cannot be read", where=str(path), then="delete that file to use none"
        ) from None
    return found


def save(chosen: Servers) -> None:
    """Use these servers from now on, also after a restart. Only the owner of this device may read the file."""
    path = _path()
    with locked(path):
        write_atomic(path, json.dumps({"urls": chosen.urls, "tokens": chosen.tokens}).encode())


def clear() -> None:
    """Use no servers, and forget their tokens."""
    path = _path()
    with locked(path):
        guarded(lambda: path.unlink(missing_ok=True), path)


@dataclass(frozen=True)
class Checked:
    """What one server said: its role, or the sentence that says what is wrong."""

    url: str
    role: str = ""
    problem: str = ""


def check(chosen: Servers) -> list[Checked]:
    """Ask each server for its role, with its token."""
    found = []
    with chosen.transport() as http:
        for url in chosen.urls:
            try:
                found.append(Checked(url, role=http.check(url)))
            except VeilbenchError as error:
                found.append(Checked(url, problem=str(error)))
    return found


@contextlib.contextmanager
def placed(chosen: Servers | None, registry: Registry | None = None) -> Iterator[Mapping[str, Transport] | None]:
    """Transports by role of party while a run lasts: None where no servers are in use."""
    if chosen is None:
        yield None
        return
    with chosen.transport(registry) as http:
        yield http.transports()
