"""The primitives as they are composed here, against published vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.smpc import keys
from backends.smpc.masking import Stream, add_masks, blank
from privacy.plugin import AggregationTask, WireError

# RFC 7748, section 6.1
ALICE = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
ALICE_PUBLIC = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
BOB = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
BOB_PUBLIC = bytes.fromhex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
SHARED = bytes.fromhex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
A, B = keys.private_key(ALICE), keys.private_key(BOB)

# NIST SP 800-38A, F.5.5: the output blocks of CTR-AES256
CTR_KEY = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
CTR_START = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
CTR_BLOCKS = (
    "0bdf7df1591716335e9a8b15c860c502"
    "5a6e699d536119065433863c8f657b94"
    "1bc12c9c01610d5d0d8bd6a3378eca62"
    "2956e1c8693536b1bee99c73a31576b6"
)


def test_key_agreement_is_x25519():
    assert keys.public_of(ALICE) == ALICE_PUBLIC
    assert keys.public_of(BOB) == BOB_PUBLIC
    assert keys.agree(A, BOB_PUBLIC) == keys.agree(B, ALICE_PUBLIC) == SHARED


@pytest.mark.parametrize("point", [bytes(32), b"\1" + bytes(31), b"short"])
def test_a_point_of_small_order_is_refused(point):
    with pytest.raises(WireError, match="no usable point"):
        keys.agree(A, point)


def test_derivation_is_hkdf_sha256():
    # RFC 5869, test case 3: no salt, no info; an output begins with any shorter one.
    okm = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    assert keys.derive(b"\x0b" * 22, b"").hex() == okm


def test_masks_are_aes256_in_counter_mode():
    buffer, words = blank()
    stream = Stream(CTR_KEY, counter=CTR_START)
    got = b""
    for size in (16, 32, 16):
        stream.read_into(buffer, size)
        got += words[: size // 4].tobytes()
    assert got.hex() == CTR_BLOCKS


def test_a_mask_starts_at_counter_zero():
    # AES-256 of the zero block under the zero key: the "GCM specification", test case 13, gives its hash subkey.
    vector = np.zeros(4, dtype=np.uint32)
    add_masks(vector, add=[bytes(32)])
    assert vector.tobytes().hex() == "dc95c078a2408989ad48a21492842087"


def test_shares_are_encrypted_by_aes256_gcm():
    # McGrew and Viega, test case 14: zero key, zero nonce, one zero block.
    sealed = keys.encrypt(bytes(32), bytes(16), bound_to=b"")
    assert sealed.hex() == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
    assert keys.decrypt(bytes(32), sealed, bound_to=b"") == bytes(16)


def test_an_altered_share_or_one_bound_elsewhere_is_refused():
    sealed = keys.encrypt(bytes(32), b"two shares", bound_to=b"here")
    with pytest.raises(WireError, match="altered or belongs to another run"):
        keys.decrypt(bytes(32), sealed, bound_to=b"there")
    with pytest.raises(WireError, match="altered"):
        keys.decrypt(bytes(32), sealed[:-1] + bytes([sealed[-1] ^ 1]), bound_to=b"here")


def test_signatures_are_ed25519():
    # RFC 8032, section 7.1, test 1: the empty message.
    signing = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    identity = keys.verifying_key(signing)
    assert identity.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = keys.sign(signing, b"")
    assert signature.hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert keys.signed_by(identity, signature, b"")
    assert not keys.signed_by(identity, signature, b"another")
    assert not keys.signed_by(identity, signature[:-1], b"")
    assert not keys.signed_by(b"no key", signature, b"")


Parts = st.lists(st.one_of(st.binary(max_size=6), st.integers(0, 2**64 - 1)), max_size=4)


@given(one=Parts, other=Parts)
def test_labels_of_different_parts_differ(one, other):
    def plain(parts):
        return [p if isinstance(p, bytes) else p.to_bytes(8, "big") for p in parts]

    same = plain(one) == plain(other)
    assert (keys.label("purpose", *one) == keys.label("purpose", *other)) == same
    assert keys.label("purpose", *one) != keys.label("other purpose", *one)


def test_mask_keys_are_the_same_for_both_and_differ_by_run_and_purpose():
    place = {"directory": b"D", "pair": (3, 8)}
    made = keys.pair_mask_key(A, BOB_PUBLIC, **place)
    assert made == keys.pair_mask_key(B, ALICE_PUBLIC, directory=b"D", pair=(8, 3))
    others = {
        keys.pair_mask_key(A, BOB_PUBLIC, directory=b"E", pair=(3, 8)),
        keys.pair_mask_key(A, BOB_PUBLIC, directory=b"D", pair=(3, 9)),
        keys.share_key(SHARED, directory=b"D", dealer=3, holder=8),
        keys.share_key(SHARED, directory=b"D", dealer=8, holder=3),
        keys.self_mask_key(SHARED, directory=b"D", owner=3),
    }
    assert len(others) == 5
    assert made not in others


def test_every_field_of_a_task_changes_what_parties_agree_on():
    base = {"contributors": 4, "length": 5, "bound": 6}
    changed = [
        {"length": 6}, {"bound": 7}, {"minimum": 3}, {"weights": (1, 2, 3, 4)}, {"unit": 0.5}, {"noise_shares": 2},
        {"identities": ("aa", "bb", "cc", "dd")},
    ]  # fmt: skip
    digests = {keys.task_digest(AggregationTask(**{**base, **one})) for one in ({}, *changed)}
    assert len(digests) == len(changed) + 1
    task = AggregationTask(**base)
    assert keys.task_digest(task) == keys.task_digest(AggregationTask(**base)) != keys.task_digest(task, 1)
