"""HE lookup: every record right, every wire strict, every query under a secret of its own."""

import random
import struct
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("tenseal")

from backends.he.lookup import client, wires
from backends.he.lookup import table as tables
from backends.he.lookup.bound import REQUIRED_BITS, failure_bits
from backends.he.lookup.client import ask, read
from backends.he.lookup.hint import Hint
from backends.he.lookup.layout import DEGREE, Layout
from backends.he.lookup.mechanism import HeLookup
from backends.he.lookup.table import table_of
from backends.smpc.lookup.mechanism import SmpcLookup
from privacy.errors import IntegrityError, ParamError, WireError
from privacy.plugin import CIPHERTEXT, CLIENT, PUBLIC, SERVER, LookupTask, Seat, Wire, without_digests
from tests.support.fuzz_mutations import BODIES
from tests.support.lookup_runs import fetch, seated, table
from tests.support.soaking import sized


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    tables._tables.clear()


def shapes():
    """Odd shapes: mostly small ones, some over several blocks, and some tables of one byte value alone."""
    rng = np.random.default_rng(5)
    for number in range(100):
        small = bool(number % sized(8, 4))
        items = int(rng.integers(1, 200)) if small else int(rng.integers(2000, 9000))
        size, count = int(rng.integers(1, 70 if small else 15)), int(rng.integers(1, 12 if small else 40))
        records = rng.integers(0, 256, (items, size), dtype=np.uint8)
        if number % 10 == 0:
            records[:] = rng.choice([0, 255, 128, 127])
        yield records, count


@pytest.mark.parametrize("mechanism", [HeLookup, SmpcLookup])
def test_every_index_is_right_on_a_hundred_random_tables_of_odd_shapes(mechanism):
    rng, fetched, columns = np.random.default_rng(6), 0, set()
    for records, count in shapes():
        session = seated(mechanism(), records, count)
        columns.add(Layout.of(session.task).per_column)
        every = np.arange(len(records)) if len(records) < 200 else rng.integers(0, len(records), 4 * count)
        for start in range(0, len(every), count):
            indices = np.resize(every[start:], count)
            assert (fetch(session, indices) == records[indices]).all()
            fetched += count
    assert fetched > 8000
    assert len(columns) > 2


def asked(task, indices, sampler_of):
    """The words of one batch, uint32 (count, columns), under the sampler that `sampler_of` makes."""
    hint = table_of(table(task.items, task.record_bytes), task).hint
    body, _ = ask(hint, np.array(indices), sampler_of())
    return wires.decode_query(body, hint.layout, hint.name, count=task.count)


def near(one, other):
    """The columns in which two queries differ by more than two errors can."""
    return np.flatnonzero(np.abs((one - other).view(np.int32)) > 2 * 21).tolist()


def test_a_secret_that_serves_twice_would_name_both_columns_and_none_does():
    """The planted bug: fresh errors, one secret. The honest client's two queries differ almost everywhere."""
    task = LookupTask(items=3000, record_bytes=400, count=2)
    seat = Seat(CLIENT, task)

    def honest():
        return client.Sampler(seat.random.bytes)

    def planted():
        sampler = client.Sampler(seat.random.bytes)
        secret = sampler.ternary((DEGREE,))
        sampler.ternary = lambda shape: secret
        return sampler

    layout = Layout.of(task)
    assert layout.per_column == 1
    assert near(*asked(task, [5, 2900], planted)) == [5, 2900]
    assert len(near(*asked(task, [5, 2900], honest))) > layout.columns * 0.99
    first, second = asked(task, [5, 5], honest)[0], asked(task, [5, 5], honest)[0]
    assert len(near(first, second)) > layout.columns * 0.99


def test_a_wire_of_any_other_length_count_or_table_is_refused():
    task = LookupTask(items=50, record_bytes=10, count=3)
    here, other = table_of(table(50, 10), task), table_of(table(50, 10, seed=2), task)
    body, questions = ask(here.hint, np.array([1, 2, 3]), client.Sampler(Seat(CLIENT, task).random.bytes))
    answer = here.answer(body, count=3)
    assert (read(here.hint, questions, answer)[:, :10] == table(50, 10)[[1, 2, 3]]).all()
    two = wires.encode_query(here.hint.name, wires.decode_query(body, here.hint.layout, here.hint.name, count=3)[:2])
    for bad in (b"", body[:-1], body + b"\0", two, b"X" + body[1:], body[:8] + b"\xff" * 4 + body[12:]):
        with pytest.raises(WireError):
            here.answer(bad, count=3)
    with pytest.raises(WireError, match="hint of another table"):
        other.answer(body, count=3)
    with pytest.raises(WireError, match="hint of another table"):
        read(other.hint, questions, answer)
    for bad in (b"", answer[:-2], answer + b"\0\0", b"Y" + answer[1:]):
        with pytest.raises(WireError):
            read(here.hint, questions, bad)


