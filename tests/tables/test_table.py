"""Any CSV: found out how it is written, read with bounded memory, and refused with one sentence that names a place."""

import csv
import io
import time
import traceback
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy.errors import DataError
from privacy.services import uploads
from privacy.tables.lines import open_text
from privacy.tables.table import open_sheet, read_rows, reservoir
from tools.profiles.generator import generate_profiles, write_csv
from workloads.fyp.data import load_profiles, read_sample

HEADER = ["key", "words", "amount"]


def write(path: Path, rows: list[list[str]], *, delimiter: str = ",", encoding: str = "utf-8", end: str = "\n") -> Path:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerows([HEADER, *rows])
    path.write_bytes(buffer.getvalue().encode(encoding))
    return path


def some(count: int) -> list[list[str]]:
    return [[f"k{i}", f"some words, number {i}", str(i / 2)] for i in range(count)]


def refusal(call, *arguments, **options) -> str:
    """The sentence that refuses, after checking that it is one and hides its cause."""
    with pytest.raises(DataError) as caught:
        call(*arguments, **options)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "During handling" not in "".join(traceback.format_exception(caught.value))
    return sentence


def cells(path: Path, **options):
    sheet = open_sheet(path)
    return read_rows(sheet, sheet.columns, cell_length=1000, **options)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_encoding_and_line_ends_are_found(tmp_path, delimiter, encoding, end):
    rows = [[f"k{i}", f"café; crème, brûlée | no. {i}", "1"] for i in range(30)]
    sheet = open_sheet(write(tmp_path / "a.csv", rows, delimiter=delimiter, encoding=encoding, end=end))
    assert sheet.delimiter == delimiter
    assert sheet.columns == tuple(HEADER)
    found = read_rows(sheet, HEADER, cell_length=1000)
    assert found.cells == [tuple(row) for row in rows]
    assert found.numbers == list(range(2, 32))
    assert any("Windows-1252" in n for n in sheet.notes) == (encoding == "cp1252")


def test_bytes_that_windows_lacks_are_latin_1(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a,b\n" + b"caf\xe9 \x81,1\n" * 30)
    assert any("Latin-1" in n for n in open_sheet(tmp_path / "a.csv").notes)


def test_damaged_letters_are_counted_and_not_turned_into_others(tmp_path):
    good = "a,b\n" + "héllo wörld,1\n" * 30
    (tmp_path / "a.csv").write_bytes(good.encode() + b"h\xe9llo,1\n" + b"ok,2\n" * 40_000 + b"\x96,3\n")
    found = cells(tmp_path / "a.csv")
    assert found.cells[30] == ("h\ufffdllo", "1")
    assert found.cells[0] == ("héllo wörld", "1")
    assert "2 damaged letters in lines 32 and 40,033" in " ".join(open_sheet(tmp_path / "a.csv").notes)
    (tmp_path / "b.csv").write_bytes(good.encode()[:-5] + b"\xc3")  # cut off inside a letter
    assert "1 damaged letter in line 31" in " ".join(open_sheet(tmp_path / "b.csv").notes)


def test_the_first_line_of_a_spreadsheet_names_the_delimiter(tmp_path):
    (tmp_path / "a.csv").write_text("sep=;\r\na;b\r\n1,5;x\r\n", encoding="utf-8", newline="")
    found = cells(tmp_path / "a.csv")
    assert found.cells == [("1,5", "x")]
    assert found.numbers == [3]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=12), delimiter=st.sampled_from(",;\t|"))
def test_awkward_cells_survive_the_round_trip(tmp_path, rows, delimiter):
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([["first", "second"], *rows])
    (tmp_path / "a.csv").write_bytes(buffer.getvalue().encode())
    found = cells(tmp_path / "a.csv")
    assert found.cells == rows
    assert found.total == len(rows)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300) | TEXT.map(str.encode))
def test_any_bytes_load_or_give_one_sentence(tmp_path, body):
    (tmp_path / "a.csv").write_bytes(body)
    sentence, found = "", None
    try:
        found = cells(tmp_path / "a.csv")
    except DataError as error:
        sentence = str(error)
    assert bool(sentence) != bool(found and found.cells)
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (b"a,b\n", "header and no rows"),
        (b"a\0,b\0\n" + b"1\0,2\0\n" * 30, "binary"),
        (bytes(range(256)) * 20, "binary"),
        (b"\x89PNG\r\n\x1a\nabc", "a picture"),
        (b"PK\x03\x04 and so on", "zip archive or a workbook"),
        (b'{"a": 1}', "JSON"),
        (b"<html>", "web page"),
        (b"a,b\n1,2\n1,2,3\n", "1 row has more cells than the header's 2 (a.csv, row 3)"),
        (b'a,b\n1,2\n"never,2\n', "row 3"),
        (b"a,b\n1,2\n1,2,3\n1,2\n4,5,6\n", "2 rows have more cells than the header's 2 (a.csv, rows 3 and 5)"),
        (b'a,b\n1,"x "y, z" q"\n2,ok\n3,"p "q, r" s"\n', "2 rows have quotes that do not pair (a.csv, rows 2 and 4)"),
        (b",,\n , ,\n", "no row with a value"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path, body, words):
    (tmp_path / "a.csv").write_bytes(body)
    assert words in refusal(cells, tmp_path / "a.csv")


