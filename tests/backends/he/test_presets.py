"""Parameter sets of the HE backend: what is refused, what is cached, where randomness comes from."""

import json
import subprocess
import sys

import pytest

from backends.he.scoring.presets import (
    PRESETS,
    STANDARD_CAPS,
    ParameterError,
    Preset,
    check_standard,
    context,
    wire_id,
)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS.keys())
def test_preset_reaches_the_standard(preset: Preset) -> None:
    check_standard(preset)
    found = context(preset)
    assert sum(preset.coeff_modulus_bits) <= STANDARD_CAPS[preset.degree][0]
    assert preset.security_bits == 256, "54 bits at degree 4096, 29 bits at 2048"
    assert found.primes == preset.primes
    assert found.modulus == preset.modulus
    assert found.degree == preset.poly_modulus_degree
    assert context(preset) is found


def test_wire_ids_are_distinct_and_not_zero() -> None:
    numbers = {wire_id(preset) for preset in PRESETS.values()}
    assert len(numbers) == len(PRESETS)
    assert 0 not in numbers


@pytest.mark.parametrize(
    ("preset", "why"),
    [
        (Preset("wide", 2048, (55,), ""), "exceed the 54"),
        (Preset("sum", 4096, (55, 55), ""), "exceed the 109"),
        (Preset("odd", 512, (10,), ""), "not in the table"),
        (Preset("other", 2048, (29,), "", primes=(97,)), "were expected"),
        (Preset("tiny", 8192, (2,), ""), "no such primes"),
    ],
)
def test_other_parameters_are_refused(preset: Preset, why: str) -> None:
    with pytest.raises(ParameterError, match=why):
        context(preset)


def test_a_preset_outside_the_list_has_no_wire_id() -> None:
    with pytest.raises(ParameterError, match="pick one of those"):
        wire_id(Preset("exact", 2048, (50,), "same name, other primes"))


_PROBE = """
import json, sys
import backends.he.scoring.client, backends.he.scoring.server
lazy = not {"tenseal", "pyarrow"} & set(sys.modules)
import numpy as np
from backends.he.scoring.presets import PRESETS
server = backends.he.scoring.server.ScoringServer(PRESETS["exact"], np.ones((1, 8), dtype=np.int64))
client = backends.he.scoring.client.ScoringClient(PRESETS["exact"], server.published())
query = client.query(np.ones(8, dtype=np.int64))
print(json.dumps([lazy, client.secret_key_bytes()[1].hex(), query[20:36].hex(), query[36:284].hex()]))
"""


def test_two_processes_share_no_randomness_and_importing_is_cheap() -> None:
    runs = [
        json.loads(subprocess.run([sys.executable, "-c", _PROBE], check=True, capture_output=True).stdout)
        for _ in range(2)
    ]
    assert [run[0] for run in runs] == [True, True]
    for first, second in zip(runs[0][1:], runs[1][1:], strict=True):
        assert first != second
