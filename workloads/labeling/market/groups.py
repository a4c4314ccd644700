"""Groups that buy together: who is in, what each gave towards a data set, and what is still missing."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from privacy.plugin import ParamError
from privacy.plugin.contracts import Contract, address
from workloads.labeling.market.acts import Act
from workloads.labeling.market.shelf import Listing

_LONGEST = 64


@dataclass(frozen=True)
class Group:
    """A group as it is now: `members` are accounts with their shares, `joined` those who accepted."""

    id: bytes
    name: str
    creator: str
    members: dict[str, int]
    joined: frozenset[str]


@dataclass(frozen=True)
class Pot:
    """What a group has put together for a data set: in all, by one account, and whether it was bought."""

    total: int
    given: int
    bought: bool


class Groups:
    """The contract of groups at an address of a chain."""

    def __init__(self, consortia: Contract) -> None:
        self.consortia = consortia

    def of(self, account: str) -> list[Group]:
        """The groups that an account is allowed into, the newest first."""
        named = {event.args["consortium"] for event in self.consortia.events("MemberAllowed", account=account)}
        found = [self._group(event.args) for event in self.consortia.events("ConsortiumCreated")[::-1]
                 if event.args["consortium"] in named]  # fmt: skip
        return [one for one in found if account in one.members]

    def _group(self, args: Mapping[str, Any]) -> Group:
        id_: bytes = args["consortium"]
        members, joined = dict[str, int](), set[str]()
        for account in dict.fromkeys(e.args["account"] for e in self.consortia.events("MemberAllowed", consortium=id_)):
            shares, accepted = self.consortia.read("memberOf", id_, account)
            if shares:
                members[account] = int(shares)
                joined |= {account} if accepted else set()
        return Group(id_, args["name"], args["creator"], members, frozenset(joined))

    def pot(self, group: Group, listing: Listing, account: str) -> Pot:
        """What a group has for a data set."""
        return Pot(*self.consortia.read("potOf", group.id, listing.id, account))

    def create(self, name: str, members: Sequence[str], *, salt: bytes | None = None) -> Act:
        """What founds a group, in which all have one share. ParamError for a name or members that are none."""
        if not 1 <= len(name.strip().encode()) <= _LONGEST:
            raise ParamError(f"a group's name has 1 to {_LONGEST} bytes", then="choose another")
        try:
            accounts = list(dict.fromkeys(address(one) for one in members))
        except ValueError as error:
            raise ParamError("a member is named by an address", then="give 0x and 40 digits for each") from error
        if len(accounts) < 2:
            raise ParamError("a group has two members at least", then="name another")
        salt = salt or secrets.token_bytes(32)
        args = (salt, name.strip(), accounts, [1] * len(accounts))
        return Act(self.consortia, "create", args, once=salt.hex())

    def join(self, group: Group) -> Act:
        """What accepts one's place in a group."""
        return Act(self.consortia, "join", (group.id,))

    def give(self, group: Group, listing: Listing, amount: int) -> Act:
        """What puts CROL into the pot, which the contract may take."""
        return Act(self.consortia, "contribute", (group.id, listing.id, amount))

    def take_back(self, group: Group, listing: Listing, amount: int) -> Act:
        """What takes one's own part back, before the purchase."""
        return Act(self.consortia, "takeBack", (group.id, listing.id, amount))

    def buy(self, group: Group, listing: Listing) -> Act:
        """What buys the data set for all, once the pot has the price."""
        return Act(self.consortia, "purchase", (group.id, listing.id), once=f"{group.id.hex()} {listing.name}")
