"""A private salary benchmark: the quantiles of a column whose cells lie on many devices and are only ever added up.

Each device adds a 1 to the range that its salary is in. The sum over all devices is a histogram, and the quantiles are
read off it. A workload in one file: install it as a package, or put it into `$VEILBENCH_HOME/plugins`.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from privacy import plugin as vb
from privacy.plugin import attacks, tables
from privacy.plugin.measuring import median
from privacy.plugin.running import Channel

FINE = 1_000  # steps of one device in a count: a randomiser's noise needs small ones


@dataclass(frozen=True)
class Options:
    """What a link may set of a benchmark."""

    column: str = vb.param("salary", help="Column of the data that holds the salaries.", main=True)
    top: float = vb.param(200_000.0, low=1.0, high=1e9, help="Salaries above it count as this.", main=True)
    bins: int = vb.param(40, low=4, high=400, unit="ranges", help="Ranges from 0 to the top: more are noisier.")
    devices: int = vb.param(200, low=20, high=5000, unit="devices", help="How many devices hold a salary.")
    minimum: int = vb.param(10, low=1, high=5000, unit="contributions", help="Fewest of a sum that is released.")


@dataclass(kw_only=True)
class Benchmark(vb.Round):
    """A round; it stays on the device, as `vectors` are what the devices hold."""

    vectors: Any = None
    total: Any = None


class Salaries(vb.Workload):
    """Quartiles and the ninth decile of a column, from a histogram that is summed over the devices."""

    round_class = Benchmark

    def open(self, request: Any, stack: vb.Stack, options: Options, *, tell: vb.Tell, private: Any = None) -> vb.Case:
        """The salaries of the file, or made-up ones."""
        if options.minimum > options.devices:
            raise vb.ParamError(f"a minimum of {options.minimum} is more than the {options.devices} devices")
        made_up, digest = request.data is None, self.data_hash(request, options)
        cells = _made_up(request.seed, options.devices) if made_up else _read(request, options)
        note = f"Devices are simulated: {len(cells)} of them hold one salary each."
        return vb.Case(request, stack, options, digest, np.asarray(cells), (note,), simulated=made_up)

    def data_hash(self, request: vb.RunRequest, options: Options) -> str:
        text = Path(request.data).read_bytes() if request.data else f"made up {request.seed} {options.devices}".encode()
        return hashlib.sha256(text).hexdigest()

    def account(self, case: vb.Case) -> vb.Account:
        """The file's: whatever is asked of it draws on one budget."""
        return vb.Account(f"salaries of {case.data_hash[:16]}", simulated=case.simulated)

    def rounds(self, case: vb.Case, seats: vb.Seats) -> Iterator[Benchmark]:
        """One sum, and the quantiles that it shows. The lab's seats charge the budget before anything noised."""
        vectors = {vb.contributor(i): _vector(s, case.options) for i, s in enumerate(case.inner, start=1)}
        service = seats.sums(_shape(case.options), contributors=len(vectors), minimum=case.options.minimum)
        service.publish(seats.channel)
        release = service.release(vectors, seats.channel)
        service.close()
        total, guarantee = release.sum.total, service.guarantee
        found, exact = _quantiles(total, case.options), np.quantile(np.minimum(case.inner, case.options.top), _AT)
        off = float(np.abs(np.array(list(found.values())) - exact).max() / case.options.top)
        hide = seats.stack.randomiser is not None and not case.simulated
        spent = median([s for p, s in release.outcome.seconds.items() if p in vectors])
        wires = seats.channel.transcript.messages
        sent = sum(m.bytes for m in wires if m.sender in vectors)
        yield Benchmark(
            stack=case.request.stack, answer=found, guarantee=guarantee, steps={"aggregation": guarantee},
            metrics=[
                vb.Metric("quantile_accuracy", None if hide else 1 - off, n=len(vectors), unit="share", better="higher",
                       simulated=case.simulated, note="beside noise the exact answer would undo it" if hide else ""),
                vb.Metric("device_seconds", *spent, len(vectors), "s", "lower"),
                vb.Metric("bytes_up", sent / len(vectors), n=len(vectors), unit="B", better="lower"),
            ],
            messages=[vb.shown(m, "aggregation" if m.phase == "run" else "") for m in wires],
            included=list(release.sum.included), everyone=[p.name for p in vectors], data_hash=case.data_hash,
            randomised=seats.stack.randomiser is not None, total=vb.parts(total),
            vectors={p.name: vb.parts(v) for p, v in vectors.items()},
        )  # fmt: skip

    def attacks(self, case: vb.Case, seats: vb.Seats, *, tell: vb.Tell) -> vb.Findings:
        """The aggregator guesses a device's range from the wires that it got, on simulated devices."""
        shape, devices, rng = _shape(case.options), 24, np.random.default_rng([case.request.seed, 1])
        minimum = min(case.options.minimum, devices)
        share = np.bincount([int(_vector(s, case.options).argmax()) for s in case.inner], minlength=shape.length)
        common = np.argsort(-share)[:6]
        weights = (share[common] + 1.0) / (share[common] + 1.0).sum()
        kinds = attacks.Kinds(np.eye(shape.length, dtype=np.int64)[common] * FINE, weights)
        readings, truth = [], []
        for run in range(5):
            tell(run, 5, "sums read by the aggregator")
            service, channel = seats.sums(shape, contributors=devices, minimum=minimum), Channel()
            drawn = kinds.draw(devices, rng)
            service.publish(channel)
            service.release({vb.contributor(i): kinds.vectors[k] for i, k in enumerate(drawn, start=1)}, channel)
            reader = service.mechanism.aggregators[0]
            view = channel.seal().view({reader})
            wires = [attacks.wires_of(view, reader, vb.contributor(i)) for i in range(1, devices + 1)]
            readings += [attacks.read_device(one, length=shape.length) for one in wires]
            truth += drawn.tolist()
            service.close()
        found, n = attacks.reading_advantage(readings, np.array(truth), kinds, noise=0.0), len(truth) // 2
        return vb.Findings([vb.Metric("attack_aggregator", *found, n, "advantage", "lower", simulated=True)])

    def held(self, round_: Benchmark) -> vb.Held:
        """Each device's own vector, and the sum as it was released."""
        own = [vb.Value("vector", f"{name}'s own vector", v, sender=name) for name, v in round_.vectors.items()]
        total = vb.Value("sum", "the released sum", round_.total, vb.RELEASED)
        return vb.Held((*own, total), none="no device's vector, nor the sum")


