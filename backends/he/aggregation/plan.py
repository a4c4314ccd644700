"""From a task to one parameter set: every party makes the same plan by itself from public numbers.

Both schemes put whole numbers M, times a factor delta, on the coefficients of a polynomial, and add ciphertexts:

- BFV (Fan and Vercauteren 2012): plain modulus t, delta = floor(q / t). An error below delta / 2 falls away, so the sum
  is exact. `digits` entries share a coefficient as digits of base 2 B + 1, where B bounds an entry of the sum, and
  t = base^digits: no digit carries into the next. Decryption divides by delta rather than multiply by t / q; sums never
  wrap around t, so both give the same.
- CKKS (Cheon, Kim, Kim and Song 2017) with the identity for an encoding, as sums need no slots: delta is the scale, as
  large as q allows, and the error stays, in steps the smaller the larger delta is.

`auto` takes BFV wherever a sum fits (up to about 45 bits for an entry): for 10 vectors of 100,000 entries of 16 bits it
took 6.9 bytes an entry where CKKS took 13.6, half of the time, and it is exact, so that it needs no flooding. CKKS
carries what is wider, at a declared error.
"""

import functools
import math
from dataclasses import dataclass

from backends.he.aggregation.flooding import flooding_deviation
from backends.he.aggregation.noise import Noise, gaussian_tail, sum_noise
from backends.he.aggregation.presets import SUM_PRESETS, SumPreset
from privacy.plugin import AggregationTask, ParamError

BFV, CKKS = "bfv", "ckks"
ERROR_SHARE = 1000  # a CKKS sum whose error may exceed this part of its bound takes larger parameters
_WIDEST_CELL = 1 << 62


@dataclass(frozen=True)
class SumPlan:
    """The public numbers of one aggregation: scheme, ring, factor, digits, and the errors that they give.

    `tolerance` and `deviation` (of the flooding, in units of 1 / delta of a step) are 0 for BFV.
    """

    scheme: str
    preset: SumPreset
    length: int
    digits: int
    base: int
    delta: int
    noise: Noise
    deviation: float = 0.0
    tolerance: int = 0

    @property
    def cells(self) -> int:
        """Coefficients that hold entries; entry i is digit i // cells of cell i % cells."""
        return -(-self.length // self.digits)

    @property
    def cells_per_block(self) -> int:
        """All coefficients of a block but the last, which holds 0 so that a foreign block is noticed."""
        return self.preset.degree - 1

    @property
    def blocks(self) -> int:
        """Ciphertexts of one contribution, and of the sum."""
        return -(-self.cells // self.cells_per_block)

    @property
    def body_bytes(self) -> int:
        """Bytes of all residues of one contribution or of the sum."""
        return self.blocks * self.preset.block_bytes


@functools.lru_cache(maxsize=64)
def sum_plan(task: AggregationTask, *, scheme: str, flooding_bits: int, releases: int) -> SumPlan:
    """The plan with the fewest bytes; ParamError when no parameter set holds such a sum."""
    if scheme not in ("auto", BFV, CKKS):
        raise ParamError(f"there is no scheme {scheme!r} for sums", then=f"choose auto, {BFV} or {CKKS}")
    plans: list[SumPlan] = []
    for preset in SUM_PRESETS:
        exact = None if scheme == CKKS else _bfv(task, preset)
        plans += [exact] if exact else []
    if not plans and scheme != BFV:
        found = (_ckks(task, p, bits=flooding_bits, releases=releases) for p in SUM_PRESETS)
        plans = [plan for plan in found if plan]
    if not plans:
        raise ParamError(
            f"no parameter set of 128-bit security holds sums of {task.sum_bound} steps of {task.contributors} "
            f"contributors under {scheme}",
            then="lower the bound, the roster, flooding_bits or sum_releases, or choose another scheme",
        )
    return min(plans, key=lambda plan: plan.body_bytes)


def _bfv(task: AggregationTask, preset: SumPreset) -> SumPlan | None:
    """As many digits for each coefficient as leave delta above twice the error."""
    noise = _noise(task, preset)
    base = 2 * task.sum_bound + 1
    room = min(preset.modulus // (2 * (noise.largest + _slack(preset))), _WIDEST_CELL)
    digits = 0
    while digits < task.length and base ** (digits + 1) <= room:
        digits += 1
    if not digits:
        return None
    return SumPlan(BFV, preset, task.length, digits, base, preset.modulus // base**digits, noise)


def _ckks(task: AggregationTask, preset: SumPreset, *, bits: int, releases: int) -> SumPlan | None:
    """The largest scale at which a sum and its error stay below half the modulus."""
    noise = _noise(task, preset)
    delta = (preset.modulus // 2 - noise.largest - _slack(preset)) // task.sum_bound
    if delta < 1:
        return None
    deviation = flooding_deviation(norm=noise.norm, bits=bits, releases=releases)
    error = noise.largest + gaussian_tail(deviation=deviation, coordinates=task.length) + 1
    # Off by less than half a step in all, a whole number is rounded to itself.
    tolerance = math.floor(error / delta + 0.5)
    if tolerance > task.sum_bound / ERROR_SHARE or error >= 1 << 62:
        return None
    base = 2 * task.sum_bound + 1
    return SumPlan(CKKS, preset, task.length, 1, base, delta, noise, deviation, tolerance)


def _slack(preset: SumPreset) -> int:
    """How near half the modulus a floating-point quotient may take a value for one of the other sign."""
    return (preset.modulus >> 51) + 1


def _noise(task: AggregationTask, preset: SumPreset) -> Noise:
    """Read are all cells and one zero for each block, so at most two coefficients for each entry."""
    return sum_noise(
        degree=preset.degree, contributions=task.contributors, coefficients=2 * task.length, released=task.length
    )
