"""The run of a closed cohort: one session whose contributors are mailboxes, replayed from the journal if need be."""

import io
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from privacy.boundary.channel import Channel
from privacy.boundary.transcript import Transcript
from privacy.cohorts import sent_by
from privacy.errors import ProtocolAborted, StateError
from privacy.home import write_atomic
from privacy.live.journal import Journal
from privacy.live.plan import Definition, Plan
from privacy.live.replay import Recorded
from privacy.mechanism import PrivacyCost
from privacy.primitives.aggregation import Ints, Sum, contributor
from privacy.protocol import Session
from privacy.transports.base import InProcess, Transport
from privacy.transports.mailbox import Mailboxes

if TYPE_CHECKING:
    from privacy.transports.http import Http

SUM_FILE = "sum.npy"


def session_keys(journal: Journal, plan: Plan) -> dict[str, str]:
    """The session's id and key: those of before a restart, or fresh ones where a party's own keys went with it.

    ProtocolAborted where a sum had already been handed to a collector whose key is gone: a second sum, of perhaps
    other contributors, would show their difference.
    """
    kept = journal.get("session.json")
    if kept is not None and plan.mechanism.key_holder(plan.carried) is None:
        return kept
    if kept is not None:
        if any(p.name.split("-")[0] == "aggregator" and _ended(journal, p.name) for p in journal.folder.glob("sent/*")):
            raise ProtocolAborted(
                "the server restarted after the sum had been handed on, and the collector's key went with it",
                then="open a new live round",
            )
        journal.restart()
    fresh = {"session": secrets.token_hex(8), "key": secrets.token_hex(32)}
    journal.put("session.json", fresh)
    return fresh


def _ended(journal: Journal, name: str) -> bool:
    party, _, round_ = name.rpartition("-")
    reply = journal.sent(party, int(round_)) if round_.isdigit() else None
    return reply is not None and reply.done


class Contributors:
    """Pays nothing here: each contributor's device charges its own budget before it takes part."""

    real = True

    def charge(self, cost: PrivacyCost) -> None:
        return None


def carry_out(
    journal: Journal, definition: Definition, plan: Plan, keys: Mapping[int, bytes], *, session: Mapping[str, str],
    collector: "Http | None", ring: Callable[[int], None], started: Callable[[Mailboxes], None],
) -> dict[str, Any]:  # fmt: skip
    """Drive the session to its end; returns the result as a document. ProtocolAborted where there is none."""
    channel = Channel(transcript=Transcript(sample_bytes=0))
    channel.session, channel.key = session["session"], bytes.fromhex(session["key"])
    boxes = Mailboxes(journal, keys, round_seconds=definition.round_seconds, on_mail=ring)
    kept_there = collector.keeping(journal.folder.name) if collector else None
    places: dict[str, Transport] = {
        "contributor": boxes, "aggregator": Recorded(journal), "collector": kept_there or InProcess(),
    }  # fmt: skip
    run = Session(plan.mechanism, plan.carried, plan.own, transports=places, payer=Contributors())
    started(boxes)
    try:
        run.publish(channel)
        outcome = run.run({}, channel)
    finally:
        for endpoint in run.endpoints.values():
            endpoint.close()
    found = Sum.of(outcome.output)
    if collector is None:
        _keep_sum(journal, found)
    transcript = channel.transcript
    # What stands for all that each one in the sum sent: a version's record commits to it.
    inside = [contributor(i) for i in found.included] if definition.room else []
    sent = [one.hex() for one in sent_by(inside, transcript.messages)]
    return {
        "state": "done", "reason": "", "included": list(found.included),
        "refused": dict(found.refused), "reasons": {p.name: r for p, r in outcome.reasons.items()},
        "dropped": {p.name: r for p, r in outcome.dropped.items()},
        # A collector elsewhere keeps the sum: this machine never sees it.
        "answer": None if collector else plan.live.decode(found.total, count=len(found.included)),
        "bytes": {
            "messages": len(transcript.messages), "total": transcript.bytes(),
            "up": {i: transcript.bytes(sender=contributor(i)) for i in keys},
            "down": {i: transcript.bytes(receiver=contributor(i)) for i in keys},
        },
        "seconds": {p.name: s for p, s in outcome.seconds.items()}, "sent": sent,
    }  # fmt: skip


def kept_sum(journal: Journal) -> Ints:
    """The sum that was kept, int64 (length,), or of whatever numbers the collector has. StateError if it is damaged."""
    path = journal.folder / SUM_FILE
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise StateError(f"the sum of a live round cannot be read: {error}", where=str(path)) from None


def _keep_sum(journal: Journal, found: Sum) -> None:
    packed = io.BytesIO()
    np.save(packed, found.total, allow_pickle=False)
    write_atomic(journal.folder / SUM_FILE, packed.getvalue())
