"""The user's own settings: `[SECTION.NAME]` tables in `config.toml` of the state folder."""

import tomllib
from collections.abc import Collection, Mapping
from typing import Any

from privacy.errors import DataError
from privacy.home import guarded, home
from privacy.spec import ID

FILE = "config.toml"
_SECRETS = ("private_key", "key", "secret", "mnemonic", "passphrase", "password", "seed")


def tables(section: str, *, taken: Collection[str]) -> dict[str, dict[str, Any]]:
    """The tables of a section, by name. DataError where they cannot be read, or a name is taken or no name."""
    path = home() / FILE
    if not path.exists():
        return {}
    try:
        whole = tomllib.loads(guarded(lambda: path.read_text(encoding="utf-8"), path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        text = f"the settings cannot be read: {error}"
        raise DataError(text, where=where(), then='fix them; TOML has name = "value" lines') from error
    found = whole.get(section, {})
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        text = f"{section} are not a table"
        raise DataError(text, where=where(), then=f"write [{section}.NAME], then its settings below")
    for name in found:
        if not ID.fullmatch(name) or name in taken:
            why = f"another of the {section} has this name" if name in taken else "a name is made of a-z, 0-9 and '_'"
            raise DataError(f"[{section}.{name}] cannot be used: {why}", where=where(), then="rename it")
    return found


def refuse_keys(owner: str, values: Mapping[str, Any]) -> None:
    """DataError for a key among settings: it would lie open in a file."""
    for key in values:
        if key.lower() in _SECRETS:
            raise DataError(
                f"{owner} has a {key}, and no key may stand in plain settings", where=where(),
                then="delete it, take it for known by others, and name an encrypted keystore file instead",
            )  # fmt: skip


def where() -> str:
    """The path of the settings, for people."""
    return str(home() / FILE)
