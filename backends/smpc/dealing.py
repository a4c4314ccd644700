"""A contributor's secrets of one run: made, dealt out, held for others, given once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from backends.smpc import shamir
from backends.smpc.formats import Entry, Parcel
from backends.smpc.keys import (
    agree,
    decrypt,
    encrypt,
    label,
    pair_mask_key,
    private_key,
    public_of,
    seed_commitment,
    self_mask_key,
    share_commitment,
    share_key,
)
from privacy.plugin import KeyBox, WireError

SEED, KEY = "seed", "key"


@dataclass(frozen=True)
class Secrets:
    """What one contributor draws afresh in every run, 32 bytes each."""

    mask_key: bytes = field(repr=False)
    share_key: bytes = field(repr=False)
    seed: bytes = field(repr=False)

    @classmethod
    def draw(cls, draw: shamir.Draw, keys: KeyBox) -> "Secrets":
        """Draw from the seat's randomness and register in its key box."""
        made = cls(draw(32), draw(32), draw(32))
        for name, value in (("mask key", made.mask_key), ("share key", made.share_key), ("self-mask seed", made.seed)):
            keys.put(name, value)
        return made

    def entry(self, identity: bytes) -> Entry:
        """The public half, not yet signed."""
        return Entry(identity, public_of(self.mask_key), public_of(self.share_key), seed_commitment(self.seed))


@dataclass(frozen=True)
class Dealer:
    """One contributor in one run whose directory is known."""

    index: int
    secrets: Secrets
    directory: bytes
    neighbours: Mapping[int, Entry]
    _agreed: dict[int, bytes] = field(default_factory=dict, repr=False)

    def deal(self, *, threshold: int, draw: shamir.Draw) -> tuple[dict[int, Parcel], bytes, bytes]:
        """Share both secrets out: parcels by holder, the seed's share that stays here, and its commitment."""
        points = sorted({*self.neighbours, self.index})
        seeds = shamir.split(self.secrets.seed, threshold=threshold, points=points, draw=draw)
        keys = shamir.split(self.secrets.mask_key, threshold=threshold, points=points, draw=draw)
        parcels = {holder: self._parcel(holder, seeds[holder], keys[holder]) for holder in self.neighbours}
        return parcels, seeds[self.index], self._committed(self.index, self.index, seeds[self.index], SEED)

    def _parcel(self, holder: int, seed_share: bytes, key_share: bytes) -> Parcel:
        of_seed = self._committed(self.index, holder, seed_share, SEED)
        of_key = self._committed(self.index, holder, key_share, KEY)
        key = self._share_key(holder, dealer=self.index, holder=holder)
        bound_to = self._bound(self.index, holder, of_seed + of_key)
        return Parcel(of_seed, of_key, encrypt(key, seed_share + key_share, bound_to=bound_to))

    def open(self, dealer: int, parcel: Parcel) -> tuple[bytes, bytes]:
        """The shares (of the seed, of the mask key) that `dealer` dealt to this contributor.

        WireError unless that very dealer made them in this run and they are what it committed to.
        """
        key = self._share_key(dealer, dealer=dealer, holder=self.index)
        data = decrypt(key, parcel.ciphertext, bound_to=self._bound(dealer, self.index, parcel.commitments))
        seed_share, key_share = data[: shamir.ELEMENT_BYTES], data[shamir.ELEMENT_BYTES :]
        of_seed = self._committed(dealer, self.index, seed_share, SEED)
        of_key = self._committed(dealer, self.index, key_share, KEY)
        if of_seed + of_key != parcel.commitments:
            raise WireError(f"contributor-{dealer} dealt shares that it did not commit to")
        return seed_share, key_share

    def masks(self, pairs: Iterable[int]) -> tuple[list[bytes], list[bytes]]:
        """The keys of the masks to add and to subtract: its own, and one with each of `pairs`."""
        add = [self_mask_key(self.secrets.seed, directory=self.directory, owner=self.index)]
        subtract: list[bytes] = []
        private = private_key(self.secrets.mask_key)
        for other in pairs:
            key = pair_mask_key(
                private, self.neighbours[other].mask_key,
                directory=self.directory, pair=(self.index, other),
            )  # fmt: skip
            (add if self.index < other else subtract).append(key)
        return add, subtract

    @cached_property
    def _private(self) -> X25519PrivateKey:
        return private_key(self.secrets.share_key)

    def _share_key(self, other: int, *, dealer: int, holder: int) -> bytes:
        if other not in self._agreed:
            self._agreed[other] = agree(self._private, self.neighbours[other].share_key)
        return share_key(self._agreed[other], directory=self.directory, dealer=dealer, holder=holder)

    def _bound(self, dealer: int, holder: int, commitments: bytes) -> bytes:
        return label("parcel", self.directory, dealer, holder, commitments)

    def _committed(self, dealer: int, holder: int, share: bytes, kind: str) -> bytes:
        return share_commitment(share, directory=self.directory, dealer=dealer, holder=holder, kind=kind)


class Holdings:
    """The shares that a contributor holds. They come out once, one of the two for each dealer, never both."""

    def __init__(self) -> None:
        self._seeds: dict[int, bytes] = {}
        self._keys: dict[int, bytes] = {}
        self._given = False

    def keep_own(self, index: int, seed_share: bytes) -> None:
        """Keep the share of one's own seed; one's own mask key is never shared with oneself."""
        self._seeds[index] = seed_share

    def keep(self, dealer: int, shares: tuple[bytes, bytes]) -> None:
        self._seeds[dealer], self._keys[dealer] = shares

    @property
    def dealers(self) -> frozenset[int]:
        return frozenset(self._seeds)

    def give(self, survivors: Iterable[int]) -> dict[int, bytes]:
        """Shares by dealer: of a survivor's seed, of anyone else's mask key. WireError when asked a second time."""
        if self._given:
            raise WireError("shares of this run were given already")
        self._given = True
        alive = set(survivors)
        out = {d: self._seeds[d] if d in alive else self._keys[d] for d in self._seeds if d in alive or d in self._keys}
        self._seeds.clear()
        self._keys.clear()
        return out
