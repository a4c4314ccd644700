"""Who was refused and why: the first reason counts, and who was refused is not heard again."""

from collections.abc import Sequence

from privacy.plugin import CONTRIBUTOR, Wire, contributor

_SHOWN = 3


class Refusals:
    """Kept by an aggregator over a roster of `n`."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._reasons: dict[int, str] = {}

    def add(self, index: int, reason: str) -> None:
        """Refuse a contributor from now on; a reason already given stays."""
        self._reasons.setdefault(index, reason)

    def sender(self, wire: Wire) -> int | None:
        """The contributor that a wire is from; None for anyone else, and for whoever was refused."""
        party = wire.sender
        if party is None or party.role != CONTRIBUTOR or party.index is None or not 1 <= party.index <= self._n:
            return None
        return None if party.index in self._reasons else party.index

    def admit(self, inbox: Sequence[Wire], *, kind: str) -> dict[int, bytes]:
        """The bodies of this round's kind by sender; whoever sends anything else, or twice, is refused."""
        found: dict[int, bytes] = {}
        for wire in inbox:
            index = self.sender(wire)
            if index is None:
                continue
            if wire.kind != kind:
                self.add(index, f"its {wire.kind} came late or out of turn")
            elif index in found:
                self.add(index, f"its {wire.kind} came twice")
            else:
                found[index] = wire.body
        return {index: body for index, body in found.items() if index not in self._reasons}

    def by_name(self) -> dict[str, str]:
        """Reasons by the name of the party."""
        return {contributor(i).name: reason for i, reason in sorted(self._reasons.items())}

    def summary(self) -> str:
        """For the reason of an abort: how many were refused, and the first of them."""
        if not self._reasons:
            return ""
        shown = [f"{name}: {reason}" for name, reason in list(self.by_name().items())[:_SHOWN]]
        more = ", ..." if len(self._reasons) > _SHOWN else ""
        return f"; {len(self._reasons)} refused ({', '.join(shown)}{more})"
