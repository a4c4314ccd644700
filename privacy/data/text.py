"""Text to vectors without knowing the language: words, hashtags, emoji and letter n-grams."""

import unicodedata
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

_WORD_WEIGHT, _LETTER_WEIGHT = 1.0, 0.35
_VOCABULARY = 20_000
_FORMAT_MARKS = dict.fromkeys([*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), 0x200D, 0x20E3])

_IN_COLOUR = "\N{VARIATION SELECTOR-16}"


def tokenise(text: str) -> list[str]:
    """Split into lower-case words, hashtags with their sign, and single emoji.

    Skin tones, variation selectors and joiners are dropped, so that one emoji is one token in all its forms.
    Combining marks belong to their word: Hindi vowels are such marks.
    """
    tokens: list[str] = []
    word = ""
    for character in f"{unicodedata.normalize('NFKC', text).translate(_FORMAT_MARKS).lower()} ":
        category = unicodedata.category(character)
        if category[0] in "LN" or (category[0] == "M" and word) or character == "_":
            word += character
            continue
        if word.strip("#"):
            tokens.append(word)
        word = "#" if character == "#" else ""
        if category == "So":
            tokens.append(character)
    return tokens


def word_matrix(texts: tuple[str, ...]) -> tuple[Any, list[str]]:
    """Return the TF-IDF of tokens, sparse (N, V), and its tokens; V is 0 where no text has any."""
    return _tf_idf(texts, tokenizer=tokenise, token_pattern=None, lowercase=False)


def latent_text(texts: tuple[str, ...], dims: int) -> NDArray[np.float64]:
    """Return float64 (N, dims): the text's leading singular directions, zeros where its rank is smaller."""
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
    lengths = np.linalg.norm(latent, axis=1, keepdims=True)
    return np.where(lengths > 1e-9, latent / np.maximum(lengths, 1e-9), 0.0)


def _tf_idf(texts: tuple[str, ...], **options: Any) -> tuple[Any, list[str]]:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    make = partial(TfidfVectorizer, sublinear_tf=True, max_features=_VOCABULARY, **options)
    # A token of one profile alone says nothing about its likeness to others, unless there is nothing else.
    for rarest in (2, 1):
        vectoriser = make(min_df=rarest)
        try:
            return vectoriser.fit_transform(texts), list(vectoriser.get_feature_names_out())
        except ValueError:
            continue  # scikit-learn's way to say that the vocabulary is empty
    return csr_matrix((len(texts), 0)), []


def label_topics(matrix: Any, tokens: list[str], topics: NDArray[np.int64]) -> tuple[str, ...]:
    """Return a unique label per cluster: the hashtag or word that most sets it apart, and such an emoji."""
    overall = np.asarray(matrix.mean(axis=0)).ravel()
    labels: list[str] = []
    for topic in range(int(topics.max()) + 1):
        excess = np.asarray(matrix[topics == topic].mean(axis=0)).ravel() - overall
        order = [tokens[place] for place in np.argsort(-excess, kind="stable") if excess[place] > 0]
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
