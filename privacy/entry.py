"""One row of the registry: a backend, or a plugin that could not be loaded."""

from dataclasses import dataclass
from typing import Any

from privacy.spec import BackendSpec


@dataclass(frozen=True)
class Entry:
    """One row: a backend, or a plugin that could not be loaded (no `spec`).

    `reason` says why it cannot be used and `remedy` what to do next; under `log_id` the log has the traceback.
    `source` is what was loaded: a module, or a file's path. `package` is the distribution that brought it, `version`
    that distribution's; both are empty for a file.
    """

    id: str
    source: str
    builtin: bool
    spec: BackendSpec | None = None
    reason: str = ""
    version: str = ""
    remedy: str = ""
    log_id: str = ""
    package: str = ""

    @property
    def available(self) -> bool:
        return self.spec is not None and not self.reason

    @property
    def origin(self) -> str:
        """Where it comes from, to read: `built in`, `package NAME` or `file PATH`."""
        if self.builtin:
            return "built in"
        if self.source.endswith(".py"):
            return f"file {self.source}"
        return f"package {self.package or self.source.partition('.')[0]}"

    def as_dict(self) -> dict[str, Any]:
        spec = self.spec
        return {
            "id": self.id, "title": spec.title if spec else self.id, "summary": spec.summary if spec else "",
            "kind": spec.kind if spec else None, "primitives": sorted(spec.implements) if spec else [],
            "available": self.available, "reason": self.reason, "remedy": self.remedy, "log_id": self.log_id,
            "source": self.source, "builtin": self.builtin, "origin": self.origin, "version": self.version,
            "install_hint": spec.install_hint if spec else "",
        }  # fmt: skip
