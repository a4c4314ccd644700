"""Text to vectors without knowing the language: words, hashtags, emoji and letter n-grams."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privacy.plugin.tables import Progress
from workloads.fyp.data.letters import Letters, weighted
from workloads.fyp.data.stopwords import STOP_WORDS

LARGE = 20_000
"""Of more rows than this, a part is learnt from."""

_WORD_WEIGHT, _LETTER_WEIGHT = 1.0, 0.35
_VOCABULARY = 20_000
_FORMAT_MARKS = (*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), 0x200D, 0x20E3)

_COMMON = 0.7
"""A word in a larger share of the texts sets nothing apart."""

_PLAIN_TOKEN = re.compile(r"#?[a-z0-9_]+")
_LEARNT_LETTERS = 8_000_000
_CHUNK = 4_000
_IN_COLOUR = "\N{VARIATION SELECTOR-16}"


def tokenise(text: str) -> list[str]:
    """Split into lower-case words, hashtags with their sign, and single emoji.

    Skin tones, variation selectors and joiners are dropped, so that one emoji is one token in all its forms.
    Combining marks belong to their word: Hindi vowels are such marks.
    """
    if text.isascii():  # the same by a shorter way
        return _PLAIN_TOKEN.findall(text.lower())
    tokens = unicodedata.normalize("NFKC", text).lower().translate(_PARTED).split()
    if not _ODD.isdisjoint(tokens) or any(token[0] in _MARKS for token in tokens):
        # A mark belongs to a word, and here is none; number signs alone are no word.
        tokens = [token.lstrip("".join(_MARKS)) for token in tokens]
        tokens = [token for token in tokens if token.strip("#")]
    return tokens


_ODD = frozenset({"#"})
_MARKS: set[str] = set()
"""The combining marks that were seen."""


class _Parted(dict[int, str]):
    """What stands for each letter, so that white space parts tokens: itself, a space, or itself with spaces around."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(_FORMAT_MARKS, ""))

    def __missing__(self, point: int) -> str:
        character = chr(point)
        category = unicodedata.category(character)
        if category[0] == "M":
            _MARKS.add(character)
        if category[0] in "LNM" or character == "_":
            shown = character
        elif character == "#":
            shown = " #"
        else:
            shown = f" {character} " if category == "So" else " "
        self[point] = shown
        return shown


_PARTED = _Parted()


def word_matrix(texts: Sequence[str]) -> tuple[Any, list[str]]:
    """Return the TF-IDF of tokens, sparse (N, V), and its tokens; V is 0 where no text has any."""
    return _tf_idf(texts, tokenizer=tokenise, token_pattern=None, lowercase=False)


