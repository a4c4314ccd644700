"""What a search found: a block, a transaction, an address, or the story of a digest."""

from collections.abc import Mapping

import streamlit as st

from privacy.chains.chain import Chain
from privacy.chains.errors import ChainError, Reverted
from privacy.chains.explorer import Explorer, Hit
from privacy.chains.story import Story
from privacy.stores.cid import CID, DAG_PB, RAW
from ui.chain import words
from ui.chain.picture import picture
from ui.kit.html import markup, render

_EVENTS, _ENDS = 50, 60
_SITES = {"block": "block", "transaction": "tx", "address": "address"}


def show(text: str, explorer: Explorer) -> None:
    """Look for what somebody wrote, and draw what there is. DataError where nothing can be called that."""
    hit = explorer.search(text)
    if hit is None:
        name = words.cut(explorer.chain.name)
        st.html(render("chain/nothing", text=words.cut(text.strip(), most=70), name=name))
        return
    {"block": _block, "transaction": _transaction, "address": _address, "digest": _story}[hit.kind](hit, explorer)


def _block(hit: Hit, explorer: Explorer) -> None:
    block = explorer.chain.block(int(hit.key))
    if block is None:
        return
    fee = "none" if block.base_fee is None else words.gwei(block.base_fee)
    newest = explorer.head.number if explorer.head else block.number
    st.html(render(
        "chain/block", block=block, hash="0x" + block.hash.hex(), when=words.when(block.time), fee=fee, newest=newest,
        url=_site(explorer.chain, hit),
    ))  # fmt: skip
    actions = [words.action(one, explorer.names) for one in explorer.actions(block, most=_EVENTS)]
    one = {
        "number": block.number, "when": words.when(block.time), "gas": f"{block.gas_used:,}", "actions": actions,
        "more": max(0, len(block.transactions) - len(actions)),
    }  # fmt: skip
    st.html(render("chain/latest", blocks=[one]))


def _transaction(hit: Hit, explorer: Explorer) -> None:
    action = explorer.action(bytes.fromhex(hit.key[2:]))
    if action is None:
        st.html(render("chain/waiting", hash=hit.key))
        return
    why = None if action.receipt.ok else explorer.refusal(action)
    said = explorer.refused(why) if isinstance(why, Reverted) else None
    st.html(render(
        "chain/transaction", one=words.action(action, explorer.names), name=said.name if said else "",
        refusal=_sentence(why) if why else "", pieces=words.pieces(said.args, explorer.names) if said else [],
        url=_site(explorer.chain, hit),
    ))  # fmt: skip


def _address(hit: Hit, explorer: Explorer) -> None:
    chain, address = explorer.chain, hit.key
    ours = explorer.contracts.get(address)
    about = [one for one in explorer.book.all() if one.contract == ours.name] if ours else (
        explorer.about(bytes.fromhex(address[2:])))  # fmt: skip
    kind = f"our contract {ours.name}" if ours else "a contract" if chain.code(address) else "an account"
    found = words.events(explorer.timed(about[-_EVENTS:][::-1]), explorer.names)
    st.html(render(
        "chain/address", address=address, called=explorer.names.get(address, ""), kind=kind, found=found,
        count=len(about), balance=words.ether(chain.balance(address)), nonce=chain.nonce(address),
        contract=ours is not None, url=_site(chain, hit),
    ))  # fmt: skip


def _story(hit: Hit, explorer: Explorer) -> None:
    digest = bytes.fromhex(hit.key[2:])
    story = explorer.story(digest)
    if not story.events:
        return
    every = words.events(story.events, explorer.names)
    cut = len(every) > 2 * _ENDS
    st.html(render(
        "chain/story", what=story.what, title=_title(story, explorer.names), count=_count(story),
        cids=[CID(codec, digest).text for codec in (RAW, DAG_PB)] if _is_content(story) else [],
        first=every[0]["when"], last=every[-1]["when"], picture=markup(picture(story, explorer.names)),
        head=every[:_ENDS] if cut else every, tail=every[-_ENDS:], left=len(every) - 2 * _ENDS if cut else 0,
        left_out=story.left_out,
    ))  # fmt: skip


def _title(story: Story, names: Mapping[str, str]) -> str:
    """What made the thing, or how the first event that names it calls it."""
    for one in story.events:
        if story.thing in one.makes:
            return " ".join(words.card_title(one))
    for one in story.events:
        for name, value in one.args.items():
            if value == story.thing:
                return words.spaced(name)
    return "Story"


def _is_content(story: Story) -> bool:
    """Whether the digest is one that CIDs have."""
    return any(value == story.thing and name == "contentDigest" for e in story.events for name, value in e.args.items())


def _count(story: Story) -> str:
    shown = f"{len(story.events):,}"
    return f"The first {shown} of {len(story.events) + story.left_out:,}" if story.left_out else shown


def _sentence(why: ChainError) -> str:
    return f"{words.cut(why.what[:1].upper() + why.what[1:], most=300)}."


def _site(chain: Chain, hit: Hit) -> str:
    """The thing on the chain's own website; empty where the settings name none, or no web address."""
    found = chain.link(_SITES[hit.kind], hit.key)
    return found if found.startswith(("https://", "http://")) else ""
