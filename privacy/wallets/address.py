"""Addresses of accounts: 20 bytes in hexadecimal, whose capitals are a checksum (EIP-55)."""

import re

from privacy.wallets.errors import MalformedAddress

_HEX = re.compile(r"0x[0-9a-fA-F]{40}")


def checksummed(text: str) -> str:
    """The address with its checksum. All in one case it has none yet; MalformedAddress where the checksum is wrong."""
    from eth_utils.address import to_checksum_address

    if not _HEX.fullmatch(text):
        raise MalformedAddress("this is not an address", then="give 0x and 40 hexadecimal digits")
    made = str(to_checksum_address(text))
    digits = text[2:]
    if text != made and digits not in (digits.lower(), digits.upper()):
        raise MalformedAddress("the checksum of the address is wrong", then="copy it again, whole")
    return made


def short(address: str) -> str:
    """An address as a person reads it: its first and last four digits."""
    return f"{address[:6]}…{address[-4:]}"
