"""Secrets, which open for their owner alone and have no readable form, keys, and the names of parties."""

import copy
import json
import logging
import pickle

import numpy as np
import pytest

from privacy.boundary.seat import KeyBox
from privacy.errors import BoundaryError
from privacy.plugin import CLIENT, SERVER, Party, Seat, Secret, pack

VALUE = "a taste for puccini"


def test_a_secret_opens_for_its_owner_alone():
    secret = Secret(VALUE, owner=CLIENT)
    assert secret.open(Seat(CLIENT, None)) == VALUE
    assert secret.moved_to(CLIENT) == VALUE
    for other in (SERVER, Party("client", 1)):
        with pytest.raises(BoundaryError, match="tried to open a secret of client"):
            secret.open(Seat(other, None))
        with pytest.raises(BoundaryError):
            secret.moved_to(other)


REFUSED = {
    "bool": bool, "hash": hash, "equality": lambda s: s == VALUE, "inequality": lambda s: s != VALUE,
    "order": lambda s: s < VALUE, "membership": lambda s: s in [VALUE], "copy": copy.copy,
    "deepcopy": copy.deepcopy, "pickle": pickle.dumps, "json": json.dumps, "array": np.asarray,
    "array equality": lambda s: np.array([1, 2]) == s, "pack": pack, "list": list, "len": len, "float": float,
    "int": int, "bytes": bytes, "join": lambda s: "".join([s]), "sum": lambda s: s + VALUE, "item": lambda s: s[0],
    "attribute": lambda s: setattr(s, "note", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_secret_is_never_compared_copied_or_converted(name):
    with pytest.raises((BoundaryError, TypeError, AttributeError)) as caught:
        REFUSED[name](Secret(VALUE, owner=CLIENT))
    seen = caught.value
    while seen is not None:
        assert "puccini" not in str(seen)
        seen = seen.__cause__ or seen.__context__


def test_a_secret_has_no_readable_form(caplog):
    secret = Secret(VALUE, owner=CLIENT)
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("%s %r %s", secret, secret, [secret])
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>80}", "{:x}".format(secret)]  # noqa: UP032
    shown += [repr(Seat(CLIENT, None, own=secret)), "%s" % secret, repr({"a": secret}), caplog.text]  # noqa: UP031
    assert not any("puccini" in text for text in shown)
    assert all("Secret of client" in text for text in shown[:5])


def test_a_key_box_shows_only_how_many_keys_it_holds():
    box = KeyBox()
    box.put("mac", b"0123456789abcdef")
    assert box.get("mac") == b"0123456789abcdef"
    assert "0123" not in repr(box) + repr(Seat(CLIENT, None, keys=box))
    with pytest.raises(BoundaryError, match="at least 16"):
        box.put("short", b"123")
    box.discard()
    with pytest.raises(BoundaryError, match="no key 'mac'"):
        box.get("mac")


@pytest.mark.parametrize("party", [CLIENT, Party("server", 2), Party("key_holder"), Party("contributor", 0)])
def test_a_party_has_a_name_that_is_read_back(party):
    assert Party.parse(party.name) == party


@pytest.mark.parametrize("name", ["", "Server", "server\n", "server-", "server-01", "server--1", "1", "a b"])
def test_other_names_are_no_parties(name):
    with pytest.raises(ValueError, match="is not the name of a party"):
        Party.parse(name)


@pytest.mark.parametrize(("role", "index"), [("Server", None), ("server", -1), ("", None), ("key-holder", None)])
def test_a_party_without_a_name_cannot_be_made(role, index):
    with pytest.raises(BoundaryError, match="is not the name of a party"):
        Party(role, index)
