"""What one answer alone does not tell: a second connection, and signatures that are wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.signature import hash_header
from wcsdiag.hooks.synthetic import new_ids
from wcsdiag.lifetime import Lifetime
from wcsdiag.redact import Secret
from wcsdiag.sender.background import results_of
from wcsdiag.sender.comparison import differences
from wcsdiag.sender.connection import HookConnection, OutgoingHook
from wcsdiag.sender.destination import Destination
from wcsdiag.sender.remarks import Remark, Tone
from wcsdiag.sender.sending import CONNECT_ALONE, hooks_of, outgoing

_SECOND = "second connection"
_SIGNATURE = "signature"
_WRONG_KEY = Secret("wcsdiag-a-key-that-nobody-has")
_REFUSALS = frozenset({401, 403})


def tried(destination: Destination, app_key: str, lifetime: Lifetime) -> Iterator[Remark]:
    """Send the same `connect` on connections of their own, and say what that shows.

    Raises `VantageLostError`.
    """

    def work(give: Callable[[Remark], None]) -> None:
        for remark in _tried(destination, app_key, lifetime):
            give(remark)

    yield from results_of([work], lifetime)


def _tried(destination: Destination, app_key: str, lifetime: Lifetime) -> Iterator[Remark]:
    ((method, request),) = hooks_of(CONNECT_ALONE, app_key, new_ids())
    hook = outgoing(destination, method, request)
    first = _answered(destination, hook, lifetime)
    if first.status is None:
        reason = first.error or "no answer"
        yield Remark(Tone.UNKNOWN, _SECOND, f"a connect for comparison failed: {reason}")
        return
    yield _of_second(first, _answered(destination, hook, lifetime))
    if destination.credentials.hash_key is not None:
        wrong = replace(hook, authorization=hash_header(hook.body, _WRONG_KEY))
        yield _of_signature(first, "wrong", _answered(destination, wrong, lifetime))
        none = replace(hook, authorization=None)
        yield _of_signature(first, "missing", _answered(destination, none, lifetime))


def _answered(destination: Destination, hook: OutgoingHook, lifetime: Lifetime) -> Exchange:
    connection = HookConnection(destination, lifetime)
    try:
        return connection.post(hook)
    finally:
        connection.close()


def _of_second(first: Exchange, second: Exchange) -> Remark:
    if second.status is None:
        text = (
            f"the same connect got an answer on one connection and none on the next: {_why(second)}"
        )
        return Remark(Tone.WRONG, _SECOND, text, "See the web server's log at that moment.")
    other = differences(first, second)
    if not other:
        return Remark(Tone.GOOD, _SECOND, "the same connect gets the same answer")
    text = f"the same connect gets another answer: {'; '.join(other)}"
    if first.status == second.status:
        return Remark(Tone.NOTE, _SECOND, text)
    mend = "Compare the machines behind the REST URL: they do not answer alike."
    return Remark(Tone.WRONG, _SECOND, text, mend)


def _of_signature(right: Exchange, which: str, exchange: Exchange) -> Remark:
    if exchange.status is None:
        text = f"with a {which} signature there is no answer: {_why(exchange)}"
        return Remark(Tone.UNKNOWN, _SIGNATURE, text)
    if right.status != 200:
        text = f"{exchange.status} where it is {which}, but {right.status} where it is right too"
        mend = "The key of the web server may be another: compare rest_hook_secret_key."
        return Remark(Tone.UNKNOWN, _SIGNATURE, text, mend)
    if exchange.status == 200:
        text = f"200 although it is {which}: the web server does not verify it"
        mend = (
            "Answer 403 unless `Authorization` is `WCS ` and the HMAC-MD5 of the body: else "
            "anybody can send hooks."
        )
        return Remark(Tone.WRONG, _SIGNATURE, text, mend)
    if exchange.status in _REFUSALS:
        return Remark(Tone.GOOD, _SIGNATURE, f"{exchange.status} where it is {which}")
    text = f"{exchange.status} where it is {which}; expected is 403"
    return Remark(Tone.WRONG, _SIGNATURE, text, "Answer 403 to a hook that fails verification.")


def _why(exchange: Exchange) -> str:
    return exchange.error or (exchange.failure.value if exchange.failure else "no answer")
