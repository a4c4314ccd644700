"""Registers `local`."""

from privacy.plugin import BackendSpec, hookimpl


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="local",
            title="Local",
            summary=(
                "Download the whole catalogue once, score and pick on the device: nothing about the taste is "
                "sent. "
                "Choose it when the catalogue is public, fits the device and changes rarely."
            ),
            rank=20,
            on_device=True,
            implements={
                "scoring": "backends.local.mechanism:LocalScoring",
                "lookup": "backends.local.mechanism:LocalLookup",
            },
        )
    ]
