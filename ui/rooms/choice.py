"""The room of a page: one that is on the chain in use, or none; and what its people can do there."""

import secrets
from dataclasses import dataclass
from typing import Any

import streamlit as st

from privacy.chains.chain import Chain
from privacy.chains.deploying import deploy
from privacy.chains.opening import signer
from privacy.chains.sender import Sender
from privacy.chains.waiting import Waiter
from privacy.errors import DataError, ParamError
from privacy.rooms.finding import address_of, short
from privacy.rooms.opening import WALLET, Names, known_rooms
from privacy.services.rooms import CONTRACT, INVITED, MEMBER, OWNER, Room, Rooms
from privacy.stores import choice as stores
from ui import resources
from ui.kit import choice, wallet
from ui.kit.errors import guard
from ui.kit.format import markdown_text
from ui.kit.html import render
from ui.kit.link import Link
from ui.kit.wallet import Account

_CREATED = "rooms/created"
_MOST = 60
"""How many of the newest rooms are offered."""


@dataclass(frozen=True)
class Place:
    """The room that a page is in: `role` is that of the account that has signed in."""

    chain: Chain
    rooms: Rooms
    room: Room
    role: str
    who: Account | None

    def names(self, parent: str = "") -> Names:
        """What names the room for a run that begins from a version, by the account that has signed in."""
        return Names(
            self.room.id.hex(), account=self.who.address if self.who else "", chain=self.chain.name,
            store=stores.chosen(resources.registry()), parent=parent,
            signs=WALLET if self.who is not None and self.who.kind == "wallet" else "",
        )  # fmt: skip

    @property
    def trains(self) -> bool:
        """Whether the account belongs to the room."""
        return self.who is not None and self.role in (MEMBER, OWNER)


def popover(link: Link) -> Place | None:
    """The button behind which a room is chosen; returns the place, or None where the page is in no room."""
    who, place = wallet.account(), None
    with st.popover("Room", key="vb-room"):
        st.html(render("rooms/about"))
        choice.chain("rooms.chain")
        with guard():
            chain = resources.chain()
            rooms = known_rooms(chain)
            found = [] if rooms is None else rooms.rooms()[-_MOST:][::-1]
            names = {one.id.hex(): one for one in found}
            picked = st.selectbox(
                "Room", ["", *names], format_func=lambda id_: _called(names.get(id_)),
                **link.bind("room", "", _reader(names)),
            )  # fmt: skip
            if rooms is not None and picked:
                role = rooms.role(names[picked].id, who.address) if who else ""
                place = Place(chain, rooms, names[picked], role, who)
                _members(place)
            elif who is None:
                st.caption("Sign in at the top of the page to create a room, or to join one.")
            else:
                _create(chain, rooms, who)
    return place


def enter(link: Link) -> None:
    """Go into the room that was just created: once every setting of the page is bound, as the others would be lost."""
    if created := st.session_state.pop(_CREATED, ""):
        link.go(room=created)
        st.rerun()


def _called(room: Room | None) -> str:
    return "no room: nothing is committed" if room is None else f"{room.name} ({short(room.id)})"


def _reader(names: dict[str, Room]) -> Any:
    def read(text: str) -> str:
        if text and text not in names:
            raise DataError(f"there is no room {text[:12]} on the chain in use", then="choose one")
        return text

    return read


def _create(chain: Chain, rooms: Rooms | None, who: Account) -> None:
    name = st.text_input("Name of a new room", max_chars=60, key="rooms.name", placeholder="everybody can read it")
    if who.kind == "demo" or rooms is None:
        if not st.button("Create the room", key="rooms.create", disabled=not name.strip()):
            return
        if who.kind != "demo" and not chain.local:
            raise ParamError(f"there is no {CONTRACT} on {chain.name}", then=f"veilbench chain deploy {CONTRACT}")
        sender = Sender(chain, signer(chain, who.address if who.kind == "demo" else ""))
        rooms = Rooms(chain, deploy(sender, CONTRACT).address)
        if who.kind == "demo":
            st.session_state[_CREATED] = rooms.create(sender, name.strip()).id.hex()
        st.rerun()
    elif name.strip():
        salt = st.session_state.setdefault("rooms/salt", secrets.token_bytes(32))
        body = rooms.contract.encode("createRoom", salt, name.strip(), bytes(32), [])
        if sent(chain, rooms, "rooms.create", body, "Create the room"):
            st.session_state.pop("rooms/salt", None)
            st.rerun()


def _members(place: Place) -> None:
    """Who belongs to the room, and what the account can do about it."""
    labels = {one.address: one.label for one in place.chain.signers()}
    members = place.rooms.members(place.room.id)
    st.html(render("rooms/members", room=place.room, members=members, labels=labels, chain=place.chain.name))
    if place.who is None:
        st.caption("Sign in at the top of the page to take part.")
    elif place.role == INVITED:
        _act(place, "join", "Join the room", place.room.id)
    elif place.role == OWNER:
        text = st.text_input("Invite an account", key="rooms.invited", placeholder="0x… or the name of a demo account")
        if text.strip():
            _act(place, "invite", "Invite", place.room.id, [address_of(place.chain, text.strip())])
    elif place.role != MEMBER:
        st.caption("This account is not a member. The owner can invite it.")


def _act(place: Place, function: str, label: str, *args: Any) -> None:
    body = place.rooms.contract.encode(function, *args)
    if place.who is not None and place.who.kind == "demo":
        if st.button(label, key=f"rooms.{function}"):
            sender = Sender(place.chain, signer(place.chain, place.who.address))
            getattr(place.rooms, function)(sender, *args)
            st.rerun()
    elif sent(place.chain, place.rooms, f"rooms.{function}", body, label):
        st.rerun()


def sent(chain: Chain, rooms: Rooms, key: str, body: bytes, label: str) -> bool:
    """Whether the account's wallet has sent a transaction and the chain has mined it."""
    found = wallet.transact(key, to=rooms.contract.address, data=body, chain_id=chain.chain_id, label=label)
    if found is None:
        return False
    if found.kind != "sent":
        st.warning(markdown_text(found.sentence or "The wallet did not send the transaction."))
        return False
    with st.spinner("Waiting for the chain …"):
        receipt = Waiter(chain).receipt(bytes.fromhex(found.hash[2:]))
    if not receipt.ok:
        st.warning("The contract refused the transaction. The Chain page says why.")
    return receipt.ok
