"""Rooms on the page of training: created, entered by invitation, trained in by members, looked at by everybody."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from privacy import lab
from privacy.chains.opening import signer
from privacy.chains.sender import Intent, Sender
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.rooms.history import find_version, history, restore
from privacy.rooms.opening import Names, recorded, rooms_on, rooms_with
from privacy.services.rooms import Room
from tests.support.app_pages import html, opened
from tests.support.waiting import wait_until
from ui import resources
from ui.kit import wallet

PAGE = "federated"
SMALL = {"devices": 4, "rounds": 2, "sentences": 4, "words": 40, "width": 4, "pretrained": False, "minimum": 2}


@pytest.fixture
def signed_in(app_state: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def into(name: str, *, kind: str = "demo") -> str:
        (address,) = [one.address for one in resources.embedded().signers() if one.label.startswith(name)]
        who = wallet.Account(address, kind, 1447381324, 9e12)  # type: ignore[arg-type]
        monkeypatch.setattr(wallet, "account", lambda: who)
        return address

    return into


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception, at.exception
    return at


def keys(at: AppTest) -> set[str]:
    return {str(one.key) for one in at.button}


def created(name: str) -> tuple[AppTest, Room]:
    at = opened(PAGE, words="60", minimum="2")
    at.text_input(key="rooms.name").set_value(name).run()
    at = press(at, "rooms.create")
    return at, rooms_on(resources.embedded()).rooms()[-1]


def test_nobody_creates_a_room_without_signing_in(app_state: Path) -> None:
    at = opened(PAGE)
    assert "rooms.create" not in keys(at)
    assert any("Sign in" in one.value for one in at.caption)
    at = opened(PAGE, room="ab" * 32)
    assert len(at.warning) == 1


def test_a_room_is_entered_by_invitation_alone(signed_in: Any) -> None:
    ada = signed_in("Ada")
    at, room = created("Keyboard *one*")
    rooms = rooms_on(resources.embedded())
    assert (room.name, rooms.owner(room.id)) == ("Keyboard *one*", ada)
    assert at.query_params["room"] in (room.id.hex(), [room.id.hex()])
    assert "federated.train" in keys(at)
    assert [at.query_params[name] for name in ("words", "minimum")] in (["60", "2"], [["60"], ["2"]])
    ben = signed_in("Ben")
    at = opened(PAGE, room=room.id.hex())
    assert not keys(at) & {"federated.train", "rooms.join", "rooms.invite"}
    signed_in("Ada")
    at = opened(PAGE, room=room.id.hex())
    at.text_input(key="rooms.invited").set_value("nobody").run()
    assert len(at.error) == 1
    at.text_input(key="rooms.invited").set_value("Ben").run()
    press(at, "rooms.invite")
    assert rooms.members(room.id) == {ada: "owner", ben: "invited"}
    signed_in("Ben")
    at = press(opened(PAGE, room=room.id.hex()), "rooms.join")
    assert rooms.members(room.id)[ben] == "member"
    assert "federated.train" in keys(at)
    signed_in("Ben", kind="wallet")
    assert "federated.train" in keys(opened(PAGE, room=room.id.hex()))


def test_a_wallet_signs_the_versions_of_a_training_one_after_the_other(signed_in: Any, monkeypatch: Any) -> None:
    ada = signed_in("Ada", kind="wallet")
    chain = resources.embedded()
    sender = Sender(chain, signer(chain, "Ada"))
    rooms = rooms_with(sender)
    room = rooms.create(sender, "Keyboard")
    at = opened(PAGE, {name: str(value) for name, value in SMALL.items()}, room=room.id.hex())
    at = press(at, "federated.train")
    (state,) = wait_until(lambda: [one for one in resources.run_jobs().all() if one.state == "done"])
    record = resources.run_jobs().get(state.id).record
    assert record is not None
    proposed = record["settings"]["room"]["versions"]
    assert [one["round"] for one in proposed] == [0, 1, 2]
    assert rooms.versions(room.id) == []
    asked: list[str] = []

    def transact(key: str, *, to: str, data: bytes, chain_id: int, label: str) -> wallet.Outcome:
        asked.append(label)
        return wallet.Outcome("sent", resources.demo_send(ada, Intent(to, data)))

    monkeypatch.setattr(wallet, "transact", transact)
    at.run()  # each run of the page signs one, and draws itself again
    assert not at.exception
    assert asked == ["Commit round 0", "Commit round 1", "Commit round 2"]
    assert [one.id.hex() for one in rooms.versions(room.id)] == [one["id"] for one in proposed]
    kept = history(rooms, room, resources.store())
    assert [(one.record.model, one.faults) for one in kept if one.record] == [(p["model"], ()) for p in proposed]


def test_versions_are_shown_to_everybody_and_restored_bit_by_bit(signed_in: Any, monkeypatch: Any) -> None:
    signed_in("Ada")
    _, room = created("Keyboard")
    registry = discover()
    request = RunRequest(workload="federated", options=SMALL)
    with recorded(request, Names(room.id.hex()), registry) as (placed, recording):
        record = lab.run(placed, registry=registry, recording=recording)
    monkeypatch.setattr(wallet, "account", lambda: None)
    at = opened(PAGE, room=room.id.hex())
    assert html(at).count(">fits<") == 3
    assert not keys(at) & {"federated.train", "rooms.fork"}
    at = press(at, "rooms.restore")
    assert record.settings["version"] in html(at)
    (picked, body) = at.session_state["rooms/restored"]
    version = find_version(rooms_on(resources.embedded()), room, "2")
    assert (picked, body) == (version.id.hex(), restore(version, resources.store()))
    signed_in("Ada")
    at = opened(PAGE, room=room.id.hex())
    at.selectbox(key=f"rooms.version.{room.id.hex()}").set_value(
        find_version(rooms_on(resources.embedded()), room, "1").id.hex()
    ).run()
    at = press(at, "rooms.fork")
    first = find_version(rooms_on(resources.embedded()), room, "1").id.hex()
    assert at.session_state[f"federated/fork/{room.id.hex()}"] == first
