"""What the code of roles says aside: to loggers, to the standard streams, and as warnings."""

import io
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Aside(io.TextIOBase):
    """A standard stream that keeps what is written, and passes on what the threads of others write."""

    def __init__(self, stream: Any, others: set[int | None], said: list[str]) -> None:
        super().__init__()
        self._stream, self._others, self._said = stream, others, said

    def write(self, text: str) -> int:
        if threading.get_ident() in self._others:
            return int(self._stream.write(text))
        self._said.append(text)
        return len(text)

    def flush(self) -> None:
        self._stream.flush()


@contextmanager
def listening() -> Iterator[list[str]]:
    """All that this thread, and those that it starts, log at any level or print until the end of the block."""
    said = list[str]()
    others = {t.ident for t in threading.enumerate()} - {threading.get_ident()}
    handle, root = logging.Logger.handle, logging.getLogger()
    level, disabled, streams = root.level, logging.root.manager.disable, (sys.stdout, sys.stderr)

    def heard(logger: logging.Logger, record: logging.LogRecord) -> None:
        if threading.get_ident() in others:
            handle(logger, record)
            return
        try:
            text = record.getMessage()
        except Exception:
            text = f"{record.msg} {record.args}"
        said.append(f"{text} {record.exc_info[1] if record.exc_info else ''}\n")

    logging.Logger.handle = heard  # type: ignore[method-assign, assignment]
    root.setLevel(1)
    logging.disable(logging.NOTSET)
    sys.stdout, sys.stderr = (_Aside(s, others, said) for s in streams)
    try:
        yield said
    finally:
        sys.stdout, sys.stderr = streams
        logging.Logger.handle = handle  # type: ignore[method-assign]
        root.setLevel(level)
        logging.disable(disabled)
