"""The conformance of the built-in backends as it was measured at release, by `tools/measure_conformance.py`.

It is what a first start can show: with its date and the fingerprint of the code it is of, never as measured here.
"""

import functools
import json
from pathlib import Path
from typing import Any

from privacy.spec import BackendSpec
from privacy.testing.report import Report

PATH = Path(__file__).with_name("released.json")


def released(spec: BackendSpec) -> Report | None:
    """The report of a backend at release; None where there is none, or none that can be read."""
    try:
        return Report.from_dict(_reports()[spec.id])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


@functools.cache
def _reports() -> dict[str, Any]:
    try:
        found: Any = json.loads(PATH.read_bytes())
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}
