"""Cells of a file: formulas that are escaped, numbers, lists, hashtags, and lines of a bounded length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import DataError
from privacy.tables.cells import escape_formula, hashtag, is_number, number, one_line, split_list
from workloads.fyp.data.text import tokenise


@pytest.mark.parametrize(
    ("cell", "escaped"),
    [
        ("=1+2", "'=1+2"), ("+cmd|x", "'+cmd|x"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"),
        ("\r=x", "'\r=x"), (" =x", "' =x"), ("\uff1dx", "'\uff1dx"), ("-", "'-"),
        ("-3.5", "-3.5"), ("+1e3", "+1e3"), ("plain", "plain"), ("", ""), ("a=b", "a=b"),
    ],
)  # fmt: skip
def test_formulas_are_escaped_and_numbers_are_not(cell, escaped):
    assert escape_formula(cell) == escaped


@given(st.text(max_size=40))
def test_no_escaped_cell_begins_a_formula(cell):
    escaped = escape_formula(cell)
    assert escaped.removeprefix("'") == cell.removeprefix("'")
    assert not escaped[:1] or escaped[0] not in "=@\t\r\n"
    assert escaped[:1] not in ("+", "-") or is_number(escaped)


def test_numbers_with_a_decimal_comma_only_where_asked():
    assert number("3,5", decimal_comma=True) == 3.5
    assert number(" N/A ") is None
    for text, words in (("3,5", "not a number"), ("=1+1", "formula"), ("inf", "finite"), ("1e99", "too large")):
        with pytest.raises(DataError, match=words):
            number(text)


def test_lists_of_any_make():
    assert split_list("a|b, c|a") == ["a", "b, c"]
    assert split_list("['x y', \"z\"]") == ["x y", "z"]
    assert split_list('["x", 3]') == ["x", "3"]
    assert split_list("a/b", "/") == ["a", "b"]
    assert split_list(" null ") == []
    assert split_list("[" * 900) == []
    assert len(split_list(",".join(map(str, range(90))))) == 50


@given(st.text(max_size=30))
def test_a_list_item_is_one_token(item):
    tag = hashtag(item)
    if tag[:1] == "#" and tag != item:
        assert len(tokenise(tag)) == 1


@given(st.text(max_size=60), st.integers(8, 40))
def test_one_line_is_one_and_short(text, most):
    line = one_line(text, most=most)
    assert len(line.encode()) <= most
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize(
    ("cell", "items"),
    [
        ("[{'id': 16, 'name': 'Animation'}, {'id': 35, 'name': \"Children's\"}]", ["Animation", "Children's"]),
        ('{"id": 1, "name": "Toy \\"Story\\""}', ['Toy "Story"']),
        ("[{'id': 16, 'name': 'It\\'s'}, {'id': 3, 'na", ["It's"]),
        ("[{'cast_id': 14, 'character': 'Woody (voice)', 'name': 'Tom Hanks'}]", ["Tom Hanks"]),
        ("['a b', None]", ["a b"]),
        ("[]", []),
        ("{}", []),
    ],
)
def test_names_are_taken_out_of_records(cell, items):
    assert split_list(cell) == items
