"""Hook traffic to render: made by hand, with fixed times, and hostile or huge on demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from wcsdiag.hooks.exchange import Exchange, Failure, Source
from wcsdiag.hooks.traffic import (
    BadAnswers,
    BrokenStep,
    Contact,
    Fault,
    JudgedSequence,
    JudgedSession,
    MethodNumbers,
    SequenceFault,
    State,
    Traffic,
)

BEGAN = datetime(2026, 3, 1, 16, 54, 29, 197000, tzinfo=UTC)
URL = "http://backend.example.com:9091/EchoApp"
NASTY = (
    "esc \x1b]0;title\x07 nul \x00 c1 \x9b half \ud800 turn \u202e [red]x[/red] ]]> & "
    "<script>alert(1)</script> </style><img src=http://evil.example/> \"' ; # %% end\nloop x"
    "\nstyle a:b #59; {} @import url(http://evil.example)"
)
SECRET = "hunter2-of-the-operator"


def exchange(
    method: str = "connect",
    after_s: float = 0.0,
    *,
    status: int | None = 200,
    failure: Failure | None = None,
    seconds: float | None = 0.0051,
    error: str | None = None,
) -> Exchange:
    """A hook so many seconds after the trace began."""
    return Exchange(
        source=Source.CAPTURE,
        method=method,
        url=f"{URL}/{method}",
        request={"appKey": "defaultApp", "sessionId": "s-1", "sipPassword": SECRET},
        sent_at=BEGAN + timedelta(seconds=after_s),
        status=None if failure else status,
        content_type="application/json",
        answer_text=f'{{"appKey": "defaultApp", "authToken": "{SECRET}"}}',
        seconds=seconds,
        error=error,
        failure=failure,
        place=f"frame {round(after_s * 100)}",
        connection="127.0.0.1:33642 - 127.0.0.1:9091",
        request_bytes=1821,
        answer_bytes=602,
    )


def numbers(
    method: str, count: int, failed: int = 0, *, app_key: str | None = "defaultApp"
) -> MethodNumbers:
    """The numbers of a REST method."""
    failures = (("500", failed),) if failed else ()
    last = BEGAN + timedelta(seconds=12)
    return MethodNumbers(
        app_key, method, count, failed, 0, 0, 0.0051, 0.118, 1.2, 4.25, last, failures
    )


def session(
    number: int = 1, *, state: State = State.COMPLETE, sequence: JudgedSequence | None = None
) -> JudgedSession:
    """A session with a connection, or with the sequence that is given."""
    name = f"04cfeb85-cf9c-49aa-8144-{number:012}"
    own = sequence or JudgedSequence("connection", "", state, CONNECTION)
    return JudgedSession("defaultApp", name, (own,))


CONNECTION = (
    exchange("connect", 0.0),
    exchange("ConnectionStatusEvent", 0.05, seconds=0.0042),
    exchange("RegistrationStatusEvent", 0.142, seconds=0.007),
)
REFUSED = exchange(
    "hangup",
    9.4,
    failure=Failure.REFUSED,
    seconds=None,
    error="java.net.ConnectException: Connection refused",
)
SERVER_ERROR = exchange("connect", 11.0, status=500, seconds=0.081)
NO_STATUS_EVENT = SequenceFault(
    Fault.MISSING,
    "CallStatusEvent",
    "call was answered, and no CallStatusEvent followed within 30 s: the web client never learns "
    "that the call was set up.",
    position=1,
)
CALL = JudgedSequence(
    "outgoing call",
    "7f3a-11",
    State.BROKEN,
    (exchange("call", 5.0), REFUSED),
    (
        NO_STATUS_EVENT,
        SequenceFault(Fault.FAILED, "hangup", "The web server was not told of the end.", REFUSED),
    ),
)
BROKEN_STEP = BrokenStep(
    "outgoing call", "CallStatusEvent", Fault.MISSING, 1, NO_STATUS_EVENT, "s-1"
)

UNHEALTHY = Traffic(
    source=Source.CAPTURE,
    place="wcs1.example.com: trace.pcap",
    began=BEGAN,
    ended=BEGAN + timedelta(seconds=12),
    exchanges=(*CONNECTION, *CALL.steps, SERVER_ERROR),
    omitted=54,
    numbers=(
        numbers("connect", 20, 1),
        numbers("ConnectionStatusEvent", 19),
        numbers("RegistrationStatusEvent", 19),
        numbers("call", 1),
        numbers("hangup", 1, 1),
    ),
    sessions=(session(1, sequence=CALL), session(2), session(3, state=State.OPEN)),
    session_count=3,
    broken_count=1,
    broken_steps=(BROKEN_STEP,),
    contacts=(
        Contact("192.0.2.7:9091", Failure.CONNECT_TIMED_OUT, "SYN sent 4 times", BEGAN, "frame 7"),
        Contact("192.0.2.8:443", None, "TLS 1.2, nothing can be seen within", BEGAN, "", 3),
    ),
    notes=("The capture cuts packets after 4,096 bytes.",),
    zone="UTC",
    violations=(BadAnswers("fields of the hook do not come back: callId", 3),),
    limit_s=15.0,
)
HEALTHY = replace(
    UNHEALTHY,
    exchanges=CONNECTION,
    omitted=0,
    numbers=tuple(numbers(each.method, 1) for each in CONNECTION),
    sessions=(session(1),),
    session_count=1,
    broken_count=0,
    broken_steps=(),
    contacts=(),
    notes=(),
    violations=(),
)
EMPTY = Traffic(Source.LOG, "flashphoner.log", None, None, (), 0, (), (), 0, 0, ())


def hostile(text: str) -> Traffic:
    """Traffic with that text in every field that can come from outside."""
    bad = Exchange(
        source=Source.LOG,
        method=text,
        url=text,
        request={text: text, "appKey": text, "sessionId": text, "nested": [{text: [text]}]},
        sent_at=BEGAN,
        status=None,
        content_type=text,
        answer_text=text,
        seconds=0.1,
        error=text,
        failure=Failure.OTHER,
        request_text=text,
        place=text,
        connection=text,
    )
    fault = SequenceFault(Fault.MISSING, text, text)
    at_fault = SequenceFault(Fault.FAILED, text, text, bad, is_certain=False)
    sequence = JudgedSequence(text, text, State.BROKEN, (bad,), (fault, at_fault))
    return Traffic(
        source=Source.LOG,
        place=text,
        began=BEGAN,
        ended=BEGAN,
        exchanges=(bad, replace(bad, failure=None, status=200)),
        omitted=0,
        numbers=(replace(numbers(text, 2, 1, app_key=text), failures=((text, 1),)),),
        sessions=(JudgedSession(text, text, (sequence,)),),
        session_count=1,
        broken_count=1,
        broken_steps=(
            BrokenStep(text, text, Fault.MISSING, 1, fault, text),
            BrokenStep(text, text, Fault.FAILED, 1, at_fault, text),
        ),
        contacts=(
            Contact(text, Failure.OTHER, text, BEGAN, text, 2),
            Contact(text, None, text, None, text),
        ),
        notes=(text,),
        zone=text,
        violations=(BadAnswers(text, 1),),
    )


def huge() -> Traffic:
    """As much as a collector keeps, and 100,000 more that were only counted."""
    steps = tuple(
        exchange(f"StreamStatusEvent{number % 7}", number * 0.25, seconds=0.002 * 1.01**number)
        for number in range(600)
    )
    failed = tuple(exchange("connect", 150 + number, status=503) for number in range(200))
    kept = tuple(sorted((*steps, *failed), key=lambda each: each.sent_at or BEGAN))
    long = JudgedSequence("publishing", "stream", State.OPEN, steps)
    return replace(
        UNHEALTHY,
        ended=BEGAN + timedelta(seconds=400),
        exchanges=kept,
        omitted=100_000,
        numbers=(
            numbers("connect", 200, 200),
            *(numbers(f"method{number}", 500) for number in range(300)),
        ),
        sessions=tuple(session(number, sequence=long) for number in range(200)),
        session_count=50_000,
        broken_steps=tuple(replace(BROKEN_STEP, step=f"Event{number}") for number in range(80)),
        notes=tuple(f"note {number}" for number in range(30)),
    )


ALL = {
    "unhealthy": UNHEALTHY,
    "healthy": HEALTHY,
    "empty": EMPTY,
    "hostile": hostile(NASTY),
    "long-names": hostile("n" * 10_000),
    "huge": huge(),
}
