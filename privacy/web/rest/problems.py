"""Problem details (RFC 9457): every error of the API is one sentence with a status that says whose turn it is."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from privacy import errors
from privacy.wallets import errors as sign_in
from privacy.web.limits import Refused

MEDIA = "application/problem+json"


class Problem(BaseModel):
    """What went wrong, and what to do."""

    type: str = Field("about:blank", description="A URI of the kind of problem; about:blank: the status says it.")
    title: str = Field(description="A few words.", examples=["Unknown name"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="One sentence: what is wrong, where, what to do next.")


_STATUS: Sequence[tuple[type[errors.VeilbenchError], int, str]] = (
    (errors.BudgetError, 429, "Budget spent"),
    (errors.ParamError, 422, "Bad setting"),
    (sign_in.MalformedAddress, 422, "Not an address"),
    (sign_in.MalformedMessage, 422, "Not a message"),
    (sign_in.TooManySignIns, 429, "Too many sign-ins"),
    (sign_in.SignInError, 403, "Sign-in refused"),
    (errors.DataError, 422, "Bad data"),
    (errors.MissingModuleError, 409, "Not available"),
    (errors.PluginError, 409, "Plugin broken"),
    (errors.StateError, 503, "State cannot be used"),
    (errors.ServiceError, 503, "Service not available"),
)


def answer(refused: Refused) -> Response:
    """The response of a refusal."""
    return JSONResponse(
        {"type": "about:blank", "title": refused.title, "status": refused.status, "detail": refused.detail}
        | refused.more,
        status_code=refused.status, headers=refused.headers, media_type=MEDIA,
    )  # fmt: skip


def refusal(error: errors.VeilbenchError) -> Refused:
    """The refusal that an error stands for. A mechanism's own failure is 502: this process is well, it is not."""
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            headers: dict[str, str] = {}
            if isinstance(error, errors.BudgetError) and error.frees is not None:
                headers = {"Retry-After": str(_seconds_until(error.frees))}
            return Refused(status, title, str(error), headers=headers)
    return Refused(502, "The backend failed", str(error))


def _seconds_until(day: datetime.date) -> int:
    begins = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    return max(1, int((begins - datetime.datetime.now(datetime.UTC)).total_seconds()) + 1)


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem."""

    async def typed(_: Request, error: Exception) -> Response:
        assert isinstance(error, errors.VeilbenchError)
        return answer(refusal(error))

    async def http(_: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 500)
        headers: Mapping[str, str] = getattr(error, "headers", None) or {}
        words = {404: "There is nothing at this address; GET /api/openapi.json lists what there is.",
                 405: "This address does not take that method; GET /api/openapi.json says which."}  # fmt: skip
        detail = words.get(status, str(getattr(error, "detail", error)))
        return answer(Refused(status, "Not found" if status == 404 else "Refused", detail, headers=dict(headers)))

    async def invalid(_: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        return answer(Refused(422, "Bad request", _reply(found)))

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return answer(error)

    app.add_exception_handler(errors.VeilbenchError, typed)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Refused, refused)


def _reply(found: Sequence[Mapping[str, Any]]) -> str:
    """One sentence of what a body or a query has wrong: where and why, never the value."""
    if not found:
        return "The request is not what this address takes."
    first = found[0]
    where = ".".join(str(part) for part in first.get("loc", ()))
    rest = f"; {len(found) - 1} more" if len(found) > 1 else ""
    return f"{where}: {first.get('msg', 'it cannot be used')}{rest}."


def leading(operation: str, *, name: str) -> dict[str, Any]:
    """A link of an answer to an operation whose path takes the answer's id, for the OpenAPI document."""
    return {"operationId": operation, "parameters": {name: "$response.body#/id"}}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Responses of a route for the OpenAPI document: problems of these statuses."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    common = (403, 413, 422, 500, 502, 503)
    return {s: {"description": "A problem.", "content": {MEDIA: schema}} for s in sorted({*common, *statuses})}
