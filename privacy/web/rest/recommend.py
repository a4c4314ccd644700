"""Recommendations: the feed of a simulated persona, or of a taste that comes with the request."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query

from privacy.deadline import patiently
from privacy.errors import ParamError, UnknownNameError
from privacy.registry import Registry
from privacy.request import OWN, RunRequest
from privacy.services.releases import release
from privacy.web.limits import Refused
from privacy.web.rest.models import Figure, Item, Name, Recommendations, Setting, Taste
from privacy.web.rest.problems import documented
from workloads.fyp import workload as fyp
from workloads.fyp.book import FeedBook
from workloads.fyp.feed import FeedRun
from workloads.fyp.verdict import DEVICE_SEES
from workloads.fyp.world import SHOWN, World

Ask = Callable[[], RunRequest]


def router(registry: Callable[[], Registry], feeds: FeedBook, usual: Ask) -> APIRouter:
    """The routes. `usual` is the request that the pages begin with: the same settings, the same run."""
    routes = APIRouter(tags=["recommendations"])

    @routes.get("/recommendations/{user}", responses=documented(404, 409, 429))
    def for_persona(
        user: Annotated[str, Path(description="A simulated persona, such as ada.", min_length=1, max_length=64)],
        k: Annotated[int, Query(ge=1, le=SHOWN, description=f"How many; {SHOWN} are fetched in any case.")] = SHOWN,
        stack: Annotated[Name, Query(examples=["he"])] = "plain",
        param: Annotated[
            list[Annotated[str, Query(max_length=200)]], Query(description="A parameter as name=value.", max_length=32)
        ] = [],  # noqa: B006  (FastAPI copies it)
    ) -> Recommendations:
        """The feed of a simulated persona on the shipped data; the same run as the page's."""
        if user == OWN:
            raise Refused(404, "Unknown user", "A taste of your own stays on the page; POST one to ask about it.")
        request = replace(usual(), user=user, stack=stack, params=_pairs(param))
        try:
            fyp.world_of(request).persona(user)
        except UnknownNameError as error:
            raise Refused(404, "Unknown user", str(error)) from None
        return _told(feeds.get(request, registry()), user, stack, k)

    @routes.post("/recommendations", responses=documented(400, 409, 415, 429))
    def for_taste(taste: Taste) -> Recommendations:
        """The feed of the taste in the body, which is not kept. Under a randomiser your own budget is charged."""
        request = replace(usual(), user=OWN, stack=taste.stack, params=dict(taste.params))
        world = fyp.world_of(request)
        own = world.taste(np.array(_indices(world, taste.liked), dtype=np.int64))
        found = patiently(lambda: fyp.feed(request, registry(), own=own, release=release), who=taste.stack)[0]
        return _told(found, "yours", taste.stack, taste.k)

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
    places = {str(p.account_id): i for i, p in reversed(list(enumerate(world.catalogue.profiles)))}
    unknown = sum(one not in places for one in ids)
    if unknown:
        raise ParamError(
            f"{unknown} of the {len(ids)} liked items are not in the catalogue", then="use the ids that a feed shows"
        )
    return sorted({places[one] for one in ids})


def _told(feed: FeedRun, user: str, stack: str, k: int) -> Recommendations:
    items = [
        Item(rank=i, id=str(card["account_id"]), title=str(card.get("nickname") or ""), card=_plain(card))
        for i, card in enumerate(feed.cards[:k], start=1)
    ]
    figures = [Figure(key=m.key, value=m.value, unit=m.unit, source=m.source) for m in feed.metrics]
    return Recommendations(
        user=user, stack=stack, items=items, sees=DEVICE_SEES, guarantee=feed.guarantee.as_dict(),
        fallbacks=feed.fallbacks, figures=figures, notes=feed.notes,
    )  # fmt: skip


def _plain(card: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in card.items() if value not in (None, [], "")}
