"""What tests of links share: a comparison's query read back as the Compare page's widgets read it, one by one."""

from collections.abc import Mapping

from privacy.compare.plan import Plan, parse_sweep
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.stacks import fields_of, filled
from ui.kit.form import reader
from ui.kit.stacks import mended

REGISTRY = discover()


def plan_of(query: Mapping[str, str]) -> Plan:
    registry = REGISTRY
    left = dict(mended(query, registry))
    spec = registry.workload(left.pop("workload"))
    stacks = tuple(left.pop("stacks").split(","))
    seed = int(left.pop("seed", "0"))
    sweep = left.pop("sweep", "")
    found = parse_sweep(f"{sweep}={left.pop('values')}") if sweep else ("", ())
    known = {name: kind for stack in stacks for name, kind in fields_of(stack, spec, registry).items()}
    options, params = {}, {}
    for key, text in left.items():
        kind, _, name = key.partition(".")
        if kind == "option":
            options[name] = reader(spec.options, name)(text)
        else:
            assert kind == "param", key
            params[name] = reader(known[name], name)(text)
    base = RunRequest(workload=spec.id, params=params, options=options, seed=seed)
    return Plan(filled(base, registry), stacks, *found)
