"""A comparison as CSV: RFC 4180, UTF-8, one row for each metric of each cell."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from privacy.answers import lines_of
from privacy.compare.plan import Comparison
from privacy.results import code_id

COLUMNS = (
    "comparison", "cell", "stack", "swept_parameter", "swept", "metric", "value", "low", "high", "n", "truth",
    "unit", "better", "source", "simulated", "chance", "note", "failure", "workload", "params", "seed", "options",
    "data_hash", "veilbench", "code", "plugins", "checks",
)  # fmt: skip
_METRIC = ("value", "low", "high", "n", "truth", "unit", "better", "source", "simulated", "chance", "note")
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - the wide forms are formulas to some programs
_NOT_RUN = "not run"


def to_csv(comparison: Comparison) -> str:
    """The text of the file. A cell that failed or has not run has one row that says so.

    A text that a spreadsheet would take for a formula begins with an apostrophe; numbers stay numbers.
    """
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n", restval="")
    writer.writeheader()
    for row in _rows(comparison):
        writer.writerow({k: _safe(v) for k, v in row.items()})
    return out.getvalue()


def _rows(comparison: Comparison) -> list[dict[str, Any]]:
    out = []
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        head: dict[str, Any] = {
            "comparison": comparison.plan.id, "cell": cell.label, "stack": cell.request.stack,
            "swept_parameter": comparison.plan.sweep if cell.swept is not None else "", "swept": cell.swept,
            "failure": _NOT_RUN,
        }  # fmt: skip
        if record:
            head |= {
                "failure": record["failure"], "workload": record["workload"], "seed": record["seed"],
                "options": json.dumps(dict(cell.request.options), sort_keys=True),
                "params": json.dumps(record["params"], sort_keys=True),
                "data_hash": record["data_hash"], "veilbench": record["versions"].get("veilbench"),
                "code": code_id(record), **_plugins(record),
            }  # fmt: skip
        metrics = record["metrics"] if record else []
        answer = lines_of(record["settings"]) if record else []
        out += [
            head | {"metric": f"answer: {line.label}", "value": line.value, "low": line.low, "high": line.high,
                    "truth": line.truth, "source": "measured"}
            for line in answer
        ]  # fmt: skip
        out += [head | {"metric": m["key"]} | {k: m.get(k) for k in _METRIC} for m in metrics] or [head]
    return out


def _plugins(record: Mapping[str, Any]) -> dict[str, str]:
    """The plugins that made a record, with version and digest of each, and what is known of their conformance."""
    parts = [one for one in record.get("code", []) if one["kind"] != "framework"]
    known = {one["id"]: {"version": one["version"], "sha256": one["digest"]} for one in parts}
    checks = {one["id"]: one["check"]["sentence"] for one in parts if one["check"]}
    return {"plugins": json.dumps(known, sort_keys=True), "checks": json.dumps(checks, sort_keys=True)}


def _safe(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
