"""The settings of a run on the command line: those of every workload, and the flags that one has of its own."""

import argparse
import dataclasses
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, get_type_hints

from privacy.errors import ParamError
from privacy.params import build
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.spec import WorkloadSpec
from privacy.stacks import filled


def add_settings(one: argparse.ArgumentParser) -> None:
    """Declare what every workload has; `options.rest` then holds the flags of the one that is named."""
    one.add_argument("workload", help="the id of a workload; its own settings are flags too, listed at the end")
    one.add_argument("--data", metavar="PATH", help="your own data: a CSV, or another form that the workload takes")
    one.add_argument("--map", metavar="PATH", help="a TOML file that says what the columns of --data mean")
    one.add_argument(
        "--seed", type=int, default=0, metavar="S", help="seed of data, simulations and attacks (default: 0)"
    )
    one.add_argument(
        "--option", action="append", default=[], metavar="K=V", help="a setting of the workload by name; repeatable"
    )
    plain: Callable[[], str] = one.format_help
    one.format_help = lambda: plain() + flags_in_words()  # type: ignore[method-assign]
    one.set_defaults(own_flags=True)


def flags_in_words() -> str:
    """The flags of each workload, for the end of the help."""
    from privacy.registry import discover

    text = ""
    for spec in discover().workloads.values():
        text += f"\nsettings of {spec.id}:\n"
        for name, setting in spec.paths.items():
            text += f"  {_flag(name)} PATH\n      The same as {'--data' if setting == 'data' else '--map'}.\n"
        for field in dataclasses.fields(spec.options):
            words = " ".join(str(field.metadata.get("help", "")).split())
            text += f"  {_flag(field.name)} (default: {field.default!r})\n      {words}\n"
    return text


def request_of(options: argparse.Namespace, registry: Registry, *, stack: str = "plain") -> RunRequest:
    """The request that the options make. ParamError or UnknownNameError for a setting that is not right."""
    spec = registry.workload(options.workload)
    if spec.id != options.workload:
        now = f"{options.workload} is called {spec.id} now; the next version will not accept the old name"
        print(f"veilbench: {now}.", file=sys.stderr)
    given = pairs(options.option, flag="--option")
    rest, paths = own_paths(spec, options.rest)
    data, mapping = _one_path(options, paths, "data"), _one_path(options, paths, "mapping")
    for name, text in own_flags(spec, rest).items():
        if name in given:
            raise ParamError(f"{name} is given twice", then="give it once")
        given[name] = text
    request = RunRequest(
        stack=stack, workload=spec.id, params=pairs(options.param), options=given, seed=options.seed,
        data=expanded(data), mapping=expanded(mapping),
    )  # fmt: skip
    return filled(request, registry)


def expanded(path: str | None) -> str | None:
    """A path with ~ for the home folder, also where the shell leaves it, as in --data=~/x.csv."""
    try:
        return str(Path(path).expanduser()) if path else path
    except RuntimeError:  # ~somebody who does not exist: opening it says that there is no such file
        return path


class _Flags(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        has = ", ".join(sorted(o for a in self._actions for o in a.option_strings)) or "none"
        raise ParamError(f"{message} ({self.prog})", then=f"its own flags are {has}")


def own_flags(spec: WorkloadSpec, rest: Sequence[str]) -> dict[str, Any]:
    """The workload's own flags, by option; ParamError for one that it does not have."""
    parser = _Flags(prog=spec.id, add_help=False, allow_abbrev=False)
    hints = get_type_hints(spec.options)
    for field in dataclasses.fields(spec.options):
        more: dict[str, Any] = {"nargs": "?", "const": "true"} if hints[field.name] is bool else {}
        parser.add_argument(_flag(field.name), dest=field.name, default=argparse.SUPPRESS, **more)
    given = vars(parser.parse_args(list(rest)))
    build(spec.options, given, owner=spec.id)
    return given


def own_paths(spec: WorkloadSpec, rest: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The rest without the flags of a workload that name files, and the path of each setting that they are."""
    parser = _Flags(prog=spec.id, add_help=False, allow_abbrev=False)
    for name in spec.paths:
        parser.add_argument(_flag(name), metavar="PATH", default=argparse.SUPPRESS)
    known, others = parser.parse_known_args(list(rest))
    return others, {spec.paths[name]: path for name, path in vars(known).items()}


def _one_path(options: argparse.Namespace, paths: Mapping[str, str], setting: str) -> str | None:
    general: str | None = options.data if setting == "data" else options.map
    if general is not None and setting in paths:
        raise ParamError(f"the {setting} of this run is given twice", then="give one of the two flags")
    return paths.get(setting, general)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def pairs(texts: Sequence[str], *, flag: str = "--param") -> dict[str, str]:
    """`k=v` pairs as a mapping; ParamError for one that is not a pair or is given twice."""
    found: dict[str, str] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key or not value:
            raise ParamError(f"{flag} {text} is not a pair", then=f"write it as {flag} name=value")
        if key in found:
            raise ParamError(f"{flag} {key} is given twice", then="give it once")
        found[key] = value
    return found
