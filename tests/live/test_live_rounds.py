"""Live rounds over HTTP: who is in a sum, who is refused, and how a cohort ends."""

import http.client
import json
import socket

import httpx
import numpy as np
import pytest

from privacy.live.client import Closed, Over, Seat
from privacy.plugin import COLLECTOR, contributor
from tests.support.live_bench import OURS, TOKEN, Crowd, Hand, counting, kept_sum, place, value_of
from tests.support.soaking import in_soak
from workloads.survey.live import Question


@pytest.mark.parametrize("stack", ["plain", "rounds", "keyed"])
def test_a_sum_of_contributors_elsewhere_is_exact(tmp_path, stack):
    with place(tmp_path, stack=stack, contributors=4) as where, Crowd(where) as crowd:
        document = [crowd.send(n).result if n < 0 else crowd.send(n) for n in (5, 7, 11, 13)]
        assert all(one.result()["yours"] for one in document)
        result = where.result()
        assert result["included"] == [1, 2, 3, 4]
        assert list(kept_sum(where)) == [36, -36, 4] == list(crowd.total(result))
        assert result["answer"] == {"sum": [36.0, -36.0, 4.0], "of": 4}


def test_bytes_in_the_transcript_are_those_of_the_bodies(tmp_path):
    bodies = {"up": {}, "down": {}}
    with place(tmp_path, stack="rounds") as where, Crowd(where) as crowd:
        for one in [crowd.send(n, seat=counting(bodies)) for n in (1, 2, 3)]:
            assert one.result()["yours"]
        wording = where.result()["bytes"]
    assert wording["up"] == bodies["up"]
    assert wording["down"] == bodies["down"]
    assert min(wording["down"].values()) > 200


def test_posts_that_are_none_are_refused_by_name_and_the_round_completes(tmp_path):
    with place(tmp_path, contributors=3, minimum=2) as where, Hand(where) as a, Hand(where) as b, Hand(where) as c:
        for one in (a, b, c):
            one.mail()
        good = a.sealed([1, 2, 3])
        forged = a.post(a.sealed([9, 9, 9], key=bytes(32)))
        named = a.post(a.sealed([9, 9, 9], sender=contributor(2)))
        replayed = a.post(a.sealed([9, 9, 9], round_=2))
        astray = a.post(a.sealed([9, 9, 9], to=COLLECTOR))
        nobody = a.post(a.sealed([9, 9, 9], to=contributor(99)))
        altered = a.post(good[:-1] + bytes([good[-1] ^ 1]))
        broken = a.post(good[:50])
        large = a.post(good, **{"Veilbench-Wires": str(10**11)})
        short = a.post(good, **{"Veilbench-Wires": str(len(good) - 1)})
        early = a.post(a.sealed([9, 9, 9], round_=3), round_=3)
        assert [r.status_code for r in (forged, named, replayed, astray, nobody, altered)] == [
            403,
            403,
            403,
            400,
            400,
            403,
        ]
        assert [r.status_code for r in (broken, large, short, early)] == [403, 413, 400, 503]
        assert a.post(good).json() == {"taken": True, "before": False}
        assert a.post(good).json() == {"taken": True, "before": True}
        other = a.post(a.sealed([4, 4, 4]))
        assert other.status_code == 409
        assert "the first one counts" in other.json()["detail"]
        b.post(b.sealed([10, 20, 30]))
        c.post(c.sealed([100, 200, 300]))
        result = where.result()
        assert result["included"] == [1, 2, 3]
        assert list(kept_sum(where)) == [111, 222, 333]
        assert {row["contributor"] for row in result["refused_posts"]} == {"contributor-1"}
        wording = " ".join(row["reason"] for row in result["refused_posts"])
        for word in ("altered", "in the name of contributor-2", "replayed", "too large", "another answer", "collector"):
            assert word in wording
        late = a.post(good)
        assert late.status_code == 409
        assert "ended" in late.json()["detail"]


