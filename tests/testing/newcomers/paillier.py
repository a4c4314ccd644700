"""Scoring under Paillier (Eurocrypt 1999) whose client publishes its key: keys of 128 bits, which anyone can factor."""

import math
from collections.abc import Iterable, Sequence
from functools import reduce

import numpy as np

from privacy.plugin import (
    CIPHERTEXT,
    CLIENT,
    EVALUATION_KEY,
    SERVER,
    BackendSpec,
    Guarantee,
    Party,
    QueryClient,
    QueryMechanism,
    QueryServer,
    ScoringTask,
    Secret,
    Strength,
    Towards,
    Wire,
    WireError,
    check_vector,
    hookimpl,
    reply_to,
)

BITS = 128
_KEY, _CIPHER = BITS // 8, BITS // 4


class Paillier(QueryMechanism[ScoringTask]):
    def client(self, seat):
        return Client(seat)

    def server(self, seat):
        return Server(seat)

    def key_holder(self, task: ScoringTask) -> Party:
        return CLIENT

    def guarantee(self, task: ScoringTask) -> Guarantee:
        text = "The server reads ciphertexts under a key that is far too short: for tests alone."
        bits = {"assumption": "nobody factors 128 bits", "security_bits": 16}
        return Guarantee((Towards("server", Strength.COMPUTATIONAL, text, leaks=("that something is asked",), **bits),))


def probably_prime(n: int) -> bool:
    """Miller and Rabin's test with the bases that are enough below 2^64."""
    bases = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    powers = (pow(a, d, n) for a in bases)
    return all(x == 1 or any(pow(x, 2**i, n) == n - 1 for i in range(s)) for x in powers)


class Client(QueryClient[ScoringTask]):
    """Runs on the input and result party: the only holder of the key."""

    def publish(self) -> Iterable[Wire]:
        """Runs on the client: make a key, and publish its modulus."""
        p, q = self._prime(), self._prime()
        self.n, self.order = p * q, math.lcm(p - 1, q - 1)
        self.seat.keys.put("order", self.order.to_bytes(_KEY, "big"))
        yield Wire(SERVER, "public-key", EVALUATION_KEY, self.n.to_bytes(_KEY, "big"))

    def _prime(self) -> int:
        while True:
            found = int.from_bytes(self.seat.random.bytes(_KEY // 2), "big") | 3 << (BITS // 2 - 2) | 1
            if probably_prime(found):
                return found

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: encrypt each entry."""
        vector = check_vector(self.seat.task, private.open(self.seat))
        yield Wire(SERVER, "entries", CIPHERTEXT, b"".join(self._encrypt(int(v)) for v in vector))

    def _encrypt(self, value: int) -> bytes:
        square = self.n * self.n
        blind = pow(int.from_bytes(self.seat.random.bytes(_KEY + 8), "big") % self.n, self.n, square)
        return ((1 + value * self.n) * blind % square).to_bytes(_CIPHER, "big")

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: decrypt each score."""
        task = self.seat.task
        scores = [self._decrypt(c) for c in ciphertexts(answers[0].body, self.n, count=task.items)]
        if max(map(abs, scores)) > task.dims * task.bound**2:
            raise WireError("a score is larger than any can be")
        return np.array(scores, dtype=np.int64)

    def _decrypt(self, cipher: int) -> int:
        order = int.from_bytes(self.seat.keys.get("order"), "big")
        value = (pow(cipher, order, self.n**2) - 1) // self.n * pow(order, -1, self.n) % self.n
        return value - self.n if value > self.n // 2 else value


class Server(QueryServer[ScoringTask]):
    """Runs on the computing party: it keeps the key of whoever asks now."""

    def keep(self, material: Sequence[Wire]) -> None:
        """Runs on the server: take the client's key in place of the one before."""
        if len(material) != 1 or len(material[0].body) != _KEY:
            raise WireError("one key was expected")
        self.n = int.from_bytes(material[0].body, "big")
        if self.n.bit_length() != BITS or self.n % 2 == 0:
            raise WireError("a key is no modulus of 128 bits")

    def answer(self, query: Wire) -> Wire:
        """Runs on the server: multiply ciphertexts by the plain catalogue and add up, under the client's key."""
        square = self.n**2
        entries = ciphertexts(query.body, self.n, count=self.seat.task.dims)
        signed = (entries, [pow(c, -1, square) for c in entries])
        rows = np.asarray(self.seat.own).tolist()
        scores = (
            reduce(lambda s, t: s * t % square, (pow(signed[v < 0][j], abs(v), square) for j, v in enumerate(row)))
            for row in rows
        )
        return Wire(reply_to(query), "scores", CIPHERTEXT, b"".join(s.to_bytes(_CIPHER, "big") for s in scores))


def ciphertexts(body: bytes, n: int, *, count: int) -> list[int]:
    """So many units modulo n squared; WireError for anything else."""
    if len(body) != count * _CIPHER:
        raise WireError("a body has another number of ciphertexts")
    found = [int.from_bytes(body[i : i + _CIPHER], "big") for i in range(0, len(body), _CIPHER)]
    if any(not 0 < c < n * n or math.gcd(c, n) != 1 for c in found):
        raise WireError("a body holds what is no ciphertext under this key")
    return found


@hookimpl
def register_backends() -> list[BackendSpec]:
    implements = {"scoring": "veilbench_plugin_paillier:Paillier"}
    return [BackendSpec("paillier", "Paillier", "A client that publishes its key, far too short.", implements)]
