"""The For-You-Page workload: accuracy, the attack and its control, and what a record holds."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from privacy import lab
from privacy.attacks.inference import LinearReader, attribute_advantage, category_advantage, train, train_on_best
from privacy.boundary.channel import Channel
from privacy.errors import ParamError, UnknownNameError
from privacy.primitives.scoring import top_k
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.results import Metric, RunRecord
from tests.support.rounds import deployed, first, viewer, world
from tests.support.soaking import sized
from tools.profiles.generator import generate_profiles, write_csv
from workloads.fyp.data import load_profiles
from workloads.fyp.deployment import Deployment, Served, choose
from workloads.fyp.evaluation import CONTROL_FLOOR, Attack, attack_metrics, ndcg_at
from workloads.fyp.round import cheaper_download, judge
from workloads.fyp.verdict import Verdict, moves, verdicts

REGISTRY = discover()
# At 60, a panel is so small that noise looks like the better source once in some hundred runs.
COHORT = sized(100, 200)


@pytest.fixture(scope="module", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="module")
def he() -> RunRecord:
    return lab.run(RunRequest(stack="he", options={"cohort": COHORT}))


@pytest.fixture(scope="module")
def by_id() -> RunRecord:
    return lab.run(RunRequest(stack="he", options={"cohort": COHORT, "fetch": "by id"}))


def value(record: RunRecord, key: str) -> float:
    metric = record.metric(key)
    assert metric is not None
    assert metric.value is not None
    return metric.value


def beyond_chance(record: RunRecord, key: str) -> float:
    """How many half-widths of its 95% interval a metric lies above 0: 2 of them are about 4 standard errors."""
    metric = record.metric(key)
    assert metric is not None
    assert metric.low is not None
    return value(record, key) / (value(record, key) - metric.low)


@pytest.mark.sized("conformance")
def test_he_ranks_exactly_as_plain_for_everyone(he: RunRecord) -> None:
    overlap = he.metric("top10_overlap")
    assert overlap is not None
    assert (overlap.value, overlap.n) == (1.0, COHORT)
    assert 0 < value(he, "score_error") <= 1e-4


@pytest.fixture(scope="module")
def smpc() -> RunRecord:
    return lab.run(RunRequest(stack="smpc", options={"cohort": COHORT}))


@pytest.mark.parametrize("stack", ["he", "smpc"])
def test_the_attribute_and_the_topic_are_hidden_in_the_whole_view(stack: str, request: pytest.FixtureRequest) -> None:
    record: RunRecord = request.getfixturevalue(stack)
    assert not record.fallbacks
    assert value(record, "attribute_advantage_control") > CONTROL_FLOOR
    # A true 0 lies beyond twice its interval once in about 10,000 runs.
    for key in ("attribute_advantage_scoring", "taste_advantage_scoring", "attribute_advantage", "taste_advantage"):
        assert abs(beyond_chance(record, key)) < 2, key
    assert value(record, "top10_overlap") == 1.0


def test_a_fetch_by_id_gives_back_what_scoring_hid(by_id: RunRecord) -> None:
    assert abs(beyond_chance(by_id, "attribute_advantage_scoring")) < 2
    assert abs(beyond_chance(by_id, "taste_advantage_scoring")) < 2
    assert beyond_chance(by_id, "attribute_advantage") > 2
    assert beyond_chance(by_id, "taste_advantage") > 2


def test_the_record_says_how_the_fetch_went(he: RunRecord, by_id: RunRecord) -> None:
    def sent(record: RunRecord) -> tuple[str, list[tuple[str, str]]]:
        observer = record.guarantee.observer("server")
        assert observer is not None
        received = [m for m in record.transcript.messages if m.receiver.name == "server"]
        return observer.strength.name, [(m.kind, m.exposure.value) for m in received]

    assert not he.fallbacks
    assert sent(he) == ("COMPUTATIONAL", [("query", "ciphertext"), ("query", "ciphertext")])
    assert set(by_id.fallbacks) == {"lookup"}
    assert by_id.settings["fetch"] == "by id"
    assert sent(by_id) == ("NONE", [("query", "ciphertext"), ("indices", "plaintext")])


def test_a_stack_fetches_by_its_own_lookup_or_by_id_as_it_is_set() -> None:
    def chosen(name: str, fetch: str) -> tuple[str, list[str]]:
        mechanisms, fallbacks = choose(REGISTRY, REGISTRY.stack(name), fetch=fetch)
        return type(mechanisms["lookup"]).__name__, list(fallbacks)

    assert chosen("he", "private") == ("HeLookup", [])
    assert chosen("he", "by id") == ("PlainLookup", ["lookup"])
    assert chosen("local", "private") == ("LocalLookup", [])
    assert chosen("local", "by id") == ("PlainLookup", ["lookup"])
    assert chosen("dp+he", "by id") == ("PlainLookup", ["lookup"])
    for fetch in ("private", "by id"):  # it has no other
        assert chosen("plain", fetch) == ("PlainLookup", [])


def test_a_table_that_is_fewer_bytes_than_a_private_fetch_is_said_with_both_numbers() -> None:
    """The shipped catalogue: the hint alone is more than the table. From another stack nothing is said."""

    def served(request: RunRequest) -> tuple[Deployment, Served]:
        deployment, channel = deployed(request, REGISTRY), Channel()
        deployment.publish(channel)
        taste = viewer(request).taste
        return deployment, deployment.serve(taste, channel, sent=taste.vector)

    deployment, one = served(RunRequest(stack="he"))
    task, hint = deployment.tasks["lookup"], deployment.published["lookup"]
    assert hint > task.items * task.record_bytes
    for number in (hint + one.carried["lookup"], hint, task.items * task.record_bytes):
        assert f"{number / 1e6:.2f} MB" in cheaper_download(deployment, one)
    feed, transcript = first(RunRequest(stack="he"), REGISTRY)
    assert hint == next(m.bytes for m in transcript.messages if m.kind == "hint")
    assert sum(one.carried.values()) == transcript.bytes(phase="run")
    assert feed.download == cheaper_download(deployment, one)
    assert feed.download in feed.notes
    for stack, fetch in (("local", "private"), ("plain", "private"), ("he", "by id")):
        assert cheaper_download(*served(RunRequest(stack=stack, options={"fetch": fetch}))) == ""


def test_local_sends_nothing_and_ranks_exactly() -> None:
    record = lab.run(RunRequest(stack="local"))
    assert value(record, "top10_overlap") == 1.0
    assert value(record, "bytes_up") == 0
    assert value(record, "bytes_setup") > 100_000
    for key in ("attribute_advantage_scoring", "attribute_advantage", "taste_advantage"):
        assert value(record, key) == 0.0


def test_a_record_never_holds_the_taste() -> None:
    request = RunRequest(stack="plain", options={"cohort": 20})
    record = lab.run(request)
    taste = viewer(request).taste
    text = record.as_json()
    assert json.loads(text)["workload"] == "fyp"
    for private in (taste.vector, taste.liked):
        assert json.dumps(private.tolist())[1:-1] not in text.replace("\n", "").replace("  ", "")
    again = lab.run(request)
    digests = [[m.digest for m in r.transcript.messages if m.kind == "vector"] for r in (record, again)]
    assert digests[0] != digests[1], "a digest that repeats could be used to confirm a guess"


def test_feeds_differ_in_nothing_but_cost_and_exposure() -> None:
    shown = {s: first(RunRequest(stack=s, options={"user": "chika"}), REGISTRY)[0] for s in ("plain", "local", "he")}
    assert shown["plain"].shown == shown["local"].shown == shown["he"].shown
    assert shown["plain"].cards == shown["he"].cards
    assert len(shown["plain"].cards) == 10


def test_what_is_liked_already_is_not_shown() -> None:
    request = RunRequest()
    feed, _ = first(request, REGISTRY)
    taste = viewer(request).taste
    assert not set(feed.shown) & set(taste.liked.tolist())


def test_ties_break_by_index_and_scores_are_rounded_first() -> None:
    assert top_k([3.2, 5.0, 2.9, 5.4], k=3).tolist() == [1, 3, 0]
    assert top_k([1, 1, 1], k=2, exclude=np.array([0])).tolist() == [1, 2]


def test_servers_stay_while_people_change() -> None:
    request = RunRequest(stack="he")
    deployment = deployed(request, REGISTRY)
    people = deployment.world
    setup = Channel()
    deployment.publish(setup)
    assert setup.transcript.bytes(phase="setup") > 0
    wires = []
    for _ in range(2):
        channel = Channel()
        deployment.next_person(channel)
        taste = people.taste(np.array(people.personas[0].liked))
        served = deployment.serve(taste, channel, sent=taste.vector)
        assert channel.transcript.bytes(phase="setup") == 0
        wires.append(channel.transcript.messages[0].sample)
        assert served.shown.shape == (10,)
    assert wires[0] != wires[1]


def test_a_messy_file_of_the_schema_loses_no_row_and_gives_a_feed(tmp_path: Path) -> None:
    path = tmp_path / "real.csv"
    write_csv(generate_profiles(rows=1000, seed=99), path)
    messy = path.read_text(encoding="utf-8").replace("\n", "\r\n").replace("\r\n\r\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + messy.encode())
    assert len(load_profiles(path)) == 1000
    feed, _ = first(RunRequest(data=str(path)), REGISTRY)
    assert len({c["account_id"] for c in feed.cards}) == 10


def test_requests_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="ada"):
        first(RunRequest(options={"user": "adda"}), REGISTRY)
    with pytest.raises(ParamError, match="own taste"):
        first(RunRequest(options={"user": "own"}), REGISTRY)
    with pytest.raises(UnknownNameError, match="workload"):
        lab.run(RunRequest(workload="fip"))


def test_an_attack_whose_control_is_weak_says_none() -> None:
    strong, weak = (0.9, 0.85, 0.95), (0.79, 0.7, 0.85)
    names = ("attribute/scoring", "attribute/whole", "topic/scoring", "topic/whole")
    found = Attack({}, dict.fromkeys(names, (0.0, -0.1, 0.1)))
    control = Attack({}, dict.fromkeys(names, strong) | {"attribute/scoring": weak})
    rows = {m.key: m for m in attack_metrics(found, control, n=200)}
    assert rows["attribute_advantage_scoring"].value is None
    assert "control" in rows["attribute_advantage_scoring"].note
    assert rows["attribute_advantage"].value == 0.0


def test_the_attacker_learns_what_is_there_and_nothing_else() -> None:
    rng = np.random.default_rng(5)
    labels, topics = rng.integers(0, 2, 400), rng.integers(0, 4, 400)
    signal = np.c_[labels + 0.3 * rng.normal(size=400), np.eye(4)[topics] + 0.3 * rng.normal(size=(400, 4))]
    for features, attribute_at_least, topic_at_least in ((signal, 0.9, 0.8), (rng.normal(size=(400, 5)), None, None)):
        reader = train(features[:200], labels[:200], seed=0)
        got, low, high = attribute_advantage(reader, features[200:], labels[200:])
        topic_reader = train(features[:200], topics[:200], seed=0)
        topic_got, topic_low, _ = category_advantage(topic_reader, features[200:], topics[200:])
        if attribute_at_least is None:
            assert low - 0.1 < 0 < high + 0.1
            assert topic_low - 0.1 < 0
        else:
            assert got > attribute_at_least
            assert topic_got > topic_at_least


def test_naming_what_is_popular_earns_nothing() -> None:
    topics = np.array([0] * 150 + [1] * 40 + [2] * 10)
    constant = np.zeros((200, 1))
    got, low, high = category_advantage(train(constant, topics, seed=0), constant, topics)
    assert got == 0.0
    assert low < 0 < high


def test_ndcg_known_answers() -> None:
    assert ndcg_at(np.array([1, 2, 3]), np.array([1, 2, 3])) == 1.0
    assert ndcg_at(np.array([9, 1]), np.array([1])) == pytest.approx(1 / np.log2(3))


def test_moves_are_marked() -> None:
    marked = [(m.item, m.mark, m.by) for m in moves([1, 2, 3, 4], [1, 3, 2, 9])]
    assert marked == [(1, "same", 0), (3, "up", 1), (2, "down", 1), (9, "new", 0)]


def test_the_verdict_is_the_attackers_word_on_this_view() -> None:
    request = RunRequest(options={"cohort": 100})
    feed, _ = first(request, REGISTRY)
    findings = lab.attacks(request, REGISTRY)
    readers = {name: LinearReader(**values) for name, values in findings.extra["readers"].items()}
    metrics = findings.metrics
    scoring, whole = verdicts(feed.features, feed.truth, metrics, readers)
    assert scoring.succeeds is True
    assert whole.succeeds is True
    assert scoring.guessed_topic == scoring.true_topic
    assert {scoring.guessed_attribute, scoring.true_attribute} <= {0, 1}
    stale, _ = verdicts({"scoring": [0.0], "whole": [0.0]}, {}, metrics, readers)
    assert stale.guessed_topic is None


def test_an_attacker_drops_the_source_that_would_drown_the_other() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 2, 400)
    noise = rng.normal(size=(400, 800))
    signal = labels[:, None] + 0.5 * rng.normal(size=(400, 3))
    both = np.hstack([noise, signal])
    careless, _, _ = attribute_advantage(train(both[:200], labels[:200], seed=0), both[200:], labels[200:])
    reader = train_on_best([noise[:200], signal[:200]], labels[:200], seed=0)
    careful, _, _ = attribute_advantage(reader, both[200:], labels[200:])
    assert careful > 0.9 > careless
    assert not np.any(np.array(reader.weights)[:, :800])


@pytest.mark.parametrize(
    ("value", "low", "outcome", "succeeds"),
    [
        (0.8, 0.7, "reads it", True),
        (0.2, 0.04, "not settled", None),
        (0.1, -0.05, "at chance", False),
        (-0.2, -0.35, "at chance", False),
        (0.0, -0.8, "too few to tell", None),
        (None, None, "no verdict", None),
    ],
)
def test_an_interval_just_above_guessing_settles_nothing(value, low, outcome, succeeds) -> None:
    high = None if value is None else value + (0.15 if low != -0.8 else 0.7)
    metric = Metric("attribute_advantage", value, low, high, 200)
    verdict = Verdict("whole", metric, None, None, None, None, None, None, None)
    assert (verdict.outcome, verdict.succeeds) == (outcome, succeeds)
    assert verdict.sentence.endswith(".")


def test_what_is_named_right_stands_beside_its_chance_level() -> None:
    """The same quantity as of the person shown, of everyone held out: what naming the commonest would reach."""
    request = RunRequest(stack="local", options={"cohort": 60})
    findings = lab.attacks(request, REGISTRY)
    metrics = {m.key: m for m in findings.metrics}
    people = world(request).histories(users=120)
    panel, others = people.favourite_topic[:60], people.favourite_topic[60:]
    commonest = np.bincount(panel).argmax()
    for view in ("topic_named", "topic_named_scoring"):
        assert metrics[view].chance == pytest.approx((others == commonest).mean())
        # Nothing is sent, so the attacker has nothing but that.
        assert metrics[view].value == pytest.approx((others == commonest).mean())
    plain = {m.key: m for m in lab.attacks(RunRequest(options={"cohort": 60}), REGISTRY).metrics}
    named = plain["topic_named"]
    assert named.n == 60
    assert named.value is not None
    assert named.value > named.chance + 0.3


def test_two_servers_alone_read_nothing_and_together_everything() -> None:
    found = lab.run(RunRequest(stack="smpc", options={"cohort": COHORT}))
    for target in ("attribute", "taste"):
        assert value(found, f"{target}_advantage_together_control") > CONTROL_FLOOR
        assert value(found, f"{target}_advantage_together") == value(found, f"{target}_advantage_together_control")
        assert abs(beyond_chance(found, f"{target}_advantage")) < 2
    assert value(found, "top10_overlap") == 1.0
    assert value(found, "score_error") == 0.0
    senders = {m.sender.name for m in found.transcript.messages if m.phase == "run"}
    assert senders == {"client", "server-1", "server-2"}
    feed, _ = first(RunRequest(stack="smpc"), REGISTRY)
    asked = {(m["step"], m["receiver"]) for m in feed.messages if m["phase"] == "run" and m["receiver"] != "client"}
    assert asked == {(step, f"server-{i}") for step in ("scoring", "lookup") for i in (1, 2)}


@pytest.mark.parametrize("stack", ["plain", "he", "smpc"])
def test_the_device_finds_one_score_that_a_server_has_changed(stack: str) -> None:
    request, channel = RunRequest(stack=stack), Channel()
    one, people = deployed(request, REGISTRY), viewer(request)
    one.publish(channel)
    served = one.serve(people.taste, channel, sent=people.taste.vector)
    assert judge(people.world, served)["holds"]
    lied = served.scores.copy()
    lied[7] += 1
    assert not judge(people.world, replace(served, scores=lied))["holds"]