def test_a_hint_that_is_damaged_of_another_shape_or_of_no_table_is_refused():
    task = LookupTask(items=50, record_bytes=10, count=3)
    body = table_of(table(50, 10), task).hint.to_bytes()
    assert Hint.from_bytes(body, task).layout == Layout.of(task)
    for bad in (b"", body[:-1], body + b"\0", b"X" + body[1:], body[:-1] + bytes([body[-1] ^ 1])):
        with pytest.raises(WireError):
            Hint.from_bytes(bad, task)
    with pytest.raises(WireError, match="shape"):
        Hint.from_bytes(body[:8] + struct.pack("<Q", 51) + body[16:], task)
    # The hint of another table under this one's name, and the other way round.
    other = table_of(table(50, 10, seed=2), task).hint.to_bytes()
    for mixed in (body[:24] + other[24:56] + body[56:], body[:56] + other[56:]):
        with pytest.raises(WireError, match="another table"):
            Hint.from_bytes(mixed, task)


def test_a_client_with_the_hint_of_another_table_is_refused_by_name():
    records, stale = table(60, 12), table(60, 12, seed=9)
    session = seated(HeLookup(), records, 2)
    hint = table_of(stale, session.task).hint.to_bytes()
    session.endpoints[CLIENT].role.keep([Wire(to=CLIENT, kind="hint", exposure=PUBLIC, body=hint, sender=SERVER)])
    with pytest.raises(WireError, match="hint of another table"):
        fetch(session, [1, 2])


def test_every_flipped_byte_of_an_answer_is_noticed_and_never_gives_a_wrong_record():
    records = table(40, 6)
    session = seated(HeLookup(), records, 2)
    role = session.endpoints[CLIENT].role
    (query,) = role.query(secret_of([7, 31]))
    answer = session.endpoints[SERVER].role.answer(replace(query, sender=CLIENT))
    questions, body = list(role._questions), answer.body
    harmless = 0
    for place in range(len(body)):
        role._questions = list(questions)
        bent = Wire(CLIENT, "answer", CIPHERTEXT, body[:place] + bytes([body[place] ^ 0x80]) + body[place + 1 :])
        try:
            found = role.reveal([bent])
        except WireError:
            continue
        assert (
            found == records[[7, 31]]
        ).all()  # a low byte of the noise, or a record of the column that is not wanted
        harmless += 1
    assert harmless < len(body)


def secret_of(indices):
    from privacy.boundary.secret import Secret

    return Secret(np.array(indices), owner=CLIENT)


@pytest.mark.parametrize("mechanism", [HeLookup, SmpcLookup])
def test_whatever_a_server_sends_a_client_gets_right_records_or_a_typed_error(mechanism):
    records, rng = table(90, 7), random.Random(8)
    session, wanted = seated(mechanism(), records, 3), [3, 89, 0]
    refused = right = 0
    for number in range(sized(400, 4000)):
        client_role = session.endpoints[CLIENT].role
        queries = list(client_role.query(secret_of(wanted)))
        answers = [session.endpoints[q.to].role.answer(replace(q, sender=CLIENT)) for q in queries]
        at, kind = number % len(answers), rng.choice(list(BODIES))
        answers[at] = replace(answers[at], body=BODIES[kind](answers[at].body, rng))
        try:
            found = client_role.reveal(answers)
        except WireError:
            refused += 1
            continue
        assert (found == records[wanted]).all(), kind
        right += 1
    assert refused > 10 * right


def test_an_altered_record_is_an_integrity_error_and_the_index_is_not_named():
    found = tables.with_digests(table(20, 5))
    for bend in ((3, 0), (3, 12)):
        bent = found[[3, 4]].copy()
        bent[0, bend[1]] ^= 1
        with pytest.raises(IntegrityError) as caught:
            without_digests(bent, np.array([3, 4]))
        assert "3" not in str(caught.value)
    with pytest.raises(IntegrityError):  # the right record of another place
        without_digests(found[[4, 3]], np.array([3, 4]))


