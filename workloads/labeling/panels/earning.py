"""A labeler on the chain: its qualification, stake and commitment, what it earned, and how it claims and swaps that."""

import contextlib
from collections.abc import Callable

import streamlit as st

from privacy.plugin import VeilbenchError
from ui.kit.errors import guard
from ui.kit.html import render
from ui.kit.tiles import strip, tile
from workloads.labeling.onchain.accounts import account_of, signer_of
from workloads.labeling.onchain.amounts import crol, ether, units
from workloads.labeling.onchain.ballots import ballot_of
from workloads.labeling.onchain.exchange import Quote, call_of, quote
from workloads.labeling.onchain.kept import all_on_chain, on_chain, titles
from workloads.labeling.onchain.payouts import Earnings, earnings
from workloads.labeling.onchain.progress import clock
from workloads.labeling.onchain.purse import Purse, earned_in, purse_of
from workloads.labeling.onchain.qualifying import qualify
from workloads.labeling.onchain.stage import COMMITTING
from workloads.labeling.onchain.staking import sender_of, stake
from workloads.labeling.onchain.withholding import answer, claims_against
from workloads.labeling.panels import town_place
from workloads.labeling.panels.town_place import Place, act, pressed
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import QUALIFIED, Domain

_NOTHING = (0, 0)


def show(rounds: Rounds, labeler: str, domain: Domain, number: int | None) -> None:
    """The panel of a labeler in a domain; `number` is the round that it labels, if any."""
    with st.container(border=True, gap="small"):
        st.subheader("On the chain", anchor=False)
        with guard():
            at = town_place.place()
            if at is None:
                town_place.set_up("label set up")
                return
            _panel(at, rounds, labeler, domain, number)


def committed(rounds: Rounds, labeler: str, number: int) -> bool:
    """Whether a labeler has committed in a round, where that is on the chain in use."""
    if on_chain(rounds.book, number) is None:
        return False
    with contextlib.suppress(VeilbenchError):
        at = town_place.place()
        return at is not None and at.course(rounds, number).committed(labeler) is not None
    return False


def _panel(at: Place, rounds: Rounds, labeler: str, domain: Domain, number: int | None) -> None:
    purse = purse_of(at.town, account_of(labeler), domain.id)
    found: Earnings | None = None
    with guard():
        found = earnings(at.town.payouts, at.store, purse.account)
    st.html(f"<div class='vb vb-box'>{strip(_tiles(purse, found))}</div>")
    st.html(render("labeling/panels/account", one=purse, chain=at.chain.name, demo=signer_of(at.chain, labeler)))
    with st.container(horizontal=True, vertical_alignment="center"):
        _qualification(at, rounds, labeler, domain, purse)
        _stake(at, labeler, purse)
        _exchange(at, labeler, purse)
        if found is not None:
            _claim(at, labeler, found)
    if number is not None and on_chain(rounds.book, number) is not None:
        _commitment(at, rounds, labeler, number, purse)
    with guard():
        _answers(at, rounds, labeler, purse)
    with guard():
        if rows := earned_in(at.town, at.store, purse.account):
            st.html(render("labeling/panels/earned", rows=rows, titles=titles(rounds.book), crol=crol))


def _tiles(purse: Purse, found: Earnings | None) -> list[str]:
    leaving = f"{crol(purse.leaving)} comes back {clock(purse.leaves_at)}" if purse.leaving else "CROL"
    earned, claimed, can = (found.cumulative, found.claimed, found.claimable) if found else (*_NOTHING, 0)
    return [
        tile("Can claim", crol(can) if found else "–", "CROL", "good" if can else ""),
        tile("Earned", crol(earned) if found else "–", f"CROL in all rounds, {crol(claimed)} of it claimed"),
        tile("Has", crol(purse.crol), f"CROL, and {ether(purse.wei)} ether"),
        tile("Staked", crol(purse.staked), leaving),
    ]


def _qualification(at: Place, rounds: Rounds, labeler: str, domain: Domain, purse: Purse) -> None:
    """The button that has attested what the gate decided."""
    if not purse.qualified and rounds.standing(labeler, domain.id).state == QUALIFIED and pressed(
        "Attest my qualification", "chain qualify",
        lambda: qualify(rounds, at.town, at.operator, [labeler], domain.id),
        help="Whoever runs the crowd signs that you passed this domain's gold. You cannot pass the attestation on.",
    ):  # fmt: skip
        st.rerun()


def _stake(at: Place, labeler: str, purse: Purse) -> None:
    with st.popover("Stake"):
        st.html(
            "<p class='vb'>Rounds need a stake. You lose it if you withhold labels that you committed to. You get it "
            "back 30 days after you ask.</p>"
        )
        text = st.text_input("CROL", "10", key="chain stake amount")
        amount, key, done = units(text), signer_of(at.chain, labeler), False
        if key is not None:
            done = pressed("Stake it", "chain stake", _staker(at, labeler, amount), disabled=not amount)
        elif at.town.crol.read("allowance", purse.account, at.town.stakes.address) < amount:
            label = f"Let the stakes take {crol(amount)} CROL"
            done = act(
                at, labeler, at.town.crol, "approve", at.town.stakes.address, amount, key="chain allow", label=label
            )  # fmt: skip
        elif amount:
            done = act(at, labeler, at.town.stakes, "stake", amount, key="chain stake", label="Stake it")
        if purse.staked:
            done |= act(
                at, labeler, at.town.stakes, "requestUnstake", purse.staked, key="chain unstake",
                label="Ask for all of it back",
            )  # fmt: skip
        if purse.leaving:
            done |= act(
                at, labeler, at.town.stakes, "unstake", key="chain take back", label="Take back the released stake"
            )
    if done:
        st.rerun()


