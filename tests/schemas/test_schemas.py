"""JSON Schemas of records: their files, records old and new, and what tells two records apart."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

import veilbench
from privacy import schemas
from privacy.boundary.transcript import Transcript
from privacy.errors import UnknownNameError
from privacy.export import to_csv, to_html
from privacy.fingerprint import look_again
from privacy.guarantees import Guarantee
from privacy.registry import discover
from privacy.results import RunRecord, code_id
from privacy.services.runs import RunShelf
from tests.support import PLANTED
from tests.support.saved import comparison, record, swept
from tests.support.schemas import faults, valid

OLD = Path(__file__).with_name("old")
SMALL = {"items": 200, "dims": 8, "cohort": 20}


def old(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((OLD / f"{name}.json").read_text(encoding="utf-8"))
    return found


def test_the_files_are_those_that_the_models_make():
    assert {name: schemas.schema(name) for name in schemas.names()} == schemas.generated()
    assert veilbench.schema() == schemas.schema("run-record-2")
    with pytest.raises(UnknownNameError):
        schemas.schema("../errors")


@pytest.mark.parametrize("name", ["fyp", "survey", "labeling", "federated"])
def test_a_record_of_the_version_before_is_valid_and_still_read(name, tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    found = old(name)
    assert found["schema"] == 1
    assert faults("run-record-1", found) == []
    assert faults("run-record-2", found)
    RunShelf().save("abc", found)
    assert RunShelf().open("abc") == found
    made = comparison([(found["stack"], None, found)])
    assert f"{found['stack']}," in to_csv(made)
    assert found["data_hash"] in to_html(made, discover().workload(name))
    assert code_id(found) == ""


def test_comparisons_old_and_new_are_valid():
    assert faults("comparison-1", old("comparison")) == []
    made = swept()
    assert faults("comparison-1", veilbench.Compared(made, discover()).record) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: r.pop("code"),
        lambda r: r.update(nobody_reads=1),
        lambda r: r.update(schema=3),
        lambda r: r["metrics"][0].update(source="guessed"),
        lambda r: r["metrics"][0].update(value="high"),
        lambda r: r["code"][0].update(digest="abc"),
        lambda r: r["guarantee"]["towards"][0].update(strength="military grade"),
        lambda r: r["transcript"].update(bodies=["abc"]),
    ],
)
def test_what_is_no_record_is_not_valid(spoil):
    found = record("plain")
    assert valid(copy.deepcopy(found)) == found
    spoil(found)
    assert faults("run-record-2", found)


def test_the_suite_holds_records_against_their_schema():
    with pytest.raises(AssertionError):
        RunRecord("fyp", "plain", {}, -1, "", Guarantee(()), [], Transcript()).as_dict()


def run(stack: str) -> dict[str, Any]:
    return veilbench.run("fyp", stack=stack, **SMALL).record


def parts(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in found["code"]}


def test_one_edited_line_tells_two_records_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    plugin = tmp_path / "plugins" / "sound.py"
    plugin.write_text((PLANTED / "sound.py").read_text(encoding="utf-8"), encoding="utf-8")
    look_again()
    before, again = run("sound"), run("sound")
    plugin.write_text(plugin.read_text(encoding="utf-8") + "# another line\n", encoding="utf-8")
    look_again()
    after = run("sound")
    assert code_id(before) == code_id(again) != code_id(after)
    assert before["code"] == again["code"]
    changed = {name for name, one in parts(before).items() if one != parts(after)[name]}
    assert changed == {"sound"}
    carrier = parts(after)["sound"]
    assert carrier["digest"] != parts(before)["sound"]["digest"]
    assert (carrier["kind"], carrier["origin"], carrier["version"]) == ("carrier", "file sound.py", "")
    assert carrier["check"]["state"] == "none"
    assert str(tmp_path) not in json.dumps(after)


def test_a_record_names_every_backend_that_had_a_part(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "sound.py").write_text((PLANTED / "sound.py").read_text(encoding="utf-8"), encoding="utf-8")
    look_again()
    found = run("sound")
    assert set(found["fallbacks"]) == {"lookup"}
    assert [one["id"] for one in found["code"]] == ["veilbench", "fyp", "sound", "plain"]
    under_noise = run("dp+he")
    assert [(one["kind"], one["id"]) for one in under_noise["code"]] == [
        ("framework", "veilbench"), ("workload", "fyp"), ("randomiser", "dp"), ("carrier", "he"),
    ]  # fmt: skip
    assert {one["check"]["at_release"] for one in under_noise["code"] if one["check"]} == {True}


def test_csv_and_report_name_the_code():
    made = swept()
    rows = to_csv(made).splitlines()
    assert rows[0].endswith("code,plugins,checks")
    assert "cd" * 32 in rows[1]
    page = to_html(made, discover().workload("fyp"))
    assert "ab" * 32 in page
    assert "declared; 9 checks passed on 2026-11-21" in page
