"""Everything that a plugin author imports.

A plugin is a module with a `register_backends` hook. It is found as an entry point of the group `veilbench`, or as a
file in `$VEILBENCH_HOME/plugins`. `backends/plain/` is the tutorial.
"""

from privacy.aggregate import Release, Shape, SumService
from privacy.boundary.party import CLIENT, SERVER, Party
from privacy.boundary.seat import KeyBox, Seat
from privacy.boundary.secret import Secret
from privacy.boundary.transcript import Message
from privacy.boundary.wire import (
    CIPHERTEXT,
    EVALUATION_KEY,
    PLAINTEXT,
    PUBLIC,
    RANDOMISED,
    SHARE,
    Exposure,
    Wire,
    pack,
    unpack,
)
from privacy.errors import (
    BoundaryError,
    DataError,
    IntegrityError,
    MissingModuleError,
    ParamError,
    ProtocolAborted,
    UnknownNameError,
    VeilbenchError,
    WireError,
)
from privacy.figures import Figure, Figures
from privacy.guarantees import Guarantee, OutputPrivacy, Strength, Towards
from privacy.hookspecs import hookimpl
from privacy.known_answers import BoundValue, DrawnNumbers, DrawnSeeds, KnownAnswer, KnownRun, MaskedVector
from privacy.mechanism import Abort, Done, Mechanism, Payer, PrivacyCost, Role, StepResult
from privacy.params import NoParams, param
from privacy.primitives.aggregation import (
    AGGREGATOR,
    COLLECTOR,
    CONTRIBUTOR,
    Aggregation,
    AggregationTask,
    Sum,
    are_votes,
    check_contribution,
    contributor,
    steps,
)
from privacy.primitives.lookup import DIGEST_BYTES, LookupTask, check_indices, with_digests, without_digests
from privacy.primitives.query import QueryClient, QueryMechanism, QueryServer, reply_to
from privacy.primitives.rolls import pack_roll, unpack_roll
from privacy.primitives.scoring import ScoringTask, Top, best_of, check_vector
from privacy.randomiser import Randomiser, SumRandomiser
from privacy.registry import Stack
from privacy.request import MOST_SEED, RunRequest
from privacy.results import Metric
from privacy.seats import Seats
from privacy.shared_secret import SharedSecret
from privacy.spec import API_VERSION, BackendSpec, WorkloadSpec
from privacy.views import OPEN, RELEASED, Held, Reading, Value, shown
from privacy.workload import Account, Case, Findings, Listing, Live, Round, Tell, Workload, parts

__all__ = [
    "AGGREGATOR",
    "API_VERSION",
    "CIPHERTEXT",
    "CLIENT",
    "COLLECTOR",
    "CONTRIBUTOR",
    "DIGEST_BYTES",
    "EVALUATION_KEY",
    "MOST_SEED",
    "OPEN",
    "PLAINTEXT",
    "PUBLIC",
    "RANDOMISED",
    "RELEASED",
    "SERVER",
    "SHARE",
    "Abort",
    "Account",
    "Aggregation",
    "AggregationTask",
    "BackendSpec",
    "BoundValue",
    "BoundaryError",
    "Case",
    "DataError",
    "Done",
    "DrawnNumbers",
    "DrawnSeeds",
    "Exposure",
    "Figure",
    "Figures",
    "Findings",
    "Guarantee",
    "Held",
    "IntegrityError",
    "KeyBox",
    "KnownAnswer",
    "KnownRun",
    "Listing",
    "Live",
    "LookupTask",
    "MaskedVector",
    "Mechanism",
    "Message",
    "Metric",
    "MissingModuleError",
    "NoParams",
    "OutputPrivacy",
    "ParamError",
    "Party",
    "Payer",
    "PrivacyCost",
    "ProtocolAborted",
    "QueryClient",
    "QueryMechanism",
    "QueryServer",
    "Randomiser",
    "Reading",
    "Release",
    "Role",
    "Round",
    "RunRequest",
    "ScoringTask",
    "Seat",
    "Seats",
    "Secret",
    "Shape",
    "SharedSecret",
    "Stack",
    "StepResult",
    "Strength",
    "Sum",
    "SumRandomiser",
    "SumService",
    "Tell",
    "Top",
    "Towards",
    "UnknownNameError",
    "Value",
    "VeilbenchError",
    "Wire",
    "WireError",
    "Workload",
    "WorkloadSpec",
    "are_votes",
    "best_of",
    "check_contribution",
    "check_indices",
    "check_vector",
    "contributor",
    "hookimpl",
    "pack",
    "pack_roll",
    "param",
    "parts",
    "reply_to",
    "shown",
    "steps",
    "unpack",
    "unpack_roll",
    "with_digests",
    "without_digests",
]