def _staker(at: Place, labeler: str, amount: int) -> Callable[[], None]:
    def work() -> None:
        stake(at.town, sender_of(at.town, at.operator, labeler), amount)

    return work


def _exchange(at: Place, labeler: str, purse: Purse) -> None:
    """The faucet and the swap of a demo chain."""
    town = at.town
    if town.faucet is None or town.swap is None:
        return
    with st.popover("Get or swap CROL"):
        st.html("<p class='vb'>For trying out: this chain's CROL and ether are worth nothing.</p>")
        done = act(at, labeler, town.faucet, "drip", key="chain drip", label="Get 1,000 CROL, once a day")
        buys = st.segmented_control("Swap", ("ether for CROL", "CROL for ether"), default="CROL for ether",
                                    key="chain swap way") == "ether for CROL"  # fmt: skip
        text = st.text_input("ether" if buys else "CROL", "0.001" if buys else "10", key=f"chain swap {buys}")
        with guard():
            one = quote(town.swap, buys=buys, given=units(text))
            gets, least = (crol(one.gets), crol(one.least)) if buys else (ether(one.gets), ether(one.least))
            st.html(f"<p class='vb vb-num'>You get about {gets} {'CROL' if buys else 'ether'}, at least {least}.</p>")
            done |= _swap(at, labeler, purse, one)
    if done:
        st.rerun()


def _swap(at: Place, labeler: str, purse: Purse, one: Quote) -> bool:
    swap = at.town.swap
    assert swap is not None  # the panel is not there without one
    if not one.buys and at.town.crol.read("allowance", purse.account, swap.address) < one.given:
        label = f"Let the swap take {crol(one.given)} CROL"
        return act(at, labeler, at.town.crol, "approve", swap.address, one.given, key="chain swap allow", label=label)
    function, args, value = call_of(one)
    return act(at, labeler, swap, function, *args, value=value, key="chain swap", label="Swap")


def _claim(at: Place, labeler: str, found: Earnings) -> None:
    if found.proof or found.claimable:
        with st.popover("Proof"):
            st.html(render("labeling/panels/proof", one=found, root=at.town.payouts.read("root")))
    if found.claimable and act(
        at, labeler, at.town.payouts, "claim", found.account, found.cumulative, list(found.proof), key="chain claim",
        label=f"Claim {crol(found.claimable)} CROL", primary=True,
    ):  # fmt: skip
        st.rerun()


def _answers(at: Place, rounds: Rounds, labeler: str, purse: Purse) -> None:
    """Answer claims that the labeler withheld its labels."""
    numbers = {text.id: number for number, text in all_on_chain(rounds.book).items()}
    for one in claims_against(at.town, purse.account):
        st.warning(
            f"Somebody claims that you withheld labels of a round. Show them by {clock(one.deadline)}, or lose your "
            f"stake in the round. Anybody can then read the labels."
        )
        if one.round in numbers:
            course = at.course(rounds, numbers[one.round])
            values = answer(rounds.book, course, labeler, one.root)
            if act(
                at, labeler, at.town.rounds, "reveal", *values, key=f"reveal {one.round.hex()}", label="Show my labels"
            ):
                st.rerun()


def _commitment(at: Place, rounds: Rounds, labeler: str, number: int, purse: Purse) -> None:
    """What the labeler has committed to in a round, or the button that does it."""
    course = at.course(rounds, number)
    stage, found = course.stage(), course.committed(labeler)
    if found is not None:
        st.html(render("labeling/panels/committed", one=found, number=number))
        return
    done = rounds.done(labeler, number)
    if stage.phase != COMMITTING or not done:
        st.caption("When you have labelled what you can, commit to your labels here. Only committed labels count.")
        return
    st.caption(f"You commit to your {done} labels so far, by {clock(course.terms.until)}. Later labels do not count.")
    if signer_of(at.chain, labeler) is not None:
        if pressed("Commit my labels", "chain commit", lambda: course.commit([labeler]), primary=True):
            st.rerun()
    elif not purse.qualified:
        st.caption("Get your qualification attested first.")
    elif purse.staked < max(stage.stake, 1):
        st.caption(f"Stake first: this round wants {crol(stage.stake)} CROL of everybody, and any stake numbers you.")
    else:
        ballot = ballot_of(rounds.book, course.terms, number, labeler)
        if act(
            at, labeler, at.town.rounds, "commit", course.terms.id, ballot.root, ballot.count, key="chain commit",
            label=f"Commit my {ballot.count} labels",
        ):  # fmt: skip
            st.rerun()
