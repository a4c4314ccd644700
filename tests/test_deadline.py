"""Patience: work ends for want of progress, never because a machine is busy; and progress says how fast it goes."""

import os
import subprocess
import sys
import threading
import time

import pytest

from privacy.deadline import Aside, Pulse, patiently
from privacy.errors import MechanismError
from privacy.pace import Pace, words
from privacy.registry import discover
from privacy.request import RunRequest
from tests.support.waiting import CAP, wait_until


def test_work_that_tells_is_not_cut_however_long_it_takes() -> None:
    pulse = Pulse()

    def work() -> str:
        for i in range(6):
            time.sleep(0.1)
            pulse(i, 6, "people")
        return "done"

    assert patiently(work, who="stack 'he'", pulse=pulse, seconds=0.4) == "done"


def test_time_in_which_the_machine_runs_others_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    monkeypatch.setattr(Aside, "starved", lambda self: time.monotonic() - began)
    assert patiently(lambda: time.sleep(0.6) or "done", who="stack 'he'", pulse=Pulse(), seconds=0.2) == "done"
    assert patiently(lambda: time.sleep(0.6) or "done", who="stack 'he'", seconds=0.2) == "done"


@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="this system does not tell")
def test_a_thread_that_waits_for_a_processor_is_seen_to_wait() -> None:
    one = min(os.sched_getaffinity(0))
    rival = subprocess.Popen([sys.executable, "-c", f"import os; os.sched_setaffinity(0, {{{one}}})\nwhile True: pass"])
    try:

        def work() -> None:
            os.sched_setaffinity(0, {one})
            until = time.monotonic() + CAP
            while time.monotonic() < until and not enough.is_set():
                pass

        enough = threading.Event()
        aside = Aside(work)
        wait_until(lambda: aside.starved() >= 0.05, every=0.05)
        enough.set()
        assert aside.over(CAP)
    finally:
        rival.kill()
        rival.wait()


@pytest.mark.parametrize("builtin", [True, False])
def test_only_the_author_of_a_plugin_is_told_to_mend_it(builtin: bool) -> None:
    with pytest.raises(MechanismError) as raised:
        patiently(lambda: time.sleep(5), who="stack 'he'", pulse=Pulse(), seconds=0.05, builtin=builtin)
    text = str(raised.value)
    assert text.startswith("Stack 'he' ")
    assert ("fix the plugin" in text) is not builtin


def test_every_person_of_an_evaluation_is_a_sign_of_life() -> None:
    from privacy import lab

    told: list[tuple[int, int]] = []
    request = RunRequest(stack="local", options={"items": 120, "dims": 8, "cohort": 20})
    lab.attacks(request, discover(), progress=lambda done, total, label: told.append((done, total)))
    people = [done for done, total in told if total == 80]
    assert set(range(80)) <= set(people)
    assert people == sorted(people)


def test_a_pace_is_of_the_work_at_hand() -> None:
    now = [0.0]
    pace = Pace(clock=lambda: now[0])
    assert pace.note(0, 400) == 0
    now[0] = 50.0
    assert pace.note(100, 400) == 2
    assert words(done=100, total=400, rate=2.0) == "100 of 400, 2 a second, about 2 min left"
    assert words(done=1, total=400, rate=0.0) == "1 of 400"
    now[0] = 60.0
    assert pace.note(0, 10) == 0
    now[0] = 64.0
    assert pace.note(1, 10) == 0.25
    assert words(done=1, total=10, rate=0.25) == "1 of 10, 4 s each, about 36 s left"
