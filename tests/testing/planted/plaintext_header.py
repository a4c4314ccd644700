"""Planted bug: the vector is masked well, and a header before it counts its positive entries in the clear."""

import hashlib
import struct

import numpy as np

from privacy.plugin import (
    CIPHERTEXT,
    CLIENT,
    PUBLIC,
    SERVER,
    BackendSpec,
    Guarantee,
    QueryClient,
    QueryMechanism,
    QueryServer,
    Wire,
    WireError,
    check_vector,
    hookimpl,
    pack,
    reply_to,
    unpack,
)

_HEADER = struct.Struct("<4sI")


class HeaderScoring(QueryMechanism):
    """Scores under a fresh mask, with a header that tells."""

    def client(self, seat):
        return HeaderClient(seat)

    def server(self, seat):
        return HeaderServer(seat)

    def key_holder(self, task):
        return CLIENT

    def guarantee(self, task):
        return Guarantee.computational(
            towards="server",
            statement="The server receives the vector under a fresh mask.",
            assumption="SHAKE-256 output looks random",
            security_bits=128,
        )


class HeaderClient(QueryClient):
    """Runs on the input and result party."""

    def keep(self, material):
        task = self.seat.task
        (wire,) = material
        self._catalogue = unpack(wire.body, shape=(task.items, task.dims), dtype="<i8").astype(np.uint64)

    def query(self, private):
        vector = check_vector(self.seat.task, private.open(self.seat))
        key = self.seat.random.bytes(32)
        self.seat.keys.put("mask", key)
        self._mask = np.frombuffer(hashlib.shake_256(key).digest(8 * len(vector)), dtype="<u8")
        header = _HEADER.pack(b"MASK", int((vector > 0).sum()))
        body = header + pack(vector.astype(np.uint64) + self._mask)
        yield Wire(to=SERVER, kind="masked", exposure=CIPHERTEXT, body=body)

    def reveal(self, answers):
        masked = unpack(answers[0].body, shape=(self.seat.task.items,), dtype="<u8")
        return (masked - self._catalogue @ self._mask).astype(np.int64)


class HeaderServer(QueryServer):
    """Runs on the computing party."""

    def publish(self):
        yield Wire(to=CLIENT, kind="catalogue", exposure=PUBLIC, body=pack(self.seat.own))

    def answer(self, query):
        if query.body[:4] != b"MASK":
            raise WireError("a query does not start with its header")
        masked = unpack(query.body[_HEADER.size :], shape=(self.seat.task.dims,), dtype="<u8")
        scores = self.seat.own.astype(np.uint64) @ masked
        return Wire(to=reply_to(query), kind="scores", exposure=CIPHERTEXT, body=pack(scores))


@hookimpl
def register_backends():
    return [BackendSpec("plaintext_header", "Header", "A header that tells.", {"scoring": f"{__name__}:HeaderScoring"})]
