"""Signing in over the API: cookies, one use of each message, demo accounts, foreign pages."""

from dataclasses import dataclass

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from privacy.services.once import Once
from privacy.services.sessions import Sessions
from privacy.wallets.desk import WalletDesk
from privacy.wallets.network import EMBEDDED_ID, Network
from privacy.web.rest.wallet import BROWSER, SESSION
from tests.support.api_client import client_of, problem

KEY = "0x" + "46" * 32
ADDRESS = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"
DEMO = "0x52908400098527886E0F7030069857D2E4169EE7"


@dataclass(frozen=True)
class Demo:
    address: str
    label: str


@pytest.fixture
def desk(tmp_path):
    return WalletDesk(Sessions(tmp_path / "s.sqlite"), demo_accounts=lambda: [Demo(DEMO, "Ada")], loopback=True)


@pytest.fixture
def client(book, jobs, desk):
    with client_of(book, jobs, wallets=desk, hosts=["bench.example.org"]) as found:
        yield found


def begin(client, address=ADDRESS, **query):
    answer = client.get("/api/wallet/nonce", params={"address": address, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def sign(message, key=KEY):
    return str(Account.sign_message(encode_defunct(text=message), key).signature.to_0x_hex())


def send(client, message, signature=None, **headers):
    body = {"message": message, "signature": signature or sign(message)}
    return client.post("/api/wallet/verify", json=body, headers=headers)


def who(client):
    return client.get("/api/wallet/session").json()["account"]


def cookies(answer):
    """The names of the cookies that an answer sets, with their attributes in lower case."""
    lines = [line.split("; ") for line in answer.headers.get_list("set-cookie")]
    return {line[0].partition("=")[0]: {part.lower() for part in line[1:]} for line in lines}


def test_a_wallet_signs_in_and_out(client, desk):
    assert who(client) is None
    begun = begin(client, ADDRESS.lower())
    host = f"127.0.0.1:{client.base_url.port}"
    assert begun["message"].startswith(f"{host} wants you to sign in with your Ethereum account:\n{ADDRESS}\n")
    assert f"\nURI: http://{host}\n" in begun["message"]
    assert begun["chain_id"] == str(EMBEDDED_ID)
    answer = send(client, begun["message"])
    account = answer.json()["account"]
    assert (account["address"], account["kind"], account["chain_id"]) == (ADDRESS, "wallet", str(EMBEDDED_ID))
    assert account == who(client)
    set_ = cookies(answer)[SESSION]
    assert {"httponly", "samesite=strict", "path=/", f"max-age={int(desk.sessions.life)}"} <= set_
    assert "secure" not in set_
    token = client.cookies[SESSION]
    assert client.post("/api/wallet/sign-out", json={}).json() == {"account": None}
    assert who(client) is None
    client.cookies.set(SESSION, token, domain="127.0.0.1")
    assert who(client) is None


def test_a_message_works_once_and_not_in_another_browser(client):
    message = begin(client)["message"]
    ours = client.cookies[BROWSER]
    client.cookies.set(BROWSER, "B" * 43, domain="127.0.0.1")
    problem(send(client, message), 403)
    client.cookies.delete(BROWSER)
    problem(send(client, message), 403)
    client.cookies.set(BROWSER, ours, domain="127.0.0.1")
    assert send(client, message).status_code == 200
    problem(send(client, message), 403)


def test_a_failed_attempt_uses_the_message_up(client):
    message = begin(client)["message"]
    problem(send(client, message, sign(message, "0x" + "47" * 32)), 403)
    problem(send(client, message), 403)
    assert who(client) is None


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("127.0.0.1", "127.0.0.2", 403),
        ("URI: http://", "URI: https://", 403),
        (f"Chain ID: {EMBEDDED_ID}", "Chain ID: 1", 403),
        ("Nonce: ", "Nonce: 0", 403),
        (ADDRESS, DEMO, 403),
        ("Expiration Time: 2", "Expiration Time: 1", 403),
        ("Version: 1", "Version: 2", 422),
        ("\nIssued At", "\n\nIssued At", 422),
    ],
)
def test_a_changed_message_is_refused_although_it_is_signed(client, old, new, status):
    message = begin(client)["message"]
    assert old in message
    problem(send(client, message.replace(old, new, 1)), status)
    assert SESSION not in client.cookies


