"""Reading tables: cells, lines, CSV files, and what their columns mean."""

from privacy.tables import cells
from privacy.tables.cells import escape_formula, hashtag, is_missing, is_number, number, one_line
from privacy.tables.columns import find_column, named
from privacy.tables.guess import guess_mapping, is_place
from privacy.tables.lines import MAX_BYTES, Progress, open_text
from privacy.tables.mapping import Mapping, from_dict, read_mapping
from privacy.tables.shipped import SHIPPED
from privacy.tables.table import (
    MAX_ROWS,
    Rows,
    Sample,
    Sheet,
    open_sheet,
    read_rows,
    read_sample,
    reservoir,
    sampling_note,
)

__all__ = [
    "MAX_BYTES",
    "MAX_ROWS",
    "SHIPPED",
    "Mapping",
    "Progress",
    "Rows",
    "Sample",
    "Sheet",
    "cells",
    "escape_formula",
    "find_column",
    "from_dict",
    "guess_mapping",
    "hashtag",
    "is_missing",
    "is_number",
    "is_place",
    "named",
    "number",
    "one_line",
    "open_sheet",
    "open_text",
    "read_mapping",
    "read_rows",
    "read_sample",
    "reservoir",
    "sampling_note",
]
