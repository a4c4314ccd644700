"""Files as people have them: what stands above the rows, how cells and lines end, and what is damaged."""

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from privacy.errors import DataError
from privacy.tables.columns import find_column, named
from privacy.tables.table import open_sheet, read_sample
from tests.support import ROOT

CASES = ROOT / "tests" / "cases" / "survey"


def read(path: Path, body: bytes | str = b""):
    """Columns, rows, and all notes as one text."""
    if body:
        path.write_bytes(body.encode() if isinstance(body, str) else body)
    sheet = open_sheet(path)
    rows = [cells for _, cells in sheet.records()]
    return list(sheet.columns), rows, " ".join(sheet.notes)


def numbers(name: str, column: str) -> list[float]:
    sheet = open_sheet(CASES / name)
    place = sheet.columns.index(sheet.find(column))
    return [float(cells[place].replace(",", ".")) for _, cells in sheet.records()]


@pytest.mark.parametrize(
    ("name", "column", "rows", "mean", "note"),
    [
        ("f09_qualtrics_three_headers.csv", "Q1", 60, 3.0, "Rows 2 and 3 are further header rows"),
        ("f10_no_header.csv", "1", 4, 38.75, "first row looks like data"),
        ("f11_last_column_unnamed.csv", "Share", 3, 94 / 3, "1 column has no name and is called column 4"),
        ("f11_last_column_unnamed.csv", "column 4", 3, 13.0, ""),
        ("f12_rows_without_last_empty_cells.csv", "age", 4, 31.5, "2 rows have fewer cells"),
        ("f13_three_damaged_letters.csv", "price", 40, 19.5, "3 damaged letters in lines 9, 23 and 32"),
        ("f15_backslash_quotes.csv", "year", 3, 2001.0, "backslash"),
        ("f16_sep_line_quoted.csv", "age", 4, 5.0, "semicolons"),
        ("f17_double_bom.csv", "age", 3, 2.0, "2 byte order marks"),
        ("f26_one_null_byte.csv", "q", 3, 6.0, "1 zero byte in line 3"),
    ],
)
def test_the_cases(name, column, rows, mean, note):
    values = numbers(name, column)
    assert len(values) == rows
    assert sum(values) / rows == pytest.approx(mean)
    sheet = open_sheet(CASES / name)
    list(sheet.records())
    assert note in " ".join(sheet.notes)


def test_a_file_without_names_shows_no_cell_of_its_first_row():
    sheet = open_sheet(CASES / "f10_no_header.csv")
    with pytest.raises(DataError) as caught:
        sheet.find("39")
    assert "first row looks like data" in str(caught.value)
    assert "column 1, column 2" in str(caught.value)
    for cell in next(iter(sheet.records()))[1][1:]:
        assert cell not in f"{caught.value} {sheet.notes} {sheet.columns}"


