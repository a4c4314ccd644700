"""Properties of the REST API, generated from its own OpenAPI document."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import InvalidArgument, Unsatisfiable
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.applications import Starlette

import backends.chains.embedded.state  # noqa: F401 - here, as it lets calls nest deeper, which no test may
from privacy.compare.book import Comparisons
from privacy.jobs.book import JobBook
from privacy.jobs.job import Progress
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.rounds import RoundBook
from privacy.services.run_jobs import RunJobs, RunState
from privacy.web.rest.app import build_api
from privacy.web.rest.mounted import Mounted
from privacy.web.serving import Live
from tests.support.soaking import sized


class Shelved(Comparisons):
    """Keeps every comparison and makes none."""

    def start(self, plan, registry, *, consent=False, most=0):
        self.save(plan)
        return Progress("running")


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
        comparisons=Shelved(JobBook()),
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
    ("GET", "/runs/{run}"), ("GET", "/receipts/{id}"), ("GET", "/personas"), ("GET", "/budget"),
    ("GET", "/schemas"), ("GET", "/schemas/{name}"), ("GET", "/comparisons"), ("POST", "/comparisons"),
    ("GET", "/comparisons/{comparison}"), ("DELETE", "/comparisons/{comparison}"),
    ("GET", "/comparisons/{comparison}/figures.csv"), ("GET", "/comparisons/{comparison}/report.html"),
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


@pytest.mark.sized("fuzz")
def test_requests_that_follow_from_answers_keep_the_promises_too(schema):
    """What one answer gives, an id above all, goes into the next request: begin, look, read, end, look again."""
    followed = set()
    # No schema says which names there are: without some that are there, hardly a body would begin anything.
    names = {"/runs": {"stack": "plain"}, "/comparisons": {"stacks": ["plain"], "sweep": "", "values": []}}

    class Machine(schema.as_state_machine()):
        def before_call(self, case):
            if case.method == "POST" and case.path in names and isinstance(case.body, dict):
                case.body = {"seed": case.body.get("seed", 0), "workload": "fyp"} | names[case.path]

        def call(self, case, **more):
            answer = super().call(case, **more)
            followed.add((case.method, case.path, answer.status_code))
            return answer

        def validate_response(self, response, case, **more):
            case.validate_response(response, excluded_checks=[positive_data_acceptance])
            assert response.status_code < 500

    tries = settings(
        max_examples=sized(10, 60), stateful_step_count=sized(8, 20), deadline=None, database=None,
        derandomize=sized(True, False), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Machine, settings=tries)
    assert {
        ("POST", "/runs", 202), ("GET", "/runs/{run}", 200), ("DELETE", "/runs/{run}", 200),
        ("POST", "/comparisons", 202), ("GET", "/comparisons/{comparison}", 200),
        ("GET", "/comparisons/{comparison}/report.html", 200), ("DELETE", "/comparisons/{comparison}", 200),
    } <= followed  # fmt: skip
