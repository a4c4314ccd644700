"""Rooms by name or id, and accounts by label or address: as people name them."""

from privacy.chains.chain import Chain
from privacy.chains.types import address as checked
from privacy.errors import ParamError, UnknownNameError
from privacy.services.rooms import Room, Rooms

_SHORT = 8


def find(rooms: Rooms, text: str) -> Room:
    """The room of an id, of the first digits of one, or of a name. UnknownNameError, or ParamError for several."""
    every = rooms.rooms()
    digits = text.lower().removeprefix("0x")
    found = [one for one in every if len(digits) >= _SHORT and one.id.hex().startswith(digits)]
    found = found or [one for one in every if one.name == text]
    if len(found) > 1:
        ids = ", ".join(short(one.id) for one in found)
        raise ParamError(f"{len(found)} rooms are called {text!r}", then=f"name one by its id: {ids}")
    if not found:
        raise UnknownNameError("room", text[:60], [one.name for one in every][-20:])
    return found[0]


def address_of(chain: Chain, text: str) -> str:
    """The address of an account of this chain by its label, or as it is written. ParamError for neither."""
    for one in chain.signers():
        if text.lower() in (one.address.lower(), *one.label.lower().split(" ")[:1]):
            return one.address
    try:
        return checked(text)
    except ValueError:
        own = ", ".join(one.label.split(" ")[0] for one in chain.signers())
        then = f"give 0x and 40 hexadecimal digits{f', or one of {own}' if own else ''}"
        raise ParamError(f"{text[:60]!r} is not an account", then=then) from None


def short(id_: bytes) -> str:
    """The first digits of an id, by which it can be named."""
    return id_.hex()[:12]
