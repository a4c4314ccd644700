"""`veilbench bench`: what something costs here, measured side by side in one run."""

import argparse
import getpass
import json
from collections.abc import Callable, Iterable
from typing import Any

from privacy.benches import aggregation, gas, lookup, proofs, similarity
from privacy.benches.bench import Bench, GasBench
from privacy.chains.opening import open_chain, signer
from privacy.commands.printed import emit
from privacy.commands.progress import Bar
from privacy.errors import UnknownNameError
from privacy.registry import Registry, discover, load

Measure = Callable[[argparse.Namespace], dict[str, Any]]
Show = Callable[[dict[str, Any]], None]


def _sums(options: argparse.Namespace) -> dict[str, Any]:
    return aggregation.run(discover(), Bar(), quick=options.quick, seed=options.seed)


def _gas(options: argparse.Namespace) -> dict[str, Any]:
    registry = discover()
    with open_chain(registry, options.chain) as chain:
        payer = signer(chain, options.account, passphrase=_passphrase)
        found = gas.run(chain, payer, Bar(), seed=options.seed)
        theirs = {
            id_: bench.run(chain, payer, Bar(), quick=options.quick, seed=options.seed)
            for id_, bench in _gas_benches(registry).items()
        }
    return found | {"workloads": theirs}


def _gas_benches(registry: Registry) -> dict[str, GasBench]:
    """What workloads add on contracts of their own, by the workload's id."""
    return {
        one.id: load(one.gas, who=f"the bench of {one.id}", hint=one.install_hint)()
        for one in registry.workloads.values() if one.gas
    }  # fmt: skip


def _lookup(options: argparse.Namespace) -> dict[str, Any]:
    return lookup.run(discover(), Bar(), quick=options.quick, seed=options.seed)


def _similarity(options: argparse.Namespace) -> dict[str, Any]:
    return similarity.run(
        discover(), Bar(), quick=options.quick, seed=options.seed, sizes=options.size, stacks=options.stack
    )  # fmt: skip


def _proofs(options: argparse.Namespace) -> dict[str, Any]:
    registry = discover()
    with open_chain(registry, options.chain) as chain:
        pay = chain, signer(chain, options.account, passphrase=_passphrase)
        return proofs.run(registry, Bar(), quick=options.quick, seed=options.seed, pay=pay)


def _passphrase() -> str:
    return getpass.getpass("Passphrase of the keystore, which pays for what is measured: ")


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("bench", parents=[shared], help="measure costs side by side and print their ratios")
    one.add_argument("name", help=f"{', '.join(BENCHES)}, or one of a workload or backend, such as federated, scoring")
    one.add_argument("--quick", action="store_true", help="small sizes: a trial run, not for quoting")
    one.add_argument("--seed", type=int, default=0, metavar="S", help="seed of the vectors (default: 0)")
    one.add_argument(
        "--size", action="append", default=[], metavar="NAME", help="of similarity: toy, small or medium; may be given "
        "again (default: toy and small)",
    )  # fmt: skip
    one.add_argument(
        "--stack", action="append", default=[], metavar="NAME", help="of similarity: only this stack; may be given "
        "again (default: every one that scores and fetches)",
    )  # fmt: skip
    one.add_argument(
        "--chain", default="", metavar="NAME", help="of gas and proofs: the chain (default: that of this device)"
    )
    one.add_argument("--account", default="", metavar="WHO", help="of gas and proofs: who pays, by label or address")
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Run and print: a table, or one JSON document."""
    measure, show = _named(options.name)
    found = measure(options)
    if options.json:
        emit(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        show(found)
    return 0


def _named(name: str) -> tuple[Measure, Show]:
    """A bench of ours, or one of a workload or a backend. UnknownNameError where there is none of that name."""
    if name in BENCHES:
        return BENCHES[name]
    registry = discover()
    theirs = {one.id: (one.bench, one.id, one.install_hint) for one in registry.workloads.values() if one.bench}
    for entry in registry.entries:
        if entry.available and entry.spec is not None:
            theirs |= {b: (where, entry.spec.id, entry.spec.install_hint) for b, where in entry.spec.benches.items()}
    if name not in theirs:
        raise UnknownNameError("bench", name, [*BENCHES, *theirs])
    where, whose, hint = theirs[name]
    made: Bench = load(where, who=f"the bench of {whose}", hint=hint)()

    def measure(options: argparse.Namespace) -> dict[str, Any]:
        return made.run(registry, Bar(), quick=options.quick, seed=options.seed)

    return measure, _print_lines(made.lines)


def _print_sums(found: dict[str, Any]) -> None:
    words = zip(("per contributor", "aggregator", "collector", "bytes up", "error"), (16, 12, 11, 13, 11), strict=True)
    print(f"{'stack':<28}{'size':<22}" + "".join(f"{word:>{width}}" for word, width in words))
    for r in found["rows"]:
        size = f"{r['contributors']} x {r['length']:,}" + (f", {r['dropouts']} drop" if r["dropouts"] else "")
        print(
            f"{r['stack']:<28}{size:<22}{r['contributor_cpu_seconds'] * 1e3:>13.1f} ms"
            f"{r['aggregator_cpu_seconds'] * 1e3:>9.0f} ms{r['collector_cpu_seconds'] * 1e3:>8.0f} ms"
            f"{r['bytes_up']:>13,}{r['largest_error']:>11.3g}"
        )
    for name, ratio in found["ratios"].items():
        print(f"{name}: {ratio:.1f}")
    print("CPU time and bytes, measured here in one run. Sizes are contributors x entries.")


def _print_gas(found: dict[str, Any]) -> None:
    print(f"{'action':<46}{'gas, measured':>14}{'theirs, declared':>18}{'times':>8}  what theirs does")
    for r in found["rows"]:
        theirs = f"{r['theirs_gas']:>18,}{r['ratio']:>8.1f}  {r['theirs']}" if r["theirs"] else ""
        print(f"{r['action']:<46}{r['gas']:>14,}{theirs}")
    print(
        f"Measured on {found['chain']['name']} (chain {found['chain']['chain_id']}). Theirs: {found['theirs']['from']}."
    )
    benches = _gas_benches(discover())
    for id_, part in found["workloads"].items():
        print()
        for line in benches[id_].lines(part):
            print(line)


def _print_lines(lines: Callable[[dict[str, Any]], Iterable[str]]) -> Show:
    def show(found: dict[str, Any]) -> None:
        for line in lines(found):
            print(line)

    return show


BENCHES: dict[str, tuple[Measure, Show]] = {
    "aggregation": (_sums, _print_sums), "gas": (_gas, _print_gas), "lookup": (_lookup, _print_lines(lookup.lines)),
    "proofs": (_proofs, _print_lines(proofs.lines)), "similarity": (_similarity, _print_lines(similarity.lines)),
}  # fmt: skip
"""What can be measured: how, and how it is printed."""