def sample_rows(texts: Sequence[str]) -> NDArray[np.int64]:
    """The rows to learn from, int64 in rising order: all, or of a large catalogue a part that never changes."""
    if len(texts) <= LARGE:
        return np.arange(len(texts), dtype=np.int64)
    length = sum(map(len, texts)) / len(texts)
    count = int(min(LARGE, max(LARGE // 5, _LEARNT_LETTERS / max(length, 1.0))))
    drawn = np.random.default_rng(0).choice(len(texts), count, replace=False)
    return np.sort(drawn).astype(np.int64)


def latent_text(texts: Sequence[str], dims: int, progress: Progress | None = None) -> NDArray[np.float64]:
    """Return float64 (N, dims): the text's leading singular directions, zeros where its rank is smaller."""
    latent = _latent_whole(texts, dims) if len(texts) <= LARGE else _latent_by_part(texts, dims, progress)
    lengths = _lengths(latent)
    latent /= np.maximum(lengths, 1e-9)
    latent[lengths[:, 0] <= 1e-9] = 0.0
    return latent


def _lengths(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None], dtype=np.float64)


def _latent_whole(texts: Sequence[str], dims: int) -> NDArray[np.float64]:
    from scipy.sparse import hstack
    from sklearn.decomposition import TruncatedSVD

    latent = np.zeros((len(texts), dims))
    words, _ = word_matrix(texts)
    letters, _ = _tf_idf(texts, analyzer="char_wb", ngram_range=(2, 4))
    matrix = hstack([_WORD_WEIGHT * words, _LETTER_WEIGHT * letters], format="csr")
    rank = min(dims, matrix.shape[0] - 1, matrix.shape[1] - 1)
    if rank >= 1 and matrix.nnz:
        model = TruncatedSVD(n_components=rank, n_iter=7, random_state=0)
        # Texts that are all alike have no variance to explain; the ratio, which is not used here, is 0 / 0.
        with np.errstate(divide="ignore", invalid="ignore"):
            latent[:, :rank] = model.fit_transform(matrix)
    return latent


def _latent_by_part(texts: Sequence[str], dims: int, progress: Progress | None) -> NDArray[np.float64]:
    """Learn words, letters and axes from a part of the texts, then place all texts by them, chunk by chunk."""
    from scipy.sparse import hstack
    from sklearn.decomposition import TruncatedSVD

    say = progress or (lambda done, total, label: None)
    label, total = "placing items by their texts", len(texts)
    say(0, total, "learning words")
    part = tuple(texts[i] for i in sample_rows(texts))
    latent = np.zeros((total, dims))
    words, matrix = _fitted(part, tokenizer=tokenise, token_pattern=None, lowercase=False)
    if words is None:
        return latent
    letters = Letters(part, most=_VOCABULARY)

    def both(chunk: Sequence[str], of_words: Any) -> Any:
        return hstack([_WORD_WEIGHT * of_words, _LETTER_WEIGHT * letters.matrix(chunk)], format="csr")

    matrix = both(part, matrix)
    rank = min(dims, matrix.shape[0] - 1, matrix.shape[1] - 1)
    if rank < 1:
        return latent
    with np.errstate(divide="ignore", invalid="ignore"):
        model = TruncatedSVD(n_components=rank, n_iter=7, random_state=0).fit(matrix)
    axes = np.ascontiguousarray(model.components_.T)
    del matrix
    for begin, chunk in _chunks(texts):
        say(begin, total, label)
        latent[begin : begin + len(chunk), :rank] = both(chunk, _words_of(chunk, words)) @ axes
    say(total, total, label)
    return latent


def _words_of(texts: Sequence[str], vectoriser: Any) -> Any:
    """What a learnt vectoriser makes of texts, in arrays: the same by a shorter way."""
    column = vectoriser.vocabulary_.get
    tokens = [tokenise(text) for text in texts]
    row = np.repeat(np.arange(len(texts)), [len(found) for found in tokens])
    columns = np.fromiter((column(token, -1) for found in tokens for token in found), dtype=np.int32, count=len(row))
    known = columns >= 0
    return weighted(row[known], columns[known], vectoriser.idf_, rows=len(texts))


def _chunks(texts: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    for begin in range(0, len(texts), _CHUNK):
        yield begin, texts[begin : begin + _CHUNK]


def _tf_idf(texts: Sequence[str], **options: Any) -> tuple[Any, list[str]]:
    from scipy.sparse import csr_matrix

    vectoriser, matrix = _fitted(texts, **options)
    if vectoriser is None:
        return csr_matrix((len(texts), 0)), []
    return matrix, list(vectoriser.get_feature_names_out())


def _fitted(texts: Sequence[str], **options: Any) -> tuple[Any, Any]:
    """A vectoriser learnt from the texts, and their TF-IDF; two times None where they hold no token."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    make = partial(TfidfVectorizer, sublinear_tf=True, max_features=_VOCABULARY, **options)
    # A token of one profile alone says nothing about its likeness to others, unless there is nothing else.
    for rarest in (2, 1):
        vectoriser = make(min_df=rarest)
        try:
            return vectoriser, vectoriser.fit_transform(texts)
        except ValueError:
            continue  # scikit-learn's way to say that the vocabulary is empty
    return None, None


def label_topics(
    matrix: Any, tokens: list[str], topics: NDArray[np.int64], count: int, *, quiet: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Return a unique label per cluster: the hashtag or word that most sets it apart, and such an emoji.

    `topics` names the cluster of each row of `matrix`, 0 to `count` - 1; one without a row has no word of its own.
    A word of `quiet`, one that says nothing, or one that stands in most texts is no label.
    """
    overall = np.asarray(matrix.mean(axis=0)).ravel()
    common = set(np.flatnonzero(matrix.getnnz(axis=0) > _COMMON * max(1, matrix.shape[0])).tolist())
    mute = {p for p, token in enumerate(tokens) if token in quiet or token in STOP_WORDS}
    mute |= {p for p in common if tokens[p][0] != "#"}
    labels: list[str] = []
    for topic in range(count):
        mine = matrix[topics == topic]
        excess = np.asarray(mine.mean(axis=0)).ravel() - overall if mine.shape[0] else np.zeros(len(tokens))
        places = np.argsort(-excess, kind="stable").tolist()
        order = [tokens[place] for place in places if excess[place] > 0 and place not in mute]
        labels.append(_label(order, labels, topic))
    return tuple(labels)


def _label(order: list[str], taken: list[str], topic: int) -> str:
    emoji = next((token for token in order[:12] if unicodedata.category(token[0]) == "So"), "")
    emoji += _IN_COLOUR if emoji else ""
    words = [token for token in order[:40] if len(token) > 2 and not token.isdigit()]
    # A hashtag among the leading words says it best; sorting is stable, so the rest keep their order.
    words[:12] = sorted(words[:12], key=lambda token: token[0] != "#")
    for word in words:
        if not any(label.split()[0] == word for label in taken):
            return f"{word[:24]} {emoji}".strip()
    return f"topic {topic + 1} {emoji}".strip()
