"""Properties of the REST API, generated from its own OpenAPI document."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import InvalidArgument, Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.applications import Starlette

from privacy.jobs.book import JobBook
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.rounds import RoundBook
from privacy.services.run_jobs import RunJobs, RunState
from privacy.web.rest.app import build_api
from privacy.web.rest.mounted import Mounted
from privacy.web.serving import Live
from tests.support.soaking import sized


class Shelf(RunJobs):
    """Takes every run and works on none: what is generated here is requests, not work."""

    def start(self, request):
        state = RunState("0123456789abcdef", "queued", request.as_dict())
        with self._lock:
            self._settle(state)
        return state


def app():
    found = discover()
    api = build_api(
        registry=lambda: found, rounds=RoundBook(), jobs=Shelf(JobBook()), evaluations=lambda: 0,
        usual=lambda workload: RunRequest(workload=workload, options={"items": 120, "dims": 8, "cohort": 20}),
    )  # fmt: skip
    return Mounted(Starlette(), api=api)


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def schema():
    """The document of a live server, as a program reads it."""
    with Live(app()) as live:
        yield schemathesis.openapi.from_url(f"http://127.0.0.1:{live.port}/api/openapi.json")


ROUTES = [
    ("GET", "/health"), ("GET", "/backends"), ("GET", "/workloads"), ("GET", "/recommendations/{user}"),
    ("POST", "/recommendations"), ("GET", "/labeling/earnings/{account}"), ("GET", "/runs"), ("POST", "/runs"),
    ("GET", "/runs/{run}"), ("GET", "/receipts/{id}"),
    ("DELETE", "/runs/{run}"), ("GET", "/wallet/nonce"), ("POST", "/wallet/verify"), ("GET", "/wallet/demo"),
    ("POST", "/wallet/demo"), ("GET", "/wallet/session"), ("POST", "/wallet/ticket"), ("POST", "/wallet/sign-out"),
]  # fmt: skip


def test_the_document_has_every_route_and_no_other(schema):
    found = [(one.ok().method.upper(), one.ok().path) for one in schema.get_all_operations()]
    assert sorted(found) == sorted(ROUTES)


@pytest.mark.sized("fuzz")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_keeps_its_promises(schema, method, path, mode):
    """What its document admits is answered as it says; what it does not admit is refused, and nothing is a crash."""
    operation = schema[path][method]
    seen = []

    @settings(max_examples=sized(8, 20), deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=mode))
    def promises(case):
        # Which parameters and items there are depends on the stack and the data: no schema says it.
        answer = case.call_and_validate(excluded_checks=[positive_data_acceptance])
        seen.append(answer.status_code)
        assert answer.status_code < 500

    try:
        promises()
    except (Unsatisfiable, InvalidArgument):
        assert mode == GenerationMode.NEGATIVE  # a route without input has no input that is wrong
    if mode == GenerationMode.POSITIVE:
        assert seen
