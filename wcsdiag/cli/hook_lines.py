"""Hooks as they come, a line each, with what is to be said of them beneath."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo

from wcsdiag.cli.debug import current_redactor
from wcsdiag.hooks.exchange import Exchange, JsonObject
from wcsdiag.hooks.masking import masked, masked_text
from wcsdiag.hooks.traffic import Contact
from wcsdiag.receiver.hook_site import SeenHook
from wcsdiag.receiver.recorded_line import json_object
from wcsdiag.report.traffic_words import duration, result
from wcsdiag.report.visible import visible, visible_line

_METHOD, _APP, _SESSION, _END = 23, 10, 11, 16  # 80 columns with the time
_SYNTHETIC = "wcsdiag-synthetic-session-"
_LONGEST_BODY = 4000
_INDENT = " " * 14


class HookLines:
    """Writes to `write`, which takes lines without the last one's end.

    `verbose` shows the bodies, secrets masked. Times are in `zone`; None is this machine's.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        zone: tzinfo | None = None,
        verbose: bool = False,
    ) -> None:
        self._write = write
        self._zone = zone
        self._verbose = verbose

    def show(self, seen: SeenHook | Contact) -> None:
        """A hook, or a connection that brought none."""
        lines = self._of_contact(seen) if isinstance(seen, Contact) else self._of_hook(seen)
        self._write("\n".join(current_redactor().clean(line) for line in lines))

    def _of_hook(self, seen: SeenHook) -> Iterator[str]:
        exchange = seen.exchange
        cells = (
            self._time(exchange.sent_at),
            _cell(exchange.method, _METHOD),
            _cell(exchange.app_key or "-", _APP),
            _cell((exchange.session_id or "-").removeprefix(_SYNTHETIC), _SESSION),
            _end(exchange),
        )
        yield "  ".join(cells).rstrip()
        said = (exchange.error,) if exchange.error else ()
        for note in dict.fromkeys((*said, *seen.notes)):
            yield f"{_INDENT}{visible_line(note)}"
        if self._verbose:
            yield from _body("hook", exchange.request, exchange.request_text)
            yield from _answer(exchange)

    def _of_contact(self, contact: Contact) -> Iterator[str]:
        yield f"{self._time(contact.at)}  {visible_line(contact.detail)}"

    def _time(self, at: datetime | None) -> str:
        return at.astimezone(self._zone).strftime("%H:%M:%S.%f")[:12] if at else " " * 12


def _end(exchange: Exchange) -> str:
    """ "200      6.0 ms"."""
    ended = result(exchange)
    took = duration(exchange.seconds)
    return f"{ended}  {took:>{max(0, _END - 2 - len(ended))}}"


def _answer(exchange: Exchange) -> Iterator[str]:
    if exchange.answer_text is None:
        return
    if exchange.answer_text == exchange.request_text:
        yield f"{_INDENT}answer: the same"
        return
    yield from _body("answer", json_object(exchange.answer_text), exchange.answer_text)


def _body(name: str, body: JsonObject, text: str | None) -> Iterator[str]:
    if body:
        shown = json.dumps(masked(body), indent=2, ensure_ascii=False)
    else:
        shown = masked_text(text or "", _LONGEST_BODY).rstrip("\r\n")
    first, *others = visible(shown[:_LONGEST_BODY]).split("\n")
    yield f"{_INDENT}{name}: {first}"
    yield from (f"{_INDENT}{line}" for line in others)
    if len(shown) > _LONGEST_BODY:
        yield f"{_INDENT}({len(shown) - _LONGEST_BODY} more characters)"


def _cell(text: str, width: int) -> str:
    shown = visible_line(text)
    return f"{shown[: width - 2]}.." if len(shown) > width else f"{shown:{width}}"
