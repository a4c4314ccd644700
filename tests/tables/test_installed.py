"""Every CSV that installed packages ship is read as pandas reads it, cell for cell."""

import sysconfig
from pathlib import Path

import pandas as pd
import pytest

from privacy.tables.table import open_sheet

PACKAGES = ("sklearn", "pandas", "statsmodels", "numpy", "altair", "scipy")
SITE = Path(sysconfig.get_path("purelib"))


def files(package: str) -> list[Path]:
    return sorted(p for p in (SITE / package).rglob("*.csv*") if p.suffix in (".csv", ".gz") and p.is_file())


def as_pandas(path: Path, sheet) -> list[list[str]]:
    frame = pd.read_csv(
        path, header=None if sheet.header.absent else 0, dtype=str, keep_default_na=False, na_filter=False,
        skipinitialspace=True, sep=sheet.delimiter if len(sheet.columns) > 1 else ",", comment=None,
        encoding=sheet.file.encoding,
    )  # fmt: skip
    # Where rows are wider than the header, pandas makes an index of their first cells.
    frame = frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()
    return frame.astype(str).values.tolist()


@pytest.mark.parametrize("package", PACKAGES)
def test_read_as_pandas_reads(package):
    if not files(package):
        pytest.skip(f"{package} is not installed, or ships no CSV")
    for path in files(package):
        sheet = open_sheet(path)
        rows = [cells for _, cells in sheet.records()]
        try:
            expected = as_pandas(path, sheet)
        except pd.errors.ParserError:  # titles above a header, which pandas must be told of
            continue
        assert rows == expected, path.name
