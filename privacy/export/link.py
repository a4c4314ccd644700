"""A plan as the query of a link, and back. Nothing private is in it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from privacy.compare.plan import Plan, parse_sweep
from privacy.errors import ParamError, UnknownNameError
from privacy.export.document import shared
from privacy.request import RunRequest
from workloads.catalogue import workload_of

_NUMBERS = ("seed", "items", "dims", "cohort")
_TEXTS = ("workload", "user", "data", "mapping")
_NAMED = ("workload", "data", "mapping", "seed")
_PARAM, _OPTION = "param.", "option."


def query_of(plan: Plan) -> dict[str, str]:
    """The settings of a comparison as query parameters, all of them: a default may change, a link must not."""
    base, workload = shared(plan)["base"], workload_of(plan.base)
    found = {"stacks": ",".join(plan.stacks)}
    if plan.sweep:
        found["sweep"] = f"{plan.sweep}={','.join(f'{v:g}' if float(f'{v:g}') == v else repr(v) for v in plan.values)}"
    fields = (*_TEXTS, *_NUMBERS) if not workload.named else _NAMED
    found |= {k: str(base[k]) for k in fields if base[k] is not None}
    # An option that is empty says that the data chooses, and so is not there.
    found |= {f"{_OPTION}{k}": text for k, v in vars(workload.settings(plan.base)).items() if (text := str(v))}
    return found | {f"{_PARAM}{k}": str(v) for k, v in sorted(base["params"].items())}


def to_query(plan: Plan) -> str:
    """`query_of` as it stands in an address, after the question mark."""
    return urlencode(query_of(plan))


def plan_of(query: Mapping[str, str]) -> Plan:
    """The plan of a query. ParamError or UnknownNameError for a setting that cannot be read."""
    values: dict[str, Any] = {}
    params: dict[str, str] = {}
    options: dict[str, str] = {}
    stacks: tuple[str, ...] = ()
    sweep: tuple[str, tuple[float, ...]] = ("", ())
    for name, text in query.items():
        if name == "stacks":
            stacks = tuple(s.strip() for s in text.split(",") if s.strip())
        elif name == "sweep":
            sweep = parse_sweep(text)
        elif name in _NUMBERS:
            values[name] = _whole(name, text)
        elif name in _TEXTS:
            values[name] = text
        elif name.startswith(_PARAM):
            params[name.removeprefix(_PARAM)] = text
        elif name.startswith(_OPTION):
            options[name.removeprefix(_OPTION)] = text
        else:
            raise UnknownNameError("setting of a comparison", name[:40], ("stacks", "sweep", *_NUMBERS, *_TEXTS))
    return Plan(filled(RunRequest(**values, params=params, options=options)), stacks, *sweep)


def filled(request: RunRequest) -> RunRequest:
    """The request with every option of its workload, checked and typed: the same settings are the same plan.

    ParamError or UnknownNameError for one that is not right.
    """
    return replace(request, options=dict(vars(workload_of(request).settings(request))))


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ParamError(f"{name} is {text[:40]!r}", then="give a whole number") from None
