"""What every party of a masked run knows before it begins: the plan, and who is who."""

from dataclasses import dataclass

from backends.smpc.formats import Entry
from backends.smpc.graph import Graph, Plan, plan
from backends.smpc.keys import PUBLIC_BYTES, digest, label, signed_by, task_digest
from privacy.plugin import AggregationTask, ParamError, WireError


@dataclass(frozen=True)
class Rules:
    """One task under one plan."""

    task: AggregationTask
    plan: Plan

    @classmethod
    def of(cls, task: AggregationTask, *, neighbours: int) -> "Rules":
        """The rules of a task; ParamError for one that the ring of 32 bits or a graph cannot serve."""
        if task.sum_bound >= 2**31:
            raise ParamError(
                f"a sum may reach {task.sum_bound}, and masked sums stay below 2^31",
                then="lower the bound, the weights or the roster",
            )
        try:
            lengths = {len(bytes.fromhex(key)) for key in task.identities}
        except ValueError:
            lengths = {0}
        if lengths - {PUBLIC_BYTES}:
            raise ParamError("an identity is no Ed25519 verifying key", then="give 64 hexadecimal digits for each")
        return cls(task, plan(n=task.contributors, neighbours=neighbours))

    @property
    def n(self) -> int:
        return self.task.contributors

    @property
    def stay(self) -> int:
        """The fewest contributors with whom a run goes on."""
        return max(self.task.minimum, self.plan.stay)

    @property
    def context(self) -> bytes:
        """The digest of all that the parties must agree on beforehand."""
        return task_digest(self.task, self.plan.neighbours, self.plan.threshold, self.plan.quorum)

    def registered(self, index: int) -> bytes | None:
        """The identity that was registered for a contributor, or None where none were."""
        return bytes.fromhex(self.task.identities[index - 1]) if self.task.identities else None

    def entry_message(self, index: int, entry: Entry) -> bytes:
        """What a contributor signs of its keys."""
        return label("keys", self.context, index, entry.signed_part)

    def entry_digest(self, index: int, entry: Entry) -> bytes:
        """What the directory lists of an entry."""
        return digest("entry", index, entry.body)

    def check_entry(self, index: int, entry: Entry) -> None:
        """WireError unless the entry is signed by the contributor whose index it stands under."""
        if self.registered(index) not in (None, entry.identity):
            raise WireError(f"the keys of contributor-{index} are not signed by its registered identity")
        if not signed_by(entry.identity, entry.signature, self.entry_message(index, entry)):
            raise WireError(f"the signature on the keys of contributor-{index} is wrong")

    def directory_hash(self, listing: bytes) -> bytes:
        """The name of a run: it covers every contributor's fresh keys, so that it never comes twice."""
        return digest("directory", self.context, listing)

    def graph(self, directory: bytes) -> Graph:
        """Everyone's neighbours, the same for all who hold the same directory."""
        return Graph(self.plan, seed=digest("graph", directory))

    def survivors_message(self, directory: bytes, survivors: bytes) -> bytes:
        """What a survivor signs: this run, and the set of survivors as it was told it."""
        return label("survivors", directory, survivors)
