"""The REST API: its routes, what it refuses, and what it leaves behind."""

import json

import pytest

from privacy.fingerprint import digest_of
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.ledger import demo, persistent
from privacy.services.releases import BUDGETS
from privacy.services.rounds import RoundBook
from privacy.web.limits import Limits
from tests.support.api_client import SMALL, client_of, problem


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return tmp_path


def test_health_and_backends(client):
    assert client.get("/api/health").json() == {"status": "ok", "rounds_run": 0, "evaluations_started": 3}
    found = client.get("/api/backends").json()
    rows = {row["id"]: row for row in found["backends"]}
    assert {"plain", "local", "he", "dp", "smpc"} <= rows.keys()
    assert "measured at release" in rows["plain"]["check"]
    assert rows["plain"]["check"].endswith("not checked on this device")
    assert "dp+he" in found["stacks"]["fyp"]
    assert found["stacks"] == {one["id"]: one["stacks"] for one in client.get("/api/workloads").json()["workloads"]}
    epsilon = rows["dp"]["params"]["properties"]["epsilon"]
    assert (epsilon["type"], epsilon["default"]) == ("number", 2.0)
    assert 0 < epsilon["minimum"] < epsilon["maximum"]
    assert rows["he"]["digest"] == digest_of(discover().spec("he"))
    assert rows["plain"]["checked"]["at_release"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("recommendations/ada?stacks=he", "did you mean stack?"),
        ("recommendations/ada?stack=he&stack=plain", "more than once"),
        ("recommendations/ada?user=bruno", "reads"),
        ("health?verbose=1", "reads none"),
        ("runs?limit=3", "reads none"),
    ],
)
def test_a_name_after_the_question_mark_that_nobody_reads_is_refused(client, book, path, words):
    assert words in problem(client.get(f"/api/{path}"), 422)
    assert book.runs == 0


def test_ids_in_answers_are_ids_for_requests(client):
    people = client.get("/api/personas").json()["personas"]
    assert len(people) > 2
    for one in people:
        feed = client.get(f"/api/recommendations/{one['id']}", params={"k": 1}).json()
        assert feed["user"] == one["id"]
        again = client.post("/api/recommendations", json={"liked": [feed["items"][0]["id"]], "k": 2}).json()
        assert again["user"] is None
        assert len(again["items"]) == 2
    begun = client.post("/api/runs", json={"stack": "plain", **SMALL}).json()
    assert client.get(f"/api/runs/{begun['id']}").json()["request"] == begun["request"]
    twin = client.post("/api/runs", json=begun["request"]).json()
    assert twin["request"] == begun["request"]
    for run in (begun["id"], twin["id"]):
        client.delete(f"/api/runs/{run}")


def test_budgets_say_what_is_left(client):
    before = client.get("/api/budget").json()
    assert (before["spent"], before["left"], before["releases"]) == (0, BUDGETS["own"].epsilon, 0)
    liked = [i["id"] for i in client.get("/api/recommendations/ada").json()["items"][:3]]
    client.post("/api/recommendations", json={"liked": liked, "stack": "dp", "params": {"epsilon": 3.0}})
    after = client.get("/api/budget").json()
    assert after["left"] == pytest.approx(before["left"] - 3, abs=0.01)
    assert after["releases"] == 1
    client.get("/api/recommendations/ada", params={"stack": "dp", "param": "epsilon=2"})
    spent = {one["id"]: one["budget"]["spent"] for one in client.get("/api/personas").json()["personas"]}
    assert spent.pop("ada") == pytest.approx(2, abs=0.01)
    assert set(spent.values()) == {0}
    assert client.get("/api/budget").json() == after


def test_a_feed_that_a_program_asks_for_is_the_feed_of_the_page(client, book):
    document = client.get("/api/recommendations/ada", params={"k": 3, "stack": "he"}).json()
    shown = book.get(RunRequest(stack="he", options=SMALL), discover())
    assert book.runs == 1
    assert [i["card"]["account_id"] for i in document["items"]] == [c["account_id"] for c in shown.cards[:3]]
    assert document["sees"] == discover().workload("fyp").sees
    assert [t["observer"] for t in document["guarantee"]["towards"]] == ["server"]
    assert {f["source"] for f in document["figures"]} == {"measured"}
    assert document["fallbacks"] == {}
    assert any("Downloading the table" in note for note in document["notes"])


def test_a_taste_is_answered_and_not_kept(client, book, home):
    # What is public, such as tables of a lookup, may be kept by whoever is first.
    liked = [i["id"] for i in client.get("/api/recommendations/ada?stack=he").json()["items"][:3]]
    before = {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}
    document = client.post("/api/recommendations", json={"liked": liked, "k": 5, "stack": "he"}).json()
    assert len(document["items"]) == 5
    assert not set(liked) & {i["id"] for i in document["items"]}
    assert document["sees"] == discover().workload("fyp").sees
    assert book.runs == 1
    after = {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}
    assert after == before


