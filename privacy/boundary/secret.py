"""Private inputs that open only for their owner."""

from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from privacy.boundary.party import Party
from privacy.boundary.wire import PLAINTEXT, Exposure
from privacy.errors import BoundaryError

if TYPE_CHECKING:
    from privacy.boundary.seat import Seat

T = TypeVar("T")


class Secret(Generic[T]):
    """A private input of one party.

    It opens only for a seat of its owner. It has no readable form, truth value, hash, equality or copy, and it
    cannot be pickled. So it does not slip into a log, a cache key or another process. This stops accidents, not
    malice: the evidence is isolation and the recorded view.
    """

    __slots__ = ("_exposure", "_owner", "_value")

    def __init__(self, value: T, *, owner: Party, exposure: Exposure = PLAINTEXT) -> None:
        self._value, self._owner, self._exposure = value, owner, exposure

    @property
    def exposure(self) -> Exposure:
        """What a wire that carried this value in the clear would expose: plaintext, or a randomised release."""
        return self._exposure

    @property
    def owner(self) -> Party:
        return self._owner

    def open(self, seat: "Seat[Any]") -> T:
        """Return the value to its owner; BoundaryError for any other seat."""
        return self.moved_to(seat.party)

    def moved_to(self, party: Party) -> T:
        """Return the value for the move into another process of its owner (transports only)."""
        if party != self._owner:
            raise BoundaryError(f"{party} tried to open a secret of {self._owner}", then="send a wire instead")
        return self._value

    def __repr__(self) -> str:
        return f"<Secret of {self._owner}>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise BoundaryError(
            f"a secret of {self._owner} has no truth value, hash, comparison, copy or serial form",
            then="open it with its owner's seat",
        )

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __hash__ = __reduce__ = __reduce_ex__ = __copy__ = __deepcopy__ = _refuse
    __getstate__ = __iter__ = __len__ = __array__ = __float__ = __int__ = __bytes__ = _refuse
