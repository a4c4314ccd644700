"""What the doctor or a conformance kit finds, printed as it comes."""

import json
from collections.abc import Iterator

from privacy.commands.printed import emit
from privacy.finding import Finding

_MARKS = {True: "passed", False: "FAILED", None: "not run"}


def print_findings(every: Iterator[Finding], *, document: bool) -> int:
    """Print each, or with `document` all as JSON at the end; the exit status: 0 if none failed, else 1."""
    found = []
    for one in every:
        found.append(one)
        if not document:
            detail = f": {one.detail}" if one.detail else ""
            print(f"{_MARKS[one.passed]:<8} {one.id}: {one.title}{detail}", flush=True)
    if document:
        emit(json.dumps([one.as_dict() for one in found], indent=2, ensure_ascii=False))
    return 1 if any(one.passed is False for one in found) else 0
