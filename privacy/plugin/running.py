"""Running parties: primitives and tasks, sessions, channels, sums under a stack."""

from privacy.aggregate import PRIMITIVE, exact, most_simulated, reads_vectors
from privacy.boundary.channel import Channel
from privacy.boundary.transcript import Message, Transcript, View
from privacy.cohorts import cost_of_sum, counted, drawn, sampling_of, sent_by, silent
from privacy.debugging import hear_from
from privacy.dishonest import Bend
from privacy.errors import StateError
from privacy.guarantees import weakest
from privacy.outputs import hear, records_of, scores_of
from privacy.params import build, owners
from privacy.primitives.lookup import Records
from privacy.primitives.product_check import BITS, ProductCheck
from privacy.primitives.scoring import Floats, Ints, quantise, reference, top_k
from privacy.protocol import Faults, Outcome, Session
from privacy.randomiser import under
from privacy.registry import Registry, discover
from privacy.transports.base import Transport, seat_for

__all__ = [
    "BITS",
    "PRIMITIVE",
    "Bend",
    "Channel",
    "Faults",
    "Floats",
    "Ints",
    "Message",
    "Outcome",
    "ProductCheck",
    "Records",
    "Registry",
    "Session",
    "StateError",
    "Transcript",
    "Transport",
    "View",
    "build",
    "cost_of_sum",
    "counted",
    "discover",
    "drawn",
    "exact",
    "hear",
    "hear_from",
    "most_simulated",
    "owners",
    "quantise",
    "reads_vectors",
    "records_of",
    "reference",
    "sampling_of",
    "scores_of",
    "seat_for",
    "sent_by",
    "silent",
    "top_k",
    "under",
    "weakest",
]
