"""Live rounds under the stacks that there are, with the collector here or on another server."""

import argparse
import random

import numpy as np
import pytest

from privacy.errors import ParamError, VeilbenchError
from privacy.home import home
from privacy.live.options import add_arguments, attach, service_from
from privacy.live.plan import plan
from privacy.live.series import LiveService
from privacy.web.app import build_app
from privacy.web.limits import Limits
from privacy.web.serving import Live
from tests.support.live_bench import TOKEN, Crowd, Hand, Place, counting, kept_sum, place
from workloads.survey.live import Question


def stacks(tmp_path, *names: str) -> None:
    missing = set(names) - set(Place(tmp_path).registry.stacks())
    if missing:
        pytest.skip(f"{', '.join(missing)} is not available here")


@pytest.mark.parametrize(
    ("stack", "params"), [("smpc", {}), ("smpc", {"scheme": "two servers"}), ("he", {})], ids=["masks", "two", "he"]
)
def test_sums_under_every_carrier_are_exact_and_count_every_byte(tmp_path, stack, params):
    stacks(tmp_path, stack)
    given = {"stack": stack, "params": params, "contributors": 5, "minimum": 3, "round_seconds": 30.0}
    bodies = {"up": {}, "down": dict.fromkeys(range(1, 6), 0)}
    with place(tmp_path, **given) as where, Crowd(where) as crowd:
        for one in [crowd.send(n, seat=counting(bodies)) for n in (2, 3, 5, 7, 11)]:
            assert one.result()["yours"]
        result = where.result()
        assert list(kept_sum(where)) == [28, -28, 5]
        assert (result["bytes"]["up"], result["bytes"]["down"]) == (bodies["up"], bodies["down"])


@pytest.mark.parametrize("stack", ["dp", "dp+smpc", "dp+he"])
def test_a_noised_sum_is_noised_once_and_by_whom_the_stack_says(tmp_path, stack):
    stacks(tmp_path, *stack.split("+"))
    question = Question("mean", low=0, high=100, unit=0.01).as_dict()
    given = {"params": {"epsilon": 8.0, "clip": 100.0}, "contributors": 4, "minimum": 3, "round_seconds": 30.0}
    where = Place(tmp_path, stack=stack, question=question, **given)
    planned = plan(where.definition, where.registry, joined=4)
    assert bool(planned.own) == (stack == "dp") != bool(planned.task.noise_shares)
    where.up()
    try:
        with Crowd(where) as crowd:
            crowd.value = lambda number: np.array([(number - 50) * 100])
            for one in [crowd.send(n) for n in (20, 30, 40, 50)]:
                assert one.result()["yours"]
        assert where.result()["included"] == [1, 2, 3, 4]
        noise = int(kept_sum(where)[0]) - (14_000 - 4 * 5_000)
        assert noise != 0
        assert abs(noise) < 10_000 * 100
    finally:
        where.down()


def test_a_collector_on_another_server_keeps_the_sum_to_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "collector"))
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    made = Place(tmp_path)
    with Live(build_app("collector", token=TOKEN, registry=made.registry)) as elsewhere:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        options = parser.parse_args(
            [
                "--contributors", "2", "--length", "3", "--bound", "1000", "--stack", "plain",
                "--collector", elsewhere.url, "--collector-token-file", str(token),
            ]
        )  # fmt: skip
        made.service = service_from(options, made.registry)
        assert made.service.definition.seating.startswith(
            f"the collector is at {elsewhere.url} and alone keeps the sum"
        )
        made.definition, made.collector = made.service.definition, made.service.collector
        made.up()
        try:
            with Crowd(made) as crowd:
                for one in [crowd.send(n) for n in (1, 2)]:
                    assert one.result()["yours"]
                result = made.result()
                assert result["included"] == [1, 2]
                assert result["answer"] is None
                assert not list(made.folder.glob("*/sum.npy"))
                (kept,) = (home() / "sums").glob("*.npy")
                assert list(np.load(kept)) == [3, -3, 2]
        finally:
            made.down()


def test_a_server_with_live_rounds_lets_contributors_in_by_a_token_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    made = Place(tmp_path)
    assert attach(parser.parse_args([]), made.registry, limits=Limits(), port=1) is None
    options = parser.parse_args(["--contributors", "90", "--stack", "plain", "--length", "2000000"])
    given = attach(options, made.registry, limits=Limits(), port=8512)
    assert given.token_file.stat().st_mode & 0o077 == 0
    token = given.token_file.read_text().strip().encode()
    assert given.accept("GET", "/api/live", token)
    assert given.accept("POST", "/api/live/1-a/join", token)
    for path, shown in (("/api/live", b"x"), ("/api/live", None), ("/api/parties/x", token)):
        assert not given.accept("GET", path, shown)
    assert given.limits.queue > 180
    assert given.limits.body_bytes >= Limits().body_bytes


def test_a_sum_that_stays_elsewhere_is_not_promised_to_contributors(tmp_path):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args(["--contributors", "2", "--collector", "http://127.0.0.1:9", "--release-sum"])
    with pytest.raises(ParamError, match="keeps the sum to itself"):
        service_from(options, Place(tmp_path).registry)


def test_options_that_ask_for_no_live_round_open_none(tmp_path):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    registry = Place(tmp_path).registry
    assert service_from(parser.parse_args([]), registry) is None
    with pytest.raises(VeilbenchError):
        service_from(parser.parse_args(["--contributors", "3", "--minimum", "9"]), registry)
    with pytest.raises(VeilbenchError):
        service_from(parser.parse_args(["--contributors", "3", "--stack", "local"]), registry)
    assert isinstance(
        service_from(parser.parse_args(["--contributors", "3", "--stack", "plain"]), registry), LiveService
    )


def test_no_mutated_post_crashes_a_server_or_a_sum(tmp_path):
    chance = random.Random(3)
    with place(tmp_path, contributors=3, minimum=2) as where, Hand(where) as a, Hand(where) as b, Hand(where) as c:
        for one in (a, b, c):
            one.mail()
        good = a.sealed([9, 9, 9])
        for _ in range(150):
            data = bytearray(good[: chance.randrange(len(good) + 1)] if chance.random() < 0.3 else good)
            for _ in range(chance.randrange(1, 4)):
                if data:
                    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            answer = a.post(bytes(data))
            assert answer.status_code in (400, 403) or bytes(data) == good, answer.text
        for headers in (
            {"Veilbench-Wires": "1,x"}, {"Veilbench-Wires": "-1"}, {"Veilbench-End": "never"}, {"Veilbench-Wires": "²"},
            {"Veilbench-Wires": ",".join(["0"] * 500)},
        ):  # fmt: skip
            assert a.post(good, **{k: v.encode() for k, v in headers.items()}).status_code == 400
        for text in (b"\xff" * 40, b'{"from":[]}', b"[" * 900, b'{"seq":"x"}'):
            forged = bytes([len(text) & 255, len(text) >> 8, 0, 0]) + text
            assert a.post(_tagged(forged, a.seat._key)).status_code in (400, 403)
        b.post(b.sealed([1, 2, 3]))
        c.post(c.sealed([4, 5, 6]))
        assert a.post(end="abort").json()["taken"]
        result = where.result()
        assert result["included"] == [2, 3]
        assert list(kept_sum(where)) == [5, 7, 9]


def _tagged(data: bytes, key: bytes) -> bytes:
    from privacy.transports.mailbox import _tag

    return data + _tag(data, key)
