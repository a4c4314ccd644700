"""What scoring and lookup have in common: several servers, a guarantee towards each, and uniform shares."""

from typing import TypeVar

import numpy as np

from privacy.plugin import CLIENT, Guarantee, Party, QueryClient, QueryMechanism, Seat, Strength, Towards

TaskT = TypeVar("TaskT")


class Shared(QueryMechanism[TaskT]):
    """One client and as many servers as the parameter says."""

    def parties(self, task: TaskT) -> tuple[Party, ...]:
        return (CLIENT, *(Party("server", i + 1) for i in range(self.params.servers)))

    def guarantee(self, task: TaskT) -> Guarantee:
        text = "Each server receives one share, which is uniformly random on its own."
        assumption = f"at least one of {self.params.servers} servers does not collude; all are semi-honest"
        leaks = ("that something is asked, and when",)
        rows = [
            Towards(s.name, Strength.NON_COLLUSION, text, assumption, leaks=leaks, collusion=self.params.servers)
            for s in self.parties(task)[1:]
        ]
        return Guarantee(tuple(rows))


class SharedClient(QueryClient[TaskT]):
    """Runs on the input and result party, which knows the servers."""

    def __init__(self, seat: Seat[TaskT], servers: tuple[Party, ...]) -> None:
        super().__init__(seat)
        self.servers = servers

    def blinds(self, like: np.ndarray) -> list[np.ndarray]:
        """Runs on the client: fresh uniform arrays of the shape and type of `like`, for all servers but the last."""
        drawn = (self.seat.random.bytes(like.nbytes) for _ in self.servers[1:])
        return [np.frombuffer(one, dtype=like.dtype).reshape(like.shape) for one in drawn]
