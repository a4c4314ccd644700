"""Versions of a training that wait for a wallet to sign them, one after the other."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ui.rooms.choice import Place, sent


def show(place: Place, committed: Sequence[Mapping[str, Any]]) -> None:
    """A button for the first version that is not on the chain yet; nothing where all of them are."""
    unsigned = [one for one in committed if "unsigned" in one]
    waiting = [one for one in unsigned if place.rooms.version(place.room.id, bytes.fromhex(one["id"])) is None]
    if not waiting or place.who is None:
        return
    first, what = waiting[0], waiting[0]["unsigned"]
    st.caption(
        f"{len(waiting)} of {len(unsigned)} versions of this training wait for your wallet. Each is a transaction. "
        f"An unsigned version is in no room; the next training begins from the signed ones."
    )
    values = [bytes.fromhex(what[name]) for name in ("parent", "content", "contributions", "metrics")]
    body = place.rooms.contract.encode("commit", place.room.id, values[0], first["round"], *values[1:])
    if sent(place.chain, place.rooms, f"rooms.commit.{first['id'][:16]}", body, f"Commit round {first['round']}"):
        st.rerun()