def test_zero_bytes_are_found_anywhere(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a,b\n" + b"1,2\n" * 300_000 + b"1,\x007\n")
    assert cells(tmp_path / "a.csv", max_rows=400_000).cells[-1] == ("1", "7")
    assert "1 zero byte in line 300,002 is left out." in open_sheet(tmp_path / "a.csv").notes


def test_a_file_without_lines_is_refused_before_it_fills_the_memory(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a,b\n" + b"x" * (9 << 20))
    assert "Line 2 is longer" in refusal(open_sheet, tmp_path / "a.csv")


def test_files_too_large_absent_or_no_files_are_refused(tmp_path):
    path = write(tmp_path / "a.csv", some(50))
    assert "is the most" in refusal(open_sheet, path, max_bytes=100)
    assert "no such file" in refusal(open_sheet, tmp_path / "none.csv")
    assert "directory" in refusal(open_sheet, tmp_path)
    assert "not valid" in refusal(open_sheet, "a\0b")


def test_more_rows_than_the_limit_are_sampled_and_said(tmp_path):
    path = write(tmp_path / "a.csv", some(500))
    found = cells(path, max_rows=50, seed=7)
    assert found.notes == ("500 rows; 50 sampled with seed 7.",)
    assert found.numbers == sorted(set(found.numbers))
    assert [c[0] for c in found.cells] == [f"k{n - 2}" for n in found.numbers]
    assert cells(path, max_rows=50, seed=7).cells == found.cells != cells(path, max_rows=50, seed=8).cells
    first = cells(path, max_rows=50, items=20)
    assert (first.numbers, first.total, first.notes) == (list(range(2, 22)), None, ())


def test_every_row_has_the_same_chance():
    picks = Counter(i for seed in range(2_000) for i in reservoir(range(20), limit=5, seed=seed, keep=int)[0])
    # 2,000 draws at 1/4: 500 expected, and 5 standard deviations are 97.
    assert all(403 < picks[i] < 597 for i in range(20))


def test_a_large_profile_file_is_sampled_too(tmp_path):
    frame = generate_profiles(rows=60, seed=1)
    frame.loc[0, "biography"] = "long " * 400
    write_csv(frame, tmp_path / "p.csv")
    catalogue = load_profiles(tmp_path / "p.csv", max_rows=30, seed=2)
    assert len(catalogue) == 30
    assert catalogue.notes[0] == "60 rows; 30 sampled with seed 2."
    whole = load_profiles(tmp_path / "p.csv")
    assert len(whole.profiles[0].biography) == 1000
    assert any("1 text is cut" in n for n in whole.notes)


def test_progress_counts_bytes_to_the_end(tmp_path):
    path = write(tmp_path / "a.csv", some(12_000))
    seen = []
    cells(path, progress=lambda *step: seen.append(step))
    assert seen[-1] == (path.stat().st_size, path.stat().st_size, "reading a.csv")
    assert len(seen) > 2
    assert [s[0] for s in seen] == sorted(s[0] for s in seen)


def test_a_sample_shows_the_first_rows_and_blank_names_get_one(tmp_path):
    (tmp_path / "a.csv").write_text("a,,a\n1,2,3\n\n4,5,6\n", encoding="utf-8")
    sample = read_sample(tmp_path / "a.csv", rows=1)
    assert sample.columns == ("a (column 1)", "column 2", "a (column 3)")
    assert sample.rows == (("1", "2", "3"),)
    assert sample.column("column 2") == ["2"]


def test_an_upload_is_kept_by_content_and_forgotten(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))
    path = uploads.keep_upload(io.BytesIO(b"a,b\n1,2\n"), "../../et c/my data.csv")
    assert path.parent.parent == tmp_path / "home" / "uploads"
    assert path.name == "my_data.csv"
    assert uploads.keep_upload(io.BytesIO(b"a,b\n1,2\n"), "my data.csv") == path
    assert "more than 0 MB" in refusal(uploads.keep_upload, io.BytesIO(b"x" * 99), "a.csv", max_bytes=50)
    assert "empty" in refusal(uploads.keep_upload, io.BytesIO(b""), "a.csv")
    assert list(path.parent.parent.iterdir()) == [path.parent]
    assert uploads.forget_uploads() == 1
    assert open_or_none(path) is None


def open_or_none(path: Path):
    try:
        return open_text(path)
    except DataError:
        return None


def test_a_large_file_is_looked_through_once_and_read_fast(tmp_path):
    path = write(tmp_path / "a.csv", some(150_000))
    start = time.process_time()
    assert sum(1 for _ in open_sheet(path).records()) == 150_000
    assert time.process_time() - start < 1.5  # ten times what it takes
    start = time.process_time()
    for _ in range(20):
        open_sheet(path)
    assert time.process_time() - start < 0.2
    with path.open("a") as file:
        file.write("1,2\n")
    again = open_sheet(path)
    assert sum(1 for _ in again.records()) == 150_001
    assert "1 row has fewer cells" in " ".join(again.notes)
    assert "fewer" not in " ".join(open_sheet(path).notes)
