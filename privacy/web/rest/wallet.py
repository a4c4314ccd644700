"""Signing in: a message for the wallet to sign, a session in a cookie that no script can read, and its end.

Foreign origins are refused before a request comes here (`privacy/web/rest/doors.py`).
"""

import re
import secrets
from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from privacy.services.sessions import Session
from privacy.wallets.desk import NONCE_LIFE, WalletDesk
from privacy.web.gate import Names
from privacy.web.limits import Refused
from privacy.web.rest.models import (
    Account,
    DemoAccount,
    DemoAccounts,
    DemoWanted,
    Nothing,
    Signed,
    SignedIn,
    SignInBegun,
    Ticket,
)
from privacy.web.rest.problems import documented

SESSION, BROWSER = "veilbench_session", "veilbench_browser"
"""Cookies: the session's token; and a number that binds a sign-in to the browser in which it began."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+")


def router(desk: WalletDesk, hosts: Collection[str]) -> APIRouter:
    """The routes; `hosts` are the names under which the app is served beside localhost."""
    routes = APIRouter(prefix="/wallet", tags=["wallet"])
    names = Names(hosts)

    @routes.get("/nonce", responses=documented(429))
    def nonce(
        request: Request, response: Response,
        address: Annotated[str, Query(max_length=64, description="The account that is to sign in.")],
        origin: Annotated[str, Query(max_length=300, description="Where the page is seen, as the browser shows it.")]
        = "",
    ) -> SignInBegun:  # fmt: skip
        """Begin a sign-in: a message with a number that works once, within five minutes, in this browser."""
        seen = _origin(origin, request, names)
        browser = _cookie(request, BROWSER) or secrets.token_urlsafe(32)
        begun = desk.begin(address, origin=seen, browser=browser)
        _keep(response, BROWSER, browser, seconds=2 * NONCE_LIFE, secure=seen.startswith("https:"))
        return SignInBegun(nonce=begun.nonce, message=begun.message, chain_id=str(begun.chain_id))

    @routes.post("/verify", responses=documented(400, 415))
    def verify(signed: Signed, request: Request, response: Response) -> SignedIn:
        """Sign in by a signed message. The answer sets the cookie of the session."""
        browser, before = _cookie(request, BROWSER), _cookie(request, SESSION)
        token, session = desk.by_wallet(signed.message, signed.signature, browser=browser, instead=before)
        return _signed_in(desk, request, response, token, session)

    @routes.get("/demo", responses=documented())
    def demos() -> DemoAccounts:
        """The demo accounts of the embedded chain, where the app is served to this device alone."""
        return DemoAccounts(accounts=[DemoAccount(address=one.address, label=one.label) for one in desk.demos()])

    @routes.post("/demo", responses=documented(400, 415))
    def demo(wanted: DemoWanted, request: Request, response: Response) -> SignedIn:
        """Sign in as a demo account of the embedded chain, where the app is served to this device alone."""
        token, session = desk.by_demo(wanted.address, instead=_cookie(request, SESSION))
        return _signed_in(desk, request, response, token, session)

    @routes.get("/session", responses=documented())
    def session(request: Request, response: Response) -> SignedIn:
        """Who has signed in in this browser."""
        response.headers["Cache-Control"] = "no-store"
        found = desk.sessions.of_token(_cookie(request, SESSION))
        return SignedIn(account=_account(found) if found else None)

    @routes.post("/ticket", responses=documented(400, 401, 415))
    def ticket(nothing: Nothing, request: Request, response: Response) -> Ticket:
        """What an open page shows to the app to learn of this browser's session without being loaded anew."""
        response.headers["Cache-Control"] = "no-store"
        made = desk.ticket(_cookie(request, SESSION))
        if made is None:
            raise Refused(401, "Not signed in", "Nobody has signed in in this browser; sign in first.")
        return Ticket(ticket=made)

    @routes.post("/sign-out", responses=documented(400, 415))
    def sign_out(nothing: Nothing, request: Request, response: Response) -> SignedIn:
        """End the session of this browser. It is no error where there is none."""
        token = _cookie(request, SESSION)
        if token:
            desk.sessions.end(token)
        response.delete_cookie(SESSION, path="/", httponly=True, samesite="strict")
        return SignedIn(account=None)

    return routes


def _signed_in(desk: WalletDesk, request: Request, response: Response, token: str, session: Session) -> SignedIn:
    secure = request.url.scheme == "https" or request.headers.get("origin", "").startswith("https:")
    _keep(response, SESSION, token, seconds=desk.sessions.life, secure=secure)
    return SignedIn(account=_account(session))


def _keep(response: Response, name: str, value: str, *, seconds: float, secure: bool) -> None:
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        name, value, max_age=int(seconds), path="/", httponly=True, samesite="strict", secure=secure
    )  # fmt: skip


def _account(session: Session) -> Account:
    return Account(
        address=session.address, kind=session.kind, chain_id=str(session.chain_id), since=session.since,
        until=session.until,
    )  # fmt: skip


def _cookie(request: Request, name: str) -> str:
    value = request.cookies.get(name, "")
    return value if _TOKEN.fullmatch(value) else ""


def _origin(said: str, request: Request, names: Names) -> str:
    """Scheme and host under which the browser shows the page. Behind a reverse proxy only the page knows them."""
    host = request.headers.get("host", "")
    origin = said or f"{request.url.scheme}://{host}"
    if not _ORIGIN.fullmatch(origin) or not names.own(origin, host):
        raise Refused(403, "Foreign origin", "A sign-in can begin for an address of this app alone.")
    return origin
