"""A server of scoring by shares in pieces: a shard is a range of items, and shares of scores stand side by side."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from backends.smpc.scoring.mechanism import SharingServer
from backends.smpc.scoring.product import Words, product
from privacy.plugin import ScoringTask, Seat, Wire
from privacy.plugin.sharding import Piece, Sharding, cuts


class SmpcSharding(Sharding):
    """Runs on a computing party: what `SharingServer` publishes, reads and sends; only the product is elsewhere."""

    def __init__(self, seat: Seat[ScoringTask]) -> None:
        self._server = SharingServer(seat)

    def publish(self) -> Iterable[Wire]:
        """Runs on a server: the digest of the whole catalogue, integers (N, d)."""
        return self._server.publish()

    def pieces(self, count: int) -> Sequence[Piece]:
        """Runs on a server: as many items for each shard, give or take one."""
        catalogue = self._server.catalogue
        return [
            Piece("backends.smpc.scoring.shards:SmpcShard", {"rows": catalogue[start:stop]})
            for start, stop in cuts(len(catalogue), count)
        ]

    def question(self, query: Wire) -> Words:
        """Runs on a server: its share (d,) or (b, d)."""
        return self._server.share(query)

    def join(self, query: Wire, answers: Sequence[Words]) -> Wire:
        """Runs on a server: shares of all scores, (N,) or (b, N)."""
        return self._server.scored(query, np.concatenate(answers, axis=-1))


class SmpcShard:
    """Runs where an engine puts it: some items of the catalogue. One thread does: the pass is bound by memory."""

    def __init__(self, *, rows: npt.NDArray[np.signedinteger], threads: int) -> None:
        """Take the rows (m, d), as `product.compact` makes them."""
        self._rows = np.array(rows)  # a copy, as what was handed over may be shared memory of the engine's

    def answer(self, question: Words) -> Words:
        """Shares of these items' scores, (m,) or (b, m), from a share."""
        return product(self._rows, question)
