"""What tests of charts read out of a Vega-Lite specification, and what holds of every chart."""

import json
from typing import Any

import altair as alt

from privacy.plots import Chart

Rows = list[dict[str, Any]]


def layers(chart: Chart) -> list[dict[str, Any]]:
    """The layers of a chart, each with its own rows under `rows`."""
    spec = chart.spec
    return [one | {"rows": rows(spec, one.get("data") or spec["data"])} for one in spec.get("layer", [spec])]


def rows(spec: dict[str, Any], data: dict[str, Any]) -> Rows:
    found = spec["datasets"][data["name"]] if "name" in data else data["values"]
    assert isinstance(found, list)
    return found


def layer(chart: Chart, kind: str, *, of: str = "") -> dict[str, Any]:
    """The first layer with this mark that encodes the field `of`."""
    return next(one for one in layers(chart) if one["mark"]["type"] == kind and (not of or of in fields(one)))


def fields(one: dict[str, Any]) -> list[str]:
    return [
        channel["field"] for channel in one["encoding"].values() if isinstance(channel, dict) and "field" in channel
    ]


def written(chart: Chart) -> str:
    """All that stands on a chart: texts of its rows and titles of its axes."""
    texts = [str(v) for one in layers(chart) for row in one["rows"] for v in row.values() if isinstance(v, str)]
    channels = [c for one in layers(chart) for c in one["encoding"].values() if isinstance(c, dict)]
    titles = [c["title"] for c in channels if c.get("title")]
    return " | ".join([*texts, *titles])


def check(chart: Chart) -> Chart:
    """What holds of every chart: names, a description in words, JSON without a gap, nothing loaded from elsewhere.

    It fits the schema of Vega-Lite, which nothing looks at when a page draws it.
    """
    alt.Chart.from_dict(chart.spec, validate=True)
    assert chart.title
    assert chart.tab
    assert chart.description
    assert chart.spec["description"] == chart.description
    assert json.loads(json.dumps(chart.spec, allow_nan=False)) == chart.spec
    assert '"url"' not in json.dumps(chart.spec)
    return chart
