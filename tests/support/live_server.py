"""A live round's server for tests and the soak, to be killed at any moment: prints its port, then serves."""

import argparse
import os

from privacy.live.options import add_arguments, service_from
from privacy.live.routes import doorkeeper, limits_for, router
from privacy.registry import discover
from privacy.web.app import build_app
from privacy.web.limits import Limits
from privacy.web.serving import bound, serve_here


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    add_arguments(parser)
    options = parser.parse_args()
    registry = discover()
    service = service_from(options, registry)
    if service is None:
        raise SystemExit("nothing to gather")
    limits = limits_for(service, Limits())
    app = build_app(
        "aggregator", token=os.environ["HOST_TOKEN"], limits=limits, routers=[router(service)], registry=registry,
        accept=doorkeeper(os.environ["CONTRIBUTORS_TOKEN"]),
    )  # fmt: skip
    listener = bound("127.0.0.1", options.port)
    service.start()
    print(listener.getsockname()[1], flush=True)
    serve_here(app, listener, limits=limits)


if __name__ == "__main__":
    main()
