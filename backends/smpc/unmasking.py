"""From the survivors' shares to the keys of the masks that are left in the sum."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backends.smpc import shamir
from backends.smpc.dealing import KEY, SEED
from backends.smpc.formats import Entry, Parcel
from backends.smpc.graph import Graph
from backends.smpc.keys import pair_mask_key, private_key, public_of, seed_commitment, self_mask_key, share_commitment
from privacy.plugin import WireError


@dataclass(frozen=True)
class Unmasking:
    """Runs on the aggregator: what it knows when shares come in.

    `own` holds each dealer's commitment to the share that it kept, `parcels` those to all others, by dealer and holder.
    """

    threshold: int
    directory: bytes
    graph: Graph
    entries: Mapping[int, Entry]
    own: Mapping[int, bytes]
    parcels: Mapping[int, Mapping[int, Parcel]]
    survivors: frozenset[int]

    def _kind(self, dealer: int) -> str:
        return SEED if dealer in self.survivors else KEY

    def check(self, holder: int, shares: Mapping[int, bytes]) -> None:
        """WireError unless each share is the one that its dealer committed to: the holder gave another."""
        for dealer, share in shares.items():
            made = share_commitment(
                share, directory=self.directory, dealer=dealer, holder=holder, kind=self._kind(dealer)
            )
            if made != self._committed(dealer, holder):
                raise WireError(f"its share of contributor-{dealer} is not the one that it was dealt")

    def _committed(self, dealer: int, holder: int) -> bytes:
        if dealer == holder:
            return self.own[dealer]
        parcel = self.parcels[dealer][holder]
        return parcel.seed_share if dealer in self.survivors else parcel.key_share

    def keys(self, answers: Mapping[int, Mapping[int, bytes]]) -> tuple[list[bytes], list[bytes]]:
        """The keys of the masks to add and to subtract, from the shares by holder and dealer.

        WireError when too few shares of someone came, or when a dealer dealt shares of something else.
        """
        add: list[bytes] = []
        subtract: list[bytes] = []
        for dealer in sorted(self.parcels):
            shares = {holder: given[dealer] for holder, given in answers.items() if dealer in given}
            secret = self._secret(dealer, shares)
            if dealer in self.survivors:
                subtract.append(self_mask_key(secret, directory=self.directory, owner=dealer))
                continue
            for other, key in self._left_by(dealer, secret):
                (subtract if other < dealer else add).append(key)
        return add, subtract

    def _secret(self, dealer: int, shares: Mapping[int, bytes]) -> bytes:
        if len(shares) < self.threshold:
            raise WireError(f"{len(shares)} shares of contributor-{dealer} came and {self.threshold} are needed")
        secret = shamir.combine({holder: shares[holder] for holder in sorted(shares)[: self.threshold]})
        entry = self.entries[dealer]
        alive = dealer in self.survivors
        if (seed_commitment(secret) != entry.seed) if alive else (public_of(secret) != entry.mask_key):
            raise WireError(f"contributor-{dealer} dealt shares of something else than its secrets")
        return secret

    def _left_by(self, dropped: int, private: bytes) -> Iterator[tuple[int, bytes]]:
        """The pairwise masks that a dropped contributor left in the survivors' vectors."""
        key = private_key(private)
        for other in self.graph[dropped]:
            if other in self.survivors:
                public = self.entries[other].mask_key
                yield other, pair_mask_key(key, public, directory=self.directory, pair=(dropped, other))
