"""Parameters: parsing, bounds and what a mistake says."""

from dataclasses import FrozenInstanceError, dataclass, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import ParamError, UnknownNameError
from privacy.params import NoParams, build, param


@dataclass(frozen=True)
class Params:
    epsilon: float = param(1.0, help="The budget of one release.", low=0.01, high=20, unit="nats")
    degree: int = param(8192, help="Ring dimension.", low=1024, high=32768)
    offset: int = param(0, help="Any whole number.")
    reuse: bool = param(False, help="Whether to reuse.")
    scheme: str = param("ckks", help="Which scheme.", choices=("ckks", "bfv"))


def made(**values):
    return build(Params, values, owner="he")


def test_defaults_need_nothing():
    assert made() == Params(1.0, 8192, 0, False, "ckks")
    assert build(NoParams, {}, owner="plain") == NoParams()


def test_text_and_values_are_the_same():
    text = made(epsilon="2.5", degree="4096", reuse="true", scheme="bfv")
    assert text == made(epsilon=2.5, degree=4096, reuse=True, scheme="bfv")
    assert made(degree=4096.0).degree == 4096
    assert made(epsilon=2) == made(epsilon="2")


@given(st.floats(0.01, 20), st.integers(1024, 32768), st.booleans())
def test_everything_inside_the_bounds_is_taken(epsilon, degree, reuse):
    built = made(epsilon=str(epsilon), degree=str(degree), reuse=str(reuse))
    assert (built.epsilon, built.degree, built.reuse) == (epsilon, degree, reuse)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"epsilon": "0.001"}, "epsilon is 0.001; choose a value between 0.01 and 20 nats"),
        ({"epsilon": 20.5}, "between 0.01 and 20"),
        ({"epsilon": "nan"}, "epsilon is nan"),
        ({"epsilon": float("inf")}, "epsilon is inf"),
        ({"epsilon": "much"}, "give a number"),
        ({"epsilon": None}, "give a number"),
        ({"epsilon": [1]}, "give a number"),
        ({"degree": 100}, "degree is 100"),
        ({"degree": 4096.5}, "give a whole number"),
        ({"degree": "4096.5"}, "give a whole number"),
        ({"degree": float("nan")}, "give a whole number"),
        ({"degree": float("inf")}, "give a whole number"),
        ({"reuse": "perhaps"}, "write true or false"),
        ({"scheme": "rsa"}, "choose one of ckks, bfv"),
    ],
)
def test_a_mistake_names_the_parameter_and_what_to_do(values, says):
    with pytest.raises(ParamError, match=f"(?i){says}") as caught:
        made(**values)
    assert str(caught.value).startswith(f"The setting {next(iter(values))} is ")


def test_a_whole_number_beyond_every_float_is_no_crash():
    assert made(offset=10**400).offset == 10**400
    with pytest.raises(ParamError, match=r"(?i)degree is 1000") as caught:
        made(degree=10**400)
    assert len(str(caught.value)) < 120


def test_an_unknown_parameter_names_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean degree") as caught:
        made(degre=1)
    assert caught.value.near[0] == "degree"
    with pytest.raises(ParamError, match=r"(?i)plain has no parameters"):
        build(NoParams, {"epsilon": 1}, owner="plain")


def test_a_field_carries_what_a_form_needs():
    epsilon = fields(Params)[0]
    assert dict(epsilon.metadata) == {
        "help": "The budget of one release.", "low": 0.01, "high": 20, "unit": "nats", "choices": (), "suggested": (),
        "primitives": (), "main": False, "shown_only": False,
    }  # fmt: skip
    with pytest.raises(FrozenInstanceError):
        made().degree = 1
