"""The worker of audits of foreign steps: orders in, progress out, each finding in a file of its own."""

from pathlib import Path
from typing import Any

from privacy.errors import VeilbenchError
from privacy.foreign.audit import Order, audit_foreign
from privacy.home import write_atomic
from privacy.jobs.job import Report, work
from privacy.services.foreign import kept


def run(values: dict[str, Any], report: Report) -> None:
    """Audit one after the other and keep each at once; one that fails does not hold up the others."""
    failed, todo = [], values["todo"]
    for at, one in enumerate(todo):
        order = Order(**one["order"])
        name = order.target.rpartition("/")[2]

        def tell(done: int, total: int, label: str, *, at: int = at, name: str = name) -> None:
            report(1000 * at + round(1000 * done / max(total, 1)), 1000 * len(todo), f"{name}, {label}")

        try:
            found = audit_foreign(order, tell)
        except VeilbenchError as error:
            failed.append(str(error))
            continue
        write_atomic(Path(one["path"]), kept(found, order))
    if failed:
        raise VeilbenchError(" ".join(failed))


if __name__ == "__main__":
    work(run)
