"""Live rounds over HTTP: what contributors ask of the aggregator's server."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.requests import ClientDisconnect

from privacy.errors import VeilbenchError
from privacy.live.admission import Forged, Malformed, Member, TooLarge
from privacy.live.blobs import CAR_TYPE
from privacy.live.rounds import LiveRound
from privacy.live.series import LiveService
from privacy.live.words import ANSWER_HEADERS, Posted, described, outcome_for, posted
from privacy.primitives.aggregation import contributor
from privacy.transports.mailbox import Refusal
from privacy.web.auth import same
from privacy.web.limits import Accept, Limits

_LONGEST_WAIT = 25.0
_CHUNK = 2**20
_LISTED = 50


def problem(status: int, title: str, detail: str, **more: Any) -> JSONResponse:
    """A refusal (RFC 9457), with one sentence."""
    headers = {"Retry-After": "1"} if status == 503 else {}
    return JSONResponse({"title": title, "detail": detail, **more}, status, headers, "application/problem+json")


def router(service: LiveService) -> APIRouter:
    """The paths of a service, to be mounted on the aggregator's server."""
    made = APIRouter()
    desk = Desk(service)
    made.add_api_route("/api/live", desk.everything, methods=["GET"])
    made.add_api_route("/api/live/{name}", desk.one, methods=["GET"])
    made.add_api_route("/api/live/{name}/blob/{cid}", desk.blob, methods=["GET"])
    made.add_api_route("/api/live/{name}/join", desk.join, methods=["POST"])
    made.add_api_route("/api/live/{name}/inbox/{round_}", desk.inbox, methods=["GET"])
    made.add_api_route("/api/live/{name}/reply/{round_}", desk.reply, methods=["POST"])
    made.add_api_route("/api/live/{name}/result", desk.result, methods=["GET"])
    return made


