"""What a run record and a comparison are, field by field: their JSON Schemas and the API's document come from here."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]


class Strict(BaseModel):
    """An object that has these fields and no other."""

    model_config = ConfigDict(extra="forbid")


class Request(Strict):
    """What to run, as `veilbench run` has it: the same request is the same run."""

    workload: str = Field(description="The id of a workload.")
    stack: str = Field(description="A carrier such as `he`, or a randomiser over one such as `dp+he`.")
    params: dict[str, Any] = Field(description="Parameters of the stack by name.")
    options: dict[str, Any] = Field(description="Settings of the workload by name.")
    seed: int = Field(ge=0, le=2**32 - 1, description="Draws data, simulations and attacks; never keys or noise.")
    data: str | None = Field(description="The file of data; null for the data that ships.")
    mapping: str | None = Field(description="The file that says what the columns of the data mean.")


class Check(Strict):
    """What the conformance kit found of a backend, as far as this device knows."""

    state: Literal["passed", "failed", "incomplete", "none"]
    sentence: str = Field(description="What may be said of the backend's guarantee on the strength of it.")
    passed: int = Field(ge=0, description="Checks that passed.")
    failed: int = Field(ge=0, description="Checks that failed.")
    date: str = Field(description="When it was checked, YYYY-MM-DD; empty where it was not.")
    stale: bool = Field(description="The code has changed since.")
    at_release: bool = Field(description="Measured at release and not on this device.")


class Code(Strict):
    """A part of the code that made a record."""

    kind: Literal["framework", "workload", "carrier", "randomiser"]
    id: str
    version: str = Field(description="The version of the package that it came in; empty for a file.")
    origin: str = Field(description="`built in`, `package NAME` or `file NAME`.")
    digest: Sha256 = Field(description="SHA-256 of its files as they lay on the disk when the run began.")
    check: Check | None = Field(description="Null for what the conformance kit does not check.")


class OutputPrivacy(Strict):
    """A bound of differential privacy, with all that gives it a meaning."""

    epsilon: float = Field(ge=0)
    delta: float = Field(ge=0, le=1)
    unit: str = Field(description="Whose data one release covers.")
    neighbours: str = Field(description="Which two inputs are to look alike.")
    model: str = Field(description="Who adds the noise: local, central or distributed.")
    accountant: str = Field(description="How epsilon follows.")
    rho: float | None = Field(description="The same in zero-concentrated differential privacy, where that is known.")
    sampler: str = Field(description="`none`, or how those who take part are drawn.")


class Towards(Strict):
    """The guarantee towards one observer."""

    observer: str
    strength: Literal["none", "differential", "computational", "non collusion", "nothing sent"]
    statement: str
    assumption: str
    security_bits: int | None
    leaks: list[str] = Field(description="What the observer still learns.")
    output: OutputPrivacy | None
    collusion: int = Field(description="How many such observers must collude before nothing is guaranteed.")


class Guarantee(Strict):
    """From whom what is hidden, and under which assumption. It is declared: nothing here has proved it."""

    adversary: str
    source: str
    towards: list[Towards]


class Metric(Strict):
    """A figure with its source. `value` is null where it could not be established, and `note` says why."""

    key: str
    value: float | None
    low: float | None = Field(description="The low end of its 95% interval.")
    high: float | None = Field(description="The high end of its 95% interval.")
    n: int | None = Field(description="How many it is over.")
    unit: str
    better: Literal["higher", "lower", "neither"]
    source: Literal["measured", "declared", "estimated"]
    simulated: bool = Field(description="Measured on simulated people.")
    note: str
    chance: float | None = Field(description="What an answer that knows nothing scores on average.")


class Line(Strict):
    """One value of what came out."""

    label: str
    value: Any
    low: Any = Field(description="The low end of its 95% interval.")
    high: Any = Field(description="The high end of its 95% interval.")
    truth: Any = Field(description="The exact value, where it is known.")


class Message(Strict):
    """One wire as the channel carried it; never its body."""

    seq: int = Field(ge=0)
    phase: Literal["setup", "run"]
    run: int
    round: int = Field(ge=0)
    sender: str
    receiver: str
    via: str | None = Field(description="The party that relayed it.")
    kind: str
    exposure: Literal["public", "plaintext", "randomised", "ciphertext", "share", "evaluation key"] = Field(
        description="What the sender declares that the receiver can read."
    )
    bytes: int = Field(ge=0, description="Of the whole envelope.")
    digest: str = Field(description="Of the body, keyed for this session: it does not help to guess a short one.")
    gas: int = Field(0, ge=0, description="What a chain charged for what it answers here.")


class Transcript(Strict):
    """All that the channel carried."""

    messages: list[Message]
    left_out: int = Field(0, ge=0, description="Of very many messages, how many in the middle are not listed.")
    bytes: int | None = Field(None, ge=0, description="Bytes of all messages, where some are not listed.")


class Machine(Strict):
    """What the times were measured on; nothing that names its owner."""

    system: str
    arch: str
    cores: int | None


class _Record(Strict):
    """A run: all that is needed to repeat and to judge it, and nothing private."""

    workload: str
    stack: str
    params: dict[str, Any] = Field(description="All parameters of the stack, defaults among them.")
    seed: int = Field(ge=0, le=2**32 - 1)
    settings: dict[str, Any] = Field(description="Settings of the workload, and what its rounds add to them.")
    versions: dict[str, str] = Field(description="Of Veilbench, Python and the packages that figures depend on.")
    machine: Machine
    data_hash: str
    guarantee: Guarantee = Field(description="Towards each observer, that of the weakest step.")
    fallbacks: dict[str, str] = Field(description="Steps that the stack lacks: they ran under plain.")
    steps: dict[str, Guarantee] = Field(description="The guarantee of each step.")
    made_at: str
    metrics: list[Metric]
    answer: list[Line]
    transcript: Transcript
    notes: list[str]
    failure: str | None = Field(description="Why the run broke off; null where it did not.")


class Record1(_Record):
    """A run record of schema 1, which does not say what code made it."""

    version: Literal[1] = Field(alias="schema")


class Record(_Record):
    """A run record: all that is needed to repeat and to judge a run, and nothing private."""

    version: Literal[2] = Field(alias="schema")
    code: list[Code] = Field(description="The framework, the workload and the backends that made it.")


AnyRecord = Annotated[Record | Record1, Field(discriminator="version")]


class Cell(Strict):
    """One run of a comparison."""

    label: str
    stack: str
    swept: float | None = Field(description="The value of the swept parameter; null for a stack that lacks it.")
    record: AnyRecord | None = Field(description="Null where it has not run.")
    column: str = Field("", description="The column that it is about, where there are several.")
    refused: str = Field("", description="Why a column has no answer under this stack.")


class Plan(Strict):
    """What is compared: a base request, the stacks, and the values of one swept parameter."""

    base: Request
    stacks: list[str]
    sweep: str
    values: list[float]
    columns: list[tuple[str, dict[str, Any]]] = Field(
        default_factory=list, description="Columns that share one budget, each with options of its own."
    )


class Comparison(Strict):
    """Stacks side by side: the document of `veilbench compare --json`."""

    version: Literal[1] = Field(alias="schema")
    comparison: str = Field(description="Its id, made of its settings alone.")
    plan: Plan
    cells: list[Cell]
