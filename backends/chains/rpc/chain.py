"""A node of any Ethereum chain, reached through web3's HTTP connection."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from web3 import HTTPProvider

from backends.chains.rpc.plugin import RpcParams
from privacy.plugin.chains import (
    BadAnswer,
    Chain,
    ChainError,
    ChainRefused,
    ChainSlow,
    ChainUnreachable,
    ParamError,
    Reverted,
    bound_nesting,
)

bound_nesting()

T = TypeVar("T")

_MEND = "start it, or fix the url of [chains] in config.toml"
_REVERTED = 3
_MOST_BATCH = 100
"""Calls of one request: nodes of providers take no more."""


class RpcChain(Chain):
    """A node by its address. Its chain id is held against the settings before anything else is wanted of it."""

    def __init__(self, params: RpcParams) -> None:
        parts = urlsplit(params.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            then = "set url to the node's address, such as http://127.0.0.1:8545"
            raise ParamError("the chain's url is no http address", where="url", then=then)
        self.name, self.confirmations, self.explorer = parts.hostname, params.confirmations, params.explorer
        self.keystore, self.patience = params.keystore, params.patience
        self.expected = params.chain_id or None
        # An address may have a provider's key in its path: messages name the host alone.
        self._host, self._timeout = parts.netloc.rpartition("@")[2], params.timeout
        self._provider = HTTPProvider(
            params.url, request_kwargs={"timeout": params.timeout}, exception_retry_configuration=None
        )
        self._checked, self._turn = False, threading.Lock()

    def request(self, method: str, params: Sequence[Any]) -> Any:
        self._check(method)
        return self._result(self._talk(lambda: self._provider.make_request(_named(method), list(params))), method)

    def requests(self, calls: Iterable[tuple[str, Sequence[Any]]]) -> list[Any]:
        every = list(calls)
        self._check("")
        if len(every) < 2:
            return super().requests(every)
        found: list[Any] = []
        for at in range(0, len(every), _MOST_BATCH):
            found += self._batch(every[at : at + _MOST_BATCH])
        return found

    def _batch(self, every: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        calls = [(_named(method), list(params)) for method, params in every]
        try:
            answers: Any = self._talk(lambda: self._provider.make_batch_request(calls))
            if not isinstance(answers, list) or len(answers) != len(every):
                raise self._bad()
        except BadAnswer:  # some nodes take no batches
            return super().requests(every)
        return [self._outcome(answer, method) for answer, (method, _) in zip(answers, every, strict=True)]

    def _outcome(self, answer: Any, method: str) -> Any:
        try:
            return self._result(answer, method)
        except ChainError as error:
            return error

    def _check(self, method: str) -> None:
        """Ask for the chain's id before anything else, once."""
        with self._turn:
            if self._checked or method == "eth_chainId":
                return
        _ = self.chain_id
        with self._turn:
            self._checked = True

    def _talk(self, call: Callable[[], T]) -> T:
        from requests.exceptions import ConnectionError, HTTPError, RequestException, Timeout

        try:
            return call()
        except Timeout as error:
            text = f"the node of {self.name} did not answer within {self._timeout:g} s"
            raise ChainSlow(text, where=self._host, then="try again, or set a longer timeout") from error
        except HTTPError as error:
            status = error.response.status_code if error.response is not None else "an error"
            raise ChainUnreachable(f"the node of {self.name} answers {status}", where=self._host, then=_MEND) from error
        except (ConnectionError, RequestException, OSError) as error:
            raise ChainUnreachable(f"the node of {self.name} does not answer", where=self._host, then=_MEND) from error
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise self._bad() from error

    def _result(self, answer: Any, method: str) -> Any:
        if not isinstance(answer, dict) or not ("result" in answer or "error" in answer):
            raise self._bad()
        error = answer.get("error")
        if error is None:
            return answer.get("result")
        if not isinstance(error, dict):
            raise self._bad()
        data = _reverted(error)
        if data is not None and method in ("eth_call", "eth_estimateGas", "eth_sendRawTransaction"):
            raise Reverted("the contract refused", data=data)
        code = error.get("code")
        text = _line(str(error.get("message", "it gives no reason")))
        raise ChainRefused(f"the node of {self.name} refused: {text}", code=code if isinstance(code, int) else -32000)

    def _bad(self) -> BadAnswer:
        text = f"the address of {self.name} is not that of an Ethereum node"
        return BadAnswer(text, where=self._host, then="fix the url")

    def close(self) -> None:
        self._provider._request_session_manager.session_cache.clear()


def _named(method: str) -> Any:
    return method


def _reverted(error: dict[str, Any]) -> bytes | None:
    """What a contract returned when it refused, wherever a node puts it; None where it is no such refusal."""
    found = error.get("data")
    if isinstance(found, dict):  # Hardhat, and older nodes
        found = found.get("data") or found.get("result")
    says = "revert" in str(error.get("message", "")).lower()
    if isinstance(found, str) and found.startswith("0x") and (says or error.get("code") == _REVERTED):
        try:
            return bytes.fromhex(found[2:])
        except ValueError:
            return None
    return b"" if error.get("code") == _REVERTED or (says and "execution reverted" in str(error)) else None


def _line(text: str) -> str:
    """What somebody else wrote, as one line of what can be printed, of 200 characters at most."""
    return "".join(c if c.isprintable() else " " for c in text)[:200]
