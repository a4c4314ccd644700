"""Sign-In with Ethereum: known answers, every way a message can be wrong, and round trips."""

import string
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from privacy.wallets import errors
from privacy.wallets.address import checksummed
from privacy.wallets.siwe import LONGEST, Expected, Message, build, parse, verify
from tests.support import ROOT

# The message in the text of EIP-4361.
EXAMPLE = """example.com wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json"""
KEY = "0x" + "46" * 32
ADDRESS = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"
NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
MINE = Message(
    "127.0.0.1:8501", ADDRESS, "http://127.0.0.1:8501", 1447381324, "n0nceN0nce", NOW, "Sign in.",
    expiration_time=NOW + timedelta(minutes=5), not_before=NOW,
)  # fmt: skip
EXPECTED = Expected(MINE.domain, MINE.uri, MINE.chain_id, MINE.nonce, ADDRESS)
# RFC 6979 makes the signature of a key and a message one and the same everywhere.
SIGNATURE = (
    "0x5812ccc9f24a364d86b904ce40e12fbb01598652c1447e4a8585c2c77461be8f6"
    "3dda5682815f2cfa3b44e77f952b461a4ee4eac32d6c56e3d5f1a07bdcf5fda1b"
)


def sign(text: str, key: str = KEY) -> str:
    return str(Account.sign_message(encode_defunct(text=text), key).signature.to_0x_hex())


def test_the_example_of_the_standard_is_read_and_written_as_it_stands():
    message = parse(EXAMPLE)
    assert (message.domain, message.uri, message.chain_id) == ("example.com", "https://example.com/login", 1)
    assert message.nonce == "32891756"
    assert message.issued_at == datetime(2021, 9, 30, 16, 25, 24, tzinfo=UTC)
    assert len(message.resources) == 2
    assert build(message) == EXAMPLE
    assert parse("https://" + EXAMPLE).scheme == "https"


def test_a_fixed_key_gives_a_known_signature_that_verifies():
    text = build(MINE)
    assert sign(text) == SIGNATURE
    assert verify(text, SIGNATURE, EXPECTED, now=NOW) == MINE
    assert verify(text, SIGNATURE.upper().replace("0X", "0x"), EXPECTED, now=NOW) == MINE


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"domain": "evil.example"}, errors.ForeignDomain),
        ({"domain": "127.0.0.1:8502"}, errors.ForeignDomain),
        ({"scheme": "ftp"}, errors.ForeignDomain),
        ({"uri": "http://127.0.0.1:8501/else"}, errors.ForeignUri),
        ({"chain_id": 1}, errors.ForeignChain),
        ({"nonce": "n0nceN0ncf"}, errors.UnknownNonce),
        ({"nonce": "N0nceN0nce"}, errors.UnknownNonce),
        ({"expiration_time": NOW}, errors.MessageExpired),
        ({"not_before": NOW + timedelta(seconds=1)}, errors.MessageTooEarly),
        ({"issued_at": NOW + timedelta(minutes=1)}, errors.MessageTooEarly),
    ],
)
def test_a_message_for_something_else_is_refused_although_it_is_signed(change, error):
    text = build(replace(MINE, **change))
    with pytest.raises(error):
        verify(text, sign(text), EXPECTED, now=NOW)


def test_another_account_is_refused():
    other = "0x" + "47" * 32
    text = build(replace(MINE, address=Account.from_key(other).address))
    with pytest.raises(errors.ForeignSigner):
        verify(text, sign(text, other), EXPECTED, now=NOW)
    assert verify(text, sign(text, other), replace(EXPECTED, address=""), now=NOW)
    with pytest.raises(errors.ForeignSigner):
        verify(build(MINE), sign(build(MINE), other), EXPECTED, now=NOW)


