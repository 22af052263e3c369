"""What `wcsdiag serve` puts behind its port: each request judged, answered, and told of."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wcsdiag.hooks.contract import judge
from wcsdiag.hooks.exchange import Exchange, Source
from wcsdiag.hooks.traffic import Contact
from wcsdiag.receiver.behaviour import Behaviour
from wcsdiag.receiver.conversation import Handled, Stray, Treatment
from wcsdiag.receiver.forwarding import Forwarded, Forwarder
from wcsdiag.receiver.incoming import Request
from wcsdiag.receiver.recorded_line import json_object
from wcsdiag.receiver.reply import Admission, Reply, reply_to, text_reply

_MOST_WAITING = 10_000
_LONGEST_PEER = 200


@dataclass(frozen=True)
class SeenHook:
    """A hook that came, with what became of it. `notes` are sentences about it."""

    exchange: Exchange
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FaultPlan:
    """Which hooks are hit: of those of `methods` (lower-cased; none named: all) each `every`th."""

    behaviour: Behaviour
    delay_s: float = 20.0
    every: int = 1
    methods: frozenset[str] = frozenset()


@dataclass
class HookSite:
    """Answers hooks. What came is in `seen`, in the order in which it was answered.

    Nobody need look: where more than 10,000 wait there, the youngest are only counted, in
    `overlooked`.
    """

    admission: Admission = field(default_factory=Admission)
    fault: FaultPlan | None = None
    forwarder: Forwarder | None = None
    closed: threading.Event = field(default_factory=threading.Event)
    seen: queue.Queue[SeenHook | Contact] = field(
        default_factory=lambda: queue.Queue(_MOST_WAITING)
    )
    overlooked: int = 0
    _matching: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def treat(self, request: Request) -> Treatment:
        """The answer: a refusal, the fault's, the real web server's, or the hook's own body."""
        refusal = self._not_a_hook(request)
        if refusal is not None:
            return refusal
        notes = _notes_on(request)
        not_admitted = self.admission.refuse(request.header("Authorization"), request.body)
        if not_admitted is not None:
            notes = (*notes, _why_not_admitted(request))
        if not_admitted is not None and self.forwarder is None:
            return Treatment(not_admitted, notes=notes)
        if (fault := self._fault_for(request.method)) is not None:
            reply = reply_to(fault.behaviour, request.method, request.body)
            notes = (*notes, f"on purpose: {fault.behaviour.value}")
            return Treatment(reply, fault.behaviour, fault.delay_s, notes)
        if self.forwarder is not None:
            return self._forwarded(self.forwarder, request, notes)
        if not json_object(_text(request.body)):
            detail = "the body is not a JSON object with fields"
            return Treatment(text_reply(400, detail), notes=notes, error=detail)
        return Treatment(reply_to(Behaviour.ECHO, request.method, request.body), notes=notes)

    def handled(self, handled: Handled) -> None:
        """Tell of the request: a hook, or a contact where it was none."""
        if handled.request.verb == "POST" and handled.request.method:
            self._tell(SeenHook(_exchange(handled), handled.treatment.notes))
        else:
            self._tell(_contact_of(handled))

    def strayed(self, stray: Stray) -> None:
        """Tell of a connection without a request."""
        at = _local(stray.at)
        self._tell(Contact(_own_end(stray.connection), stray.failure, stray.detail, at))

    def _tell(self, seen: SeenHook | Contact) -> None:
        try:
            self.seen.put_nowait(seen)
        except queue.Full:
            with self._lock:
                self.overlooked += 1

    def _not_a_hook(self, request: Request) -> Treatment | None:
        if request.verb != "POST":
            detail = f"{request.verb} is not how a hook is sent: WCS uses POST"
            reply = text_reply(405, detail)
            return Treatment(Reply(405, {**reply.headers, "Allow": "POST"}, reply.body))
        if not request.method:
            detail = "the path names no REST method: hooks go to <REST URL>/<method>"
            return Treatment(text_reply(404, detail), error=detail)
        coding = request.header("Content-Encoding").strip().lower()
        if coding not in ("", "identity") and self.forwarder is None:
            detail = f"a body packed with {coding[:40]} is not read here"
            return Treatment(text_reply(415, detail), error=detail)
        return None

    def _fault_for(self, method: str) -> FaultPlan | None:
        plan = self.fault
        if plan is None or (plan.methods and method.lower() not in plan.methods):
            return None
        with self._lock:
            self._matching += 1
            return plan if self._matching % plan.every == 0 else None

    def _forwarded(
        self, forwarder: Forwarder, request: Request, notes: tuple[str, ...]
    ) -> Treatment:
        came = forwarder.forward(request)
        if came.reply is None:
            after = f"after {came.seconds * 1000:.1f} ms"
            error = f"the web server gave no answer: {came.error} ({after})"
            reply = text_reply(502, error)
            return Treatment(reply, notes=(*notes, error), failure=came.failure, error=error)
        notes = (*notes, *_answer_notes(request, came, came.reply))
        return Treatment(came.reply, notes=notes)


