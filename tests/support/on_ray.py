"""The environment with Ray, where `make ray` has built it."""

import os
from pathlib import Path

import pytest

from tests.support import ROOT

VARIABLE, ENVIRONMENT = "VEILBENCH_RAY_PYTHON", ".venv-ray"


def ray_python() -> Path | None:
    """The Python that has Ray; None where there is none."""
    named = os.environ.get(VARIABLE)
    found = Path(named) if named else ROOT / ENVIRONMENT / "bin" / "python"
    return found if found.exists() and (named or (ROOT / ENVIRONMENT / ".ready").exists()) else None


needs_ray = pytest.mark.skipif(ray_python() is None, reason="Ray is not installed: make ray")
