"""JSON-RPC 2.0 as a server answers it: one call or a batch, from bytes to bytes."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from privacy.chains.errors import ChainError, ChainRefused, Reverted
from privacy.chains.types import hexed

Calls = Callable[[Sequence[tuple[str, Sequence[Any]]]], list[Any]]

MOST_BATCH = 1000
"""Calls of one request at most."""

_REVERTED, _INTERNAL, _NO_JSON, _NO_REQUEST = 3, -32603, -32700, -32600


def serve(calls: Calls, body: bytes) -> bytes:
    """The answer to a request. `calls` does several calls; an error stands for the result of the call that met it.

    Whoever serves this looks at where a request comes from before.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return _text(_fault(None, _NO_JSON, "this is not JSON"))
    every = found if isinstance(found, list) else [found]
    sound = all(isinstance(one, dict) and isinstance(one.get("method"), str) for one in every)
    sound = sound and all(isinstance(one.get("params") or [], list) for one in every)
    if not sound or not 0 < len(every) <= MOST_BATCH:
        return _text(_fault(None, _NO_REQUEST, "this is not a request, or one of too many calls"))
    answers = calls([(one["method"], one.get("params") or []) for one in every])
    texts = [_answer(one.get("id"), answer) for one, answer in zip(every, answers, strict=True)]
    return _text(texts if isinstance(found, list) else texts[0])


def _answer(id_: Any, found: Any) -> dict[str, Any]:
    if not isinstance(found, ChainError):
        return {"jsonrpc": "2.0", "id": id_, "result": found}
    if isinstance(found, Reverted):
        return _fault(id_, _REVERTED, found.what, data=hexed(found.data))
    return _fault(id_, found.code if isinstance(found, ChainRefused) else _INTERNAL, found.what)


def _fault(id_: Any, code: int, message: str, **more: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id_, "error": {"code": code, "message": message} | more}


def _text(found: Any) -> bytes:
    return json.dumps(found, separators=(",", ":")).encode()
