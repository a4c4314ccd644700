"""What is refused before a party takes it up: addresses, headers, seatings, operations and frames that are none."""

import hashlib
import re
import struct

import pytest

from privacy.boundary.envelope import Envelope
from privacy.errors import IntegrityError, ParamError, VeilbenchError, WireError
from privacy.transports.http import check_urls
from privacy.transports.http_frames import frame, parse, read_operation
from tests.support.machines import TOKEN, machine


@pytest.mark.parametrize("text", ["", "ftp://x", "http://", "http://a:b", "http://h/path", "http://u:p@h", "h:1"])
def test_what_is_no_address_is_told_in_a_sentence(text):
    with pytest.raises(ParamError, match="not an address of a server"):
        check_urls([text])


def test_an_address_named_twice_is_no_second_server():
    with pytest.raises(ParamError, match="named twice"):
        check_urls(["http://h:1", "http://h:1/"])


@pytest.fixture
def live():
    with machine() as one:
        yield one


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 900,
        b'{"from":"server"}',
        b'{"session":"s","run":1,"round":1,"seq":"0","from":"client","to":"server","via":null,"kind":"x","exposure":"public"}',
        b'{"session":"s","run":1,"round":1,"seq":0,"from":"CLIENT","to":"server","via":null,"kind":"x","exposure":"public"}',
        b'{"session":"s","run":1,"round":1,"seq":0,"from":"client","to":"server","via":null,"kind":"X!","exposure":"public"}',
        b'{"session":"s","run":1,"round":1,"seq":0,"from":"client","to":"server","via":7,"kind":"x","exposure":[]}',
    ],
)
def test_a_header_that_is_none_is_refused_even_under_a_valid_tag(head):
    key = bytes(32)
    data = struct.pack("<I", len(head)) + head + b"body"
    with pytest.raises(IntegrityError, match="header is malformed"):
        Envelope(key=key, session="s", run=1).open(data + hashlib.blake2b(data, key=key, digest_size=32).digest())


SEATING = {"backend": "plain", "primitive": "scoring", "params": {}, "task": {"items": 6, "dims": 4}, "party": "server"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"backend": "os"}, "There is no backend named 'os'"),
        ({"backend": "dp"}, "no carrier named 'dp'|dp has no scoring|is not"),
        ({"backend": "plain", "params": {"x": 1}}, "has no parameters"),
        ({"primitive": "aggregation", "party": "aggregator"}, "ask a machine of role aggregator"),
        ({"party": "client"}, "no machine does"),
        ({"party": "server-9"}, "Nobody is called server-9"),
        ({"party": "../x"}, "A seating names"),
        ({"task": {"items": "6", "dims": 4}}, "not what ScoringTask takes"),
        ({"task": {"items": True, "dims": 4}}, "not what ScoringTask takes"),
        ({"task": {"items": 6, "dims": 4, "more": 1}}, "not what ScoringTask takes"),
        ({"task": {"class": "os:system", "fields": {}}}, "not what ScoringTask takes"),
        ({"task": None}, "not what ScoringTask takes"),
        ({"own": "0" * 64}, "does not hold that input"),
        ({"own": {"class": "subprocess:Popen", "fields": {"args": "true"}}}, "an aggregator's own input"),
        ({"own": 7}, "A seating names"),
        ({"extra": 7}, "A seating names"),
        ({"keep": "../up"}, "A seating names"),
        ({"keep": "a-server-of-scoring-keeps-nothing"}, "A seating names"),
        ({"keep": None}, "A seating names"),
    ],
)
def test_what_cannot_be_seated_is_told_and_nothing_is_started(live, change, says):
    import httpx

    body = SEATING | {"own": None, "keep": ""} | change
    answer = httpx.put(
        f"{live.url}/api/parties/{'n' * 24}", json=body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60
    )
    assert answer.status_code in (403, 404, 422)
    assert re.search(says, answer.json()["detail"])
    assert live.parties.pids == ()


@pytest.mark.parametrize(
    "message",
    [
        None,
        ("step",),
        ("die", {}),
        ("__init__", {}),
        ("start", {"mechanism": "os:system"}),
        ("load", {"files": ["/etc/passwd"]}),
        ("step", {"round_": 1}),
        ("step", {"round_": "1", "inbox": []}),
        ("step", {"round_": True, "inbox": []}),
        ("step", {"round_": 1, "inbox": [7]}),
        ("begin", {"session": "s", "run": 1, "key": bytes(32), "secret": (b"x", "plaintext")}),
        ("connect", {"session": "s", "run": 1, "key": b""}),
        ("admit", {"newcomers": [], "material": [], "held": [("server", "k", "no such exposure", b"", None, None)]}),
        ("want", {"offers": [], "held": []}),
    ],
)
def test_operations_that_are_none_are_refused_before_a_party_sees_them(message):
    with pytest.raises(WireError):
        read_operation(frame(message))


def test_a_frame_that_names_a_class_or_lies_about_its_length_is_refused():
    good = frame(("step", {"round_": 1, "inbox": [b"one", b"two"]}))
    assert read_operation(good).given["inbox"] == [b"one", b"two"]
    named = frame(("step", {"round_": 1, "inbox": []})).replace(b'"tuple"', b'"class"')
    for bad in (named, good[:-1], good + b"x", b"", b"\xff" * 40, good[:4] + b"\xff\xff\xff\x7f" + good[8:]):
        with pytest.raises(VeilbenchError):
            parse(bad)
