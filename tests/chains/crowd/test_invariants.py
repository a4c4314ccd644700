"""Whatever a crowd does in whatever order: no token is made or lost, and nobody is paid what was not paid in.

Any act may be refused, by a name; none may break what holds of the contracts' books.
"""

from collections import Counter
from functools import cache
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from privacy.chains.errors import Reverted
from tests.support.crowd import (
    ADA,
    BEN,
    BUDGET,
    BUYER,
    CAT,
    CONTENT,
    DAY,
    EVE,
    FAR,
    LABELERS,
    OPERATOR,
    OWNER,
    PUBLISHER,
    REQUESTER,
    SEED,
    STAKE,
    TRAINER,
    UNIT,
    VOTES,
    Crowd,
)  # fmt: skip
from tests.support.crowd_trees import added, earned, share
from tests.support.soaking import sized

EVERYBODY = range(10)
SALT = (9).to_bytes(32, "big")
OPEN, DISPUTED = 1, 5
SUPPLY = 10**27

labeler = st.sampled_from(LABELERS)
who = st.sampled_from(EVERYBODY)
which = st.sampled_from([-1, -1, 0, 1])
"""A round or a data set, by the order in which it was made: the newest most often."""
amount = st.sampled_from([0, 1, 7 * UNIT, STAKE, 3 * STAKE, 10**6 * UNIT])
few = st.integers(0, 6)


@cache
def begun() -> tuple[Crowd, Any]:
    """A crowd with a group, toys and somebody who may slash, and a mark to come back to."""
    crowd = Crowd()
    crowd.qualify(*LABELERS)
    operator = crowd.address(OPERATOR)
    crowd.do(OPERATOR, crowd.stakes, "grantRole", crowd.stakes.read("SLASHER_ROLE"), operator)
    crowd.faucet = crowd.made("Faucet", crowd.crol.address)  # type: ignore[attr-defined]
    crowd.swap = crowd.made("Swap", crowd.crol.address, operator)  # type: ignore[attr-defined]
    for one in EVERYBODY:
        crowd.do(one, crowd.crol, "approve", crowd.swap.address, 2**255)  # type: ignore[attr-defined]
    crowd.do(OPERATOR, crowd.crol, "transfer", crowd.faucet.address, 5_000 * UNIT)  # type: ignore[attr-defined]
    crowd.do(OPERATOR, crowd.swap, "add", 1_000 * UNIT, value=UNIT)  # type: ignore[attr-defined]
    members = [crowd.address(one) for one in (ADA, BEN)]
    crowd.do(CAT, crowd.consortia, "create", SALT, "Clinics", members, [1, 2])
    return crowd, crowd.chain.mark()


