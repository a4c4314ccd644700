"""`veilbench bench labeling`: the consensus on classes and on boxes, their targets, and whether they are met."""

from collections.abc import Iterable
from typing import Any

from privacy.plugin.host import Report
from privacy.plugin.measuring import machine, versions
from privacy.plugin.running import Registry
from workloads.labeling.benches import boxes, quality

_PARTS = 6 + len(boxes.MIXES) + len(boxes.UNSOLVED)


class LabelingBench:
    """All parts in one document."""

    def run(self, registry: Registry, report: Report, *, quick: bool, seed: int) -> dict[str, Any]:
        """Measure: one JSON document. `quick` is small: to see that it runs, not to quote."""
        done = 0

        def tell(part: str) -> None:
            nonlocal done
            report(done, _PARTS, part)
            done += 1

        found = {
            "classes": quality.quality(tell, quick=quick, seed=seed),
            "boxes": boxes.boxes(tell, quick=quick, seed=seed),
        }
        report(_PARTS, _PARTS, "done")
        return {
            "bench": "labeling", "source": "measured", "quick": quick, "seed": seed, "machine": machine(),
            "versions": versions(), **found, "met": met(found, quick=quick),
        }  # fmt: skip

    def lines(self, found: dict[str, Any]) -> Iterable[str]:
        """Both halves as text, then each target."""
        yield from quality.lines(found["classes"])
        yield from boxes.lines(found["boxes"])
        for name, value in found["met"].items():
            yield f"{name}: {'too few to tell' if value is None else 'met' if value else 'missed'}"
        yield "Crowds are simulated, and votes are visible; measured here in one run."


def met(found: dict[str, dict[str, Any]], *, quick: bool) -> dict[str, bool | None]:
    """Whether each target is met, by part; None where it was not measured, or on too little to tell."""
    return {
        f"{half}.{name}": None if quick else part["met"]
        for half, parts in found.items()
        for name, part in parts.items()
        if isinstance(part, dict) and "met" in part
    }
