"""Compiled loops: where they are kept, what becomes of them where nothing can be kept, and who runs them at once."""

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from backends.he.lookup.kernels import scan
from backends.smpc.lookup.scan import selected, words_of
from privacy.plugin.compiled import compiled


def test_a_loop_is_compiled_also_where_nothing_can_be_kept(monkeypatch):
    tried, njit = [], numba.njit

    def unkept(*given, cache, **more):
        tried.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(*given, cache=cache, **more)

    monkeypatch.setattr(numba, "njit", unkept)

    @compiled(numba.int64(numba.int64))
    def doubled(x):
        return 2 * x

    assert tried == [True, False]
    assert doubled(21) == 42


def test_the_scan_is_the_product_modulo_2_to_the_32_for_any_rows_and_from_many_threads():
    rng = np.random.default_rng(1)
    tiles = rng.integers(-128, 128, (3, 12, 2048), dtype=np.int8)
    queries = rng.integers(0, 2**32, (3, 5, 2048), dtype=np.uint32)
    exact = np.einsum("trn,tkn->kr", tiles.astype(np.int64), queries.astype(np.int64)) % 2**32

    def part(rows):
        out = np.zeros((5, 12), dtype=np.uint32)
        scan(tiles, queries, out, *rows)
        return out

    assert (part((0, 12)) == exact).all()
    with ThreadPoolExecutor(8) as pool:
        for first, out in zip([0, 4, 8] * 20, pool.map(part, [(0, 4), (4, 8), (8, 12)] * 20), strict=True):
            assert (out[:, first : first + 4] == exact[:, first : first + 4]).all()
            assert not np.delete(out, range(first, first + 4), axis=1).any()


def test_what_bits_select_is_the_exclusive_or_of_those_records():
    rng = np.random.default_rng(2)
    records, bits = rng.integers(0, 256, (50, 13), dtype=np.uint8), rng.integers(0, 2, (4, 50), dtype=np.uint8)
    found = selected(words_of(records), bits).view(np.uint8)[:, :13]
    for row, chosen in zip(found, bits.astype(bool), strict=True):
        assert (row == np.bitwise_xor.reduce(records[chosen], axis=0)).all()
