"""Planted bug: the vector is ciphered under a fresh key, and the key travels along so that the server can score."""

import hashlib

import numpy as np

from privacy.plugin import (
    CIPHERTEXT,
    CLIENT,
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
    reply_to,
)

_KEY_BYTES = 32


def _cipher(data: bytes, key: bytes) -> bytes:
    stream = hashlib.shake_256(key).digest(len(data))
    return bytes(a ^ b for a, b in zip(data, stream, strict=True))


class ShippedScoring(QueryMechanism):
    """Scores a vector whose key comes with it."""

    def client(self, seat):
        return ShippedClient(seat)

    def server(self, seat):
        return ShippedServer(seat)

    def key_holder(self, task):
        return CLIENT

    def guarantee(self, task):
        return Guarantee.computational(
            towards="server",
            statement="The server receives the vector under a stream cipher.",
            assumption="SHAKE-256 output looks random",
            security_bits=128,
        )


class ShippedClient(QueryClient):
    """Runs on the input and result party."""

    def query(self, private):
        vector = check_vector(self.seat.task, private.open(self.seat))
        self._key = self.seat.random.bytes(_KEY_BYTES)
        self.seat.keys.put("cipher", self._key)
        body = _cipher(vector.astype("<i8").tobytes(), self._key) + self._key
        yield Wire(to=SERVER, kind="ciphered", exposure=CIPHERTEXT, body=body)

    def reveal(self, answers):
        if len(answers[0].body) != 8 * self.seat.task.items:
            raise WireError("an answer has the wrong length")
        return np.frombuffer(_cipher(answers[0].body, self._key[::-1]), dtype="<i8")


class ShippedServer(QueryServer):
    """Runs on the computing party."""

    def answer(self, query):
        if len(query.body) != 8 * self.seat.task.dims + _KEY_BYTES:
            raise WireError("a query has the wrong length")
        key = query.body[-_KEY_BYTES:]
        vector = np.frombuffer(_cipher(query.body[:-_KEY_BYTES], key), dtype="<i8")
        scores = (self.seat.own @ vector).astype("<i8").tobytes()
        return Wire(to=reply_to(query), kind="scores", exposure=CIPHERTEXT, body=_cipher(scores, key[::-1]))


@hookimpl
def register_backends():
    return [BackendSpec("shipped_key", "Shipped key", "Its key goes along.", {"scoring": f"{__name__}:ShippedScoring"})]
