"""What goes in and out of the API, with the sentences that its OpenAPI document shows."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workloads.fyp.world import SHOWN

Setting = bool | int | float | str
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w+.-]+$")]
Settings = Annotated[dict[Annotated[str, Field(max_length=64)], Setting], Field(max_length=32)]
ItemId = Annotated[str, Field(min_length=1, max_length=200)]


class Strict(BaseModel):
    """A body that has no field that nobody reads."""

    model_config = ConfigDict(extra="forbid")


class Health(BaseModel):
    """That the app is there, and how much it has run: nothing of whom, or of what."""

    status: Literal["ok"]
    feeds_run: int
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
    check: str = Field(description="What the conformance kit found: declared; N checks passed on DATE.")


class Backends(BaseModel):
    """All backends, and the stacks that can be made of them."""

    backends: list[Backend]
    stacks: list[str] = Field(description="Stacks that the feed can run under.")


class Figure(BaseModel):
    """One figure with its source; the interval is absent where there is none."""

    key: str
    value: float | None
    unit: str
    source: Literal["measured", "declared", "estimated"]


class Item(BaseModel):
    """One item of a feed."""

    rank: int
    id: str
    title: str
    card: dict[str, Any]


class Recommendations(BaseModel):
    """A feed, what it cost, and what is guaranteed towards whom."""

    user: str
    stack: str
    items: list[Item]
    sees: str = Field(description="Who sees the taste.")
    guarantee: dict[str, Any] = Field(description="Towards each observer, that of the weakest step.")
    fallbacks: dict[str, str] = Field(description="Steps that the stack lacks: they ran under plain.")
    figures: list[Figure]
    notes: list[str]


class Taste(Strict):
    """A taste, for one answer: it is not kept. Under a randomiser what is released of it is, as the budget demands."""

    liked: list[ItemId] = Field(
        min_length=1, max_length=200, description="Ids of items, as a feed shows them.",
        examples=[["demo.ambervole.0001"]],
    )  # fmt: skip
    k: int = Field(SHOWN, ge=1, le=SHOWN, description=f"How many to answer with; {SHOWN} are fetched in any case.")
    stack: Name = Field("plain", examples=["he"])
    params: Settings = Field(default_factory=dict, description="Parameters of the stack by name.")


class RunAsked(Strict):
    """A run: the same settings as `veilbench run`. Files of this machine cannot be named."""

    workload: Literal["fyp", "tally"] = "fyp"
    stack: Name = Field("plain", examples=["he"])
    params: Settings = Field(default_factory=dict)
    options: Settings = Field(default_factory=dict, description="Settings of a survey, such as question.")
    seed: int = Field(0, ge=0, le=2**32 - 1)
    user: Name = "ada"
    items: int | None = Field(None, ge=20, le=1_000_000)
    dims: int = Field(64, ge=4, le=256)
    cohort: int = Field(200, ge=20, le=5000)


class Run(BaseModel):
    """A run and how far it is."""

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
    request: dict[str, Any]
    done: int = 0
    total: int = 0
    label: str = ""
    error: str = ""
    record: dict[str, Any] | None = Field(None, description="The run record, once it is done.")


class Runs(BaseModel):
    """All runs that were asked for, newest first, without their records."""

    runs: list[Run]
