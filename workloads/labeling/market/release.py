"""Giving a data set to whoever may have it: its holder, who bought it, and labelers who qualified in its domain."""

import csv
import io
import json
import zipfile
from typing import Any

from privacy.plugin import DataError
from privacy.plugin.contracts import Contract
from privacy.plugin.stores import CID
from workloads.labeling.market.manifest import Manifest
from workloads.labeling.market.sealed import known_key, opened_labels
from workloads.labeling.market.shelf import Listing, Shelf
from workloads.labeling.market.training import image_of
from workloads.labeling.onchain.agreed import Agreed
from workloads.labeling.onchain.ballots import value_of
from workloads.labeling.onchain.stage import stage_of
from workloads.labeling.rounds.terms import CLASSES
from workloads.labeling.votes.table import UNKNOWN

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


class NotReleased(DataError):
    """The account has not bought the data set, and is not qualified in its domain."""


def key_for(
    account: str, listing: Listing, manifest: Manifest, shelf: Shelf, *, qualified: bool, consortia: Contract | None
) -> bytes:
    """The key of a data set, for an account that proved that it is its own. NotReleased where it may not have it.

    `qualified` says whether the account qualified in the domain: whoever labels its images sees them anyway.
    """
    if not qualified and not shelf.may_read(listing, account, consortia=consortia):
        raise NotReleased(
            "this account has neither bought the data set nor qualified in its domain", where=manifest.title[:60],
            then="buy it, or qualify on the page Label",
        )  # fmt: skip
    return known_key(manifest.key_name)


def are_the_rounds(key: bytes, manifest: Manifest, shelf: Shelf, rounds: Contract) -> bool | None:
    """Whether the labels are those that the round on the chain agreed on; None where it is on no chain."""
    if not manifest.round:
        return None
    found = _labels(key, manifest, shelf)
    try:
        rows = [(int(place), bytes.fromhex(value), bytes.fromhex(salt)) for place, value, salt in found["agreed"]]
        given = {place: value_of(json.dumps(one, sort_keys=True)) for place, one in enumerate(found["labels"])}
        same = {place: value for place, value, _ in rows} == {p: v for p, v in given.items() if _there(found, p)}
        return same and Agreed(rows).tree.root == stage_of(rounds, bytes.fromhex(manifest.round)).consensus
    except (KeyError, TypeError, ValueError, DataError):
        return False


def _there(found: Any, place: int) -> bool:
    return bool(found["labels"][place] != UNKNOWN)


def _labels(key: bytes, manifest: Manifest, shelf: Shelf) -> Any:
    body = b"".join(shelf.store.get(CID.parse(manifest.labels)))
    return opened_labels(key, body, where=manifest.title)


def packed(key: bytes, manifest: Manifest, shelf: Shelf) -> bytes:
    """A zip of a data set, opened: its images, labels and manifest. The same data set gives the same bytes."""
    out = io.BytesIO()
    labels = _labels(key, manifest, shelf)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed_:
        packed_.writestr(zipfile.ZipInfo("manifest.json", _LONG_AGO), json.dumps(manifest.as_dict(), indent=1))
        named = _labels_csv(manifest, labels["labels"]) if manifest.kind == CLASSES else json.dumps(labels, indent=1)
        name = "labels.csv" if manifest.kind == CLASSES else "labels.json"
        packed_.writestr(zipfile.ZipInfo(name, _LONG_AGO), named)
        if "agreed" in labels:
            packed_.writestr(zipfile.ZipInfo("agreed.json", _LONG_AGO), json.dumps(labels["agreed"]))
        for one in manifest.images:
            png = image_of(shelf, key, one.cid, one.digest)
            packed_.writestr(zipfile.ZipInfo(f"images/{one.digest}.png", _LONG_AGO), png)
    return out.getvalue()


def _labels_csv(manifest: Manifest, labels: list[int]) -> str:
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("image", "label"))
    for one, label in zip(manifest.images, labels, strict=True):
        rows.writerow((f"images/{one.digest}.png", "" if label < 0 else manifest.classes[label]))
    return out.getvalue()
