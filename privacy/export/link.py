"""A plan as the query of a link to the Compare page. Nothing private is in it."""

from urllib.parse import urlencode

from privacy.compare.plan import Plan


def query_of(plan: Plan) -> dict[str, str]:
    """The settings of a comparison as query parameters, all of them: a default may change, a link must not.

    No file of this device is among them.
    """
    base = plan.base
    found = {"workload": base.workload, "stacks": ",".join(plan.stacks), "seed": str(base.seed)}
    if plan.sweep:
        values = ",".join(f"{v:g}" if float(f"{v:g}") == v else repr(v) for v in plan.values)
        found |= {"sweep": plan.sweep, "values": values}
    # An option that is empty says that the data chooses, and so is not there.
    found |= {f"option.{k}": text for k, v in base.options.items() if (text := _text(v))}
    return found | {f"param.{k}": _text(v) for k, v in sorted(base.params.items())}


def to_query(plan: Plan) -> str:
    """`query_of` as it stands in an address, after the question mark."""
    return urlencode(query_of(plan))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
