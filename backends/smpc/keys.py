"""Keys of one run: how every secret is derived, what each is for, and what is signed.

X25519 (RFC 7748), HKDF with SHA-256 (RFC 5869), Ed25519 (RFC 8032), AES-256-GCM (NIST SP 800-38D). Every derivation
and signature names its purpose and the run's directory hash, so that nothing made for one place serves in another.
"""

import hashlib
import struct
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from privacy.plugin import AggregationTask, WireError

PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64
COMMITMENT_BYTES = 16

_DOMAIN = b"veilbench smpc 1 "
_ONCE = bytes(12)
"""A share key encrypts one message only, so its nonce is a constant."""


def label(purpose: str, *parts: bytes | int) -> bytes:
    """An unambiguous byte string: the purpose, then every part with its length."""
    data = [_DOMAIN + purpose.encode() + b"\0"]
    for part in parts:
        one = struct.pack(">Q", part) if isinstance(part, int) else part
        data.append(struct.pack(">I", len(one)) + one)
    return b"".join(data)


def digest(purpose: str, *parts: bytes | int) -> bytes:
    """SHA-256 of `label`."""
    return hashlib.sha256(label(purpose, *parts)).digest()


@lru_cache(maxsize=8)
def task_digest(task: AggregationTask, *settings: int) -> bytes:
    """What all parties of a run must agree on: the task and the scheme's settings."""
    numbers = (task.contributors, task.length, task.bound, task.minimum, task.noise_shares, task.one_hot, *settings)
    weights = ",".join(map(str, task.weights)).encode()
    identities = ",".join(task.identities).lower().encode()
    return digest("task", *numbers, weights, float(task.unit).hex().encode(), identities)


def derive(secret: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 without salt: 32 bytes for the purpose that `info` names."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret)


def private_key(data: bytes) -> X25519PrivateKey:
    """The X25519 private key of 32 bytes: made once for many agreements, as it computes its public half."""
    return X25519PrivateKey.from_private_bytes(data)


def public_of(private: bytes) -> bytes:
    """The X25519 public key of a private one, 32 bytes each."""
    return private_key(private).public_key().public_bytes_raw()


def agree(private: X25519PrivateKey, public: bytes) -> bytes:
    """X25519's shared secret; WireError for a public key of small order, with which every secret is the same."""
    try:
        return private.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise WireError("a public key is no usable point of Curve25519") from None


def self_mask_key(seed: bytes, *, directory: bytes, owner: int) -> bytes:
    """The key of a contributor's own mask."""
    return derive(seed, label("self mask", directory, owner))


def pair_mask_key(private: X25519PrivateKey, public: bytes, *, directory: bytes, pair: tuple[int, int]) -> bytes:
    """The key of the mask that two contributors share: the same for both."""
    return derive(agree(private, public), label("pair mask", directory, min(pair), max(pair)))


def share_key(agreed: bytes, *, directory: bytes, dealer: int, holder: int) -> bytes:
    """The key under which `dealer` encrypts its one message to `holder`, from what their share keys agree on."""
    return derive(agreed, label("share", directory, dealer, holder))


def encrypt(key: bytes, plaintext: bytes, *, bound_to: bytes) -> bytes:
    """AES-256-GCM under a key that encrypts nothing else: ciphertext and tag."""
    return AESGCM(key).encrypt(_ONCE, plaintext, bound_to)


def decrypt(key: bytes, ciphertext: bytes, *, bound_to: bytes) -> bytes:
    """What `encrypt` encrypted; WireError if anything of it, or of what it is bound to, was altered."""
    try:
        return AESGCM(key).decrypt(_ONCE, ciphertext, bound_to)
    except InvalidTag:
        raise WireError("an encrypted share was altered or belongs to another run") from None


def sign(signing_key: bytes, message: bytes) -> bytes:
    """Ed25519 by a private key of 32 bytes."""
    return Ed25519PrivateKey.from_private_bytes(signing_key).sign(message)


def verifying_key(signing_key: bytes) -> bytes:
    """The public half of an Ed25519 key."""
    return Ed25519PrivateKey.from_private_bytes(signing_key).public_key().public_bytes_raw()


def signed_by(identity: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` over `message` was made by the holder of `identity`."""
    try:
        Ed25519PublicKey.from_public_bytes(identity).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def seed_commitment(seed: bytes) -> bytes:
    """What a dealer publishes of its self-mask seed, 256 random bits: binding, and of no use to find it."""
    return digest("seed", seed)


def share_commitment(share: bytes, *, directory: bytes, dealer: int, holder: int, kind: str) -> bytes:
    """What a dealer publishes of a share, 257 random bits, so that a wrong one is laid to whoever gives it."""
    return digest(f"{kind} share", directory, dealer, holder, share)[:COMMITMENT_BYTES]
