"""A scoring and a lookup without a bug, small enough for one to be put in: `tests/testing/planted` has one of each bug.

Toys: use none of their cryptography. A planted file names what it changes, and `spec` makes a backend of it.
"""

import hashlib
from typing import Any

import numpy as np

from privacy.plugin import (
    CIPHERTEXT,
    CLIENT,
    PUBLIC,
    SERVER,
    SHARE,
    BackendSpec,
    Guarantee,
    Party,
    QueryClient,
    QueryMechanism,
    QueryServer,
    Strength,
    Towards,
    Wire,
    WireError,
    check_indices,
    check_vector,
    pack,
    reply_to,
    unpack,
)

NONCE = 16


def spec(module: str, kind: str, *, primitive: str = "scoring") -> list[BackendSpec]:
    """The backend of one planted file, named as the file is."""
    name = module.removeprefix("veilbench_plugin_")
    return [BackendSpec(name, name.replace("_", " ").capitalize(), "A planted bug.", {primitive: f"{module}:{kind}"})]


class Masked(QueryMechanism):
    """Scores a vector under a stream of masks: the server publishes the catalogue, the client takes the masks off."""

    client_role: Any = None
    server_role: Any = None

    def client(self, seat):
        return (self.client_role or MaskedClient)(seat)

    def server(self, seat):
        return (self.server_role or MaskedServer)(seat)

    def key_holder(self, task):
        return CLIENT

    def guarantee(self, task):
        return Guarantee.computational(
            towards="server",
            statement="The server receives the vector under a stream of masks.",
            assumption="SHAKE-256 output looks random",
            security_bits=128,
        )


class MaskedClient(QueryClient):
    """Runs on the input and result party."""

    def keep(self, material):
        task = self.seat.task
        (wire,) = material
        self.catalogue = unpack(wire.body, shape=(task.items, task.dims), dtype="<i8").astype(np.uint64)
        self.key = self.new_key()
        self.register()

    def new_key(self):
        return self.seat.random.bytes(32)

    def register(self):
        self.seat.keys.put("masks", self.key)

    def nonce(self):
        return self.seat.random.bytes(NONCE)

    def mask(self, nonce):
        stream = hashlib.shake_256(self.key + nonce).digest(8 * self.seat.task.dims)
        return np.frombuffer(stream, dtype="<u8")

    def read(self, private):
        return check_vector(self.seat.task, private.open(self.seat))

    def sealed(self, vector, nonce):
        return nonce + pack(vector.astype(np.uint64) + self.mask(nonce))

    def query(self, private):
        body = self.sealed(self.read(private), self.nonce())
        yield Wire(to=SERVER, kind="masked", exposure=CIPHERTEXT, body=body)

    def reveal(self, answers):
        body = answers[0].body
        masked = unpack(body[NONCE:], shape=(self.seat.task.items,), dtype="<u8")
        return (masked - self.catalogue @ self.mask(body[:NONCE])).astype(np.int64)


class MaskedServer(QueryServer):
    """Runs on the computing party."""

    def publish(self):
        yield Wire(to=CLIENT, kind="catalogue", exposure=PUBLIC, body=pack(self.seat.own))

    def read(self, body):
        """The nonce and the vector of a query, uint64."""
        if len(body) < NONCE:
            raise WireError("a query is too short")
        return body[:NONCE], unpack(body[NONCE:], shape=(self.seat.task.dims,), dtype="<u8")

    def answer(self, query):
        nonce, vector = self.read(query.body)
        body = nonce + pack(self.seat.own.astype(np.uint64) @ vector)
        return Wire(to=reply_to(query), kind="scores", exposure=CIPHERTEXT, body=body)


class Shared(QueryMechanism):
    """Fetches records from two servers who do not collude (Chor et al., FOCS 1995): two sets that differ in one."""

    servers = 2
    client_role: Any = None

    def client(self, seat):
        return (self.client_role or SharedClient)(seat)

    def server(self, seat):
        return SharedServer(seat)

    def guarantee(self, task):
        names = ("server-1", "server-2")
        text, apart = "Each server receives random sets of records.", "the two servers do not collude"
        return Guarantee(tuple(Towards(name, Strength.NON_COLLUSION, text, apart) for name in names))


class SharedClient(QueryClient):
    """Runs on the input and result party."""

    def width(self):
        return -(-self.seat.task.items // 64) * 8

    def sets(self):
        """One random set of records for each wanted one: bits, uint8 (count, width)."""
        task = self.seat.task
        drawn = self.seat.random.bytes(task.count * self.width())
        return np.frombuffer(drawn, dtype=np.uint8).reshape(task.count, self.width())

    def query(self, private):
        indices = check_indices(self.seat.task, private.open(self.seat))
        first = self.sets()
        second = first.copy()
        for row, index in enumerate(indices):
            second[row, index // 8] ^= 1 << (index % 8)
        for i, sets in enumerate((first, second), start=1):
            yield Wire(to=Party("server", i), kind="sets", exposure=SHARE, body=pack(sets))

    def reveal(self, answers):
        shape = (self.seat.task.count, self.seat.task.record_bytes)
        one, two = (unpack(a.body, shape=shape, dtype=np.uint8) for a in answers)
        return one ^ two


class SharedServer(QueryServer):
    """Runs on a computing party."""

    def answer(self, query):
        task = self.seat.task
        sets = unpack(query.body, shape=(task.count, -(-task.items // 64) * 8), dtype=np.uint8)
        bits = np.unpackbits(sets, axis=1, bitorder="little")[:, : task.items].astype(bool)
        sums = [np.bitwise_xor.reduce(self.seat.own[row], axis=0, initial=0) for row in bits]
        return Wire(to=reply_to(query), kind="sums", exposure=SHARE, body=pack(np.array(sums, dtype=np.uint8)))
