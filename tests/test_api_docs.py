"""docs/api.md: its commands and its client, run as they stand against the app itself."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from doc_commands import blocks, reader

from workloads.fyp.verdict import DEVICE_SEES

PAGE = Path(__file__).parents[1] / "docs" / "api.md"
PORT = 8531


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
                assert len(block.text.strip().splitlines()) <= 10 + 1, "ten lines, and a blank one"
                done = subprocess.run(
                    [sys.executable, "-c", block.text], cwd=tmp_path, env=shell.environment, text=True,
                    capture_output=True, timeout=120,
                )  # fmt: skip
                assert done.returncode == 0, done.stderr
                printed.append(done.stdout)
    assert '"status":"ok"' in printed[0]
    assert printed[1].splitlines()[0] == DEVICE_SEES
    assert json.loads((tmp_path / "over.json").read_text())["state"] == "done"
    assert "/recommendations/{user}" in json.loads((tmp_path / "openapi.json").read_text())["paths"]


def test_every_route_of_the_page_is_one_of_the_api(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    from privacy.registry import discover
    from privacy.services.run_jobs import RunJobs
    from privacy.web.rest.app import build_api
    from workloads.fyp.book import FeedBook

    api = build_api(registry=discover, feeds=FeedBook(), jobs=RunJobs(), evaluations=lambda: 0)
    text = PAGE.read_text()
    for path, methods in api.openapi()["paths"].items():
        for method in methods:
            assert f"`{method.upper()} /api{path.replace('{run}', '{id}')}`" in text, (method, path)
