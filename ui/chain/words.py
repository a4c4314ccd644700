"""What stands on a chain, in words: texts on it are anybody's, so they are cleaned and cut before they are shown."""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from privacy.chains.contracts import shown
from privacy.chains.explorer import Action
from privacy.chains.happening import Happening
from privacy.plots.words import clean

_LONGEST = 80
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TIMES = ("time",)
GWEI, ETHER = 10**9, 10**18


@dataclass(frozen=True)
class Piece:
    """An argument as it is shown. `kind` is digest or account, which are links; none, text or value."""

    name: str
    kind: str
    full: str
    called: str = ""


def spaced(name: str) -> str:
    """Write RoomCreated as Room created."""
    first, *rest = _WORD.split(name) or [name]
    return " ".join([first[:1].upper() + first[1:], *(one.lower() for one in rest)])


def piece(name: str, value: Any, names: Mapping[str, str]) -> Piece:
    """One argument. `names` are those of addresses."""
    label = spaced(name).lower()
    if isinstance(value, bytes):
        whole = len(value) == 32
        if whole and not any(value):
            return Piece(label, "none", "none")
        return Piece(label, "digest" if whole else "value", cut("0x" + value.hex()) if not whole else shown(value))
    if isinstance(value, str) and len(value) == 42 and value.startswith("0x"):
        return Piece(label, "account", value, names.get(value, ""))
    if isinstance(value, str):
        return Piece(label, "text", cut(value))
    if isinstance(value, (tuple, list)):
        return Piece(label, "value", cut(shown(value)))
    return Piece(label, "value", when(value) if name in _TIMES else f"{value:,}" if type(value) is int else str(value))


def pieces(args: Mapping[str, Any], names: Mapping[str, str]) -> list[Piece]:
    """All arguments, in their order."""
    return [piece(name, value, names) for name, value in args.items()]


def event(one: Happening, names: Mapping[str, str]) -> dict[str, Any]:
    """An event as templates take it; a time that is its block's is not said twice."""
    args = {name: value for name, value in one.args.items() if name not in _TIMES or value != one.time}
    return {
        "title": spaced(one.name), "contract": one.contract, "pieces": pieces(args, names), "block": one.block,
        "transaction": "0x" + one.transaction.hex(), "when": when(one.time) if one.time is not None else "",
    }  # fmt: skip


def events(found: Iterable[Happening], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [event(one, names) for one in found]


def action(one: Action, names: Mapping[str, str]) -> dict[str, Any]:
    """A transaction as templates take it."""
    sent, receipt = one.transaction, one.receipt
    said = (replace(each, time=one.time) for each in one.events)
    to = sent.to or receipt.contract
    if one.function:
        title = f"{spaced(one.function)}"
    elif sent.to is None:
        title = f"Create the contract {one.contract}".rstrip()
    else:
        title = "Call of another contract" if sent.data and to not in names else "Call" if sent.data else ""
        title = title or f"Transfer of {ether(sent.value)}"
    return {
        "hash": "0x" + sent.hash.hex(), "title": title, "contract": one.contract if one.function else "",
        "sender": piece("from", sent.sender, names), "to": piece("to", to, names) if to else None, "ok": receipt.ok,
        "gas": receipt.gas_used, "limit": sent.gas, "price": gwei(receipt.price), "value": sent.value,
        "ether": ether(sent.value), "cost": ether(receipt.price * receipt.gas_used), "nonce": sent.nonce,
        "args": pieces(one.args, names), "events": events(said, names), "block": receipt.block,
        "when": when(one.time), "data": cut("0x" + sent.data.hex()), "bytes": len(sent.data),
    }  # fmt: skip


def card_title(one: Happening) -> tuple[str, str]:
    """An event on a card: what it is, and which."""
    texts = [f"“{cut(value, most=26)}”" for value in one.args.values() if _text(value)]
    rounds = [f"round {value}" for name, value in one.args.items() if name == "round" and isinstance(value, int)]
    made = [short(shown(value)) for value in one.makes[:1]]
    return spaced(one.name), " ".join(texts or rounds or made)


def who(one: Happening, names: Mapping[str, str]) -> str:
    """The account that an event names first."""
    return next((names.get(each, "") or short(each) for each in one.addresses), "")


def when(seconds: int) -> str:
    """A time of day of this machine, with its date."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return "no valid time"


def short(full: str) -> str:
    """A hash as a person reads it."""
    return f"{full[:6]}…{full[-4:]}" if len(full) > 12 else full


def cut(text: str, *, most: int = _LONGEST) -> str:
    """A text of others in one line of what can be printed."""
    return clean(text, most=most)


def gwei(wei: int) -> str:
    """Write 1500000000 as 1.5 gwei; 7 as 7 wei."""
    return f"{_plain(wei / GWEI)} gwei" if wei >= GWEI // 1000 else f"{wei:,} wei"


def ether(wei: int) -> str:
    """Write an amount in ether, or in gwei or wei where that is little."""
    return f"{_plain(wei / ETHER)} ether" if wei >= ETHER // 1000 else gwei(wei) if wei else "0 ether"


def _plain(value: float) -> str:
    """A number to three digits after the point, or more where it is below one, without an exponent."""
    return f"{value:,.{3 if value >= 1 else 6}f}".rstrip("0").rstrip(".")


def _text(value: Any) -> bool:
    return isinstance(value, str) and not (len(value) == 42 and value.startswith("0x"))
