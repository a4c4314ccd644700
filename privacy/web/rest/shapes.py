"""JSON Schemas of what Veilbench writes for programs, by name."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from privacy import schemas
from privacy.errors import UnknownNameError
from privacy.web.limits import Refused
from privacy.web.rest.models import Schemas
from privacy.web.rest.problems import documented


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/schemas", tags=["app"])

    @routes.get("", responses=documented())
    def every() -> Schemas:
        """The names of all schemas, and which are of what is written now."""
        return Schemas(schemas=schemas.names(), current=dict(schemas.CURRENT))

    @routes.get("/{name}", responses=documented(404))
    def one(
        name: Annotated[str, Path(description="Such as run-record-2; run-record is the newest.", max_length=64)],
    ) -> dict[str, Any]:
        """A JSON Schema, draft 2020-12."""
        try:
            return schemas.schema(name)
        except UnknownNameError as error:
            raise Refused(404, "Unknown schema", str(error)) from None

    return routes
