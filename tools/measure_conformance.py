"""Measure the conformance of every built-in backend, for the file that a first start shows.

    python tools/measure_conformance.py                # all of them: some minutes each
    python tools/measure_conformance.py --backend he   # one of them, beside what the file has of the others

It writes `privacy/services/released.json`: for each backend its report, with every check of every primitive, the date,
the version, and the fingerprint of the code that was checked. Run it on the code that is released.
"""

import argparse
import json
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from privacy.home import write_atomic  # noqa: E402  (the path comes first)
from privacy.registry import Registry, discover  # noqa: E402
from privacy.services.checks_shared import check_shared, worth_sharing  # noqa: E402
from privacy.services.released import PATH  # noqa: E402
from privacy.testing.kit import PLACES, check_backend  # noqa: E402
from privacy.testing.report import Report  # noqa: E402


def measure(backend: str, registry: Registry, *, patience: float) -> Report:
    """The report of one backend with its default parameters, everywhere that a party may sit."""
    spec, seed = registry.spec(backend), secrets.randbits(40)

    def tell(done: int, total: int, label: str) -> None:
        print(f"\r{backend}: {done} of {total}, {label:<60}", end="", file=sys.stderr, flush=True)

    if worth_sharing(spec, PLACES):
        return check_shared(spec, params={}, seed=seed, progress=tell, patience=patience)
    return check_backend(spec, registry, seed=seed, progress=tell, patience=patience)


def main() -> int:
    """Measure and write; 1 where a check failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", action="append", default=[], help="only this one; repeatable")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds that one check may take")
    options = parser.parse_args()
    registry = discover()
    kept = json.loads(PATH.read_bytes()) if PATH.exists() else {}
    failed = 0
    for entry in registry.entries:
        if entry.builtin and entry.available and (not options.backend or entry.id in options.backend):
            report = measure(entry.id, registry, patience=options.patience)
            kept[entry.id] = report.as_dict()
            failed += report.count(False)
            print(f"\r{entry.id}: {report.sentence}{' ' * 40}", file=sys.stderr)
            # One at a time, so that a run that is cut off keeps what it has.
            write_atomic(PATH, (json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode())
            PATH.chmod(0o644)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
