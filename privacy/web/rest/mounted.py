"""The API beside another app: everything below its prefix is the API's, whatever the rest of the path is."""

from collections.abc import Collection

from privacy.web.limits import App, Receive, Scope, Send


class Mounted:
    """Middleware that hands requests below `prefix` to `api`, but for those `besides`, which stay with `app`.

    A mount of the framework's own takes no path with a line break in it, and would answer those with a page.
    """

    def __init__(self, app: App, *, api: App, prefix: str = "/api", besides: Collection[str] = ()) -> None:
        self._app, self._api, self._prefix, self._besides = app, api, prefix, frozenset(besides)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        below = path == self._prefix or path.startswith(f"{self._prefix}/")
        if scope["type"] not in ("http", "websocket") or not below or path in self._besides:
            await self._app(scope, receive, send)
            return
        root = f"{scope.get('root_path', '')}{self._prefix}"
        await self._api({**scope, "root_path": root, "app_root_path": scope.get("root_path", "")}, receive, send)
