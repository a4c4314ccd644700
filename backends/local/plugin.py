"""Registers `local`."""

from privacy.plugin import BackendSpec, hookimpl


@hookimpl
def register_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            id="local",
            title="Local",
            summary=(
                "Downloads the whole catalogue once, then scores and picks on the device, so nothing about the taste "
                "is sent. Choose it when the catalogue is public, fits on the device and changes rarely."
            ),
            rank=20,
            on_device=True,
            implements={
                "scoring": "backends.local.mechanism:LocalScoring",
                "lookup": "backends.local.mechanism:LocalLookup",
            },
        )
    ]
