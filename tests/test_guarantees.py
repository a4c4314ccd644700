"""Guarantees: a run's is that of its weakest step towards each observer."""

import itertools

from privacy.guarantees import Guarantee, OutputPrivacy, Strength, Towards, weakest

NONE = Guarantee.none(towards="server")
LOCAL = Guarantee.nothing_sent(towards="server", statement="Nothing is sent.", leaks=("the download",))
HIDDEN = Guarantee.computational(
    towards="server", statement="The server sees ciphertexts.", assumption="RLWE", security_bits=128, leaks=("size",)
)
OUTPUT = OutputPrivacy(1.0, 0.0, "one release", "replace one", "local", "pure")
NOISED = Guarantee(
    (Towards("server", Strength.DIFFERENTIAL, "Noised on the device.", output=OUTPUT),), adversary="malicious"
)


def strength(steps, observer="server"):
    return weakest(steps).observer(observer).strength


def test_the_weakest_step_wins_in_any_order():
    steps = {"scoring": HIDDEN, "noise": NOISED, "lookup": NONE, "local": LOCAL}
    for size in (1, 2, 3, 4):
        for names in itertools.permutations(steps, size):
            expected = min(steps[n].towards[0].strength for n in names)
            assert strength({n: steps[n] for n in names}) == expected


def test_the_statement_names_the_weakest_step():
    run = weakest({"scoring": HIDDEN, "lookup": NONE})
    assert run.observer("server").statement == "Weakest step, lookup: The server reads the input in the clear."
    assert run.observer("server").assumption == ""
    assert weakest({"scoring": HIDDEN}).observer("server").statement == "The server sees ciphertexts."


def test_steps_that_are_equally_weak_are_all_told():
    other = Guarantee.computational(
        towards="server", statement="The server sees pads.", assumption="DDH", security_bits=112
    )
    for steps in ({"scoring": HIDDEN, "sum": other}, {"sum": other, "scoring": HIDDEN}):
        towards = weakest(steps | {"local": LOCAL}).observer("server")
        assert towards.security_bits == 112
        for part in ("RLWE", "DDH"):
            assert part in towards.assumption
        for part in ("ciphertexts", "pads", "Weakest step"):
            assert part in towards.statement


def test_the_leaks_of_every_step_add_up_once():
    run = weakest({"scoring": HIDDEN, "lookup": LOCAL, "again": LOCAL})
    assert run.observer("server").leaks == ("size", "the download")
    assert run.observer("server").strength == Strength.COMPUTATIONAL


def test_each_observer_has_a_weakest_step_of_its_own():
    relayed = Guarantee(
        (
            Towards("server", Strength.NON_COLLUSION, "Two servers do not collude."),
            Towards("relay", Strength.NONE, "The relay reads it."),
        )
    )
    run = weakest({"scoring": HIDDEN, "lookup": relayed})
    assert run.observer("server").strength == Strength.COMPUTATIONAL
    assert run.observer("relay").strength == Strength.NONE
    assert run.observer("client") is None


def test_output_privacy_and_adversaries_are_kept():
    run = weakest({"scoring": NOISED, "lookup": HIDDEN})
    assert run.observer("server").output == OUTPUT
    assert run.adversary == "malicious / semi-honest"


def test_a_guarantee_is_read_back_from_its_record():
    for guarantee in (NONE, LOCAL, HIDDEN, NOISED, weakest({"a": NOISED, "b": LOCAL})):
        assert Guarantee.from_dict(guarantee.as_dict()) == guarantee
    assert LOCAL.as_dict()["towards"][0]["strength"] == "nothing sent"
