"""What a built wheel carries beside code: the compiled contracts, where an installed copy looks for them."""

import subprocess
import sys

from privacy.chains.contracts import FOLDER
from tests.support import ROOT

LISTED = """
from setuptools import Distribution
made = Distribution()
made.parse_config_files()
build = made.get_command_obj("build_py")
build.ensure_finalized()
build.manifest_files = {}  # else it writes one beside the source
for package in made.packages:
    print(*build.find_data_files(package, build.get_package_dir(package)), sep="\\n")
"""


def test_the_compiled_contracts_are_in_the_wheel_and_those_of_tests_are_not() -> None:
    done = subprocess.run([sys.executable, "-c", LISTED], cwd=ROOT, capture_output=True, text=True, check=True)
    carried = {ROOT / line for line in done.stdout.splitlines() if line.startswith("contracts/")}
    assert FOLDER == ROOT / "contracts" / "artifacts"
    assert carried == set(FOLDER.glob("*.json")) != set()
