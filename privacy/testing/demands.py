"""What the kits for stores, chains and provers share: a demand that is kept or broken, and the finding of a check."""

from collections.abc import Callable

from privacy.finding import Finding


class Broken(Exception):
    """A promise that was not kept."""


class NotRun(Exception):
    """Why a check says nothing of what it is run on."""


def demand(kept: object, broken: str) -> None:
    """Broken, in these words, unless something is so."""
    if not kept:
        raise Broken(broken)


def finding(name: str, title: str, work: Callable[[], object]) -> Finding:
    """What comes of a check; whatever it raises is a finding, so that no check stops another."""
    try:
        work()
    except NotRun as error:
        return Finding(name, title, None, str(error))
    except Broken as error:
        return Finding(name, title, False, str(error))
    except Exception as error:
        return Finding(name, title, False, f"{type(error).__name__}: {error}")
    return Finding(name, title, True)
