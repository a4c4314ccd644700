"""One door for all data: the shipped file, a CSV of the TikTok-profile schema, any CSV under a mapping, MovieLens."""

from pathlib import Path

from privacy.plugin import DataError
from privacy.plugin.tables import Progress, Sample, guess_mapping, named, read_mapping, read_sample
from workloads.fyp.data.loader import Catalogue, load_default, load_profiles
from workloads.fyp.data.mapped import load_table
from workloads.fyp.data.movielens import load_movielens
from workloads.fyp.data.schema import REQUIRED_COLUMNS

Stamp = tuple[tuple[str, int, int], ...]


def open_catalogue(
    data: str | None, mapping: str | None, *, items: int | None, seed: int, progress: Progress | None = None
) -> Catalogue:
    """Load what `data` names: nothing for the shipped file, a CSV, or a MovieLens folder.

    `mapping` is the path of a mapping file, for a CSV of another schema. DataError with one sentence for anything
    that cannot be used.
    """
    path = Path(data).expanduser() if data else None
    if mapping is not None:
        if path is None or path.is_dir():
            raise DataError("a mapping is given without a CSV file", then="name the CSV with --data")
        return load_table(path, read_mapping(Path(mapping).expanduser()), items=items, seed=seed, progress=progress)
    if path is None:
        return load_default(items=items)
    if path.is_dir():
        return load_movielens(path, items=items, progress=progress)
    _check_schema(path)
    return load_profiles(path, items=items, seed=seed, progress=progress)


def stamps(data: str | None, mapping: str | None) -> Stamp:
    """Name, time of change and size of every file that a catalogue is read from: a changed file is read anew."""
    found = []
    for text in (data, mapping):
        path = Path(text).expanduser() if text else None
        try:
            files = sorted(path.iterdir()) if path and path.is_dir() else [path] if path else []
            found += [(f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files]
        except (OSError, ValueError):
            continue  # whoever reads it says what is wrong
    return tuple(found)


def fits_schema(columns: tuple[str, ...]) -> bool:
    """True if a header is meant to be that of the TikTok-profile schema: it has most of what that must have."""
    return 2 * len(set(columns) & set(REQUIRED_COLUMNS)) > len(REQUIRED_COLUMNS)


def _check_schema(path: Path) -> None:
    """Refuse a table of another schema with the way to map it; what is no table is left to the loader to refuse."""
    try:
        sample = read_sample(path)
    except DataError:
        return
    if len(sample.columns) > 1 and not fits_schema(sample.columns):
        raise DataError(
            f"the file is not of the TikTok-profile schema; its columns are {named(sample.columns)}",
            where=path.name,
            then=f"say what they mean in a mapping file, given with --map{_example(sample)}",
        )


def _example(sample: Sample) -> str:
    """The lines of a mapping file that fits, as far as one can be guessed."""
    try:
        text = guess_mapping(sample).to_toml().strip()
    except DataError:
        return ""
    lines = "; ".join(text.splitlines())
    return f", with lines such as: {lines}" if len(lines) <= 300 else ""
