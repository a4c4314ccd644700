"""CAR files against a real kubo: it imports ours, we import its own, and both write the same bytes."""

import io
from pathlib import Path

import pytest

from backends.stores.local.plugin import LocalParams
from backends.stores.local.store import LocalStore
from tests.support.cid_vectors import Vector, each
from tests.support.kubo import Kubo, made

SIZES = 10_000_000


@pytest.fixture(scope="module")
def kubo(tmp_path_factory: pytest.TempPathFactory) -> Kubo:
    return made(tmp_path_factory.mktemp("kubo"))


@pytest.mark.parametrize("vector", [one for one in each(most=SIZES) if one.values[0].size in (0, 1000, 4097, SIZES)])
def test_kubo_imports_ours_and_we_import_its_own(vector: Vector, kubo: Kubo, tmp_path: Path) -> None:
    store = LocalStore(LocalParams(folder=str(tmp_path / "ours")))
    cid = store.put(vector.data, profile=vector.profile)
    car = b"".join(store.export_car(cid))
    path = tmp_path / "ours.car"
    path.write_bytes(car)
    kubo.run("dag", "import", str(path))
    assert kubo.run("cat", cid.text) == vector.data
    assert cid.text in kubo.run("pin", "ls", "--type=recursive", "--quiet").decode().split()
    theirs = kubo.run("dag", "export", cid.text)
    assert theirs == car
    other = LocalStore(LocalParams(folder=str(tmp_path / "other")))
    assert other.import_car(io.BytesIO(theirs)) == [cid]
    assert b"".join(other.get(cid)) == vector.data


def test_files_that_kubo_cuts_its_older_ways_are_read(kubo: Kubo, tmp_path: Path) -> None:
    from privacy.stores.cid import CID

    data, store = bytes(range(256)) * 8, LocalStore(LocalParams(folder=str(tmp_path / "ours")))
    path = tmp_path / "data"
    path.write_bytes(data)
    for flags in (["--raw-leaves=false"], ["--trickle"], ["--raw-leaves=false", "--cid-version=0"]):
        said = kubo.run("add", "--quieter", "--chunker=size-100", *flags, str(path)).decode().strip()
        cid = CID.parse(kubo.run("cid", "base32", said).decode().strip())
        store.import_car(io.BytesIO(kubo.run("dag", "export", said)))
        assert b"".join(store.get(cid)) == data
