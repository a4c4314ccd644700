"""All that a plugin author imports.

A plugin is a module with a `register_backends` hook. It comes in as an entry point of the group `veilbench`, or as
a file in `$VEILBENCH_HOME/plugins`. `backends/plain/` is the tutorial.
"""

from privacy.boundary.party import CLIENT, SERVER, Party
from privacy.boundary.seat import KeyBox, Seat
from privacy.boundary.secret import Secret
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
from privacy.errors import BoundaryError, IntegrityError, MissingModuleError, ParamError, WireError
from privacy.guarantees import Guarantee, OutputPrivacy, Strength, Towards
from privacy.hookspecs import hookimpl
from privacy.mechanism import Abort, Done, Mechanism, PrivacyCost, Role, StepResult
from privacy.params import NoParams, param
from privacy.primitives.aggregation import (
    AGGREGATOR,
    COLLECTOR,
    CONTRIBUTOR,
    Aggregation,
    AggregationTask,
    Sum,
    check_contribution,
    contributor,
    steps,
)
from privacy.primitives.lookup import LookupTask, check_indices
from privacy.primitives.query import QueryClient, QueryMechanism, QueryServer, reply_to
from privacy.primitives.rolls import pack_roll, unpack_roll
from privacy.primitives.scoring import ScoringTask, check_vector
from privacy.randomiser import Randomiser, SumRandomiser
from privacy.spec import API_VERSION, BackendSpec

__all__ = [
    "AGGREGATOR",
    "API_VERSION",
    "CIPHERTEXT",
    "CLIENT",
    "COLLECTOR",
    "CONTRIBUTOR",
    "EVALUATION_KEY",
    "PLAINTEXT",
    "PUBLIC",
    "RANDOMISED",
    "SERVER",
    "SHARE",
    "Abort",
    "Aggregation",
    "AggregationTask",
    "BackendSpec",
    "BoundaryError",
    "Done",
    "Exposure",
    "Guarantee",
    "IntegrityError",
    "KeyBox",
    "LookupTask",
    "Mechanism",
    "MissingModuleError",
    "NoParams",
    "OutputPrivacy",
    "ParamError",
    "Party",
    "PrivacyCost",
    "QueryClient",
    "QueryMechanism",
    "QueryServer",
    "Randomiser",
    "Role",
    "ScoringTask",
    "Seat",
    "Secret",
    "StepResult",
    "Strength",
    "Sum",
    "SumRandomiser",
    "Towards",
    "Wire",
    "WireError",
    "check_contribution",
    "check_indices",
    "check_vector",
    "contributor",
    "hookimpl",
    "pack",
    "pack_roll",
    "param",
    "reply_to",
    "steps",
    "unpack",
    "unpack_roll",
]  # fmt: skip
