"""The command line: what the pages have, for scripts and tests.

`--json` prints one JSON document on stdout and nothing else there; progress goes to stderr. A person's mistake
ends with one sentence and exit code 2, a failed check with 1.
"""

import argparse
import json
import logging
import sys
import traceback
import uuid
from collections.abc import Sequence
from typing import Any

from privacy import __version__
from privacy.commands import (
    audit,
    backends,
    bench,
    chain,
    check,
    compare,
    contribute,
    new_backend,
    prove,
    room,
    run,
    serve,
    store,
    verify,
)
from privacy.commands.printed import document_alone
from privacy.debugging import debugging
from privacy.errors import VeilbenchError
from privacy.words import plain

_COMMANDS = (
    backends, run, compare, check, audit, bench, serve, contribute, new_backend, store, chain, room, prove, verify,
)  # fmt: skip


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.exit(2, f"veilbench: {message}; see '{self.prog} --help'.\n")


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = _Parser(prog="veilbench", description="Swap the privacy technology under a live workload.")
    top.add_argument("--version", action="version", version=f"veilbench {__version__}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print one JSON document and nothing else on stdout")
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in _COMMANDS:
        module.add(commands, shared)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    top = parser()
    options, rest = top.parse_known_args(arguments)
    options.rest = rest
    if rest and not getattr(options, "own_flags", False):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        with debugging(options.debug), document_alone(options.json):
            return int(options.call(options))
    except VeilbenchError as error:
        return _report(str(error), options, code=2)
    except KeyboardInterrupt:
        return _report("Stopped.", options, code=130)
    except BrokenPipeError:
        return 141
    except Exception:  # the end of the line for whatever has no sentence of its own: a person gets one here
        log_id = uuid.uuid4().hex[:8]
        logging.getLogger("veilbench").debug("unexpected error %s", log_id)
        return _report(
            f"Something went wrong inside Veilbench (id {log_id}); run it again with --debug.",
            options,
            code=1,
        )


def _report(sentence: str, options: argparse.Namespace, *, code: int) -> int:
    if options.debug:
        traceback.print_exc()
    if options.json:
        print(json.dumps({"error": plain(sentence)}, ensure_ascii=False))
    print(f"veilbench: {plain(sentence)}", file=sys.stderr)
    return code
