"""The model, its training in processes, its files and its texts."""

import os
import pickle
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from privacy.errors import DataError
from privacy.request import RunRequest
from workloads.federated.options import FederatedOptions
from workloads.federated.plan import read
from workloads.federated.tasks.words import Words
from workloads.federated.text import generator, own
from workloads.federated.text.vocabulary import BEGIN, PAD, UNKNOWN, Vocabulary
from workloads.federated.training.files import from_file, to_file
from workloads.federated.training.how import Training
from workloads.federated.training.lstm import Model, step, train_client
from workloads.federated.training.shape import Shape, begin
from workloads.federated.training.team import Team

WORDS = Vocabulary.of(["the cat sat", "a dog ran home", "the dog sat"], most=20)
ROWS = WORDS.encode(["the cat sat", "a dog ran", "home", "the zebra ran home a dog sat"])
SHAPE = Shape(len(WORDS), 8)
TASK = Words(WORDS, 8)


def by_autograd(weights: Any, rows: Any, rate: float) -> Any:
    """The same step, left to torch's own layers and loss."""
    parts = {k: torch.from_numpy(v.copy()).requires_grad_() for k, v in SHAPE.split(weights).items()}
    data = torch.from_numpy(rows)
    embedded = torch.nn.functional.embedding(data[:, :-1], parts["embedding"])
    lstm = torch.nn.LSTM(SHAPE.embedding, SHAPE.width, batch_first=True)
    named = {"weight_ih_l0": parts["input"], "weight_hh_l0": parts["hidden"], "bias_ih_l0": parts["gates"]}
    states = torch.func.functional_call(lstm, named | {"bias_hh_l0": torch.zeros(4 * SHAPE.width)}, (embedded,))[0]
    scores = states @ parts["output"].t() + parts["bias"]
    kept = data[:, :-1] != PAD
    loss = torch.nn.functional.cross_entropy(scores[kept], data[:, 1:][kept])
    loss.backward()
    moved = [parts[name].detach() - rate * parts[name].grad for name, _ in SHAPE.parts]  # type: ignore[operator]
    return np.concatenate([one.numpy().reshape(-1) for one in moved]), float(loss.detach())


def test_a_step_is_that_of_autograd() -> None:
    weights = begin(SHAPE, seed=3)
    wanted, loss = by_autograd(weights, ROWS, 0.7)
    mine = weights.copy()
    assert step(Model(SHAPE, mine), torch.from_numpy(ROWS), rate=0.7) == pytest.approx(loss, rel=1e-5)
    assert np.allclose(mine, wanted, atol=2e-6)
    assert not np.allclose(mine, weights, atol=1e-3)


def test_only_words_that_occur_move_their_vectors() -> None:
    update, _ = train_client(SHAPE, begin(SHAPE, seed=3), ROWS, epochs=2, batch=2, rate=0.5)
    moved = set(np.flatnonzero(SHAPE.split(update)["embedding"].any(axis=1)).tolist())
    assert moved == set(np.unique(ROWS).tolist()) - {PAD}


def test_sentences_are_numbers_and_unknown_words_one() -> None:
    (row,) = WORDS.encode(["The ZEBRA sat, didn't it?"])
    assert row[0] == BEGIN
    assert [WORDS.words[i] for i in row[1:6]] == ["the", "<unknown>", "sat", "<unknown>", "<unknown>"]
    assert set(row[6:].tolist()) == {PAD}
    long = WORDS.encode([" ".join(["dog"] * 30)])
    assert (long == BEGIN).sum() == 3
    assert (long[:, -1] == PAD).all()
    for texts in ([], ["one one"], ["... !!!"]):
        with pytest.raises(DataError):
            Vocabulary.of(texts, most=10)