@pytest.mark.parametrize(
    "signature",
    ["", "0x", "0x" + "00" * 65, "0x" + "ff" * 65, SIGNATURE[2:], SIGNATURE + "00", SIGNATURE[:-2] + "07", "é" * 132],
)
def test_what_is_no_signature_is_refused_in_words(signature):
    with pytest.raises(errors.ForeignSigner):
        verify(build(MINE), signature, EXPECTED, now=NOW)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (" wants you to sign in with your Ethereum account:", " wants you to sign in:"),
        ("example.com wants", " wants"),
        ("example.com wants", "exa mple.com wants"),
        ("example.com wants", "://example.com wants"),
        ("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"),
        ("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756CC2"),
        ("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", ""),
        ("Cc2\n\n", "Cc2\n\n\n"),
        ("Service: ", "Service: \n"),
        ("I accept", "I “accept”"),
        ("/tos\n\n", "/tos\n"),
        ("URI: https://example.com/login\n", ""),
        ("URI: https://example.com/login", "URI: nothing"),
        ("URI: https://example.com/login", "URI: https://example.com/lo gin"),
        ("Version: 1", "Version: 2"),
        ("Version: 1\nChain ID: 1", "Chain ID: 1\nVersion: 1"),
        ("Chain ID: 1\n", ""),
        ("Chain ID: 1", "Chain ID: 0x1"),
        ("Chain ID: 1", "Chain ID: \u0661"),
        ("Nonce: 32891756", "Nonce: 3289175"),
        ("Nonce: 32891756", "Nonce: 32891756-"),
        ("Issued At: 2021-09-30T16:25:24Z\n", ""),
        ("2021-09-30T16:25:24Z", "2021-09-30T16:25:24"),
        ("2021-09-30T16:25:24Z", "2021-02-30T16:25:24Z"),
        ("2021-09-30T16:25:24Z", "Thu, 30 Sep 2021 16:25:24 GMT"),
        ("Z\nRes", "Z\nNot Before: 2021-09-30T16:25:24Z\nExpiration Time: 2021-09-30T16:25:24Z\nRes"),
        ("Z\nRes", "Z\nRequest ID: a b\nRes"),
        ("- https://example.com", "- example.com"),
        ("- https://example.com", "https://example.com"),
        ("claim.json", "claim.json\n"),
        ("\n", "\r\n"),
        ("I accept", "I accept" + "x" * LONGEST),
    ],
)
def test_what_the_standards_grammar_does_not_have_is_refused(old, new):
    changed = EXAMPLE.replace(old, new)
    assert changed != EXAMPLE
    with pytest.raises(errors.MalformedMessage):
        parse(changed)


@pytest.mark.parametrize(
    "change",
    [
        {"statement": "a\n\nURI: http://evil.example"},
        {"statement": "\u00e9"},
        {"nonce": "short"},
        {"domain": "a b"},
        {"address": ADDRESS.lower()},
        {"resources": ("x",)},
        {"request_id": "a\nb"},
        {"issued_at": NOW.replace(tzinfo=None)},
    ],
)
def test_a_part_that_would_be_read_as_another_is_not_written(change):
    with pytest.raises(errors.MalformedMessage):
        build(replace(MINE, **change))


_word = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)
_time = st.datetimes(
    min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5, minutes=-30))]),
)  # fmt: skip
_messages = st.builds(
    Message,
    domain=st.builds("{}.{}:{}".format, _word, _word, st.integers(1, 65535)),
    address=st.binary(min_size=20, max_size=20).map(lambda b: checksummed("0x" + b.hex())),
    uri=st.builds("https://{}/{}?q={}#x".format, _word, _word, _word),
    chain_id=st.integers(0, 2**256 - 1),
    nonce=st.text(string.ascii_letters + string.digits, min_size=8, max_size=40),
    issued_at=_time,
    statement=st.text(string.ascii_letters + " -._~:/?#[]@!$&'()*+,;=", max_size=60),
    expiration_time=st.none() | _time,
    not_before=st.none() | _time,
    request_id=st.none() | st.text(string.ascii_letters + "-._~!$&'()*+,;=:@", max_size=20),
    resources=st.lists(st.builds("ipfs://{}".format, _word), max_size=3).map(tuple),
    scheme=st.sampled_from(["", "https"]),
)


@given(_messages)
def test_what_is_written_is_read_as_it_was_meant(message):
    text = build(message)
    assert parse(text) == message
    assert build(parse(text)) == text


@given(st.data())
def test_a_signed_text_with_one_character_changed_is_refused(data):
    text = build(MINE)
    at = data.draw(st.integers(0, len(text) - 1))
    new = data.draw(st.sampled_from(string.printable).filter(lambda c: c != text[at]))
    with pytest.raises(errors.SignInError):
        verify(text[:at] + new + text[at + 1 :], SIGNATURE, EXPECTED, now=NOW)


@given(st.text(max_size=200) | st.just(EXAMPLE).flatmap(lambda t: st.permutations(t.split("\n")).map("\n".join)))
def test_no_text_breaks_the_reader(text):
    try:
        assert build(parse(text))
    except errors.MalformedMessage:
        return


@pytest.mark.parametrize(
    "text", ["", "0x", ADDRESS[:-1], ADDRESS + "0", ADDRESS.swapcase(), "0x" + "g" * 40, f"{ADDRESS}\n"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(errors.MalformedAddress):
        checksummed(text)


def test_an_address_in_one_case_gets_its_checksum():
    assert checksummed(ADDRESS.lower()) == checksummed("0x" + ADDRESS[2:].upper()) == checksummed(ADDRESS) == ADDRESS


_DEEP = """
import json, sys
from privacy.chains.accounts import KeySigner
from privacy.wallets import siwe
if sys.argv[1] == "signer":
    KeySigner(bytes([1]) * 32, label="")
elif sys.argv[1] == "signature":
    siwe._signer("text", "0x" + "11" * 65)
else:
    import backends.chains.rpc.chain
try:
    json.loads("[" * 200_000)
except RecursionError:
    print("refused")
"""


@pytest.mark.parametrize("door", ["signer", "signature", "rpc"])
def test_a_deep_text_does_not_end_the_process_that_signs(door: str) -> None:
    done = subprocess.run([sys.executable, "-c", _DEEP, door], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["refused"], done.returncode
