"""A comparison as one JSON document."""

import json
from pathlib import PurePath
from typing import Any

from privacy.compare.plan import Comparison, Plan

SCHEMA = 1


def shared(plan: Plan) -> dict[str, Any]:
    """The plan as it may be passed on: data by file name alone, as a path may name its owner."""
    values = plan.as_dict()
    base = values["base"]
    names = {k: PurePath(base[k]).name for k in ("data", "mapping") if base.get(k)}
    return values | {"base": base | names}


def document(comparison: Comparison) -> dict[str, Any]:
    """The comparison's id and plan, and each cell with its record; None where it has not run."""
    cells = [
        {"label": cell.label, "stack": cell.request.stack, "swept": cell.swept, "record": record}
        | ({"column": cell.column, "refused": comparison.refused.get(cell.label, "")} if cell.column else {})
        for cell, record in zip(comparison.cells, comparison.records, strict=True)
    ]
    return {"schema": SCHEMA, "comparison": comparison.plan.id, "plan": shared(comparison.plan), "cells": cells}


def to_json(comparison: Comparison) -> str:
    """`document` as text."""
    return json.dumps(document(comparison), indent=2, ensure_ascii=False, allow_nan=False)
