"""What tests of loading share: the source of a plugin's file, and its row in the registry."""

from privacy.registry import discover

HOOK = """
from dataclasses import dataclass, field
from typing import Optional
from privacy.plugin import *

{before}

@hookimpl
def register_backends():
    return [BackendSpec(id={id!r}, title="Mine", summary="A test.", implements={{"scoring": {ref!r}}}{more})]

{after}
"""
PLAIN = "backends.plain.mechanism:PlainScoring"


def plugin(id_="mine", *, ref=PLAIN, more="", before="", after=""):
    return HOOK.format(id=id_, ref=ref, more=f", {more}" if more else "", before=before, after=after)


def row(id_, registry=None):
    (entry,) = [e for e in (registry or discover()).entries if e.id == id_]
    return entry


UNREADY = """
from privacy.plugin import BackendSpec, QueryMechanism, hookimpl

class Unready(QueryMechanism):
    def __init__(self, params):
        raise KeyError("not ready")

@hookimpl
def register_backends():
    return [BackendSpec("unready", "Unready", "s", {"scoring": __name__ + ":Unready"})]
"""
"""A backend whose every check fails at once, as it cannot be set up."""
