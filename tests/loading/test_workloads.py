"""Workloads as plugins: found by the hook, broken ones as rows with their reason, old ids resolved."""

import pytest

from privacy import lab
from privacy.errors import MissingModuleError, PluginError, UnknownNameError
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from tests.support.count_workload import COUNT


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    return tmp_path


def found(state, **sources: str) -> Registry:
    for name, source in sources.items():
        (state / "plugins" / f"{name}.py").write_text(source)
    return discover()


def row(registry: Registry, id_: str):
    (one,) = [e for e in registry.workload_entries if e.id == id_]
    return one


def test_a_single_file_with_a_workload_appears_and_runs_like_a_built_in(state):
    registry = found(state, count=COUNT)
    assert list(registry.workloads) == ["fyp", "survey", "federated", "labeling", "count"]
    assert not row(registry, "count").builtin
    record = lab.run(RunRequest(workload="count", options={"rounds": 2}), registry=registry)
    assert record.failure is None
    assert [m.key for m in record.metrics] == ["counted"]
    assert record.settings["answer"] == {"sum": 2}


def test_built_ins_and_their_old_ids_are_found():
    registry = discover()
    assert registry.workload("tally") is registry.workload("survey")
    assert "tally" not in registry.workloads
    with pytest.raises(UnknownNameError, match="survey"):
        registry.workload("surveys")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (("primitives=('aggregation',)", "primitives=('magic',)"), "unknown primitive 'magic'"),
        (("primitives=('aggregation',)", "primitives=()"), "uses no primitive"),
        (("id='count'", "id='My Count'"), "is not made of a-z"),
        (("__name__ + ':Count'", "'Count'"), "gives 'Count'"),
        (("options=Options", "options=dict"), "not a dataclass"),
        (("figures=(Figure('counted', 'counted'),)", "figures=('counted',)"), "not a tuple of Figure"),
        (("return [", "return 1 / 0, ["), "ZeroDivisionError"),
    ],
)
def test_a_broken_spec_is_a_row_with_its_reason_and_the_others_work(state, wrong, reason):
    assert wrong[0] in COUNT
    registry = found(state, count=COUNT.replace(*wrong))
    assert list(registry.workloads) == ["fyp", "survey", "federated", "labeling"]
    rows = [e for e in (*registry.workload_entries, *registry.entries) if e.source.endswith("count.py")]
    assert rows
    assert not any(e.available for e in rows)
    assert reason in " ".join(e.reason for e in rows)


def test_a_workload_that_lacks_a_module_says_which_and_is_refused_by_name(state):
    registry = found(state, count=COUNT.replace("rank=99", "modules=('no_such_module',), rank=99"))
    assert "no_such_module" in row(registry, "count").reason
    with pytest.raises(MissingModuleError, match="no_such_module"):
        registry.workload("count")


@pytest.mark.parametrize("taken", ["fyp", "survey", "federated", "labeling"])
def test_an_id_that_is_taken_is_refused(state, taken):
    registry = found(state, other=COUNT.replace("id='count'", f"id='{taken}'"))
    assert registry.workload(taken).workload.startswith("workloads.")
    refused = [e for e in registry.workload_entries if e.id == taken and not e.available]
    assert len(refused) == 1
    assert refused[0].reason


def test_an_id_twice_in_two_files_is_one_workload_and_a_row(state):
    registry = found(state, count=COUNT, second=COUNT)
    assert [e.available for e in registry.workload_entries if e.id == "count"].count(True) == 1
    assert len([e for e in registry.workload_entries if e.id == "count"]) == 2


def test_a_class_that_is_none_is_a_sentence_when_it_runs(state):
    registry = found(state, count=COUNT.replace("class Count(Workload)", "class Count"))
    with pytest.raises(PluginError, match="not a Workload"):
        lab.run(RunRequest(workload="count"), registry=registry)
