"""Sign-In with Ethereum (EIP-4361): the message that a wallet signs, and what its signature proves.

A message names the site, the account, the chain and a number that is used once. The wallet shows it and signs it
(EIP-191). Whoever verifies it knows: the holder of the account's key has agreed to this text. Every part is compared,
as a signature that was made for another site, another time or another sign-in proves nothing here.

Source: https://eips.ethereum.org/EIPS/eip-4361, the ABNF of its message format.
"""

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from privacy.nesting import bound_nesting
from privacy.wallets.address import checksummed
from privacy.wallets.errors import (
    ForeignChain,
    ForeignDomain,
    ForeignSigner,
    ForeignUri,
    MalformedAddress,
    MalformedMessage,
    MessageExpired,
    MessageTooEarly,
    UnknownNonce,
)

LONGEST = 4000
"""Characters that a message may have."""
LEEWAY = timedelta(seconds=30)
"""How far the clock of whoever wrote a message may be ahead."""

_ASKS = " wants you to sign in with your Ethereum account:"
_PCT = "%[0-9A-Fa-f]{2}"
_HOST = rf"\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|{_PCT})+"
_DOMAIN = re.compile(rf"(?:(?:[A-Za-z0-9._~!$&'()*+,;=:-]|{_PCT})*@)?(?:{_HOST})(?::[0-9]*)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_URI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|{_PCT})+")
_STATEMENT = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;= -]+")
_NONCE = re.compile(r"[A-Za-z0-9]{8,}")
_NUMBER = re.compile(r"[0-9]{1,78}")
_REQUEST = re.compile(rf"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|{_PCT})*")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


@dataclass(frozen=True)
class Message:
    """What a message says. Times are aware; `address` has its checksum; `domain` is host and port; `version` is 1."""

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    statement: str = ""
    expiration_time: datetime | None = None
    not_before: datetime | None = None
    request_id: str | None = None
    resources: tuple[str, ...] = ()
    scheme: str = ""


@dataclass(frozen=True)
class Expected:
    """What a message has to name to be one of this site, for this sign-in."""

    domain: str
    uri: str
    chain_id: int
    nonce: str
    address: str = ""
    """The account that the sign-in began with; empty for any."""


def build(message: Message) -> str:
    """The text of a message. MalformedMessage where a part cannot stand in one."""
    m = message
    lines = [f"{m.scheme}://" * bool(m.scheme) + m.domain + _ASKS, m.address, ""]
    lines += [m.statement, ""] if m.statement else [""]
    lines += [f"URI: {m.uri}", "Version: 1", f"Chain ID: {m.chain_id}", f"Nonce: {m.nonce}"]
    lines += [f"Issued At: {_written(m.issued_at)}"]
    lines += [f"Expiration Time: {_written(m.expiration_time)}"] if m.expiration_time else []
    lines += [f"Not Before: {_written(m.not_before)}"] if m.not_before else []
    lines += [f"Request ID: {m.request_id}"] if m.request_id is not None else []
    lines += ["Resources:", *(f"- {one}" for one in m.resources)] if m.resources else []
    text = "\n".join(lines)
    # What a reader would take for something else is not written: a line break in a statement, for instance.
    if parse(text) != m:
        raise MalformedMessage("a part of the message cannot stand where it is put")
    return text


def parse(text: str) -> Message:
    """The parts of a message. MalformedMessage names the line that is not as EIP-4361 has it."""
    if len(text) > LONGEST:
        raise MalformedMessage(f"the message has more than {LONGEST:,} characters")
    lines = _Lines(text)
    head = lines.ending(_ASKS)
    scheme, found, domain = head.rpartition("://")
    lines.check(not found or _SCHEME.fullmatch(scheme), "the site's scheme")
    lines.check(_DOMAIN.fullmatch(domain), "the site that asks")
    address = lines.next("the address")
    try:
        lines.check(checksummed(address) == address, "the address with its checksum (EIP-55)")
    except MalformedAddress:
        lines.check(False, "the address with its checksum (EIP-55)")
    lines.blank()
    statement = ""
    if lines.peek() != "":
        statement = lines.next("the statement")
        lines.check(_STATEMENT.fullmatch(statement), "the statement")
    lines.blank()
    uri = lines.field("URI", _URI)
    lines.field("Version", re.compile("1"))
    chain_id = int(lines.field("Chain ID", _NUMBER))
    nonce = lines.field("Nonce", _NONCE)
    issued = lines.time("Issued At")
    if issued is None:
        raise MalformedMessage(f"line {lines.at + 1} of the message is not 'Issued At' and a time")
    return Message(
        domain, address, uri, chain_id, nonce, issued, statement, lines.time("Expiration Time"),
        lines.time("Not Before"), lines.optional("Request ID", _REQUEST), tuple(lines.resources()), scheme,
    )  # fmt: skip