HEADERS = {
    "survey of two rows": (
        "V1,Q1,Q2\nResponseID,How old are you?,Where?\n" + "".join(f"R_{i},{20 + i},Town\n" for i in range(9)),
        ["V1", "Q1", "Q2"], 9,
    ),
    "few answers": (
        'StartDate,Q1\nStart Date,Why?\n"{""ImportId"":""s""}","{\'ImportId\': \'QID1\'}"\n2024-01-01,5\n',
        ["StartDate", "Q1"], 1,
    ),
    "options below a question": (
        "Respondent ID,Start Date,How?,Which?,,\n,,Response,Email,Phone,Chat\n1,01/02/2024,5,Email,,Chat\n"
        "2,01/02/2024,4,,Phone,\n",
        ["Respondent ID", "Start Date", "How?", "Which? Email", "Which? Phone", "Which? Chat"], 2,
    ),
    "open answers": ("Respondent ID,Why?\n,Open-Ended Response\n1,tea\n2,rum\n", ["Respondent ID", "Why?"], 2),
    "units": ("time,temp,wind\ns,degC,m/s\n0,1.5,2\n1,1.6,3\n", ["time", "temp", "wind"], 2),
    "merged cells": (
        "Region,2019,,2020,\n,Men,Women,Men,Women\nNorth,1,2,3,4\nSouth,5,6,7,8\n",
        ["Region", "2019 Men", "2019 Women", "2020 Men", "2020 Women"], 2,
    ),
    "a title": ("Survey of 2024\nid,age\n1,20\n2,30\n", ["id", "age"], 2),
    "a title with a comma": ("Survey, all\nid,age,q,city\n1,20,3,Rome\n2,30,4,Oslo\n", ["id", "age", "q", "city"], 2),
    "a title in a spreadsheet": ("Survey 2024,,\nid,age,city\n1,20,Rome\n2,30,Oslo\n", ["id", "age", "city"], 2),
    "a title above words": ("Our customers\n\nname,city\nAnn,Rome\nBob,Oslo\n", ["name", "city"], 2),
    "several titles": (
        '"Source","Bank",\n\n"Updated","2024-01-01",\n\n"Country","Code","Name","1960","1961","1962",\n'
        '"Aruba","ABW","GDP","","1.5","2.5",\n"Chad","TCD","GDP","3","1.5","2.5",\n',
        ["Country", "Code", "Name", "1960", "1961", "1962"], 2,
    ),
    "comments": ("# made\n# by x\na,b\n1,2\n3,4\n", ["a", "b"], 2),
    "a header with a number sign": ("#id,name\n1,Ann\n2,Bob\n", ["#id", "name"], 2),
    "none, numbers": ("5.1,3.5,setosa\n4.9,3.0,setosa\n", ["column 1", "column 2", "column 3"], 2),
    "none, words": ("p,x,s\ne,x,y\np,b,s\n", ["column 1", "column 2", "column 3"], 3),
    "none, a missing cell": ("?,State,F\n50,Self,F\n38,State,M\n", ["column 1", "column 2", "column 3"], 3),
    "none, dates": ("2024-01-01,Ann\n2024-01-02,Bob\n", ["column 1", "column 2"], 2),
    "none, one column": ("5\n4\n3\n", ["column 1"], 3),
    "years": ("Country,1990,1991\nFrance,67,68\nPeru,3,4\n", ["Country", "1990", "1991"], 2),
    "one year": ("Country,2020\nFrance,67\nPeru,30\n", ["Country", "2020"], 2),
    "days": ("Land,1/22/20,1/23/20\nPeru,0,1\nChina,4,5\n", ["Land", "1/22/20", "1/23/20"], 2),
    "places": ("0,1,2,3\n5,6,7,8\n9,1,2,3\n", ["0", "1", "2", "3"], 2),
    "numbered options": ("id,1,2\n7,5,6\n8,3,4\n", ["id", "1", "2"], 2),
    "doses": ("who,0.5,1,2,4,8\ns1,1,5,3,4,5\ns2,1,2,9,4,6\n", ["who", "0.5", "1", "2", "4", "8"], 2),
    "none, decimal commas": ("3,5;Rom\n4,5;Oslo\n", ["column 1", "column 2"], 2),
    "lines of spaces": ("a,b\n1,2\n   \n3,4\n", ["a", "b"], 2),
    "an index": (",name,age\n0,Ann,3\n1,Bob,4\n", ["column 1", "name", "age"], 2),
    "rows with names": ('"mpg","cyl"\n"Mazda",21,6\n"Fiat",22,4\n', ["column 1", "mpg", "cyl"], 2),
    "no name in the middle": ("a,,c\n1,2,3\n4,5,6\n", ["a", "column 2", "c"], 2),
    "no last name": ("a,b,\n1,2,3\n4,5,6\n", ["a", "b", "column 3"], 2),
    "commas after all": ("a,b,,\n1,2,,\n3,4,,\n", ["a", "b"], 2),
    "commas after rows": ("a,b\n1,2,\n3,4,\n", ["a", "b"], 2),
    "one column of texts": ("comment\nI like it, much\nno, thanks\nok\n", ["comment"], 3),
    "last cells left out": ("a,b,c,d\n1\n2,3\n4,5,6,7\n", ["a", "b", "c", "d"], 3),
    "a delimiter named": ('"SEP=^"\na^b\n1^2\n', ["a", "b"], 1),
    "a tab named": ("\ufeffsep=\\t\r\na\tb\r\n1\t2\r\n", ["a", "b"], 1),
    "an old end": ("a,b\n1,2\n\x1a", ["a", "b"], 1),
    "names that nobody sees whole": ("\u200ba\ufeff,b\n1,2\n", ["a", "b"], 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADERS)
def test_the_header_is_found_and_no_row_is_lost(tmp_path, kind):
    body, columns, count = HEADERS[kind]
    found, rows, _ = read(tmp_path / "a.csv", body)
    assert (found, len(rows)) == (columns, count)
    assert {len(row) for row in rows} == {len(columns)}


def test_left_out_cells_are_empty_and_counted(tmp_path):
    body = "a,b,c\n" + "1\n2,3\n" * 9 + "4,5,6\n"
    _, rows, notes = read(tmp_path / "a.csv", body)
    assert rows[:2] == [["1", "", ""], ["2", "3", ""]]
    assert "18 rows have fewer cells" in notes
    assert "rows 2, 3, 4, 5, 6, 7, 8, 9 and 10 more" in notes


def test_backslashes_stay_but_before_quotes(tmp_path):
    body = "id,t,n\n" + '1,"a \\"b\\" c:\\\\dir, x\\ty",\\N\n' * 3
    _, rows, _ = read(tmp_path / "a.csv", body)
    assert rows[0] == ["1", 'a "b" c:\\dir, x\\ty', "\\N"]
    _, rows, notes = read(tmp_path / "b.csv", 'id,path\n1,"C:\\dir\\"\n2,"D:\\x"\n')
    assert rows == [["1", "C:\\dir\\"], ["2", "D:\\x"]]
    assert not notes
    assert read(tmp_path / "d.csv", "id,q\n1,a\\, b\n2,c\n")[1] == [["1", "a, b"], ["2", "c"]]
    late = "id,t\n" + "1,x\n" * 100_000 + '2,"a \\"b\\", c"\n'
    assert read(tmp_path / "c.csv", late)[1][-1] == ["2", 'a "b", c']


def test_a_quote_inside_a_quoted_cell_is_read_as_it_stands(tmp_path):
    _, rows, notes = read(tmp_path / "a.csv", 'a,b\n1,"x "y" z"\n2,ok\n')
    assert rows == [["1", 'x y" z"'], ["2", "ok"]]
    assert "1 row has a quote inside a quoted cell" in notes


def test_one_long_cell_is_read_whole(tmp_path):
    _, rows, _ = read(tmp_path / "a.csv", "a,b\n1," + "x" * 500_000 + "\n2,y\n")
    assert [len(row[1]) for row in rows] == [500_000, 1]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_file_is_read_and_a_cut_one_refused(tmp_path, pack):
    body = pack(b"a,b\n" + b"1,2\n" * 3_000)
    columns, rows, notes = read(tmp_path / "a.csv.gz", body)
    assert (columns, len(rows)) == (["a", "b"], 3_000)
    assert "compressed" in notes
    with pytest.raises(DataError, match="cut short"):
        read(tmp_path / "b.csv.gz", body[:-9])
    with pytest.raises(DataError, match="is the most"):
        open_sheet(tmp_path / "a.csv.gz", max_bytes=5_000)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32"])
def test_letters_of_two_or_four_bytes(tmp_path, encoding):
    columns, rows, _ = read(tmp_path / "a.csv", "\ufeffid,naïve\n1,20\n2,30\n".encode(encoding))
    assert (columns, rows) == (["id", "naïve"], [["1", "20"], ["2", "30"]])


def test_zero_bytes_at_the_end_are_a_lost_write(tmp_path):
    _, rows, notes = read(tmp_path / "a.csv", b"a,b\n1,2\n3,4\n" + bytes(500))
    assert rows == [["1", "2"], ["3", "4"]]
    assert "500 zero bytes in line 4" in notes


def test_a_column_is_named_by_number_or_beginning():
    sheet = open_sheet(CASES / "f18_long_question_names.csv")
    speed = sheet.columns[1]
    assert sheet.find("2") == sheet.find("column 2") == sheet.find(f"  {speed.upper()} ") == speed
    assert sheet.find("timest") == "Timestamp"
    with pytest.raises(DataError) as caught:
        sheet.find("How satisfied")
    for place in (2, 3, 4):
        assert f"{place} ({sheet.columns[place - 1]})" in str(caught.value)
        assert f"{place} ({sheet.columns[place - 1]})" in named(sheet.columns)
    assert named(["a", "b" * 50]) == "a, " + "b" * 37 + "…"


def test_a_name_that_is_a_number_goes_before_a_place():
    assert find_column(["0", "1", "2"], "2") == "2"
    assert find_column(["x", "y"], "2") == "y"
    for text in ("3", "0", "", "z"):
        with pytest.raises(DataError, match="no column"):
            find_column(["x", "y"], text)


def test_names_that_occur_twice_get_their_numbers(tmp_path):
    (tmp_path / "a.csv").write_text("a,b,a\n1,2,3\n", encoding="utf-8")
    sample = read_sample(tmp_path / "a.csv")
    assert sample.columns == ("a (column 1)", "b", "a (column 3)")
    with pytest.raises(DataError, match="2 columns begin with 'a'"):
        open_sheet(tmp_path / "a.csv").find("a")


def test_a_pipe_is_no_file():
    with pytest.raises(DataError, match="pipe or a device"):
        open_sheet("/dev/null")
