"""docs/api.md: its commands and its client, run as they stand against the app itself."""

import json
import re
import socket
import subprocess
import sys

import jsonschema_rs
import pytest

from privacy.registry import discover
from tests.support import ROOT
from tests.support.doc_commands import blocks, reader
from tests.support.waiting import CAP

PAGE = ROOT / "docs" / "api.md"
PORT = 8531


@pytest.mark.soak("docs")
def test_the_page_and_its_client_work_as_they_stand(tmp_path):
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            pytest.skip(f"port {PORT}, which the page uses, is in use on this machine")
    printed = []
    with reader(tmp_path) as shell:
        for block in blocks(PAGE):
            if block.language == "sh" and block.how == "background":
                shell.serve(block)
            elif block.language == "sh":
                printed.append(shell.run(block))
            elif block.language == "python":
                done = subprocess.run(
                    [sys.executable, "-c", block.text], cwd=tmp_path, env=shell.environment, text=True,
                    capture_output=True, timeout=CAP,
                )  # fmt: skip
                assert done.returncode == 0, done.stderr
                printed.append(done.stdout)
    assert '"status":"ok"' in printed[0]
    assert printed[1].splitlines()[0] == discover().workload("fyp").sees
    parts = [line.split()[:2] for line in printed[2].splitlines()]
    assert parts == [["framework", "veilbench"], ["workload", "fyp"], ["randomiser", "dp"], ["carrier", "plain"]]
    found = json.loads((tmp_path / "comparison.json").read_text())
    assert (found["state"], found["done"], found["total"]) == ("done", 3, 3)
    schema = json.loads((tmp_path / "run-record.schema.json").read_text())
    for cell in found["document"]["cells"]:
        jsonschema_rs.validate(schema, cell["record"])
    assert (tmp_path / "figures.csv").read_text().startswith("comparison,cell,stack")
    assert "<h1>fyp under plain and dp</h1>" in (tmp_path / "report.html").read_text()
    assert "/recommendations/{user}" in json.loads((tmp_path / "openapi.json").read_text())["paths"]


def test_every_route_of_the_page_is_one_of_the_api(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    from privacy.jobs.book import JobBook
    from privacy.services.rounds import RoundBook
    from privacy.services.run_jobs import RunJobs
    from privacy.web.rest.app import build_api

    api = build_api(registry=discover, rounds=RoundBook(), jobs=RunJobs(JobBook()), evaluations=lambda: 0)
    text = PAGE.read_text()
    for path, methods in api.openapi()["paths"].items():
        for method in methods:
            assert f"`{method.upper()} /api{re.sub('{(run|comparison)}', '{id}', path)}`" in text, (method, path)
