"""A client that is generated from the OpenAPI document alone runs a comparison from its start to its end."""

import importlib
import json
import sys

import jsonschema_rs
import pytest
from openapi_python_client import Config, generate
from openapi_python_client.config import ConfigFile, MetaType

from privacy import schemas
from privacy.compare.book import Comparisons
from tests.support.api_client import SMALL, client_of
from tests.support.waiting import wait_until

PACKAGE = "client_of_the_document"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [n for n in sys.modules if n.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def generated(document, folder):
    """The package, made from the document and from nothing else."""
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    config = Config.from_sources(
        ConfigFile(post_hooks=[]), MetaType.NONE, folder / "openapi.json", "utf-8", overwrite=True,
        output_path=folder / PACKAGE,
    )  # fmt: skip
    assert generate(config=config) == []
    return importlib.import_module(PACKAGE)


def test_a_generated_client_runs_a_comparison(home, book, jobs, workers):
    with client_of(book, jobs, comparisons=Comparisons(workers)) as asking:
        made = generated(asking.get("/api/openapi.json").json(), home)
        api = lambda name: importlib.import_module(f"{PACKAGE}.api.{name}")  # noqa: E731
        models = importlib.import_module(f"{PACKAGE}.models")
        with made.Client(base_url=f"{asking.base_url}/api") as client:
            stacks = api("app.backends").sync(client=client).stacks.to_dict()
            assert {"plain", "dp"} <= set(stacks["fyp"])
            options = models.ComparisonWantedOptions.from_dict(SMALL)
            wanted = models.ComparisonWanted(
                stacks=["plain", "dp"], sweep="epsilon", values=[8.0, 1.0], options=options
            )
            begun = api("comparisons.comparisons_begin").sync(client=client, body=wanted)
            look = api("comparisons.comparisons_one")

            def over():
                found = look.sync(begun.id, client=client)
                return found if found.state != models.ComparedState.RUNNING else None

            ended = wait_until(over, every=0.3)
            assert (ended.state, ended.done, ended.total, ended.error) == (models.ComparedState.DONE, 3, 3, "")
            cells = ended.document.cells
            assert [(c.stack, c.swept) for c in cells] == [("plain", None), ("dp", 1.0), ("dp", 8.0)]
            for cell in cells:
                jsonschema_rs.validate(schemas.schema("run-record"), cell.record.to_dict())
                assert cell.record.metrics[0].source in list(models.MetricSource)
            bounds = [cell.record.guarantee.towards[0].output for cell in cells]
            assert bounds[0] is None
            assert [one.epsilon for one in bounds[1:]] == [1.0, 8.0]
            figures = api("comparisons.comparisons_figures").sync_detailed(begun.id, client=client)
            assert figures.content.count(b"top10_overlap") == 3
            refused = api("comparisons.comparisons_begin").sync(
                client=client, body=models.ComparisonWanted(stacks=["nothing"])
            )
            assert (type(refused), refused.status) == (models.Problem, 422)
            again = api("comparisons.comparisons_begin").sync(client=client, body=wanted)
            assert (again.id, again.state) == (begun.id, models.ComparedState.DONE)
