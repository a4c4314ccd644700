"""Words that promise more than anything here can hold, where a sentence does not say from whom and by what."""

import re
from collections.abc import Iterable, Mapping

from privacy.boundary.party import Party
from privacy.spec import BackendSpec

_BARE = re.compile(
    r"\b(secure|securely|security|private|privately|anonymous|anonymously|anonymi[sz]ed|encrypted|confidential)\b", re.I
)
_NEVER = re.compile(
    r"\b(unbreakable|unhackable|bullet-?proof|military[- ]grade|bank[- ]grade|perfectly (?:safe|secure|private)|"
    r"(?:fully|completely|totally|100 ?%) (?:safe|secure|private|anonymous|encrypted))\b",
    re.I,
)
_WHOM = re.compile(
    r"\b(server|servers|aggregator|aggregators|collector|contributors?|client|device|devices|observer|whoever|nobody|"
    r"no one|somebody|holders?|part(?:y|ies)|keys?|against|towards|from|under|epsilon)\b",
    re.I,
)


def loose_words(texts: Mapping[str, str], parties: Iterable[Party] = ()) -> list[str]:
    """What is wrong with these texts, by what they are: a sentence for each word that promises without a condition.

    *secure*, *private*, *anonymous* and *encrypted* need, in their own sentence, from whom or by which key or bound.
    """
    names = {p.name for p in parties} | {p.role for p in parties}
    found = []
    for what, text in texts.items():
        for sentence in re.split(r"(?<=[.!?;])\s+", text):
            if match := _NEVER.search(sentence):
                found.append(f"the {what} says {match[0]!r}, which nothing is")
            elif (match := _BARE.search(sentence)) and not _says_whom(sentence, names):
                found.append(f"the {what} says {match[0]!r} and neither from whom nor by what")
    return found


def _says_whom(sentence: str, names: Iterable[str]) -> bool:
    return bool(_WHOM.search(_BARE.sub("", sentence))) or any(name in sentence for name in names)


def texts_of(spec: BackendSpec) -> dict[str, str]:
    """What a backend says of itself on pages, by what it is."""
    texts = {"title": spec.title, "summary": spec.summary}
    return texts | {f"text about {primitive}": text for primitive, text in spec.about.items()}
