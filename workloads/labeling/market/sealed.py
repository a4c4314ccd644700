"""The images and labels of a data set, encrypted under a key of its own, which buyers get.

Every image is a blob of its own in AES-256-GCM, bound to its digest; the labels are one more. Each data set draws its
key, so that who bought one reads no other. The keys lie in the state folder of the machine that published.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacy.plugin import DataError
from privacy.plugin.host import guarded, locked, room, write_atomic
from privacy.plugin.running import StateError

CIPHER = "AES-256-GCM"
LABELS = b"labels"
_KEY_BYTES, _NONCE_BYTES = 32, 12


def sealed(key: bytes, body: bytes, *, about: bytes) -> bytes:
    """A nonce and the ciphertext of `body`, bound to what it is about."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, body, about)


def opened(key: bytes, body: bytes, *, about: bytes, where: str) -> bytes:
    """What was sealed. DataError where the key is another, or the bytes are."""
    try:
        return AESGCM(key).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], about)
    except (InvalidTag, ValueError):
        what = "a part of the data set does not open with this key"
        raise DataError(what, where=where, then="get it again") from None


def sealed_labels(key: bytes, labels: Any) -> bytes:
    """The labels of a data set, as JSON that only its key opens."""
    return sealed(key, json.dumps(labels, sort_keys=True).encode(), about=LABELS)


def opened_labels(key: bytes, body: bytes, *, where: str) -> Any:
    """The labels that were sealed. DataError as `opened` has it."""
    return json.loads(opened(key, body, about=LABELS, where=where))


def draw_key(name: str) -> bytes:
    """The key of a data set of this machine, by the hexadecimal name of its draft: drawn once, the same ever after."""
    path = _path(name)
    with locked(path.with_stem(f"{name}-key")):  # whoever publishes holds the lock of the draft meanwhile
        if not path.exists():
            write_atomic(path, os.urandom(_KEY_BYTES))
    return known_key(name)


def known_key(name: str) -> bytes:
    """The key of a data set that this machine published. StateError where it has none, or a damaged one."""
    path = _path(name)
    if not path.exists():
        raise StateError(
            "this machine has no key of the data set: another one published it",
            then="ask whoever published it; they see on the chain that you bought it",
        )
    key = guarded(path.read_bytes, path)
    if len(key) != _KEY_BYTES:
        raise StateError("the key of the data set is damaged", where=str(path), then="bring back a copy of it")
    return key


def _path(name: str) -> Path:
    # The name comes out of a manifest, which anybody may have written.
    if not re.fullmatch(r"[0-9a-f]{64}", name):
        raise DataError("the manifest of a data set names no key of our format", then="use another data set")
    folder = room("labeling") / "datasets"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{name}.key"