def test_an_answer_cut_off_on_its_way_is_no_answer(tmp_path):
    with place(tmp_path, contributors=2) as where, Hand(where) as a, Hand(where) as b:
        a.mail(), b.mail()
        whole = a.sealed([1, 1, 1])
        connection = http.client.HTTPConnection("127.0.0.1", where.port)
        connection.putrequest("POST", f"/api/live/{where.now.id}/reply/1")
        headers = a.seat._headers({"Veilbench-Session": a.session, "Veilbench-Wires": str(len(whole))})
        for name, text in (headers | {"Authorization": f"Bearer {OURS}", "Content-Length": str(len(whole))}).items():
            connection.putheader(name, text)
        connection.endheaders(whole[:40])
        connection.sock.shutdown(socket.SHUT_RDWR)
        connection.close()
        assert a.post(whole).json()["taken"]
        b.post(b.sealed([2, 2, 2]))
        assert where.result()["included"] == [1, 2]
        assert list(kept_sum(where)) == [3, 3, 3]
        assert not list((where.now.journal.folder).glob("incoming/*"))


def test_a_contribution_that_its_aggregator_refuses_is_named(tmp_path):
    with place(tmp_path, contributors=3, minimum=2) as where, Hand(where) as a, Hand(where) as b, Hand(where) as c:
        for one, vector in ((a, [1, 1, 1]), (b, [2000, 0, 0]), (c, [2, 2, 2])):
            one.mail()
            assert one.post(one.sealed(vector)).json()["taken"]
        result = where.result()
        assert result["included"] == [1, 3]
        assert "exceeds the bound" in result["refused"]["contributor-2"]
        document = b.seat._outcome("")
        assert not document["yours"]
        assert "exceeds the bound" in document["why"]


def test_who_answers_after_the_round_is_late_and_told_so(tmp_path):
    with (
        place(tmp_path, stack="rounds", contributors=3, round_seconds=1.0) as where,
        Crowd(where) as crowd, Hand(where) as slow,
    ):  # fmt: skip
        document = [crowd.send(n) for n in (1, 2)]
        slow.mail()
        with pytest.raises(Over):
            slow.seat._fetch(2, "")
        late = slow.post(slow.sealed([1, 1, 1]))
        assert late.status_code == 409
        assert all(one.result()["yours"] for one in document)
        result = where.result()
        assert result["included"] == [2, 3]
        assert "did not answer in 1 s" in result["reasons"]["contributor-1"]
        assert list(kept_sum(where)) == list(crowd.total(result)) == [3, -3, 2]


class _Gone(Exception):
    pass


@pytest.mark.parametrize("leaves", [1, in_soak("live", 3), 5])
@pytest.mark.parametrize(("minimum", "state"), [(2, "done"), (3, "aborted")])
def test_dropouts_in_any_round_end_in_an_exact_sum_or_a_reason(tmp_path, leaves, minimum, state):
    class Leaving(Seat):
        def _answer(self, round_, *rest):
            if round_ == leaves:
                raise _Gone
            super()._answer(round_, *rest)

    with (
        place(tmp_path, stack="rounds", minimum=minimum, round_seconds=1.0) as where,
        Crowd(where) as crowd,
    ):  # fmt: skip
        document = [crowd.send(1), crowd.send(2)]
        gone = crowd.send(3, seat=Leaving)
        with pytest.raises(_Gone):
            gone.result()
        result = where.result()
        assert result["state"] == state
        assert [one.result()["yours"] for one in document] == [state == "done"] * 2
        if state == "done":
            assert len(result["included"]) == (3 if leaves == 5 else 2)
            assert list(kept_sum(where)) == list(crowd.total(result))
        else:
            assert "needed" in result["reason"]
            assert all("needed" in one.result()["reason"] for one in document)
            assert not (where.now.journal.folder / "sum.npy").exists()


def test_too_few_joiners_are_told_why_there_is_no_sum(tmp_path):
    with place(tmp_path, contributors=5, minimum=3, join_seconds=0.5) as where, Crowd(where) as crowd:
        document = [crowd.send(n).result() for n in (1,)]
        assert where.result()["reason"] == "1 joined and 3 are needed."
        assert document[0]["reason"] == "1 joined and 3 are needed."


