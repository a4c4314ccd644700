"""What stands behind the question mark of an address: a name that nobody reads is refused, never left out silently."""

import difflib
from typing import Annotated, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from privacy.web.limits import Refused


def known_query(request: Request) -> None:
    """Refuse a name that the route does not read, and one that is given twice where one value is read."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    read = [one for one in get_flat_params(route.dependant) if isinstance(one.field_info, Query)]
    fields = {one.alias: one.field_info.annotation for one in read}
    for name in request.query_params:
        if name not in fields:
            raise Refused(422, "Bad request", _unknown(name, list(fields)))
        if len(request.query_params.getlist(name)) > 1 and not _many(fields[name]):
            raise Refused(422, "Bad request", f"query.{name}: it is given more than once; give it once.")


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    then = f"did you mean {near[0]}?" if near else f"it reads {', '.join(known)}." if known else "it reads none."
    return f"This address reads no {name[:40]!r} after the question mark; {then}"


def _many(annotation: object) -> bool:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return get_origin(annotation) is list
