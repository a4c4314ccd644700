"""Contributors on other machines: the host's mailboxes for them, and the station that each runs."""

from privacy.primitives.aggregation import MAX_LENGTH
from privacy.transports.base import role_of
from privacy.transports.mailbox import Bundle, MailboxEndpoint, Mailboxes, Refusal
from privacy.transports.spawned import Spawned
from privacy.transports.station import MaterialCache, Reply, RunKey, Station

__all__ = [
    "MAX_LENGTH",
    "Bundle",
    "MailboxEndpoint",
    "Mailboxes",
    "MaterialCache",
    "Refusal",
    "Reply",
    "RunKey",
    "Spawned",
    "Station",
    "role_of",
]
