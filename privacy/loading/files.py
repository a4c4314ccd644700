"""Single-file plugins: `$VEILBENCH_HOME/plugins/*.py`, read again whenever their text has changed.

A file is compiled from its text each time. Bytecode that Python keeps is found by a file's time in whole seconds, so
that two saves in one second would run the older code.
"""

import contextlib
import importlib.util
import linecache
import os
import re
import stat
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from privacy.errors import PluginError, VeilbenchError
from privacy.home import home

PLUGIN_MODULE = "veilbench_plugin_"
_MOST = 4 * 2**20
"""Bytes of a plugin file: one with more holds data, or has no end."""


@dataclass(frozen=True)
class _Loaded:
    """A file as it was when its module was made."""

    path: Path
    text: bytes
    module: ModuleType


_LOADED: dict[str, _Loaded] = {}


def plugin_folder() -> Path | None:
    """`$VEILBENCH_HOME/plugins`, whether it is there or not; None if there can be no state folder."""
    with contextlib.suppress(VeilbenchError):
        return home() / "plugins"
    return None


def writable_by_others(folder: Path) -> str:
    """Why the files of a folder must not be run: others may put some in; empty where only its owner may."""
    if os.name != "posix":
        return ""
    try:
        status = folder.stat()
    except OSError:
        return ""
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "others may write in it"
    return "" if status.st_uid in (os.getuid(), 0) else "it belongs to somebody else"


def read(path: Path, *, seconds: float = 0.8) -> bytes:
    """The text of a plugin file. PluginError for what is no file, is too large, or does not come in time.

    A pipe or a device may be read for ever, and a file on a disk that is gone as well.
    """
    found: list[bytes | OSError | PluginError] = []

    def work() -> None:
        try:
            found.append(_read(path))
        except (OSError, PluginError) as error:
            found.append(error)

    reader = threading.Thread(target=work, name=f"read-{path.name}", daemon=True)
    reader.start()
    reader.join(seconds)
    if not found:
        raise PluginError(f"{path} was not read within {seconds:g} s", then="put a copy of it there")
    if isinstance(found[0], OSError):
        text = f"{path} cannot be read: {found[0].strerror}"
        raise PluginError(text, then="fix its permissions") from found[0]
    if isinstance(found[0], PluginError):
        raise found[0]
    return found[0]


def _read(path: Path) -> bytes:
    refused = PluginError(f"{path} is not a file", then="remove it")
    if not stat.S_ISREG(path.stat().st_mode):
        raise refused
    # What was a file a moment ago may be a pipe now: opening does not wait, and what was opened is looked at again.
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise refused
        text = file.read(_MOST + 1)
    if len(text) > _MOST:
        raise PluginError(f"{path} has more than {_MOST:,} bytes", then="make a package of it")
    return text


def module_name(path: Path) -> str:
    """The module that a plugin file becomes: `veilbench_plugin_<stem>`, with `_` for what no name may hold."""
    return PLUGIN_MODULE + re.sub(r"\W", "_", path.stem)


def load_file(path: Path) -> ModuleType:
    """The module of one plugin file: the one that is loaded if its text is the same, otherwise a new one."""
    name = module_name(path)
    text = read(path)
    held = _LOADED.get(name)
    if held and (held.path, held.text) == (path, text) and sys.modules.get(name) is held.module:
        return held.module
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None:
        raise PluginError(f"{path} is not a Python file", then="give it a name that ends in .py")
    module = importlib.util.module_from_spec(spec)
    forget(name)
    # Found by dataclasses and by whoever names one of its classes as `module:Class`, while it is being run.
    sys.modules[name] = module
    try:
        exec(compile(text, str(path), "exec", dont_inherit=True), module.__dict__)
    except BaseException:
        # A file that hung may end in an error after its next text was loaded: that one stays.
        if sys.modules.get(name) is module:
            forget(name)
        raise
    _LOADED[name] = _Loaded(path, text, module)
    return module


def forget(name: str) -> None:
    """Drop the module of a plugin file; objects that were made from it live on."""
    held = _LOADED.pop(name, None)
    sys.modules.pop(name, None)
    if held:
        # A traceback quotes the lines of the file: those of its new text.
        linecache.checkcache(str(held.path))


def forget_deleted() -> None:
    """Drop the modules of plugin files that are gone."""
    for name, held in list(_LOADED.items()):
        if not held.path.is_file():
            forget(name)
