"""The example workload: one file, and it is on every page, in the command line, the API and the report."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from privacy import lab
from privacy.compare.plan import Plan
from privacy.compare.run import run_plan
from privacy.export import to_html
from privacy.jobs.book import JobBook
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from privacy.services.rounds import RoundBook
from privacy.services.run_jobs import RunJobs
from privacy.stacks import offered
from tests.support import ROOT
from tests.support.api_client import client_of
from tests.support.app_pages import html, opened
from tests.support.soaking import sized

EXAMPLE = ROOT / "examples" / "workload" / "veilbench_salaries.py"
SMALL = {"devices": 24, "minimum": 3, "bins": 20}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "plugins").mkdir()
    shutil.copy(EXAMPLE, tmp_path / "plugins")
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def registry(home: Path) -> Registry:
    return discover()


def request(stack: str, **options: object) -> RunRequest:
    return RunRequest(workload="salaries", stack=stack, options=SMALL | options)


@pytest.mark.sized("conformance")
def test_it_runs_under_every_stack_that_has_its_primitive(registry: Registry) -> None:
    stacks = offered(registry.workload("salaries"), registry)
    assert {"plain", "smpc", "he", "dp", "dp+smpc"} <= set(stacks)
    assert "local" not in stacks
    wanted = sized(["plain", "smpc", "he", "dp"], stacks)
    found = {stack: lab.run(request(stack), registry=registry) for stack in wanted}
    assert {s: r.failure for s, r in found.items() if r.failure} == {}
    exact = [found[s].settings["answer"] for s in ("plain", "smpc", "he")]
    assert exact[0] == exact[1] == exact[2]
    attack = {s: r.metric("attack_aggregator") for s, r in found.items()}
    assert attack["plain"].low > 0.8
    assert max(attack["smpc"].low, attack["he"].low) <= 0


def test_its_quantiles_are_those_of_the_file(home: Path, registry: Registry) -> None:
    salaries = np.random.default_rng(3).integers(20_000, 120_000, 200)
    path = home / "people.csv"
    pd.DataFrame({"name": [f"p{i}" for i in range(200)], "salary": salaries}).to_csv(path, index=False)
    wanted = RunRequest(workload="salaries", data=str(path), options={"devices": 200, "bins": 400})
    answer = list(lab.run(wanted, registry=registry).settings["answer"].values())
    exact = pd.Series(salaries).quantile([0.25, 0.5, 0.75, 0.9])
    assert np.abs(np.array(answer) - exact).max() <= 2 * 200_000 / 400


def test_a_noised_answer_over_a_file_is_charged_and_its_exact_one_is_not_shown(home: Path, registry: Registry) -> None:
    from privacy.services.ledger import persistent

    path = home / "people.csv"
    path.write_text("salary\n" + "".join(f"{20_000 + 900 * i}\n" for i in range(60)))
    record = lab.run(RunRequest(workload="salaries", stack="dp", data=str(path), options=SMALL), registry=registry)
    assert record.metric("quantile_accuracy").value is None
    owner = f"salaries of {record.data_hash[:16]}"
    assert persistent().lifetime(owner).charges == 1


@pytest.mark.usefixtures("home")
def test_it_is_on_the_pages(app_state: Path) -> None:
    (app_state / "plugins").mkdir(exist_ok=True)
    shutil.copy(EXAMPLE, app_state / "plugins")
    home = opened()
    assert "What people earn" in html(home)
    plugins = opened("../pages/plugins.py")
    assert "salaries" in html(plugins)
    compare = opened("../pages/compare.py", workload="salaries")
    assert any("salary" in str(t.value) for t in compare.text_input)
    server = opened("../pages/server.py", workload="salaries", stack="smpc")
    assert "90% earn less than" in html(server)
    assert "ciphertext" in html(server)


def test_it_is_in_the_command_line(home: Path) -> None:
    command = [sys.executable, "-m", "privacy", "run", "salaries", "--devices", "24", "--minimum", "3", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    record = json.loads(done.stdout)
    assert record["workload"] == "salaries"
    assert record["settings"]["devices"] == 24
    wrong = subprocess.run([*command, "--question", "mean"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr


def test_it_is_in_the_api(home: Path) -> None:
    jobs = RunJobs(JobBook())
    with client_of(RoundBook(), jobs) as client:
        rows = {w["id"]: w for w in client.get("/api/workloads").json()["workloads"]}
        assert rows["salaries"]["options"]["properties"]["bins"]["maximum"] == 400
        assert "quantile_accuracy" in [f["key"] for f in rows["salaries"]["figures"]]
        assert client.post("/api/runs", json={"workload": "salaries", "options": {"bins": 1}}).status_code == 422
    jobs.close()


def test_it_is_in_the_report(registry: Registry) -> None:
    spec = registry.workload("salaries")
    comparison = run_plan(Plan(request("plain"), ("plain", "smpc")), registry, lab.quiet)
    report = to_html(comparison, spec)
    assert report.count("<svg") >= 2
    assert "Accuracy of the quantiles" in report