def test_a_taste_under_noise_is_charged_to_the_persons_own_budget(client):
    liked = [i["id"] for i in client.get("/api/recommendations/ada").json()["items"][:3]]
    body = {"liked": liked, "stack": "dp", "params": {"epsilon": 6.0}}
    for _ in range(2):
        assert client.post("/api/recommendations", json=body).status_code == 200
    spent = persistent().balance("own", budget=BUDGETS["own"])
    assert 5.9 < spent.bound < 6.1
    assert demo().balance("own", budget=BUDGETS["demo"]).bound == 0
    assert client.post("/api/recommendations", json=body | {"params": {"epsilon": 8.0}}).status_code == 200
    refused = client.post("/api/recommendations", json=body | {"params": {"epsilon": 7.0}})
    assert "budget" in problem(refused, 429).lower()
    assert int(refused.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("ask", "status", "words"),
    [
        (("GET", "/api/recommendations/nobody", None), 404, "no user named"),
        (("GET", "/api/recommendations/own", None), 404, "stays on the page"),
        (("GET", "/api/recommendations/ada?k=11", None), 422, "query.k"),
        (("GET", "/api/recommendations/ada?stack=hee", None), 422, "did you mean"),
        (("GET", "/api/recommendations/ada?stack=dp&param=epsilon", None), 422, "param=name=value"),
        (("GET", "/api/recommendations/ada?stack=dp&param=epsilon=-1", None), 422, "epsilon"),
        (("POST", "/api/recommendations", {"liked": []}), 422, "liked"),
        (("POST", "/api/recommendations", {"liked": ["nothing"]}), 422, "not in the catalogue"),
        (("POST", "/api/recommendations", {"liked": ["x"], "vector": [1]}), 422, "vector"),
        (("POST", "/api/runs", {"stack": "nothing"}), 422, "nothing"),
        (("POST", "/api/runs", {"workload": "survey", "options": {"question": "why"}}), 422, "question"),
        (("POST", "/api/runs", {"user": "own"}), 422, "stays on the page"),
        (("POST", "/api/runs", {"data": "/etc/passwd"}), 422, "data"),
        (("GET", "/api/runs/0123", None), 404, "no run named"),
        (("DELETE", "/api/runs/..%2f..", None), 404, ""),
        (("GET", "/api/nothing", None), 404, "openapi.json"),
        (("PUT", "/api/health", {}), 405, "method"),
    ],
)
def test_what_is_wrong_is_a_problem_with_a_sentence(client, ask, status, words):
    method, path, body = ask
    assert words in problem(client.request(method, path, json=body), status)


def test_a_body_must_be_json_and_small(client):
    problem(client.post("/api/runs", content="stack=he", headers={"content-type": "text/plain"}), 415)
    problem(client.post("/api/runs", content="{", headers={"content-type": "application/json"}), 422)
    big = json.dumps({"liked": ["x" * 100_000]})
    json_kind = {"content-type": "application/json"}
    problem(client.post("/api/recommendations", content=big, headers=json_kind), 413)
    # In pieces, without a length: refused while it comes in.
    problem(client.post("/api/recommendations", content=iter([big.encode()]), headers=json_kind), 413)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "veilbench.evil.example"},
        {"host": "localhost.evil.example:80"},
        {"host": ""},
    ],
)
def test_a_foreign_page_or_name_gets_nothing(client, headers):
    for method, path in (("GET", "/api/recommendations/ada"), ("POST", "/api/runs"), ("GET", "/api/openapi.json")):
        answer = client.request(method, path, headers=headers, json={} if method == "POST" else None)
        problem(answer, 403)
        assert "access-control-allow-origin" not in answer.headers


def test_the_apps_own_page_and_this_machines_programs_get_in(client, book, jobs):
    for headers in (
        {"host": "localhost", "origin": "http://localhost", "sec-fetch-site": "same-origin"},
        {"host": "127.0.0.1:8501"},
        {"host": "[::1]:8501"},
        {"sec-fetch-site": "none"},
    ):
        assert client.get("/api/health", headers=headers).status_code == 200, headers
    with client_of(book, jobs, hosts=["workbench.lan"]) as named:
        assert named.get("/api/health", headers={"host": "workbench.lan:8501"}).status_code == 200


def test_more_requests_than_it_works_on_are_told_to_wait(book, jobs):
    with client_of(book, jobs, limits=Limits(queue=0)) as busy:
        answer = busy.get("/api/health")
    problem(answer, 503)
    assert answer.headers["retry-after"] == "1"


def test_what_nobody_expected_has_an_id_and_no_traceback(client, monkeypatch, caplog):
    monkeypatch.setattr(RoundBook, "get", lambda *_: {}["somebody likes foxes"])
    detail = problem(client.get("/api/recommendations/ada"), 500)
    assert "foxes" not in detail
    assert "foxes" not in caplog.text
    assert "unexpected KeyError, id " in caplog.text