def test_a_message_for_the_chain_before_is_refused(client, desk):
    message = begin(client)["message"]
    desk.network = lambda: Network("another", 1, "http://127.0.0.1:1")
    problem(send(client, message), 403)


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (lambda c: c.get("/api/wallet/nonce"), 422),
        (lambda c: c.get("/api/wallet/nonce", params={"address": "0x1"}), 422),
        (lambda c: c.get("/api/wallet/nonce", params={"address": ADDRESS.swapcase()}), 422),
        (lambda c: c.get("/api/wallet/nonce", params={"address": ADDRESS, "origin": "https://evil.example"}), 403),
        (lambda c: c.get("/api/wallet/nonce", params={"address": ADDRESS, "origin": "http://x\nURI: y"}), 403),
        (lambda c: c.post("/api/wallet/verify", json={"message": "x", "signature": "0x"}), 422),
        (lambda c: c.post("/api/wallet/verify", json={"message": "x" * 4001, "signature": "0x"}), 422),
        (lambda c: c.post("/api/wallet/verify", json={"message": "x", "signature": "0x", "more": 1}), 422),
        (lambda c: c.post("/api/wallet/demo", json={"address": ADDRESS}), 422),
        (lambda c: c.post("/api/wallet/demo", json={}), 422),
        (lambda c: c.post("/api/wallet/ticket", json={}), 401),
        (lambda c: c.post("/api/wallet/sign-out"), 415),
        (lambda c: c.post("/api/wallet/sign-out", json={}, headers={"origin": "http://evil.example"}), 403),
        (lambda c: c.post("/api/wallet/demo", json={"address": DEMO}, headers={"sec-fetch-site": "cross-site"}), 403),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(client, call, status):
    problem(call(client), status)
    assert SESSION not in client.cookies


def test_behind_a_proxy_the_message_names_the_address_that_the_browser_shows(client):
    # The proxy passes on what the browser sends over TLS.
    client.cookies.set(BROWSER, "B" * 43, domain="127.0.0.1")
    message = begin(client, origin="https://bench.example.org")["message"]
    client.cookies.clear()
    assert message.startswith("bench.example.org wants you")
    assert "\nURI: https://bench.example.org\n" in message
    client.cookies.set(BROWSER, "B" * 43, domain="127.0.0.1")
    answer = send(client, message, origin="https://bench.example.org")
    assert "secure" in cookies(answer)[SESSION]


def test_a_demo_account_signs_in_on_this_device_alone(client, desk):
    assert client.get("/api/wallet/demo").json() == {"accounts": [{"address": DEMO, "label": "Ada"}]}
    answer = client.post("/api/wallet/demo", json={"address": DEMO})
    assert answer.json()["account"]["kind"] == "demo"
    first = client.cookies[SESSION]
    assert send(client, begin(client)["message"]).status_code == 200
    assert who(client)["kind"] == "wallet"
    assert desk.sessions.of_token(first) is None
    desk.loopback = False
    assert client.get("/api/wallet/demo").json() == {"accounts": []}
    problem(client.post("/api/wallet/demo", json={"address": DEMO}), 403)


def test_begun_sign_ins_are_bounded(client, desk):
    desk._nonces = Once(life=300, most=1)
    begin(client)
    client.cookies.delete(BROWSER)
    problem(client.get("/api/wallet/nonce", params={"address": ADDRESS}), 429)


def test_a_ticket_shows_the_session_to_a_page_once(client, desk):
    client.post("/api/wallet/demo", json={"address": DEMO})
    ticket = client.post("/api/wallet/ticket", json={}).json()["ticket"]
    session = desk.redeem(ticket)
    assert session.address == DEMO
    assert desk.redeem(ticket) is None
    late = client.post("/api/wallet/ticket", json={}).json()["ticket"]
    client.post("/api/wallet/sign-out", json={})
    assert desk.redeem(late) is None
