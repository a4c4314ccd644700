"""Buying together: a group's members, its pot, and the purchase for all of them."""

import streamlit as st

from ui.kit.html import render
from workloads.labeling.market.groups import Group, Groups, Pot
from workloads.labeling.market.shelf import Listing
from workloads.labeling.onchain.accounts import account_of
from workloads.labeling.onchain.amounts import crol, units
from workloads.labeling.panels import trade
from workloads.labeling.panels.trade import Place, Who
from workloads.labeling.rounds.demo import LABELERS

_NEW = "a new group"


def show(place: Place, who: Who, one: Listing) -> None:
    """The groups of an account, and what each can do about a data set."""
    groups = Groups(place.town.consortia)
    mine = {group.id.hex(): group for group in groups.of(who.account)}
    chosen = st.selectbox(
        "Group", [*mine, _NEW], format_func=lambda g: mine[g].name if g in mine else g, key="together.group", width=260
    )
    if chosen not in mine:
        _found(place, who, groups)
        return
    group, names = mine[str(chosen)], place.names()
    pot = groups.pot(group, one, who.account)
    members = [(trade.short_of(names, account), account in group.joined) for account in group.members]
    st.html(render("labeling/panels/group", members=members, pot=pot, price=one.offer.price, crol=crol))
    if who.account not in group.joined:
        trade.do(place, who, groups.join(group), "Join it", key="together.join", said=f"You have joined {group.name}.")
    elif not pot.bought:
        _pay(place, who, one, groups, group, pot)


def _found(place: Place, who: Who, groups: Groups) -> None:
    demo = {account_of(labeler): f"{name} (demo labeler)" for labeler, name in LABELERS.items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", "Our group", max_chars=60, width=200, key="together.name")
        others = st.multiselect(
            "Members beside you", [one for one in demo if one != who.account], format_func=demo.__getitem__,
            accept_new_options=True, placeholder="demo labelers, or addresses", width=320, key="together.members",
        )  # fmt: skip
    if others:
        salt = st.session_state.setdefault("together/salt", trade.salt())
        act = groups.create(name, [who.account, *others], salt=salt)
        trade.do(
            place,
            who,
            act,
            "Found the group",
            key="together.create",
            said=f"{name} is founded. Each member must now join.",
        )
    else:
        st.caption("Name at least one more member. Each has an equal share and must join by itself.")


def _pay(place: Place, who: Who, one: Listing, groups: Groups, group: Group, pot: Pot) -> None:
    missing = one.offer.price - pot.total
    if not missing:
        trade.do(
            place, who, groups.buy(group, one), "Buy it for all", key="together.buy", primary=True,
            said=f"{group.name} has bought it: every member may have its key.",
        )  # fmt: skip
    else:
        part = units(st.text_input("Put in, CROL", crol(min(missing, one.offer.price // len(group.members))),
                                   key="together.amount", width=150))  # fmt: skip
        trade.pay(
            place, who, groups.give(group, one, part), part, f"Put in {crol(part)} CROL", key="together.give",
            said=f"{crol(part)} CROL are in the pot.",
        )  # fmt: skip
    if pot.given:
        trade.do(
            place, who, groups.take_back(group, one, pot.given), f"Take {crol(pot.given)} CROL back",
            key="together.back", said="You have your CROL back.",
        )  # fmt: skip
