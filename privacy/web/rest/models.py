"""What goes in and out of the API, with the sentences that its OpenAPI document shows."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from privacy.request import USUAL
from privacy.schemas.models import AnyRecord, Check, Comparison, Request, Strict

Setting = bool | int | float | str
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w+.-]+$")]
Settings = Annotated[dict[Annotated[str, Field(max_length=64)], Setting], Field(max_length=32)]


class Health(BaseModel):
    """That the app is there, and how much it has run: nothing of whom, or of what."""

    status: Literal["ok"]
    rounds_run: int
    evaluations_started: int


class Backend(BaseModel):
    """One backend, or a plugin that cannot be used and why."""

    id: str
    title: str
    summary: str
    kind: str | None
    primitives: list[str]
    available: bool
    reason: str
    remedy: str
    origin: str
    version: str
    digest: str = Field(description="SHA-256 of its files as they lie on the disk now.")
    params: dict[str, Any] = Field(
        description="A JSON schema of its parameters: names, types, bounds, units, and the primitives that each is for."
    )
    check: str = Field(description="What the conformance kit found, in words: declared; N checks passed on DATE.")
    checked: Check = Field(description="The same for programs.")


class Backends(BaseModel):
    """All backends, and the stacks that can be made of them."""

    backends: list[Backend]
    stacks: dict[str, list[str]] = Field(description="For each workload, by its id, the stacks that it may run under.")


class Schemas(BaseModel):
    """The JSON Schemas of what Veilbench writes: names for GET /api/schemas/{name}."""

    schemas: list[str]
    current: dict[str, int] = Field(description="What is written now, and in which version.")


class Figure(BaseModel):
    """One figure with its source; the interval is absent where there is none."""

    key: str
    value: float | None
    unit: str
    source: Literal["measured", "declared", "estimated"]


class Workload(BaseModel):
    """One workload: what it is, the stacks that it may run under, its settings as a JSON schema, and its figures."""

    id: str
    title: str
    summary: str
    primitives: list[str]
    stacks: list[str]
    options: dict[str, Any] = Field(description="A JSON schema of what may stand in the options of a run.")
    figures: list[dict[str, Any]] = Field(description="Key, name, unit, which way is better, role and control of each.")


class Workloads(BaseModel):
    """All workloads."""

    workloads: list[Workload]


class RunWanted(BaseModel):
    """A run: the same settings as `veilbench run`. Files of this machine cannot be named."""

    model_config = ConfigDict(extra="allow")

    workload: Name = Field(USUAL, description="The id of a workload, as GET /api/workloads has it.")
    stack: Name = Field("plain", examples=["he"])
    params: Settings = Field(default_factory=dict)
    options: Settings = Field(default_factory=dict, description="Settings of the workload by name.")
    seed: int = Field(0, ge=0, le=2**32 - 1)
    data: None = Field(None, description="Null: the data that ships.")
    mapping: None = Field(None, description="Null, as data is.")


class Run(BaseModel):
    """A run and how far it is."""

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
    request: Request = Field(description="POST /api/runs takes it as it is. A file of this device is a name alone.")
    done: int = 0
    total: int = 0
    label: str = ""
    error: str = ""
    record: AnyRecord | None = Field(None, description="The run record, once it is done.")


Address = Annotated[str, Field(max_length=64, examples=["0x52908400098527886E0F7030069857D2E4169EE7"])]


class SignInBegun(BaseModel):
    """A sign-in that has begun: the message of EIP-4361 that the wallet is to sign as it stands."""

    nonce: str
    message: str
    chain_id: str = Field(description="In decimal; a string, as it may have 256 bits.")


class Signed(Strict):
    """A message, and its signature by the account that it names (EIP-191, 65 bytes in hexadecimal)."""

    message: str = Field(max_length=4000)
    signature: str = Field(max_length=200)


class DemoAccount(BaseModel):
    """An account of the embedded chain whose key lies on this device."""

    address: str
    label: str


class DemoAccounts(BaseModel):
    """The demo accounts that may be used: none where other machines may reach the app."""

    accounts: list[DemoAccount]


class DemoWanted(Strict):
    """A demo account of the embedded chain, by its address."""

    address: Address


class Nothing(Strict):
    """An empty object."""


class Account(BaseModel):
    """Who has signed in. A wallet has proved that it holds the key; the key of a demo account lies on this device."""

    address: str
    kind: Literal["wallet", "demo"]
    chain_id: str
    since: float = Field(description="Seconds since 1970.")
    until: float


class SignedIn(BaseModel):
    """Who has signed in in this browser; null where nobody has."""

    account: Account | None


class Ticket(BaseModel):
    """What a page of the app shows once, within a minute, to learn who has signed in."""

    ticket: str


class Runs(BaseModel):
    """All runs that programs wanted, newest first, without their records."""

    runs: list[Run]


class ComparisonWanted(Strict):
    """Stacks side by side, at each value of one parameter if there is a sweep: `veilbench compare`."""

    workload: Name = Field(USUAL, description="The id of a workload, as GET /api/workloads has it.")
    stacks: list[Name] = Field(min_length=1, max_length=16, examples=[["plain", "dp"]])
    sweep: str = Field("", max_length=64, description="The parameter that is swept; empty for none.")
    values: list[float] = Field(default_factory=list, max_length=32, description="Its values.")
    params: Settings = Field(default_factory=dict, description="Given to every stack that has them.")
    options: Settings = Field(default_factory=dict, description="Settings of the workload by name.")
    seed: int = Field(0, ge=0, le=2**32 - 1)


class Compared(BaseModel):
    """A comparison and how far it is. It is named by its settings: the same settings are the same comparison."""

    id: str
    state: Literal["running", "done", "partial", "failed"] = Field(
        description="partial: it was cancelled or cut off; POST it again to go on."
    )
    done: int = Field(description="How many runs have their record.")
    total: int = Field(description="How many runs there are.")
    label: str = ""
    error: str = ""
    document: Comparison | None = Field(None, description="All of it, as `veilbench compare --json` prints it.")


class ComparisonList(BaseModel):
    """All comparisons of this device, newest first, without their documents."""

    comparisons: list[Compared]
