"""What is said of a plugin that cannot be loaded: reason, remedy, and in the log the traceback for its author."""

import contextlib
import hashlib
import importlib.metadata
import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from privacy.errors import StateError, UnknownNameError, VeilbenchError
from privacy.home import home, write_atomic

_ID = re.compile(r"[0-9a-f]{8}")
_KEPT = 100
_MOST = 400
_MEMORY: dict[str, str] = {}


@dataclass(frozen=True)
class Origin:
    """What is being loaded: a plugin's name, its module or the path of its file, and the package that brought it."""

    name: str
    source: str
    builtin: bool = False
    package: str = ""
    version: str = ""

    @property
    def is_file(self) -> bool:
        return self.source.endswith(".py")

    @property
    def removal(self) -> str:
        """How to be rid of it."""
        if self.builtin:
            return "repair this installation: make setup"
        if self.is_file:
            return f"delete {self.source}"
        return f"pip uninstall {self.package or self.name}"


@dataclass(frozen=True)
class Fault:
    """Why a plugin cannot be used, what to do next, and where its traceback is."""

    reason: str
    remedy: str = ""
    log_id: str = ""


def fault_of(error: BaseException, origin: Origin) -> Fault:
    """The fault that an exception from a plugin's code amounts to; its traceback goes to the log."""
    reason, remedy = _reply(error, origin)
    text = "".join(traceback.format_exception(error))
    return Fault(_one_line(reason), _one_line(remedy), keep_log(f"{origin.name} ({origin.source})\n\n{text}"))


def _reply(error: BaseException, origin: Origin) -> tuple[str, str]:
    """Reason and remedy."""
    if isinstance(error, VeilbenchError):
        where = f" ({error.where})" if error.where else ""
        return error.what + where, error.then or _mend(error, origin)
    if isinstance(error, SystemExit):
        return f"it ends the program when it is loaded (SystemExit: {_text(error)})", _mend(error, origin)
    reason = f"{type(error).__name__}: {_text(error)}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return reason, _install(error.name, origin)
    return reason, _mend(error, origin)


def _text(error: BaseException) -> str:
    """What an error says, even if saying it is an error."""
    try:
        return str(error)
    except Exception:
        return "it cannot say what is wrong"


def _install(module: str, origin: Origin) -> str:
    root = module.partition(".")[0]
    if not origin.is_file and root == origin.source.partition(".")[0]:
        return f"its own package is not where it was installed from: install it again, or {origin.removal}"
    if root == "privacy":
        return f"this Veilbench has no {module}: import only from privacy.plugin"
    return f"pip install {root}, or whatever package brings that module"


def _mend(error: BaseException, origin: Origin) -> str:
    line = _line(error, origin)
    return f"fix {line}, or {origin.removal}" if line else f"fix it, or {origin.removal}"


def _line(error: BaseException, origin: Origin) -> str:
    """The place in the plugin's own code where it went wrong: `line 3 of PATH`, or nothing."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"line {error.lineno} of {error.filename}"
    package = origin.source.partition(".")[0]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if frame.filename == origin.source or package in (*path.parent.parts, path.stem):
            return f"line {frame.lineno} of {frame.filename}"
    return ""


def _one_line(text: str) -> str:
    short = " ".join(text.split()).rstrip(".")
    return short if len(short) <= _MOST else f"{short[:_MOST]}…"


def keep_log(text: str) -> str:
    """Keep a traceback, in memory and in `$VEILBENCH_HOME/log`; the same text has the same id."""
    log_id = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
    if log_id not in _MEMORY:
        _MEMORY[log_id] = text
        # The state folder may be full or missing: the row still has its reason, and this process the traceback.
        with contextlib.suppress(VeilbenchError, OSError):
            folder = home() / "log"
            folder.mkdir(exist_ok=True, mode=0o700)
            write_atomic(folder / f"{log_id}.txt", text.encode(errors="replace"))
            for old in sorted(folder.glob("*.txt"), key=lambda p: p.stat().st_mtime)[:-_KEPT]:
                old.unlink(missing_ok=True)
    return log_id


def load_log(log_id: str) -> str:
    """The traceback behind a broken row; UnknownNameError if there is none of that id."""
    if log_id in _MEMORY:
        return _MEMORY[log_id]
    path = home() / "log" / f"{log_id}.txt"
    if not _ID.fullmatch(log_id) or not path.is_file():
        raise UnknownNameError("log entry", log_id, _MEMORY)
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise StateError(f"the log cannot be read: {error.strerror}", where=str(path)) from error


def distribution(point: importlib.metadata.EntryPoint) -> tuple[str, str]:
    """Name and version of the package that brought an entry point; empty where it does not say."""
    if point.dist is None:
        return "", ""
    found = point.dist.metadata
    return found["Name"] or "", found["Version"] or ""
