"""What the explorer says of a chain: stories with parents and rooms, searches, gas, and events that are not ours."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from privacy.chains.chain import Chain
from privacy.chains.contracts import Artifact, shown
from privacy.chains.deploying import adopt, deploy
from privacy.chains.errors import ChainRefused
from privacy.chains.explorer import Explorer, Hit, events_of
from privacy.chains.picture import ALIKES, BETWEEN, CHANGES, COLUMNS, LANES, THING, drawn
from privacy.chains.sender import Intent
from privacy.chains.watching import Watch
from privacy.errors import DataError
from privacy.services.rooms import Rooms
from privacy.services.shown_log import ShownLog
from privacy.stores.cid import CID, DAG_PB
from tests.support import nodes
from tests.support.chain_story import HOSTILE, MODEL, Told, many, tell
from tests.support.chains import embedded
from tests.support.faulty import Faulty


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def chain(home: Path) -> Iterator[Chain]:
    with embedded(home / "chain") as found:
        yield found


@pytest.fixture(scope="module")
def told(chain: Chain) -> Told:
    return tell(chain)


@pytest.fixture
def explorer(chain: Chain, told: Told) -> Explorer:
    return Explorer(chain)


def test_a_version_comes_from_its_parents_and_its_room_and_leads_to_lists(explorer: Explorer, told: Told) -> None:
    first, second, third, fork = told.versions
    story = explorer.story(second.id)
    said = [(one.name, one.args.get("version", one.args.get("commitment", told.room.id))) for one in story.events]
    assert said == [
        ("RoomCreated", told.room.id), *(("VersionCommitted", one.id) for one in (first, second, third)),
        *(("Logged", one.commitment) for one in told.logged[:2]),
    ]  # fmt: skip
    assert story.links == (
        (0, 1, "room"), (1, 2, "parent"), (2, 3, "parent"), (3, 4, "modelRoot"), (3, 5, "modelRoot"),
    )  # fmt: skip
    assert [one.time for one in story.events] == sorted(one.time or 0 for one in story.events)
    assert all(one.time for one in story.events)
    # A sibling hangs on the parent, whatever was committed between.
    whole = explorer.story(told.room.id)
    of = {one.args.get("version"): at for at, one in enumerate(whole.events)}
    assert (of[first.id], of[fork.id], "parent") in whole.links
    assert (of[third.id], of[fork.id], "parent") not in whole.links
    assert explorer.story(b"\x99" * 32).events == ()


def test_members_follow_their_own_invitation(explorer: Explorer, told: Told) -> None:
    story = explorer.story(told.room.id)
    ben, cleo = (one.signer.address for one in told.senders[1:])
    at = {(one.name, one.args.get("account")): place for place, one in enumerate(story.events)}
    assert (at["MemberInvited", ben], at["MemberJoined", ben], "account") in story.links
    assert (at["MemberInvited", cleo], at["MemberLeft", cleo], "account") in story.links
    picture = drawn(story)
    (changes,) = [one for one in picture.cards if one.kind == CHANGES]
    assert {story.events[place].name for place in changes.events} == {"MemberInvited", "MemberJoined", "MemberLeft"}
    assert picture.cards[0].chosen
    trunk = [one.lane for one in picture.cards if story.events[one.events[0]].args.get("version") in
             {v.id for v in told.versions[:3]}]  # fmt: skip
    assert trunk == [0, 0, 0]


def test_a_thing_that_nothing_made_stands_before_what_names_it(explorer: Explorer) -> None:
    picture = drawn(explorer.story(b"\x08" * 32))
    thing = next(at for at, one in enumerate(picture.cards) if one.kind == THING)
    (after,) = [b for a, b in picture.lines if a == thing]
    assert (picture.cards[thing].column, picture.cards[after].column) == (1, 2)
    assert after == thing + 1
    assert (picture.cards[thing].track, picture.cards[after].track) == (1, 0)


def test_on_a_phone_no_line_of_a_story_runs_through_another_card(explorer: Explorer, told: Told) -> None:
    for thing in (told.room.id, told.versions[1].id, b"\x08" * 32, b"\x05" * 32, told.versions[0].content):
        cards, lines = (picture := drawn(explorer.story(thing))).cards, picture.lines
        for a, b in lines:
            between = [one.track for one in cards[a + 1 : b]]
            assert cards[b].track not in between, (a, b)


@pytest.mark.parametrize("search", ["block", "transaction", "address", "version", "cid", "tree", "logged", "hash"])
def test_everything_is_found_by_what_it_is_called(explorer: Explorer, told: Told, search: str) -> None:
    first, who = told.versions[0], told.senders[0].signer.address
    block = explorer.chain.block(3)
    assert block is not None
    text, wanted = {
        "block": (" 3 ", Hit("block", "3")), "hash": ("0x" + block.hash.hex(), Hit("block", "3")),
        "transaction": (told.failed.hex(), Hit("transaction", "0x" + told.failed.hex())),
        "address": (who.lower(), Hit("address", who)),
        "version": ("0x" + first.id.hex(), Hit("digest", "0x" + first.id.hex())),
        "cid": (MODEL.text, Hit("digest", "0x" + MODEL.digest.hex())),
        "tree": (CID(DAG_PB, MODEL.digest).text, Hit("digest", "0x" + MODEL.digest.hex())),
        "logged": ("20" * 32, Hit("digest", "0x" + "20" * 32)),
    }[search]  # fmt: skip
    assert explorer.search(text) == wanted


def test_what_is_not_there_is_not_found_and_nonsense_is_refused(explorer: Explorer) -> None:
    for nothing in ("99999999", "ab" * 32, CID.of(b"another").text):
        assert explorer.search(nothing) is None
    for nonsense in ("", "²", "1" * 4000, "0xab", "hello", "bafkrei"):
        with pytest.raises(DataError):
            explorer.search(nonsense)


def test_what_an_account_did_is_what_names_it(explorer: Explorer, told: Told) -> None:
    cleo = told.senders[2].signer.address
    found = explorer.about(bytes.fromhex(cleo[2:]))
    assert [one.name for one in found] == ["MemberInvited", "MemberLeft"]


def test_a_failed_transaction_says_the_contracts_own_error(explorer: Explorer, told: Told) -> None:
    action = explorer.action(told.failed)
    assert action is not None
    assert (action.words, action.receipt.ok, action.events) == ("RecommendationLog.log", False, ())
    assert action.args["commitment"] == told.logged[0].commitment
    assert getattr(explorer.refusal(action), "name", "") == "AlreadyLogged"


def test_gas_is_that_of_the_receipts(explorer: Explorer, told: Told) -> None:
    explorer.refresh()
    while explorer.look_at_gas(most=3):
        pass
    found = {one.action: one for one in explorer.gas()}
    spent = sorted(explorer.chain.receipt(one.transaction).gas_used for one in told.versions)  # type: ignore[union-attr]
    commit = found["ModelRegistry.commit"]
    median = round((spent[1] + spent[2]) / 2)
    assert (commit.count, commit.least, commit.median, commit.most) == (4, spent[0], median, spent[3])
    assert found["RecommendationLog.log"].count == 3
    assert found["new contract ModelRegistry"].count == 1


def test_events_of_a_contract_that_is_not_ours_are_not_ours(chain: Chain, told: Told, explorer: Explorer) -> None:
    before = len(events_of(chain))
    artifact, eve = Artifact.load("RecommendationLog"), told.senders[2]
    theirs = eve.send(Intent(None, artifact.creation())).contract
    ShownLog(chain, theirs).log(eve, told.logged[0].commitment, b"\x01" * 32)
    assert len(events_of(chain)) == before
    assert [one.args["sender"] for one in explorer.story(told.logged[0].commitment).events if one.name == "Logged"] == [
        told.senders[0].signer.address
    ]


def test_a_name_that_is_no_text_hides_nothing_and_moves_no_cursor(chain: Chain, told: Told) -> None:
    rooms = Rooms(chain, deploy(told.senders[0], "ModelRegistry").address)
    body = rooms.contract.encode("createRoom", b"\x31" * 32, "xxxx", b"\0" * 32, [])
    told.senders[0].send(Intent(rooms.contract.address, body.replace(b"xxxx", b"\xff\xfeab"), gas=200_000))
    assert rooms.rooms()[-1].name == "\ufffd\ufffdab"
    assert shown(HOSTILE)[:5] == "\ufffd<img"
    assert shown(HOSTILE).isprintable()


def events_now(chain: Chain) -> list[Any]:
    explorer = Explorer(chain)
    explorer.refresh()
    return list(explorer.book.all())


class Forked(Chain):
    """A chain whose blocks from a number on are replaced, and which answers for few blocks at once."""

    name = "forked"

    def __init__(self, inner: Chain, *, most: int = 10**9) -> None:
        self.inner, self.most, self.top, self.fork = inner, most, 10**9, 10**9
        self.questions: list[str] = []

    def request(self, method: str, params: Sequence[Any]) -> Any:
        self.questions.append(method)
        if method == "eth_getLogs":
            first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
            if last - first >= self.most:
                raise ChainRefused("query exceeds the range")
            return [one for one in self.inner.request(method, params) if int(one["blockNumber"], 16) < self.fork]
        if params and params[0] == "latest":
            params = [hex(min(self.top, self.inner.head().number)), *params[1:]]
        found = self.inner.request(method, params)
        if isinstance(found, dict) and int(found.get("number", "0x0"), 16) >= self.fork:
            return found | {"hash": "0x" + "fe" * 32, "parentHash": "0x" + "fe" * 32}
        return found

    def close(self) -> None: ...


def test_events_are_asked_for_once_and_anew_after_a_fork(chain: Chain, told: Told) -> None:
    forked = Forked(chain)
    explorer = Explorer(forked)
    forked.top = 6
    explorer.refresh()
    few = explorer.book.all()
    assert explorer.refresh() is False
    assert forked.questions.count("eth_getLogs") == 1
    forked.top = 10**9
    assert explorer.refresh() is True
    every = explorer.book.all()
    assert list(every) == events_now(chain)
    assert every[: len(few)] == few
    fork = every[-3].block
    forked.fork = fork
    explorer.refresh()
    assert explorer.book.all() == tuple(one for one in every if one.block < fork)
    forked.fork = 10**9
    explorer.refresh()
    assert explorer.book.all() == every


def test_a_node_that_answers_for_few_blocks_is_asked_for_few(chain: Chain, told: Told) -> None:
    explorer = Explorer(Forked(chain, most=4))
    explorer.refresh()
    assert list(explorer.book.all()) == events_now(chain)


def test_many_lists_are_folded_and_shown_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with embedded(tmp_path / "chain") as chain:
        told = tell(chain)
        ada = told.senders[0]
        rooms, version = Rooms(chain, deploy(ada, "ModelRegistry").address), told.versions[3]
        for at in range(9):
            version = rooms.commit(ada, told.room.id, bytes([0x60 + at]) * 32, parent=version)
        for at in range(9):
            rooms.commit(ada, told.room.id, bytes([0x70 + at]) * 32, parent=told.versions[0])
        many(chain, 60)
        explorer = Explorer(chain)
        story = explorer.story(told.versions[0].id)
        picture = drawn(story)
        assert picture.columns <= COLUMNS
        assert picture.lanes <= LANES
        assert BETWEEN in {one.kind for one in picture.cards}
        (alike,) = [one for one in drawn(explorer.story(told.versions[2].id)).cards if one.kind == ALIKES]
        assert len(alike.events) == 62
        assert sorted(at for one in picture.cards for at in one.events) == list(range(len(story.events)))
        assert all(picture.cards[a].column < picture.cards[b].column for a, b in picture.lines)
        assert len({(one.column, one.lane) for one in picture.cards}) == len(picture.cards)
        assert [one.chosen for one in picture.cards].count(True) == 1


def test_a_watch_sees_what_another_thread_writes_and_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with embedded(tmp_path / "chain") as chain:
        watch = Watch(chain)
        view, error = watch.look(wait=60)
        assert error is None
        assert view is not None
        assert (view.head.number, view.events, view.contracts) == (0, 0, {})
        telling = threading.Thread(target=tell, args=(chain,))
        telling.start()
        telling.join()
        from tests.support.waiting import wait_until

        wait_until(lambda: (found := watch.look()[0]) is not None and found.events == 12 and not found.measuring)
        monkeypatch.setattr(chain, "head", lambda: chain.block(10**6))
        wait_until(lambda: watch.look()[1] is not None)
        seen = watch.look()[0]
        assert seen is not None
        assert seen.events == 12
        watch.close()


def test_a_contract_of_others_is_read_from_the_block_that_made_it(tmp_path: Path, home: Path) -> None:
    with nodes.anvil(tmp_path) as node:
        from tests.support.chains import NodeChain, Stage

        stage = Stage(NodeChain(node))
        for _ in range(5):
            node.ask("anvil_mine", "0x1")
        address = stage.deploy("RecommendationLog")
        adopt(stage.chain, "RecommendationLog", address)
        ShownLog(stage.chain, address).log(stage.account(1), b"\x01" * 32, b"\x02" * 32)
        watched, queries = Faulty(stage.chain), list[Any]()

        def note(method: str, params: Sequence[Any]) -> Any:
            queries.extend(params if method == "eth_getLogs" else ())
            return Faulty.PASS

        watched.local = False
        watched.faults.append(note)
        explorer = Explorer(watched)
        explorer.refresh()
        assert [one.name for one in explorer.book.all()] == ["Logged"]
        (query,) = queries
        assert query["fromBlock"] == "0x6"
