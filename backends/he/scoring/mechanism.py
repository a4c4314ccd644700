"""The roles of HE scoring: the device encrypts and decrypts, the server computes on ciphertexts."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from backends.he.plugin import HeParams
from backends.he.scoring.client import ScoringClient
from backends.he.scoring.layout import IntegrityFailure
from backends.he.scoring.presets import PRESETS, Preset, wire_id
from backends.he.scoring.ring import ring
from backends.he.scoring.server import ScoringServer
from backends.he.scoring.shards import HeSharding
from backends.he.scoring.shown import SECRET, drawn_numbers
from backends.he.seal_format import MalformedCiphertext
from privacy.plugin import (
    CIPHERTEXT,
    CLIENT,
    PUBLIC,
    SERVER,
    BoundaryError,
    Guarantee,
    IntegrityError,
    KnownAnswer,
    KnownRun,
    Message,
    Party,
    QueryClient,
    QueryMechanism,
    QueryServer,
    ScoringTask,
    Seat,
    Secret,
    Wire,
    WireError,
    check_vector,
    reply_to,
)


class HeScoring(QueryMechanism[ScoringTask]):
    """CKKS scoring (Cheon et al. 2017); the client alone holds a key, fresh for each session."""

    def __init__(self, params: HeParams | None = None) -> None:
        super().__init__(params or HeParams())
        self.preset = PRESETS[self.params.preset]

    def browser(self, task: ScoringTask) -> dict[str, Any]:
        """The preset, for `browser/scoring.js`."""
        one = self.preset
        return {"number": wire_id(one), "degree": one.degree, "primes": list(one.primes), "exact": one.exact}

    def warm(self) -> None:
        """Make the tables of the preset's rings; the loops are compiled when they are imported."""
        for prime in self.preset.primes:
            ring(self.preset.degree, prime)

    def client(self, seat: Seat[ScoringTask]) -> "HeClient":
        return HeClient(seat, self.preset)

    def server(self, seat: Seat[ScoringTask]) -> "HeServer":
        return HeServer(seat, self.preset)

    def shards(self, seat: Seat[ScoringTask]) -> HeSharding:
        return HeSharding(seat, self.preset)

    def key_holder(self, task: ScoringTask) -> Party:
        return CLIENT

    def known_answers(self, task: ScoringTask, messages: Sequence[Message], run: KnownRun) -> Iterator[KnownAnswer]:
        """The secret key and the errors of a test run."""
        return drawn_numbers(self.preset, task, messages, run)

    def tolerance(self, task: ScoringTask) -> float:
        """In score steps: an answer that is further off is refused by the client, or by the server as it sets up."""
        return 0.5 if self.preset.exact else self.preset.limit

    def guarantee(self, task: ScoringTask) -> Guarantee:
        return Guarantee.computational(
            towards="server",
            statement="The server receives the taste vector only as CKKS ciphertexts.",
            assumption=f"ring learning with errors is hard (degree {self.preset.poly_modulus_degree}); "
            "the server is semi-honest: one that computes something else is not detected",
            security_bits=self.preset.security_bits,
            leaks=(
                "that a request was made, and when",
                "the size of the catalogue's answer, which is public",
            ),
        )


class HeClient(QueryClient[ScoringTask]):
    """Runs on the input and result party: the only one with a key."""

    def __init__(self, seat: Seat[ScoringTask], preset: Preset) -> None:
        super().__init__(seat)
        self._preset = preset
        self._scorer: ScoringClient | None = None

    def keep(self, material: Sequence[Wire]) -> None:
        """Runs on the client: check the published scales and make this session's key."""
        if len(material) != 1:
            raise WireError(f"{len(material)} published wires came instead of one")
        try:
            self._scorer = ScoringClient(self._preset, material[0].body, draw=self.seat.random.bytes)
        except ValueError as error:
            raise WireError(f"the published scales are refused: {error}") from error
        scales = self._scorer.scales
        if (scales.items, scales.dims) != (self.seat.task.items, self.seat.task.dims):
            raise WireError("the published scales belong to another catalogue")
        for i, part in enumerate(self._scorer.secret_key_bytes()):
            self.seat.keys.put(f"{SECRET}{i}", part)

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: encrypt each coordinate, int64 (d,), afresh."""
        vector = check_vector(self.seat.task, private.open(self.seat))
        try:
            body = self._live().query(vector)
        except ValueError as error:
            raise BoundaryError(str(error)) from error
        yield Wire(to=SERVER, kind="query", exposure=CIPHERTEXT, body=body)

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: decrypt, check the sentinels, return the scores, float64 (N,)."""
        try:
            return self._live().scores(answers[0].body)
        except IntegrityFailure as error:
            raise IntegrityError(f"the answer is refused: {error}") from error
        except MalformedCiphertext as error:
            raise WireError(f"the answer is refused: {error}") from error

    def forget(self) -> None:
        """Runs on the client: drop the key."""
        super().forget()
        if self._scorer is not None:
            self._scorer.forget()
            self._scorer = None

    def _live(self) -> ScoringClient:
        if self._scorer is None:
            raise IntegrityError("this session's key was discarded", then="start a new session")
        return self._scorer


class HeServer(QueryServer[ScoringTask]):
    """Runs on the computing party: it has no key of any kind."""

    def __init__(self, seat: Seat[ScoringTask], preset: Preset) -> None:
        super().__init__(seat)
        self._preset = preset

    def publish(self) -> Iterable[Wire]:
        """Runs on the server: encode the catalogue, integers (N, d), and publish its scales."""
        self._scorer = ScoringServer(self._preset, np.asarray(self.seat.own))
        yield Wire(to=CLIENT, kind="scales", exposure=PUBLIC, body=self._scorer.published())

    def answer(self, query: Wire) -> Wire:
        """Runs on the server: multiply ciphertexts by the plaintext catalogue and add up."""
        try:
            body = self._scorer.answer(query.body)
        except MalformedCiphertext as error:
            raise WireError(f"the query is refused: {error}") from error
        return Wire(to=reply_to(query), kind="answer", exposure=CIPHERTEXT, body=body)