def verify(text: str, signature: str, expected: Expected, *, now: datetime | None = None) -> Message:
    """The parts of a message, once it is for this site and sign-in, in time, and signed by its account's own key.

    `signature` is 65 bytes in hexadecimal, as `personal_sign` gives it. An account that is a contract has no key, and
    cannot sign in. Each way to fail is a SignInError of its own.
    """
    message = parse(text)
    _for_this_site(message, expected)
    _in_time(message, now or datetime.now(UTC))
    if _signer(text, signature) != message.address:
        raise ForeignSigner(
            "the signature is not by the account that the message names", then="sign in with that account's own key"
        )
    return message


def _for_this_site(message: Message, expected: Expected) -> None:
    if message.domain != expected.domain or (message.scheme and message.scheme != expected.uri.partition(":")[0]):
        raise ForeignDomain("the message was written for another site", then="start the sign-in again on this page")
    if message.uri != expected.uri:
        raise ForeignUri("the message was written for another address", then="start the sign-in again on this page")
    if message.chain_id != expected.chain_id:
        raise ForeignChain(
            f"the message is for another chain than {expected.chain_id}", then="start the sign-in again on this page"
        )
    if not hmac.compare_digest(message.nonce.encode(), expected.nonce.encode()):
        raise UnknownNonce("the message belongs to another sign-in", then="start the sign-in again on this page")
    if expected.address and message.address != expected.address:
        raise ForeignSigner("the sign-in began with another account", then="begin again with the one that you want")


def _in_time(message: Message, now: datetime) -> None:
    then = "start the sign-in again on this page"
    if message.expiration_time is not None and now >= message.expiration_time:
        raise MessageExpired("the message has expired", then=then)
    if message.not_before is not None and now < message.not_before:
        raise MessageTooEarly("the message is not valid yet", then=then)
    if message.issued_at > now + LEEWAY:
        raise MessageTooEarly("the message was issued later than now", then="set the clock of this machine")


def _signer(text: str, signature: str) -> str:
    """The address whose key made a signature; empty where nobody's did."""
    from eth_account import Account
    from eth_account.messages import encode_defunct

    bound_nesting()
    if not re.fullmatch(r"0x[0-9a-fA-F]{130}", signature):
        raise ForeignSigner("this is not a signature", then="give 65 bytes in hexadecimal, as personal_sign does")
    try:
        return str(Account.recover_message(encode_defunct(text=text), signature=signature))
    except Exception:  # the libraries below raise whatever they please for numbers that are no signature
        return ""


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


class _Lines:
    """The lines of a message in turn; whatever stands in the wrong place is named by its line."""

    def __init__(self, text: str) -> None:
        self._lines, self.at = text.split("\n"), 0

    def peek(self) -> str | None:
        return self._lines[self.at] if self.at < len(self._lines) else None

    def check(self, right: object, what: str) -> None:
        if not right:
            raise MalformedMessage(f"line {self.at} of the message is not {what}", then="see EIP-4361 for its form")

    def next(self, what: str) -> str:
        line = self.peek()
        self.at += 1
        self.check(line is not None, what)
        return line or ""

    def ending(self, end: str) -> str:
        line = self.next("the site that asks")
        self.check(line.endswith(end), f"a site and '{end.strip()}'")
        return line.removesuffix(end)

    def blank(self) -> None:
        self.check(self.next("empty") == "", "empty")

    def field(self, name: str, form: re.Pattern[str]) -> str:
        line = self.next(f"'{name}'")
        value = line.removeprefix(f"{name}: ")
        self.check(line.startswith(f"{name}: ") and form.fullmatch(value), f"'{name}: ' and what belongs there")
        return value

    def optional(self, name: str, form: re.Pattern[str]) -> str | None:
        return self.field(name, form) if (self.peek() or "").startswith(f"{name}: ") else None

    def time(self, name: str) -> datetime | None:
        text = self.optional(name, _TIME)
        match = _TIME.fullmatch(text or "")
        if match is None:
            return None
        day, clock, fraction, zone = match.groups()
        try:
            made = datetime.fromisoformat(f"{day}T{clock}{(fraction or '')[:7]}{zone.upper()}")
            return made.astimezone(UTC)
        except (ValueError, OverflowError):
            self.check(False, f"'{name}: ' and a time that there is")
            return None

    def resources(self) -> Iterator[str]:
        """The resources to the end, if there are any; then nothing may follow."""
        if self.peek() == "Resources:":
            self.at += 1
            while (self.peek() or "").startswith("- "):
                line = self.next("a resource")
                self.check(_URI.fullmatch(line[2:]), "'- ' and a URI")
                yield line[2:]
        if self.peek() is not None:
            self.at += 1
            self.check(False, "what follows there")
