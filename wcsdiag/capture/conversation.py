"""Requests and answers of one connection, paired, and how those ended that have no answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from wcsdiag.capture.budget import Budget
from wcsdiag.capture.endings import (
    GIVEN_UP,
    PACKETS_LOST,
    TOO_MANY,
    Ending,
    capture_ended,
    closed,
    gave_up,
    not_http,
)
from wcsdiag.capture.hook import Finished
from wcsdiag.capture.http import MessageParser
from wcsdiag.capture.message import Message
from wcsdiag.capture.streams import ahead
from wcsdiag.capture.tls import TlsWatch, is_tls
from wcsdiag.hooks.exchange import Failure

_MOST_WAITING = 64
_FIN = 1
"""It takes a sequence number, which is acknowledged like a byte."""


class Listening:
    """Who is told what the connection carries."""

    def __init__(
        self,
        began: Callable[[Message], None],
        finished: Callable[[str, str, Finished], None],
        orphan: Callable[[], None],
        other: Callable[[str, int, int, TlsWatch | None], None],
    ) -> None:
        self.began = began
        self.finished = finished
        self.orphan = orphan
        self.other = other


class Conversation:
    """Follows both directions of a connection. Its name and the server's are given.

    Answers go to requests in order (RFC 9112, 9.3.2). `mark` of a request is its sequence number,
    that of an answer what it acknowledged: so an answer never goes to a request that the server
    had not seen. After bytes of the server were lost, the request that it saw last is answered.
    """

    def __init__(
        self, name: str, server: str, listening: Listening, budget: Budget, *, is_new: bool
    ) -> None:
        self._name = name
        self._server = server
        self._listening = listening
        self._requests: deque[Message] = deque()
        self._answers: deque[Message] = deque()
        self._matched: dict[Message, Message] = {}
        self._lost_before: set[Message] = set()
        self._is_lost = not is_new
        self._client_end: int | None = None
        self._server_end: int | None = None
        self._keeps = False
        self._other = False
        self._strange: Ending | None = None
        self._tls: TlsWatch | None = None
        self._is_first = True
        self._parse_request = MessageParser(_Requests(self), budget, is_request=True, is_new=is_new)
        self._parse_answer = MessageParser(_Answers(self), budget, is_request=False, is_new=is_new)

    def take_request(self, data: bytes, at: int, number: int, mark: int) -> None:
        """Bytes of the client, in order."""
        if self._is_first:
            self._is_first = False
            if is_tls(data):
                self._tls = TlsWatch(at, number)
                self._stop()
        if self._tls is not None:
            self._tls.from_client(data)
        else:
            self._parse_request.feed(data, at, number, mark)

    def take_answer(self, data: bytes, at: int, number: int, mark: int) -> None:
        """Bytes of the server, in order."""
        if self._tls is not None:
            self._tls.from_server(data)
        else:
            self._parse_answer.feed(data, at, number, mark)

    def lose_request(self, length: int | None, at: int) -> None:
        """Bytes of the client are missing."""
        self._parse_request.gap(length, at)
        if self._tls is not None:
            self._tls.lost()

    def lose_answer(self, length: int | None, at: int) -> None:
        """Bytes of the server are missing."""
        framed = self._parse_answer.current is not None
        self._parse_answer.gap(length, at)
        if not framed or self._parse_answer.current is None:
            self._is_lost = True
            self._lost_before.update(self._requests)
        if self._tls is not None:
            self._tls.lost()

    def client_closed(self, at: int) -> None:
        """The client will send no more; it may still listen."""
        self._client_end = at

    def server_closed(self, at: int) -> None:
        """The server will send no more."""
        self._parse_answer.close(at)
        self._server_end = at
        if self._tls is not None:
            self._tls.server_closed()
        if self._requests:
            self._fail_all(lambda request: self._closed(request, at, is_reset=False))

    def reset(self, at: int, *, by_server: bool) -> None:
        """A RST ended the connection."""
        if by_server:
            if self._tls is not None:
                self._tls.server_closed()
            if self._requests:
                self._fail_all(lambda request: self._closed(request, at, is_reset=True))
        elif self._requests:
            self._fail_all(lambda request: self._gave_up(request, at))

    def end(self, at: int, *, is_given_up: bool) -> None:
        """Nothing more of it will be seen."""
        if self._requests:
            self._fail_all(lambda r: GIVEN_UP if is_given_up else self._unseen(r, at))
        for _ in self._answers:
            self._listening.orphan()
        self._answers.clear()
        if self._tls is not None or self._other:
            at, number = (self._tls.at, self._tls.number) if self._tls else (0, 0)
            self._listening.other(self._server, at, number, self._tls)
        self._stop()

    def _stop(self) -> None:
        self._parse_request.stop()
        self._parse_answer.stop()

    def request_began(self, message: Message) -> None:
        self._requests.append(message)
        self._listening.began(message)
        if len(self._requests) > _MOST_WAITING:
            self._finish(self._requests[0], None, TOO_MANY)
        if self._answers:
            self._pair()

    def request_done(self, _message: Message) -> None:
        if self._matched or self._strange is not None:
            self._hand_over()

    def request_is_not_http(self) -> None:
        self._other = True
        self._parse_answer.stop()

    def answer_began(self, message: Message) -> None:
        if message.head.status == 101:
            self._pair_one(message)
            self._stop()

    def is_bodiless(self, message: Message) -> bool:
        status = message.head.status
        if status < 200 or status in (204, 304):
            return True
        return bool(self._requests) and self._requests[0].head.first_line.startswith(b"HEAD ")

    def answer_done(self, message: Message) -> None:
        head = message.head
        if head.status < 200:
            return
        self._keeps = head.keeps_connection
        requests = self._requests
        if len(requests) == 1 and not self._answers and not self._matched and not self._is_lost:
            request = requests[0]
            if request.is_done and ahead(message.mark, request.mark) > 0:
                self._finish(request, message, None)
                return
        self._answers.append(message)
        if len(self._answers) > _MOST_WAITING:
            self._answers.popleft()
            self._listening.orphan()
        self._pair()

    def answer_is_not_http(self, data: bytes) -> None:
        self._strange = not_http(data)
        self._hand_over()

    def _pair(self) -> None:
        waiting, requests = self._answers, self._requests
        while waiting:
            open_requests = [r for r in requests if r not in self._matched]
            if not open_requests:
                break
            self._pair_one(waiting.popleft(), open_requests)
        self._hand_over()

    def _pair_one(self, answer: Message, open_requests: list[Message] | None = None) -> None:
        if open_requests is None:
            open_requests = [r for r in self._requests if r not in self._matched]
        known = [r for r in open_requests if ahead(answer.mark, r.mark) > 0]
        if not known:
            self._listening.orphan()
            return
        chosen = known[0]
        if self._is_lost:
            chosen = known[-1]
            # The server had seen more: then a request is missing too, and this may be its answer.
            is_orphan = ahead(answer.mark, chosen.mark + chosen.size) > _FIN
            for request in known if is_orphan else known[:-1]:
                self._finish(request, None, PACKETS_LOST)
            if is_orphan:
                self._listening.orphan()
                return
        self._is_lost = False
        self._matched[chosen] = answer
        if answer.head.status == 101:
            self._hand_over()

    def _hand_over(self) -> None:
        while self._requests:
            request = self._requests[0]
            answer = self._matched.get(request)
            if not request.is_done or (answer is None and self._strange is None):
                break
            self._finish(request, answer, None if answer else self._strange)

    def _finish(self, request: Message, answer: Message | None, ending: Ending | None) -> None:
        self._requests.remove(request)
        self._matched.pop(request, None)
        self._lost_before.discard(request)
        in_use = (
            ending is not None
            and ending.failure in (Failure.RESET, Failure.CLOSED_EARLY)
            and self._keeps
        )
        if not request.is_done:
            request.is_cut = True
        self._listening.finished(
            self._name, self._server, Finished(request, answer, ending, in_use)
        )

    def _fail_all(self, why: Callable[[Message], Ending]) -> None:
        endings = [(request, why(request)) for request in self._requests]
        partial = self._parse_answer.interrupted()
        for request, ending in endings:
            answer = self._matched.get(request)
            if answer is not None:
                self._finish(request, answer, None)
            elif partial is not None and ahead(partial.mark, request.mark) > 0:
                self._finish(request, partial, ending)
                partial = None
            else:
                self._finish(request, None, ending)

    def _closed(self, request: Message, at: int, *, is_reset: bool) -> Ending:
        received = self._parse_answer.partial
        if self._client_end is not None and not received:
            return self._gave_up(request, self._client_end)
        if request in self._lost_before:
            return PACKETS_LOST
        return closed(request, at, received, is_reset=is_reset)

    def _gave_up(self, request: Message, at: int) -> Ending:
        return PACKETS_LOST if request in self._lost_before else gave_up(request, at)

    def _unseen(self, request: Message, at: int) -> Ending:
        if request in self._lost_before:
            return PACKETS_LOST
        if self._server_end is not None:
            return self._closed(request, self._server_end, is_reset=False)
        if self._client_end is not None:
            return self._gave_up(request, self._client_end)
        return capture_ended(request, at, self._parse_answer.partial)


class _Requests:
    """What the parser of requests tells goes to the conversation."""

    def __init__(self, to: Conversation) -> None:
        self.began = to.request_began
        self.done = to.request_done
        self._to = to

    def is_bodiless(self, _message: Message) -> bool:
        return False

    def not_http(self, _data: bytes) -> None:
        self._to.request_is_not_http()


class _Answers:
    """What the parser of answers tells goes to the conversation."""

    def __init__(self, to: Conversation) -> None:
        self.began = to.answer_began
        self.done = to.answer_done
        self.is_bodiless = to.is_bodiless
        self.not_http = to.answer_is_not_http
