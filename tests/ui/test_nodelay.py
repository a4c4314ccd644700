"""A page's WebSocket answers at once: the middleware turns Nagle's algorithm off on the connection it can see."""

import asyncio
import socket

from ui.nodelay import NoDelay, connection_of


class Protocol:
    """As uvicorn's: it owns a transport, and its `send` is what the app is given."""

    def __init__(self, connection):
        self.transport = self
        self._connection = connection

    def get_extra_info(self, name):
        assert name == "socket"
        return self._connection

    async def send(self, message):
        pass


def pass_through(kind, send):
    reached = []

    async def app(scope, receive, sender):
        reached.append((scope["type"], sender))

    asyncio.run(NoDelay(app)({"type": kind}, None, send))
    return reached


def delayed(connection):
    return not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_websockets_connection_no_longer_waits_and_others_stay_as_they_are():
    # No protocol number: as Streamlit makes its listener, and as asyncio leaves alone.
    with socket.socket(socket.AF_INET) as connection:
        protocol = Protocol(connection)
        assert pass_through("http", protocol.send)[0][0] == "http"
        assert delayed(connection)
        assert pass_through("websocket", protocol.send) == [("websocket", protocol.send)]
        assert not delayed(connection)


def test_a_server_that_shows_no_connection_is_served_all_the_same():
    async def send(message):
        pass

    assert connection_of(send) is None
    assert pass_through("websocket", send) == [("websocket", send)]
    near, far = socket.socketpair()
    with near, far:
        assert len(pass_through("websocket", Protocol(near).send)) == 1
    closed = socket.socket()
    closed.close()
    assert len(pass_through("websocket", Protocol(closed).send)) == 1