def test_the_generator_is_the_seed_and_some_share_a_secret() -> None:
    found = generator.devices(200, sentences=10, seed=4)
    assert found == generator.devices(200, sentences=10, seed=4) != generator.devices(200, sentences=10, seed=5)
    secrets = [one.secret for one in found if one.secret]
    assert 20 <= len(secrets) <= 60
    assert 1 < len(set(secrets)) <= generator.SECRETS
    assert all(one.secret in one.sentences for one in found if one.secret)
    words = [set(generator.words_of(one.sentences)) for one in found[:2]]
    assert words[0] - words[1]
    assert words[1] - words[0]


def test_a_team_trains_as_one_and_starts_again_what_was_killed() -> None:
    rows = [WORDS.encode(["the cat sat"]), WORDS.encode(["a dog ran home"]), WORDS.encode(["home", "the dog"])]
    weights = begin(SHAPE, seed=1)
    wanted = [train_client(SHAPE, weights, one, epochs=1, batch=2, rate=0.5)[0] for one in rows]
    with Team(rows, shape=SHAPE) as team:
        for kill in (False, True):
            if kill:
                killed = team._workers[0].process
                assert killed is not None
                os.kill(killed.pid, signal.SIGKILL)
            found = team.train([0, 1, 2], weights, Training(epochs=1, batch=2, rate=0.5))
            assert all(np.array_equal(found[at].update, wanted[at]) for at in range(3))
        loss, right, words = team.measure([0, 1], weights)
        model = Model(SHAPE, weights.copy())
        each = [model.loss(torch.from_numpy(one)) for one in rows[:2]]
        assert words == sum(one[2] for one in each) == 7
        assert loss == pytest.approx(sum(one[0] for one in each) / words)
        assert 0 <= right <= 1
        assert len(team.next_words([BEGIN], weights, most=3)) == 3


def test_a_model_comes_back_bit_for_bit_from_its_file() -> None:
    weights = begin(SHAPE, seed=2)
    task, found = from_file(to_file(TASK, weights))
    assert (task, task.shape) == (TASK, SHAPE)
    assert found.tobytes() == weights.tobytes()
    assert to_file(TASK, weights) == to_file(TASK, weights.copy())


class Bomb:
    def __reduce__(self) -> Any:
        return (os._exit, (7,))


def bad_files() -> list[bytes]:
    from safetensors.numpy import save

    good = to_file(TASK, begin(SHAPE, seed=2))
    torn = bytearray(good)
    torn[-4:] = np.float32("nan").tobytes()
    other = save({"embedding": np.zeros((2, 2), np.float32)})
    return [b"", b"\x80", pickle.dumps(Bomb()), good[:-4], good + b"x", bytes(torn), other, b"\xff" * 40]


@pytest.mark.parametrize("at", range(8))
def test_other_bytes_are_no_model_and_a_pickle_is_never_opened(at: int) -> None:
    with pytest.raises(DataError):
        from_file(bad_files()[at])


def test_texts_of_ones_own_are_read(tmp_path: Path) -> None:
    for name, text in (("b", "second one\n\nmore"), ("a", "first\n")):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8-sig")
    assert [one.sentences for one in own.read(tmp_path, most=5)] == [("first",), ("second one", "more")]


BAD: dict[str, dict[str, bytes]] = {
    "no file": {},
    "empty file": {"a.txt": b"", "b.txt": b"text"},
    "one device": {"a.txt": b"some text here"},
    "encoding": {"a.txt": b"caf\xe9 \xff\xfe", "b.txt": b"text"},
    "one word": {"a.txt": b"word word", "b.txt": b"word"},
    "no words": {"a.txt": b"?!", "b.txt": b"text and more text"},
}


@pytest.mark.parametrize("case", BAD)
def test_texts_that_cannot_be_trained_on_are_said(case: str, tmp_path: Path) -> None:
    for name, body in BAD[case].items():
        (tmp_path / name).write_bytes(body)
    with pytest.raises(DataError):
        read(RunRequest(workload="federated", data=str(tmp_path)), FederatedOptions(minimum=2))


def test_numbers_of_special_words_are_fixed() -> None:
    assert (PAD, UNKNOWN, BEGIN) == (0, 1, 2)
    assert WORDS.words[:3] == ("<pad>", "<unknown>", "<begin>")