class Desk:
    """Answers requests. Waiting holds no thread; files and digests are worked on in the pool."""

    def __init__(self, service: LiveService) -> None:
        self._service = service

    async def everything(self) -> list[dict[str, Any]]:
        """The last live rounds, oldest first: what is asked, under which stack, and what protects an answer."""
        return [described(one) for one in self._service.all()[-_LISTED:]]

    async def one(self, name: str) -> Any:
        found = self._service.get(name)
        return described(found) if found else _unknown(name)

    async def blob(self, name: str, cid: str) -> Any:
        """A public file that the question is read with, as CAR; there is no other file here."""
        found = self._service.get(name)
        if found is None:
            return _unknown(name)

        def packed() -> bytes | None:
            return found.blob(cid) if cid in found.needs else None

        try:
            body = await run_in_threadpool(packed)
        except VeilbenchError as error:
            return problem(503, "Not here", str(error))
        if body is None:
            return problem(404, "Unknown", "The question of this live round is read with no such file.")
        return Response(body, media_type=CAR_TYPE)

    async def join(self, name: str, request: Request) -> Any:
        """Take a seat with a secret of the contributor's own choice."""
        found = self._service.get(name)
        if found is None:
            return _unknown(name)
        try:
            secret = str((await request.json())["secret"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return problem(400, "No secret", 'Send {"secret": 64 random hexadecimal digits}.')
        if not 32 <= len(secret) <= 256:
            return problem(400, "No secret", "A secret has 32 to 256 characters.")
        try:
            member = await run_in_threadpool(found.join, secret)
        except Refusal as error:
            return problem(409, "Closed", str(error))
        if member.key is None:
            return problem(409, "Ended", "This live round has ended.", seat=member.index)
        return {"seat": member.index, "party": contributor(member.index).name, "key": member.key.hex()}

    async def inbox(self, name: str, round_: int, request: Request, wait: float = 20.0) -> Any:
        """The mail of one round, as it becomes ready: 204 if not yet, 410 if there will be none."""
        who = self._who(name, request)
        if isinstance(who, Response):
            return who
        found, member = who

        known = request.headers.get(ANSWER_HEADERS.session, "")

        def ready() -> bool:
            over = found.result is not None or found.stopping or bool(found.gone(member.index))
            return over or found.anew(known) or self._mail(found, member, round_)

        if not await _waited(found, ready, member.index, seconds=min(max(wait, 0.0), _LONGEST_WAIT)):
            return Response(status_code=204)
        if found.stopping:
            return _going_down()
        if found.anew(known):
            return _again()
        laid = found.journal.inbox(member.index, round_) if found.result is None else None
        if laid is None:
            reason = found.gone(member.index) or "this live round has ended"
            return problem(410, "Over", reason, state=found.state)
        head, path, start = laid
        headers = {
            ANSWER_HEADERS.wires: ",".join(map(str, head["lengths"])), ANSWER_HEADERS.material: str(head["material"]),
            ANSWER_HEADERS.session: found.session, ANSWER_HEADERS.joined: str(found.joined),
            ANSWER_HEADERS.left: f"{found.left:.3f}", "Content-Length": str(sum(head["lengths"])),
        }  # fmt: skip
        return StreamingResponse(_chunks(path, start), headers=headers, media_type="application/octet-stream")

    def _mail(self, found: LiveRound, member: Member, round_: int) -> bool:
        return bool(found.session) and found.journal.inbox(member.index, round_) is not None

    async def reply(self, name: str, round_: int, request: Request) -> Any:
        """Take the answer of one round: sealed wires, one after another, and nothing else."""
        who = self._who(name, request)
        if isinstance(who, Response):
            return who
        found, member = who
        try:
            found.check_begun()
            order = posted(
                request.headers, most=found.planned.most_bytes, wires=2 * found.planned.task.contributors + 8
            )
            if found.anew(order.session):
                return _again()
            return await self._take(found, member, round_, order, request)
        except Refusal as error:
            if not error.early:
                found.refuse(member.index, round_, str(error))
            return _refused(error)
        except VeilbenchError as error:
            return problem(507, "Not kept", str(error))

    async def _take(self, found: LiveRound, member: Member, round_: int, order: Posted, request: Request) -> Any:
        head = {"lengths": order.lengths, "end": order.end, "reason": order.reason, "seconds": order.seconds}
        size = 0
        with found.journal.incoming(head) as (file, path):
            try:
                async for chunk in request.stream():
                    size += len(chunk)
                    if size > sum(order.lengths):
                        break
                    file.write(chunk)
            except ClientDisconnect:
                size = -1
            if size != sum(order.lengths):
                raise Malformed(f"the answer of contributor-{member.index} is truncated or too long")

            def finish() -> bool:
                file.flush()
                os.fsync(file.fileno())
                return found.receive(member, round_, path)

            return {"taken": True, "before": await run_in_threadpool(finish)}

    async def result(self, name: str, request: Request, wait: float = 20.0) -> Any:
        """How it ended, for a contributor of it or whoever has the server's token: 204 while it goes on."""
        who = self._who(name, request, member=False)
        if isinstance(who, Response):
            return who
        found, member = who
        seconds = min(max(wait, 0.0), _LONGEST_WAIT)
        known = request.headers.get(ANSWER_HEADERS.session, "")

        def ready() -> bool:
            return found.result is not None or found.stopping or found.anew(known)

        await _waited(found, ready, member.index, seconds=seconds)
        if found.anew(known):
            return _again()
        if found.result is None and found.stopping:
            return _going_down()
        return outcome_for(found, member.index) if found.result is not None else Response(status_code=204)

    def _who(self, name: str, request: Request, *, member: bool = True) -> tuple[LiveRound, Member] | JSONResponse:
        found = self._service.get(name)
        if found is None:
            return _unknown(name)
        seat, _, secret = request.headers.get(ANSWER_HEADERS.member, "").partition(":")
        holder = found.member(int(seat), secret) if seat.isdigit() and len(seat) < 10 else None
        if holder is None and (member or seat):
            found.refuse(0, 0, "somebody without the secret of a seat spoke for it")
            return problem(403, "Not a contributor", "This request does not carry the secret of a seat; join first.")
        return found, holder or Member(0, "")


async def _waited(found: LiveRound, ready: Callable[[], bool], index: int, *, seconds: float) -> bool:
    """Whether it became ready. A server that goes down ends what waits, and that is no error."""
    try:
        return await found.bells.until(ready, index, seconds=seconds)
    except asyncio.CancelledError:
        return False


def _going_down() -> JSONResponse:
    return problem(503, "Restarting", "The server goes down; ask again when it is back.")


def _refused(error: Refusal) -> JSONResponse:
    if error.early:
        return problem(503, "Too early", str(error))
    kinds: list[tuple[type[Refusal], int, str]] = [
        (Forged, 403, "Forged"), (Malformed, 400, "Malformed"), (TooLarge, 413, "Too large"),
    ]  # fmt: skip
    status, title = next(((s, t) for kind, s, t in kinds if isinstance(error, kind)), (409, "Refused"))
    return problem(status, title, str(error))


def _again() -> JSONResponse:
    return problem(409, "Again", "The run began again under fresh keys; answer it again.", again=True)


def _unknown(name: str) -> JSONResponse:
    return problem(404, "Unknown", f"There is no live round {name[:40]!r} here; ask for /api/live.")


def _chunks(path: Path, start: int) -> Any:
    with path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(_CHUNK):
            yield chunk


def doorkeeper(token: str) -> Accept:
    """Lets contributors in by a token of their own, to the live rounds and to nothing else of the server."""

    def accept(method: str, path: str, given: bytes | None) -> bool:
        inside = path == "/api/live" or path.startswith("/api/live/")
        return inside and given is not None and same(given, token.encode())

    return accept


def limits_for(service: LiveService, limits: Limits) -> Limits:
    """The limits of a server with room for a cohort whose requests wait, and for its answers."""
    seats = service.definition.contributors
    return replace(
        limits,
        queue=max(limits.queue, 2 * seats + 64),
        connections=max(limits.connections, 4 * seats + 64),
        quiet=max(limits.quiet, 2 * seats + 64),
        body_bytes=max(limits.body_bytes, service.planned.most_bytes),
    )