def test_a_cohort_that_is_not_full_sums_those_who_joined(tmp_path):
    with place(tmp_path, contributors=9, minimum=2, join_seconds=1.0) as where, Crowd(where) as crowd:
        document = [crowd.send(n) for n in (4, 5)]
        assert all(one.result()["yours"] for one in document)
        assert list(kept_sum(where)) == [9, -9, 2]


def test_a_late_joiner_is_told_of_the_next_cohort_and_is_in_it(tmp_path):
    with place(tmp_path, contributors=1, minimum=1, count=2) as where, Hand(where) as first:
        first.mail()
        with (
            Hand(where, joined=False) as late,
            pytest.raises(Closed, match="the next one opens when this one has ended"),
        ):
            late.seat.join()
        first.post(first.sealed(value_of(3)))
        where.result(0)
        where.until(lambda: len(where.service.all()) == 2)
        with Crowd(where) as crowd:
            assert crowd.send(8).result()["yours"]
        assert list(kept_sum(where, 1)) == [8, -8, 1]
        assert where.service.ended
        with Hand(where, joined=False) as later, pytest.raises(Closed, match="no further one is planned"):
            later.seat.join()


def test_only_a_seat_s_own_secret_speaks_for_it(tmp_path):
    with place(tmp_path, contributors=2) as where, Hand(where) as a:
        path = f"{where.url}/api/live/{where.now.id}"
        with httpx.Client(verify=False, headers={"Authorization": f"Bearer {OURS}"}) as peer:
            for member in ("1:wrong", "2:" + a.seat._secret, "x", "", "1" * 20 + ":a"):
                given = peer.get(f"{path}/inbox/1", headers={"Veilbench-Member": member}, params={"wait": 0})
                assert given.status_code == 403
            assert peer.get(f"{where.url}/api/live/none").status_code == 404
            assert peer.post(f"{path}/join", content=b"[[[").status_code == 400
            assert (
                peer.get(
                    f"{path}/inbox/1", headers={"Veilbench-Member": f"1:{a.seat._secret}"}, params={"wait": 0}
                ).status_code
                == 204
            )
            assert peer.get(f"{where.url}/api/parties/x").status_code == 401
        with httpx.Client(verify=False) as stranger:
            assert stranger.get(f"{where.url}/api/live").status_code == 401
        with httpx.Client(verify=False, headers={"Authorization": f"Bearer {TOKEN}"}) as host:
            assert host.get(f"{path}/result", params={"wait": 0}).status_code == 204
            listed = host.get(f"{where.url}/api/live").json()
        assert listed[0]["guarantee"]["towards"][0]["observer"] == "aggregator"
        assert listed[0]["definition"]["seating"].startswith("self-run")


def test_a_seat_taken_twice_with_one_secret_is_one_seat(tmp_path):
    with place(tmp_path, contributors=2) as where, Hand(where) as a:
        key = a.seat._key
        a.seat.join()
        assert (a.seat.index, a.seat._key) == (1, key)
        assert len(where.now.members) == 1


def test_the_sum_is_shown_to_contributors_only_where_the_collector_lets_them(tmp_path):
    for release in (False, True):
        ages = Question("mean", low=0, high=100).as_dict()
        query = {"contributors": 1, "minimum": 1, "release": release, "question": ages}
        with place(tmp_path / str(release), **query) as where, Hand(where) as a:
            a.mail()
            a.post(a.sealed([-10]))
            assert a.seat._outcome("").get("answer") == ({"mean": 40.0, "of": 1} if release else None)


def test_what_an_ended_live_round_keeps_holds_no_key_and_no_answer(tmp_path):
    with place(tmp_path, stack="rounds") as where, Crowd(where) as crowd:
        for one in [crowd.send(n) for n in (1, 2, 3)]:
            one.result()
        where.result()
        where.service.close()
        folder = where.now.journal.folder
        names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        assert names == [
            "definition.json",
            "members/1.json",
            "members/2.json",
            "members/3.json",
            "result.json",
            "sum.npy",
        ]
        assert all((folder / name).stat().st_mode & 0o077 == 0 for name in names)
        assert set(json.loads((folder / "members/1.json").read_text())) == {"digest"}
        assert np.load(folder / "sum.npy")[0] == 6
