"""Which eight-bit encoding a text is in, told by what its letters would be: in words of one language, or out of place.

Every encoding reads the bytes beyond ASCII as other signs. The right one gives letters that one language has, small
letters inside words and dashes between them; a wrong one gives capitals at the end of words, or signs inside them.
Where two encodings give different texts that are as good as one another, nothing is guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

TITLES = {
    "cp1252": "Windows-1252", "latin-1": "Latin-1", "cp1250": "Windows-1250", "iso8859_2": "Latin-2",
    "cp1251": "Windows-1251", "koi8_r": "KOI8-R", "cp866": "CP866", "cp1253": "Windows-1253", "cp1254": "Windows-1254",
    "mac_roman": "Mac Roman", "cp437": "CP437", "cp850": "CP850", "cp852": "CP852", "cp932": "Shift-JIS",
    "euc_jp": "EUC-JP", "gb18030": "GB18030", "big5": "Big5", "euc_kr": "EUC-KR",
}  # fmt: skip
"""The encodings that are tried, the commonest first, and how they are called."""

_WEST = ("äöüß", "éèêëàâçîïôùûüÿœæ", "áéíóúüñ", "áàâãçéêíóôõú", "àèéìòù", "åäöé", "æøåé", "áðéíóúýþæö", "àçèéíïòóúü")
_EAST = (
    "äöüß", "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž",
)  # fmt: skip
_TURKISH = ("çğıİöşüâ", "äöüß")


def _alphabets(languages: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(f"{small}{small.replace('ß', '').upper()}") for small in languages)


_ALPHABETS = {
    **dict.fromkeys(("cp1250", "iso8859_2", "cp852"), _alphabets(_EAST)),
    "cp1254": _alphabets(_TURKISH),
}
"""The letters of each language that an encoding is used for; of the others, those of western Europe."""

_WESTERN = _alphabets(_WEST)
_LATIN = frozenset().union(*_WESTERN, *_alphabets(_EAST), *_alphabets(_TURKISH))
_USUAL = frozenset("–—\u2018\u2019“”„…€£§°«»©®™·•¿¡½¼¾²³№\u00a0×")
_INNER = frozenset("\u2019\u2018–·\u00a0")
_OPENING, _CLOSING = "“\u2018„«¿¡", "”»"
_RUSSIAN = frozenset("оеаинтсрвлкмдпу")
_ALONE = frozenset("àéèóòùáíúÀÉÈåÅöÖüяаивсокуЯАИВСОКУ")
"""Letters that are a word."""
_SIMPLE = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于"
    "着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还"
    "进好小部其些主样理心她前开但因只从想实日京海北市"
)
_TRADITIONAL = frozenset(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於"
    "著下自之年過發後作里用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還"
    "進好小部其些主樣理心她前開但因只從想實日京海北市台灣"
)
_WIDE = {"cp932": "", "euc_jp": "", "gb18030": _SIMPLE, "big5": _TRADITIONAL, "euc_kr": ""}
"""The encodings with letters of two bytes, and the commonest letters of those that have no kana."""
_MARGIN = 0.2
_USUAL_ONE = 0.22
"""How much better another encoding must fit than Windows-1252, in which most such files are."""
_MOST = 6_000


@dataclass(frozen=True)
class Reading:
    """One way to read a text: its encoding, the text, and how well its letters fit, per byte beyond ASCII."""

    encoding: str
    text: str
    score: float


def readings(sample: bytes, seen: frozenset[int]) -> list[Reading]:
    """Every way to read a sample of lines, the best first; `seen` holds all bytes beyond ASCII of the whole text."""
    found = []
    for order, encoding in enumerate(TITLES):
        try:
            if encoding not in _WIDE:
                bytes(seen).decode(encoding)
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        score = _wide_score(text, encoding) if encoding in _WIDE else _score(text, encoding)
        # The commoner goes first where two are as good as one another.
        found.append(Reading(encoding, text, score - 0.001 * order + (_USUAL_ONE if order == 0 else 0.0)))
    return sorted(found, key=lambda reading: -reading.score)


def choose(found: list[Reading]) -> list[Reading]:
    """The best reading alone, or all that are about as good as it and give another text."""
    best = found[0]
    rivals = [one for one in found[1:] if one.text != best.text and best.score - one.score < _MARGIN]
    texts: dict[str, Reading] = {}
    for one in rivals:
        texts.setdefault(one.text, one)
    return [best, *texts.values()]


def _placed(text: str) -> Iterator[tuple[str, str, str]]:
    """The signs beyond ASCII, each with those before and after it."""
    count = 0
    for place, sign in enumerate(text):
        if sign > "\x7f":
            yield text[place - 1] if place else "\n", sign, text[place + 1] if place + 1 < len(text) else "\n"
            count += 1
            if count == _MOST:
                return


def _score(text: str, encoding: str) -> float:
    signs = list(_placed(text))
    letters = [sign for _, sign, _ in signs if sign.isalpha()]
    latin = [sign for sign in letters if sign in _LATIN or sign < "\u0250"]
    alphabets = _ALPHABETS.get(encoding, _WESTERN)
    best = max(alphabets, key=lambda alphabet: sum(sign in alphabet for sign in latin))
    total = sum(_letter(*one, best) if one[1].isalpha() else _sign(*one) for one in signs)
    return total / max(1, len(signs))


def _script(sign: str) -> str:
    if "\u0370" <= sign < "\u0400":
        return "greek"
    return "cyrillic" if "\u0400" <= sign < "\u0530" else "latin"


def _letter(before: str, sign: str, after: str, alphabet: frozenset[str]) -> float:
    script = _script(sign)
    around = [s for s in (before, after) if s.isalpha()]
    if any(_script(s) != script for s in around):
        return -4.0
    if script == "latin":
        score = 2.0 if sign in alphabet else -1.0 if sign in _LATIN else -2.0
    else:
        score = 2.0 if sign in _RUSSIAN or script == "greek" else 1.0
        if sign.isupper() and before.isalpha():
            score -= 0.75
    if not around:
        score -= 1.0 if sign in _ALONE else 2.0
    if sign.isupper() and before.islower():
        score -= 4.0
    elif sign.islower() and before.isupper() and after.isupper():
        score -= 3.0
    elif sign.isupper() and after.islower() and before.isupper():
        score -= 1.0
    if before.isdigit() or after.isdigit():
        score -= 1.0
    return score


def _sign(before: str, sign: str, after: str) -> float:
    if "\x80" <= sign <= "\x9f":
        return -1.0
    inside = before.isalpha() and after.isalpha()
    if inside:
        return 1.0 if sign in "\u2019\u00a0" else -0.5 if sign in _INNER else -3.0
    if sign not in _USUAL:
        return -3.0 if before.isalpha() or after.isalpha() else -1.5
    if (sign in _OPENING and before.isalpha()) or (sign in _CLOSING and after.isalpha()):
        return -1.5
    if sign in "¿¡" and not after.isalpha():
        return -1.5
    if sign in "€£°½¼¾²³" and (before.isalpha() or after.isalpha()) and not before.isdigit():
        return -1.5
    return 1.0


def _wide_score(text: str, encoding: str) -> float:
    """As `_score`, for encodings whose letters have two bytes: kana and ideographs, and no Latin words around them."""
    total, size = 0.0, 0
    usual = _WIDE[encoding]
    japanese, korean = encoding in ("cp932", "euc_jp"), encoding == "euc_kr"
    for before, sign, after in _placed(text):
        kana = "\u3040" <= sign <= "\u30ff"
        ideograph, hangul = "\u4e00" <= sign <= "\u9fff", "\uac00" <= sign <= "\ud7a3"
        half = "\uff61" <= sign <= "\uff9f"
        size += 1 if half else 2
        if (before.isascii() and before.isalpha()) or (after.isascii() and after.islower()):
            total -= 4.0
        elif after.isascii() and after.isalpha():
            total += 1.0
        elif (kana and japanese) or (hangul and korean) or sign in usual:
            total += 5.0
        elif ideograph:
            total += 3.0 if japanese else 1.5
        elif kana or hangul or "\u3000" <= sign < "\u3040" or "\uff01" <= sign <= "\uff5e":
            total += 1.0
        else:
            total -= 1.0 if half else 3.0
    return total / max(1, size)
