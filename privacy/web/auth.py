"""Bearer tokens (RFC 6750): who may speak to a server. Kept in files that only their owner reads."""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from privacy.errors import ParamError, StateError
from privacy.home import guarded, room, write_atomic

VARIABLE = "VEILBENCH_TOKEN"
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,512}")


def check_token(text: str, *, where: str) -> str:
    """The token that `text` is; ParamError, which does not quote it, if it is none or easily guessed."""
    token = text.strip()
    if not _TOKEN.fullmatch(token):
        raise ParamError(
            "a token is 16 to 512 letters, digits and -._~+/=", where=where, then="let veilbench serve make one"
        )
    return token


def presented(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The token of a request's one Authorization header; None where there is none, or more than one."""
    found = [value for name, value in headers if name.lower() == b"authorization"]
    scheme, _, token = found[0].partition(b" ") if len(found) == 1 else (b"", b"", b"")
    return token.strip() if scheme.lower() == b"bearer" and token.strip() else None


def same(one: bytes, other: bytes) -> bool:
    """Whether two tokens are equal, in a time that tells nothing of where they differ or how long they are."""
    return hmac.compare_digest(hashlib.sha256(one).digest(), hashlib.sha256(other).digest())


def token_path(name: str) -> Path:
    """Where the token of the server `name` is kept on this device."""
    return room("tokens") / f"{name}.token"


def read_token(path: Path) -> str:
    """The token in a file. StateError if it cannot be read or others may read it, ParamError if there is none."""
    if not path.is_file():
        raise ParamError("there is no token file", where=str(path), then="a server says where it keeps its token")
    text = guarded(lambda: path.read_text(encoding="utf-8", errors="replace"), path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise StateError("others on this machine may read the token", where=str(path), then=f"chmod 600 {path}")
    return check_token(text, where=str(path))


def server_token(name: str, *, file: Path | None = None) -> tuple[str, Path | None]:
    """The token of a server that starts: of `file`, of VEILBENCH_TOKEN, or kept under VEILBENCH_HOME since before.

    Returns it with its file, None where it came from the environment. A file that is not there yet is made, with a
    fresh token that only its owner may read.
    """
    if file is None and os.environ.get(VARIABLE):
        return check_token(os.environ[VARIABLE], where=VARIABLE), None
    path = file or token_path(name)
    if not path.exists():
        write_atomic(path, f"{secrets.token_urlsafe(32)}\n".encode())  # mode 0600, as mkstemp makes it
    return read_token(path), path