def _answer_notes(request: Request, came: Forwarded, reply: Reply) -> tuple[str, ...]:
    answered = f"the web server answered {reply.status} in {came.seconds * 1000:.1f} ms"
    flaws = tuple(
        f"the web server's answer: {violation.flaw.value}: {violation.detail}"
        for violation in judge(_bare_exchange(request, reply, came.text))
    )
    return (answered, *flaws)


def _bare_exchange(request: Request, reply: Reply, text: str) -> Exchange:
    return Exchange(
        source=Source.RECEIVED,
        method=request.method,
        url=_url(request, ""),
        request=json_object(_text(request.body)),
        status=reply.status,
        content_type=_content_type(reply.headers),
        answer_text=text,
    )


def _exchange(handled: Handled) -> Exchange:
    request, treatment, delivered = handled.request, handled.treatment, handled.delivered
    reply = treatment.reply
    answered = delivered.status is not None
    body = _text(request.body)
    return Exchange(
        source=Source.RECEIVED,
        method=request.method,
        url=_url(request, handled.connection),
        request=json_object(body),
        sent_at=_local(request.began_at),
        status=delivered.status,
        content_type=_content_type(reply.headers) if answered else None,
        answer_text=_text(reply.body) if answered else None,
        seconds=delivered.seconds,
        error=delivered.error or treatment.error,
        failure=delivered.failure or treatment.failure,
        request_text=body,
        first_byte_s=delivered.first_byte_s,
        request_bytes=request.size,
        answer_bytes=delivered.size or None,
        connection=handled.connection,
    )


def _contact_of(handled: Handled) -> Contact:
    request = handled.request
    status = handled.delivered.status
    error = f", {handled.treatment.error}" if handled.treatment.error else ""
    return Contact(
        _own_end(handled.connection),
        None,
        f"{request.verb} {request.target[:_LONGEST_PEER]}: answered {status}, not a hook{error}",
        _local(request.began_at),
    )


def _local(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds).astimezone()


def _notes_on(request: Request) -> tuple[str, ...]:
    kind = request.header("Content-Type")
    if kind.partition(";")[0].strip().lower() == "application/json":
        return ()
    return (f"its Content-Type is {kind[:80] or 'missing'}; WCS sends application/json",)


def _why_not_admitted(request: Request) -> str:
    if not request.header("Authorization"):
        return "not signed: no Authorization header, and the hash key asks for one"
    return "wrongly signed: Authorization is not the hash of this body with the hash key"


def _url(request: Request, connection: str) -> str:
    if "://" in request.target:
        return request.target
    return f"http://{request.header('Host') or _own_end(connection)}{request.target}"


def _own_end(connection: str) -> str:
    return connection.rpartition(" - ")[2]


def _content_type(headers: Mapping[str, str]) -> str | None:
    return next((v for name, v in headers.items() if name.lower() == "content-type"), None)


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
