"""Single-file plugins: `$VEILBENCH_HOME/plugins/*.py`, read again whenever their text has changed.

A file is compiled from its text each time. Bytecode that Python keeps is found by a file's time in whole seconds, so
that two saves in one second would run the older code.
"""

import contextlib
import importlib.util
import linecache
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from privacy.errors import PluginError, VeilbenchError
from privacy.home import home

PLUGIN_MODULE = "veilbench_plugin_"


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


def module_name(path: Path) -> str:
    """The module that a plugin file becomes: `veilbench_plugin_<stem>`, with `_` for what no name may hold."""
    return PLUGIN_MODULE + re.sub(r"\W", "_", path.stem)


def load_file(path: Path) -> ModuleType:
    """The module of one plugin file: the one that is loaded if its text is the same, otherwise a new one."""
    name = module_name(path)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise PluginError(f"{path} cannot be read: {error.strerror}", then="mend its permissions") from error
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
