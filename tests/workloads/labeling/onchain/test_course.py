"""A round's way over a chain: what it comes to, and that nothing is done twice whatever is cut off."""

from workloads.labeling.onchain.accounts import account_of
from workloads.labeling.onchain.claims import claim
from workloads.labeling.onchain.payouts import earnings
from workloads.labeling.rounds.terms import FINAL as BOOK_FINAL
from tests.workloads.labeling.onchain.world import BUDGET, NAMES, RESULT


def test_a_round_goes_from_its_opening_to_the_last_claim(world):
    course = world.course()
    assert course.stage().phase == "not opened"
    course.open()
    assert course.commit() == 3
    assert course.commit() == 0
    course.seal()
    course.draw()
    assert len(set(course.stage().beacon)) > 1
    made = course.propose(RESULT)
    assert made.added == {
        account_of("ann"): BUDGET // 2 + 1, account_of("bob"): BUDGET * 3 // 10, account_of("cid"): BUDGET // 5
    }
    assert made.paid == BUDGET
    course.finalize()
    assert course.stage().phase == "final"
    assert world.rounds.round(1).state == BOOK_FINAL
    for name in NAMES:
        who = account_of(name)
        before = world.town.crol.read("balanceOf", who)
        assert claim(world.town, world.store, world.operator, who).claimable == made.added[who]
        assert world.town.crol.read("balanceOf", who) == before + made.added[who]
        assert earnings(world.town.payouts, world.store, who).claimable == 0
    assert world.town.crol.read("balanceOf", world.town.payouts.address) == 0
