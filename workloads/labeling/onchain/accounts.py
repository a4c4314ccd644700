"""The account of each labeler: a wallet's own address, or for a demo or simulated labeler one made on this device.

Demo keys follow from one seed, drawn once and kept in the state folder. They guard nothing of worth.
"""

import hashlib
import hmac
import json
import os
import re
from functools import lru_cache
from pathlib import Path

from privacy.plugin.contracts import Chain, KeySigner, Signer, address
from privacy.plugin.host import guarded, locked, room, write_atomic
from privacy.plugin.running import StateError

FILE = "demo-labelers.json"
_ABOUT = "The seed of demo and simulated labelers' keys. They guard nothing; never use them elsewhere."
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order of the curve: a key is below it, and not 0."""
_SEED_BYTES = 32


def has_address(labeler: str) -> bool:
    """Whether a labeler is a wallet or an account of a chain, whose address it goes by."""
    return bool(_ADDRESS.fullmatch(labeler))


def account_of(labeler: str) -> str:
    """The address of a labeler, with its checksum. StateError where the seed of demo labelers cannot be read."""
    return address(labeler) if has_address(labeler) else demo(labeler).address


def signer_of(chain: Chain, labeler: str) -> Signer | None:
    """Who signs for a labeler on this device; None where its wallet has to."""
    if not has_address(labeler):
        return demo(labeler)
    return next((one for one in chain.signers() if one.address.lower() == labeler.lower()), None)


def demo(labeler: str) -> KeySigner:
    """The account of a demo or simulated labeler."""
    return _demo(_seed(room("labeling") / FILE), labeler)


@lru_cache(maxsize=4096)
def _demo(seed: bytes, labeler: str) -> KeySigner:
    key = bytes(_SEED_BYTES)
    turn = 0
    while not 0 < int.from_bytes(key, "big") < _ORDER:
        key = hmac.new(seed, f"labeler {turn} {labeler}".encode(), hashlib.sha256).digest()
        turn += 1
    return KeySigner(key, label=f"{labeler} (demo)", demo=True)


def _seed(path: Path) -> bytes:
    """The seed, drawn where there is none yet."""
    if not path.exists():
        with locked(path):
            if not path.exists():
                write_atomic(path, json.dumps({"about": _ABOUT, "seed": os.urandom(_SEED_BYTES).hex()}).encode())
    try:
        seed = bytes.fromhex(json.loads(guarded(lambda: path.read_text(encoding="utf-8"), path))["seed"])
        if len(seed) != _SEED_BYTES:
            raise ValueError
    except (ValueError, KeyError, TypeError) as error:
        then = "restore it from a copy, or move it away: demo labelers then get other accounts"
        raise StateError("the seed of demo labelers cannot be read", where=str(path), then=then) from error
    return seed