class Books(RuleBasedStateMachine):
    """Acts by anybody, and what holds after each."""

    def __init__(self) -> None:
        super().__init__()
        self.begin()

    def begin(self) -> None:
        self.crowd, mark = begun()
        self.crowd.chain.back(mark)
        self.crowd.acc.clear()
        self.rounds: list[bytes] = []
        self.live: list[bytes] = []
        """Rounds that were not seen to be over."""
        self.sets: list[int] = []
        self.earned: Counter[str] = Counter()
        self.proposed: dict[bytes, tuple[Counter[str], int]] = {}
        self.holders = {PUBLISHER}
        self.told: dict[str, int] = {}
        """What the newest root says, which may be more or less than what was paid in."""
        self.total, self.product = 0, 0
        self.group = self.crowd.consortia.read("consortiumId", self.crowd.address(CAT), SALT)
        self.deposited = self.collected = 0
        for one in (ADA, BEN):
            self.act(one, "consortia", "join", self.group)
        self.open()
        self.publish(100 * UNIT, 4)
        self.step(0, 5, 3, 4, 0)
        self.act(BUYER, "market", "prepay", self.sets[0], 6)

    def act(self, who: int, contract: str, function: str, *args: Any, value: int = 0) -> bool:
        """Whether an act goes through; what refuses it has a name."""
        try:
            self.crowd.do(who, getattr(self.crowd, contract), function, *args, value=value)
        except Reverted as refusal:
            found = refusal.name
        else:
            return True
        assert found not in ("", "Panic")
        return False

    # Time, and stakes.

    @rule(seconds=st.sampled_from([1, DAY, 31 * DAY]), blocks=st.sampled_from([0, 1, 300]))
    def wait(self, seconds: int, blocks: int) -> None:
        self.crowd.chain.wait(seconds)
        self.crowd.chain.mine(blocks)

    @rule(who=labeler, amount=amount, function=st.sampled_from(["stake", "stake", "requestUnstake"]))
    def stake(self, who: int, amount: int, function: str) -> None:
        self.act(who, "stakes", function, amount)

    @rule(who=labeler)
    def unstake(self, who: int) -> None:
        self.crowd.chain.wait(10 * DAY)
        self.act(who, "stakes", "unstake")

    @rule(who=labeler, amount=amount, to=who)
    def slash(self, who: int, amount: int, to: int) -> None:
        self.act(OPERATOR, "stakes", "slash", self.crowd.address(who), amount, self.crowd.address(to))

    # Rounds and pay.

    def at(self, number: int) -> bytes:
        return self.rounds[number % len(self.rounds)]

    @rule()
    def open(self) -> None:
        if len(self.live) < 3:
            self.rounds.append(self.crowd.open(len(self.rounds)))
            self.live.append(self.rounds[-1])

    @rule(round_=which, who=labeler, together=st.booleans())
    def commit(self, round_: int, who: int, together: bool) -> None:
        at = self.at(round_)
        labels = self.crowd.labels(who, at)
        if together:
            done = self.act(EVE, "rounds", "commitMany", at, [self.crowd.commitment(who, at)])
        else:
            done = self.act(who, "rounds", "commit", at, labels.root, labels.count)
        if done:
            self.crowd.acc[at] = added(self.crowd.acc[at], *labels.entry)

    @rule(round_=which, times=st.sampled_from([1, 1, 2, 5]), first=few, second=few, more=st.sampled_from([0, 0, 1]))
    def step(self, round_: int, times: int, first: int, second: int, more: int) -> None:
        """What comes next in a round, by its phase: where it is not the time for it, it is refused."""
        for _ in range(times):
            self.next(self.at(round_), first, second, more)

    def next(self, at: bytes, first: int, second: int, more: int) -> None:
        found = self.crowd.round(at)
        match found["phase"]:
            case 1:
                for who in (ADA, BEN)[found["committed"] :]:
                    self.commit(self.rounds.index(at), who, together=bool(first % 2))
                count, by = self.crowd.round(at)["committed"], REQUESTER if second else EVE
                self.act(by, "rounds", "seal", at, self.crowd.acc[at], VOTES, count)
            case 2:
                self.crowd.chain.mine(2)
                if not self.act(EVE, "rounds", "draw", at, SEED):
                    self.act(EVE, "rounds", "redraw", at)
            case 3 | 5:
                self.propose(at, first, second, more * BUDGET)
            case 4:
                self.crowd.chain.wait(DAY + 1)
                self.finalize(at)

    def propose(self, at: bytes, first: int, second: int, more: int) -> None:
        """A pay that may promise more than it brings."""
        pays = Counter({self.crowd.address(ADA): first * UNIT, self.crowd.address(BEN): second * UNIT + more})
        says = self.earned + pays + Counter({self.crowd.address(CAT): 1})
        paid, epoch = (first + second) * UNIT, self.crowd.payouts.read("epoch") + 1
        if self.act(OPERATOR, "rounds", "propose", at, VOTES, self.crowd.pay(says).root, paid, epoch, CONTENT):
            self.proposed[at] = (says, paid)

    def finalize(self, at: bytes) -> None:
        if self.act(EVE, "rounds", "finalize", at):
            self.earned, paid = self.proposed[at]
            self.told = dict(self.earned)
            assert self.crowd.payouts.read("total") == self.total + paid

    @rule(round_=which, who=labeler)
    def dispute(self, round_: int, who: int) -> None:
        self.act(who, "rounds", "dispute", self.at(round_), VOTES)

    @rule(round_=which)
    def cancel(self, round_: int) -> None:
        self.act(REQUESTER, "rounds", "cancel", self.at(round_))

    @rule(who=labeler, older=st.booleans())
    def claim(self, who: int, older: bool) -> None:
        """By the newest root, or by one that was proposed before."""
        account = self.crowd.address(who)
        says = next((dict(one) for one, _ in self.proposed.values()), {}) if older else self.told
        if account in says:
            self.act(EVE, "payouts", "claim", account, says[account], self.crowd.pay(says).proof(
                earned(account, says[account])))  # fmt: skip

    # Data sets.

    def set(self, number: int) -> int:
        return self.sets[number % len(self.sets)]

    @rule(price=st.sampled_from([0, 1, 100 * UNIT]), shares=st.sampled_from([1, 3, 4]))
    def publish(self, price: int, shares: int) -> None:
        """Whose shares may be more than its terms say: four were given out."""
        if len(self.sets) < 3:
            made = self.crowd.publish(len(self.sets), price=price, shares=shares, pricePerIteration=price // 7)
            self.sets.append(made)

    @rule(id_=which, who=who, apart=st.booleans())
    def buy(self, id_: int, who: int, apart: bool) -> None:
        if apart:
            self.act(who, "market", "buyFor", self.set(id_), VOTES)
        else:
            self.act(who, "market", "buy", self.set(id_))

    @rule(id_=which, iterations=few)
    def prepay(self, id_: int, iterations: int) -> None:
        self.act(BUYER, "market", "prepay", self.set(id_), iterations)

    @rule(id_=which, more=st.integers(0, 3), by=st.sampled_from([TRAINER, TRAINER, TRAINER, EVE]))
    def meter(self, id_: int, more: int, by: int) -> None:
        used = self.crowd.market.read("meterOf", self.set(id_), self.crowd.address(BUYER))[1]
        self.act(EVE, "market", "meter", *self.crowd.receipt(self.set(id_), used + more, by=by))

    @rule(id_=which)
    def refund(self, id_: int) -> None:
        self.crowd.chain.wait(DAY // 2)
        if not self.act(BUYER, "market", "refund", self.set(id_)):
            self.act(BUYER, "market", "requestRefund", self.set(id_))

    @rule(id_=which, owner=st.sampled_from([OWNER, ADA]))
    def withdraw(self, id_: int, owner: int) -> None:
        account = self.crowd.address(owner)
        proof = self.crowd.share_tree(self.crowd.shares).proof(share(account, self.crowd.shares[account]))
        self.act(EVE, "market", "withdraw", self.set(id_), account, self.crowd.shares[account], proof)

    @rule(id_=which, who=who)
    def income(self, id_: int, who: int) -> None:
        self.act(who, "market", "withdrawIncome", self.set(id_))

    @rule(id_=which, to=who)
    def hand_on(self, id_: int, to: int) -> None:
        args = (self.crowd.address(PUBLISHER), self.crowd.address(to), self.set(id_))
        if self.act(PUBLISHER, "market", "transferFrom", *args):
            self.holders.add(to)

    # The group and the toys.

    @rule(id_=which, who=labeler, part=st.sampled_from([1, 1, 2, 3]), back=st.booleans())
    def contribute(self, id_: int, who: int, part: int, back: bool) -> None:
        """A part of what is missing, which goes back, or is spent where all is there."""
        at = self.set(id_)
        pot, given, _ = self.crowd.consortia.read("potOf", self.group, at, self.crowd.address(who))
        missing = self.crowd.market.read("priceOf", at) - pot
        self.act(who, "consortia", "contribute", self.group, at, missing // part)
        if back:
            self.act(who, "consortia", "takeBack", self.group, at, given // part)
        self.act(who, "consortia", "purchase", self.group, at)

    @rule(who=who, amount=amount)
    def deposit(self, who: int, amount: int) -> None:
        if self.act(who, "consortia", "deposit", self.group, amount):
            self.deposited += amount

    @rule(who=labeler)
    def collect(self, who: int) -> None:
        before = self.crowd.balance(who)
        self.act(who, "consortia", "collect", self.group)
        self.collected += self.crowd.balance(who) - before

    @rule(who=who, wei=st.sampled_from([0, 1, UNIT // 3]), back=amount)
    def swap(self, who: int, wei: int, back: int) -> None:
        self.act(who, "swap", "buyCrol", 0, FAR, value=wei)
        self.act(who, "swap", "sellCrol", back, 0, FAR)

    @rule(who=who)
    def drip(self, who: int) -> None:
        self.act(who, "faucet", "drip")

    # What holds.

    @invariant()
    def no_token_is_made_or_lost(self) -> None:
        contracts = ("stakes", "payouts", "rounds", "market", "consortia", "faucet", "swap")
        held = [self.crowd.balance(who) for who in EVERYBODY]
        held += [self.crowd.balance(getattr(self.crowd, name).address) for name in contracts]
        assert sum(held) == self.crowd.crol.read("totalSupply") == SUPPLY

    @invariant()
    def stakes_are_there(self) -> None:
        stakes = self.crowd.stakes
        each = [stakes.read("standing", self.crowd.address(who)) for who in LABELERS]
        total = sum(staked + leaving for staked, _, leaving, _ in each)
        assert total == stakes.read("totalStaked") == self.crowd.balance(stakes.address)

    @invariant()
    def pay_is_there_and_no_more_is_claimed(self) -> None:
        payouts = self.crowd.payouts
        total, claimed = payouts.read("total"), payouts.read("claimed")
        assert claimed <= total >= self.total
        self.total = total
        assert sum(payouts.read("claimedBy", self.crowd.address(who)) for who in LABELERS) == claimed
        assert self.crowd.balance(payouts.address) == total - claimed

    @invariant()
    def budgets_are_there(self) -> None:
        rounds = {one: self.crowd.round(one) for one in self.live}
        assert all(found["acc"] == self.crowd.acc[one] for one, found in rounds.items())
        self.live = [one for one, found in rounds.items() if OPEN <= found["phase"] <= DISPUTED]
        assert sum(rounds[one]["budget"] for one in self.live) == self.crowd.balance(self.crowd.rounds.address)

    @invariant()
    def a_data_set_pays_out_what_came_in(self) -> None:
        market, held = self.crowd.market, 0
        for id_ in self.sets:
            *_, price, _, shares, _, _, received, withdrawn, _ = market.read("datasetOf", id_)
            prepaid, used, _ = market.read("meterOf", id_, self.crowd.address(BUYER))
            held += received - withdrawn + (prepaid - used) * price
            held += sum(market.read("incomeOf", id_, self.crowd.address(who)) for who in self.holders)
            due = sum(market.read("dueOf", id_, account, number) for account, number in self.crowd.shares.items())
            assert withdrawn <= received
            if shares == sum(self.crowd.shares.values()):
                assert 0 <= received - withdrawn - due < shares
        assert held == self.crowd.balance(market.address)

    @invariant()
    def a_group_has_what_was_given_and_earned(self) -> None:
        consortia = self.crowd.consortia
        pots = sum(consortia.read("potOf", self.group, id_, self.crowd.address(ADA))[0] for id_ in self.sets)
        assert self.collected <= self.deposited
        assert pots + self.deposited - self.collected == self.crowd.balance(consortia.address)
        due = sum(consortia.read("dueOf", self.group, self.crowd.address(who)) for who in (ADA, BEN))
        assert 0 <= self.deposited - self.collected - due < 3

    @invariant()
    def a_swap_never_loses(self) -> None:
        swap = self.crowd.swap  # type: ignore[attr-defined]
        product = swap.read("crolSide") * swap.read("etherSide")
        assert product >= self.product
        self.product = product
        assert swap.read("crolSide") == self.crowd.balance(swap.address)


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=sized(4, 100), stateful_step_count=sized(25, 100), deadline=None)
