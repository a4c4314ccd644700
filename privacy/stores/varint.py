"""Unsigned LEB128 numbers, as CIDs, protobuf and CAR files write them."""

MOST_BYTES = 9
"""A number has at most 63 bits (multiformats, unsigned-varint)."""


def encode(number: int) -> bytes:
    """The bytes of a number that is not negative."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def decode(data: bytes, at: int = 0) -> tuple[int, int]:
    """The number that starts at `at`, and where it ends. ValueError if it is cut short or too long."""
    number = 0
    for place in range(MOST_BYTES):
        if at + place >= len(data):
            raise ValueError("a number is cut short")
        byte = data[at + place]
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number, at + place + 1
    raise ValueError("a number is too long")