def test_the_bound_holds_for_any_table_and_a_table_past_it_is_refused(monkeypatch):
    for value in (0, 127, 128, 255):
        records = np.full((3000, 20), value, dtype=np.uint8)
        bits = table_of(records, LookupTask(3000, 20, 10)).failure_bits
        assert bits > 80
    # By hand: 2^20 columns of -128, no rounding.
    norm2 = 2.0**20 * 2.0**14
    expected = (2.0**23 - 2.0**15) ** 2 / (21 * norm2) / np.log(2) - 1 - 10
    assert failure_bits(row_norm2=norm2, rounding_norm2=0.0, row_bytes=1024) == pytest.approx(expected)
    assert expected > REQUIRED_BITS
    with monkeypatch.context() as patched:
        patched.setattr(tables, "failure_bits", lambda **_: 39.0)
        with pytest.raises(ParamError, match=r"2\^-39"):
            table_of(table(30, 4), LookupTask(30, 4, 1))


def test_the_noise_of_fetches_is_within_what_the_bound_takes_it_for():
    """The left-over of every byte, over its proxy deviation: none beyond six in 30,000, and no less than half of it."""
    task = LookupTask(items=4000, record_bytes=300, count=10)
    records = table(4000, 300)
    here = table_of(records, task)
    rng, seat, left = np.random.default_rng(2), Seat(CLIENT, task), []
    for _ in range(10):
        indices = rng.integers(0, 4000, 10)
        body, questions = ask(here.hint, indices, client.Sampler(seat.random.bytes))
        answers = wires.decode_answer(here.answer(body, count=10), here.hint.layout, here.hint.name, count=10)
        for index, question, answer in zip(indices, questions, answers, strict=True):
            rows = slice(question.place * 308, question.place * 308 + 300)
            exact = answer.astype(np.int64)[rows] - client._product(here.hint.rows[rows], question.secret)
            byte = records[index].astype(np.int64) - 128
            left.append((exact - 256 * byte + 2**15) % 2**16 - 2**15)
    noise = np.concatenate(left) * 2.0**16
    variance = 10.5 * 4000 * 128**2 / 3 + 2 / 3 * 2048 * 2.0**32 / 12 + 2.0**32 / 12
    assert 0.9 < noise.std() / variance**0.5 < 1.1
    assert np.abs(noise).max() < 6 * variance**0.5 < 2.0**23


def test_a_hint_is_kept_on_disk_checked_when_it_is_read_and_replaced_when_it_is_wrong(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_KEPT_FROM", 0)
    records, task = table(100, 9), LookupTask(100, 9, 2)
    first = table_of(records, task)
    (path,) = (p for p in (tmp_path / "cache" / "arrays").iterdir() if p.suffix != ".lock")
    made = []
    monkeypatch.setattr(tables, "_hint", lambda *given, make=tables._hint: made.append(1) or make(*given))

    def again():
        tables._tables.clear()
        return table_of(records, task)

    assert again().hint.to_bytes() == first.hint.to_bytes()
    assert again().failure_bits == first.failure_bits
    assert not made
    content = path.read_bytes()
    for count, damaged in enumerate(
        (content[:-1], content[:-1] + bytes([content[-1] ^ 1]), b"", content[:20] + b"\0" + content[21:]), 1
    ):
        path.write_bytes(damaged)
        assert again().hint.to_bytes() == first.hint.to_bytes()
        assert len(made) == count
        assert path.read_bytes() == content


def test_a_layout_takes_the_fewest_bytes_and_says_what_it_costs():
    one = Layout.of(LookupTask(items=100_000, record_bytes=1024, count=10))
    assert (one.per_column, one.hint_bytes, one.query_bytes, one.answer_bytes) == (1, 2 * 1032 * 2048, 400_000, 2064)
    many = Layout.of(LookupTask(items=1_000_000, record_bytes=256, count=10))
    assert many.per_column == 6
    assert many.hint_bytes == 2 * 264 * 6 * 2048
    assert Layout.of(LookupTask(items=1, record_bytes=1, count=1)).columns == 1


def test_two_runs_of_a_session_draw_other_secrets_and_forgetting_ends_it():
    session = seated(HeLookup(), table(30, 4), 2)
    seat = session.endpoints[CLIENT].role.seat
    fetch(session, [1, 2])
    first = set(seat.keys.material().values())
    fetch(session, [1, 2])
    second = set(seat.keys.material().values())
    assert len(first) == len(second) == 2
    assert not first & second
    session.forget()
    assert seat.keys.material() == {}
    with pytest.raises(IntegrityError):
        fetch(session, [1, 2])
