"""Features of a few items, derived before: for what runs in processes of its own, each of which would derive them."""

from pathlib import Path

from privacy.request import RunRequest
from workloads.fyp.data import build_features
from workloads.fyp.world import open_catalogue


def keep(folder: Path, *, items: int, dims: int) -> Path:
    """The folder, a cache with the features of so many items of the shipped file in so many dims."""
    catalogue = open_catalogue(None, None, items=items, seed=RunRequest().seed)
    build_features(catalogue, dims=dims, cache_dir=folder)
    return folder
