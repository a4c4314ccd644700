"""Where people sign in: by a message that their wallet signs, or as a demo account of this device."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from privacy.errors import UnknownNameError
from privacy.services.once import Full, Once
from privacy.services.sessions import Session, Sessions
from privacy.wallets.address import checksummed
from privacy.wallets.errors import SignInError, TooManySignIns, UnknownNonce
from privacy.wallets.network import Network, embedded
from privacy.wallets.siwe import Expected, Message, build, parse, verify

NONCE_LIFE = 300.0
TICKET_LIFE = 60.0
"""Seconds in which a nonce and a ticket can be used."""
STATEMENT = "Sign in to Veilbench. This proves that you hold this account. It costs nothing and sends no transaction."


class Demo(Protocol):
    """An account of the embedded chain whose key lies on this device."""

    @property
    def address(self) -> str: ...

    @property
    def label(self) -> str: ...


def no_demo() -> Sequence[Demo]:
    """No demo account."""
    return ()


@dataclass(frozen=True)
class Begun:
    """A sign-in that has begun: the text that the wallet is to sign."""

    nonce: str
    message: str
    chain_id: int


@dataclass
class WalletDesk:
    """`network` gives the chain in use, `demo_accounts` the accounts of this device; `loopback`: only it is served."""

    sessions: Sessions
    network: Callable[[], Network] = embedded
    demo_accounts: Callable[[], Sequence[Demo]] = no_demo
    loopback: bool = False
    _nonces: Once[Expected] = field(default_factory=lambda: Once(life=NONCE_LIFE))
    _tickets: Once[str] = field(default_factory=lambda: Once(life=TICKET_LIFE, each=1000))

    def begin(self, address: str, *, origin: str, browser: str) -> Begun:
        """The message with which an account signs in at `origin`, scheme and host, in this `browser` (its cookie)."""
        now, network = datetime.now(UTC).replace(microsecond=0), self.network()
        chain_id = network.chain_id
        if not chain_id:
            text = f"the settings of {network.name} do not say its chain id, which a wallet signs"
            raise SignInError(text, then=f"set chain_id in [chains.{network.name}] of config.toml")
        expected = Expected(urlsplit(origin).netloc, origin, chain_id, secrets.token_hex(16), checksummed(address))
        text = build(
            Message(
                expected.domain, expected.address, expected.uri, chain_id, expected.nonce, now, STATEMENT,
                expiration_time=now + timedelta(seconds=NONCE_LIFE),
            )
        )  # fmt: skip
        try:
            self._nonces.make(expected, owner=browser, secret=expected.nonce)
        except Full:
            raise TooManySignIns("too many sign-ins have begun", then="try again in five minutes") from None
        return Begun(expected.nonce, text, chain_id)

    def by_wallet(self, text: str, signature: str, *, browser: str, instead: str = "") -> tuple[str, Session]:
        """The token and session of whoever signed a message that was begun in this browser. SignInError if it was not.

        The nonce is used up by the first attempt, whether it succeeds or not.
        """
        expected = self._nonces.take(parse(text).nonce, owner=browser)
        if expected is None:
            raise UnknownNonce(
                "this sign-in was used before, is older than five minutes, or began in another browser",
                then="start it again on this page",
            )
        if expected.chain_id != self.network().chain_id:
            raise UnknownNonce("another chain is in use since the sign-in began", then="start it again on this page")
        message = verify(text, signature, expected)
        return self.sessions.begin(message.address, chain_id=message.chain_id, kind="wallet", instead=instead)

    def demos(self) -> Sequence[Demo]:
        """The demo accounts that may be used: none where other machines may reach the app."""
        return self.demo_accounts() if self.loopback else ()

    def by_demo(self, address: str, *, instead: str = "") -> tuple[str, Session]:
        """The token and session of a demo account. It takes no signature: its key lies on this device."""
        if not self.loopback:
            raise SignInError("demo accounts are for this device alone", then="open the app on its own machine")
        known = {one.address: one.label for one in self.demos()}
        if address not in known:
            raise UnknownNameError("demo account", address[:42], known)
        return self.sessions.begin(address, chain_id=self.network().chain_id, kind="demo", instead=instead)

    def ticket(self, token: str) -> str | None:
        """What a page shows once to learn of the session of its browser's cookie; None where nobody has signed in.

        A page's WebSocket sends the cookies with which it was opened, and none that were set since.
        """
        session = self.sessions.of_token(token)
        return self._tickets.make(session.id, owner="") if session else None

    def redeem(self, ticket: str) -> Session | None:
        """The session that a ticket was made for, if it is shown in time and for the first time."""
        id = self._tickets.take(ticket, owner="")
        return self.sessions.get(id) if id else None
