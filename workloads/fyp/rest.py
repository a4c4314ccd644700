"""Recommendations: the feed of a simulated persona, or of a taste that comes with the request."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from privacy.plugin import Account, ParamError, UnknownNameError
from privacy.plugin.host import balance, lab, options_of
from privacy.plugin.web import Desk, Figure, Guarantee, Name, Refused, Setting, Settings, Strict, documented
from workloads.fyp.options import OWN
from workloads.fyp.workload import as_own, viewers, world_of
from workloads.fyp.world import SHOWN, World

_ID = "fyp"
_SEES = "This process is the device: it sees the taste. Privacy here is towards the servers."
ItemId = Annotated[str, Field(min_length=1, max_length=200)]


class Item(BaseModel):
    """One item of a feed."""

    rank: int
    id: str
    title: str
    card: dict[str, Any]


class Recommendations(BaseModel):
    """A feed, what it cost, and what is guaranteed towards whom."""

    user: str | None = Field(description="The persona whose feed this is; null for a taste sent with the request.")
    stack: str
    items: list[Item]
    sees: str = Field(description="Who sees the taste.")
    guarantee: Guarantee = Field(description="The guarantee towards each observer: that of the weakest step.")
    fallbacks: dict[str, str] = Field(description="Steps that ran under plain, as the stack lacks them.")
    figures: list[Figure]
    notes: list[str]


class Budget(BaseModel):
    """A privacy budget: what was spent in this period, and what is left."""

    epsilon: float = Field(description="The most that may be spent in a period.")
    delta: float
    period: Literal["day", "week", "month", "year"]
    spent: float = Field(description="Epsilon spent: the smaller of two bounds that both hold.")
    left: float
    frees: date = Field(description="The first day of the next period, in UTC.")
    releases: int = Field(description="How many releases were charged in this period.")


class Persona(BaseModel):
    """A simulated person, whose id stands in GET /api/recommendations/{user}."""

    id: str
    about: str
    budget: Budget


class Personas(BaseModel):
    """All simulated people whose feed may be wanted."""

    personas: list[Persona]


class Taste(Strict):
    """A taste, for one answer: it is not kept. Under a randomiser what is released of it is, as the budget demands."""

    liked: list[ItemId] = Field(
        min_length=1, max_length=200, description="Ids of items, as a feed shows them.",
        examples=[["demo.ambervole.0001"]],
    )  # fmt: skip
    k: int = Field(
        SHOWN, ge=1, le=SHOWN, description=f"Number of items in the answer; {SHOWN} are fetched in any case."
    )
    stack: Name = Field("plain", examples=["he"])
    params: Settings = Field(default_factory=dict, description="Parameters of the stack by name.")


def router(desk: Desk) -> APIRouter:
    """The routes. The feed of a persona at its usual settings is the one that the page shows: the same run."""
    routes = APIRouter(tags=["recommendations"])

    @routes.get("/personas", responses=documented())
    def every() -> Personas:
        """The simulated people, each with what is left of its demo budget today."""
        usual, registry = desk.usual(_ID), desk.registry()
        world = world_of(usual, options_of(usual, registry))
        return Personas(
            personas=[Persona(id=name, about=about, budget=_budget(name)) for name, about in viewers(world).items()]
        )

    @routes.get("/budget", responses=documented())
    def own() -> Budget:
        """Your own budget, which a taste that you POST is charged to under a randomiser."""
        return _budget(OWN)

    @routes.get("/recommendations/{user}", responses=documented(404, 409, 429))
    def for_persona(
        user: Annotated[str, Path(description="A simulated persona, such as ada.", min_length=1, max_length=64)],
        k: Annotated[
            int, Query(ge=1, le=SHOWN, description=f"Number of items in the answer. {SHOWN} are fetched in any case.")
        ] = SHOWN,
        stack: Annotated[Name, Query(examples=["he"])] = "plain",
        param: Annotated[
            list[Annotated[str, Query(max_length=200)]], Query(description="A parameter as name=value.", max_length=32)
        ] = [],  # noqa: B006  (FastAPI copies it)
    ) -> Recommendations:
        """The feed of a simulated persona on the shipped data; the same run as the page's."""
        if user == OWN:
            raise Refused(404, "Unknown user", "Your own taste stays on the page; POST one to run it.")
        registry, usual = desk.registry(), desk.usual(_ID)
        request = replace(usual, stack=stack, params=_pairs(param), options={**usual.options, "user": user})
        try:
            world_of(request, options_of(request, registry)).persona(user)
        except UnknownNameError as error:
            raise Refused(404, "Unknown user", str(error)) from None
        return _shown(desk.rounds.get(request, registry), user, stack, k)

    @routes.post("/recommendations", responses=documented(400, 409, 415, 429))
    def for_taste(taste: Taste) -> Recommendations:
        """The feed of the taste in the body, which is not kept. Under a randomiser your own budget is charged."""
        registry = desk.registry()
        request = as_own(replace(desk.usual(_ID), stack=taste.stack, params=dict(taste.params)))
        world = world_of(request, options_of(request, registry))
        own = world.taste(np.array(_indices(world, taste.liked), dtype=np.int64))
        return _shown(lab.first_round(request, registry, private=own), None, taste.stack, taste.k)

    return routes


def _pairs(texts: Sequence[str]) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not (sign and name and value):
            raise ParamError("a parameter is not a pair", then="write it as param=name=value")
        found[name] = value
    return found


def _indices(world: World, ids: Sequence[str]) -> list[int]:
    """The places of items by the ids that their cards show. ParamError for one that there is not."""
    places = world.places
    unknown = sum(one not in places for one in ids)
    if unknown:
        raise ParamError(
            f"{unknown} of the {len(ids)} liked items are not in the catalogue", then="use the ids that a feed shows"
        )
    return sorted({places[one] for one in ids})


def _budget(user: str) -> Budget:
    now = balance(Account(user, simulated=user != OWN))
    return Budget(
        epsilon=now.budget.epsilon, delta=now.budget.delta, period=now.budget.period, spent=now.bound,
        left=now.remaining, frees=now.end, releases=now.spent.charges,
    )  # fmt: skip


def _shown(feed: Any, user: str | None, stack: str, k: int) -> Recommendations:
    items = [
        Item(rank=i, id=str(card["account_id"]), title=str(card.get("nickname") or ""), card=_plain(card))
        for i, card in enumerate(feed.cards[:k], start=1)
    ]
    figures = [Figure(key=m.key, value=m.value, unit=m.unit, source=m.source) for m in feed.metrics]
    return Recommendations(
        user=user, stack=stack, items=items, sees=_SEES, guarantee=Guarantee(**feed.guarantee.as_dict()),
        fallbacks=feed.fallbacks, figures=figures, notes=feed.notes,
    )  # fmt: skip


def _plain(card: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in card.items() if value not in (None, [], "")}