_AT = (0.25, 0.5, 0.75, 0.9)


def _shape(options: Options) -> vb.Shape:
    return vb.Shape(options.bins, FINE, 1 / FINE)


def _vector(salary: float, options: Options) -> Any:
    vector = np.zeros(options.bins, dtype=np.int64)
    vector[int(np.clip(salary / options.top * options.bins, 0, options.bins - 1))] = FINE
    return vector


def _quantiles(total: Any, options: Options) -> dict[str, float]:
    """Quantiles of a histogram, straight lines between its edges; counts below 0 are noise."""
    counts = np.maximum(np.asarray(total, dtype=np.float64), 0.0)
    below = np.concatenate([[0.0], counts.cumsum()]) / max(counts.sum(), 1.0)
    edges = np.linspace(0, options.top, options.bins + 1)
    return {f"{q:.0%} earn less than": float(np.interp(q, below, edges)) for q in _AT}


def _made_up(seed: int, devices: int) -> Any:
    return np.random.default_rng([seed, 7]).lognormal(10.7, 0.45, devices)


def _read(request: vb.RunRequest, options: Options) -> list[float]:
    sheet = tables.open_sheet(str(request.data))
    if options.column not in sheet.columns:
        known = tables.named(sheet.columns)
        raise vb.DataError(f"there is no column {options.column!r}", where=sheet.name, then=f"name one of {known}")
    rows = tables.read_rows(sheet, [options.column], max_rows=200_000, cell_length=200, seed=request.seed)
    found = [float(c) for (c,) in rows.cells if not tables.is_missing(c) and tables.is_number(c)][: options.devices]
    if len(found) < options.minimum:
        raise vb.DataError(f"{len(found)} cells of {options.column} are numbers", where=sheet.name)
    return found


def page() -> None:
    """A screen of its own: one button for the stack, and the quantiles as bars."""
    import streamlit as st

    from privacy.plugin.host import offered
    from ui import resources
    from ui.kit.stacks import title, usual_request

    registry = resources.registry()
    spec = registry.workload("salaries")
    st.title("Salaries", anchor=False)
    stack = st.segmented_control("Backend", offered(spec, registry), default="plain", required=True,
                                 format_func=lambda s: title(registry, s), key="salaries.stack")  # fmt: skip
    request = vb.RunRequest(workload="salaries", stack=stack, options=usual_request(spec).options)
    found = resources.rounds().get(request, registry)
    for label, value in found.answer.items():
        st.metric(label, f"{value:,.0f}")


@vb.hookimpl
def register_workloads() -> list[vb.WorkloadSpec]:
    return [
        vb.WorkloadSpec(
            id="salaries", title="Salaries", icon="💶", summary="What people earn, by quantiles, from a sum over many "
            "devices that each add a 1 to one range.", primitives=("aggregation",), workload=f"{__name__}:Salaries",
            options=Options, stacks=("plain", "dp", "smpc", "he"), steps={"aggregation": "Sum"}, people="devices",
            page=f"{__name__}:page", small={"devices": 20, "minimum": 3},
            holds={"contributor": "its own salary", "aggregator": "no input of its own, unless it adds the noise"},
            sees="This process plays every simulated device and holds all salaries.",
            reads="Looked for in every wire: the sender's own vector, and the released sum.",
            figures=(
                vb.Figure("quantile_accuracy", "accuracy of the quantiles", "share", "higher", "quality"),
                vb.Figure("attack_aggregator", "attack, the aggregator's view", "advantage", "lower", "leak",
                       tab="Aggregator", axis="attack advantage", caption="Up is better, left leaks less."),
                vb.Figure("device_seconds", "device", "s", "lower", "cost"),
                vb.Figure("bytes_up", "up", "B", "lower", "cost"),
            ),
        )
    ]  # fmt: skip
