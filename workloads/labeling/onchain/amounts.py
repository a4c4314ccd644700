"""Amounts of CROL: whole units of 10^-18, as text for people, and parted exactly by points."""

import re
from collections.abc import Mapping

from privacy.plugin import ParamError

DECIMALS = 18
ONE = 10**DECIMALS
"""Units of one CROL."""
_AMOUNT = re.compile(r"([0-9]{1,40}|[0-9]{1,3}(,[0-9]{3}){1,12})(\.[0-9]+)?", re.ASCII)
_MOST = 10**9
"""All CROL that there is."""


def units(text: str) -> int:
    """The units of an amount such as "12.5". ParamError where it is none, or more than there is."""
    text = text.strip()
    whole, _, rest = text.replace(",", "").partition(".")
    digits = whole + rest.ljust(DECIMALS, "0")
    # A comma parts thousands and nothing else: 12,5 is not 125.
    if not _AMOUNT.fullmatch(text) or len(rest) > DECIMALS or int(digits) > _MOST * ONE:
        raise ParamError(f"{text[:40]!r} is not an amount of CROL", then="give a number such as 12.5")
    return int(digits)


def crol(amount: int) -> str:
    """Units as people read them: all digits that are not zero, at least two after the point."""
    whole, rest = divmod(amount, ONE)
    return f"{whole:,}.{f'{rest:0{DECIMALS}d}'.rstrip('0'):0<2}"


def ether(wei: int) -> str:
    """Wei as people read them, in ether: six digits after the point, cut off."""
    whole, rest = divmod(wei, ONE)
    return f"{whole:,}.{rest // 10**12:06d}".rstrip("0").rstrip(".")


def parted(points: Mapping[str, int], *, budget: int) -> dict[str, int]:
    """The units of each account, in proportion to its points, by largest remainder; of equal ones the first by name.

    They sum to `budget` exactly, or there are none where nobody has a point. ParamError for points below 0.
    """
    total = sum(points.values())
    if budget < 0 or any(one < 0 for one in points.values()):
        raise ParamError("neither points nor a budget are below 0", then="check both")
    if not total:
        return {}
    shares = {account: divmod(budget * one, total) for account, one in points.items()}
    left = budget - sum(whole for whole, _ in shares.values())
    dearest = set(sorted(shares, key=lambda account: (-shares[account][1], account))[:left])
    found = {account: whole + (account in dearest) for account, (whole, _) in shares.items()}
    return {account: one for account, one in found.items() if one}
