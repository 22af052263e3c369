"""The three captures of the vendor's page, packet by packet (wcs.md 11)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.capture.build import ACK, FIN, PSH, Packet, Talk

_BESIDE_THE_REQUEST = 68
"""SLL, IP and TCP headers: bytes of a frame that are not the request's."""

_ANSWER_HEAD = 384
_SESSION = "/192.168.1.38:64604/192.168.1.59:8443"


@dataclass(frozen=True)
class PageHook:
    """A hook of the page: when it was sent, and how long its frame is."""

    method: str
    at: float
    frame: int


CONNECTION = (
    PageHook("connect", 3.621, 725),
    PageHook("ConnectionStatusEvent", 3.671, 760),
    PageHook("RegistrationStatusEvent", 3.763, 1066),
)
CALL = (
    PageHook("call", 8.571, 1889),
    PageHook("callStatusEvent", 8.682, 992),
    PageHook("callStatusEvent", 8.754, 992),
    PageHook("callStatusEvent", 8.988, 2022),
    PageHook("hangup", 16.310, 463),
    PageHook("callStatusEvent", 16.354, 675),
)
MESSAGES = (
    PageHook("sendMessage", 10.170, 536),
    PageHook("MessageStatusEvent", 10.210, 1193),
    PageHook("OnMessageEvent", 10.271, 1282),
    PageHook("MessageStatusEvent", 10.446, 779),
)
PAGE = {"connection": CONNECTION, "call": CALL, "messages": MESSAGES}
_PORTS = {"connection": 33642, "call": 34266, "messages": 34257}


def page_packets(scenario: str, dropped: int | None = None) -> list[Packet]:
    """A capture of the page, in its order; without the hook at the place `dropped`."""
    hooks = [hook for i, hook in enumerate(PAGE[scenario]) if i != dropped]
    talk = Talk(client=("127.0.0.1", _PORTS[scenario]))
    if scenario == "messages":
        idle = Talk(client=("127.0.0.1", 34248), client_seq=40_000, packets=talk.packets)
        idle.to_server(10.168, flags=FIN | ACK)
        talk.open(10.169)
    for hook in hooks:
        _exchange(talk, hook)
    # The page's times count from the capture's beginning; that it goes on afterwards is assumed.
    begin, end = Packet(0, b"\x45"), Packet(hooks[-1].at + 60, b"\x45")
    return [begin, *talk.packets, end]


def _exchange(talk: Talk, hook: PageHook) -> None:
    """The request in one frame; the answer in chunks, in five segments, each acknowledged."""
    content = _content(hook)
    talk.to_server(hook.at, _head(hook, len(content)) + content, PSH | ACK)
    line = b"%x\r\n" % len(content)
    for i, part in enumerate((_answer_head(), line, content, b"\r\n", b"0\r\n\r\n")):
        talk.to_client(hook.at + 0.005 + i * 1e-5, part, PSH | ACK)
        talk.to_server(hook.at + 0.005 + i * 1e-5 + 5e-6)


def _content(hook: PageHook) -> bytes:
    """A body of the size that the frame leaves; what the page's bodies hold is not known."""
    fields: dict[str, object] = {"appKey": "defaultApp", "sessionId": _SESSION}
    if hook.method == "connect":
        fields["sipRegisterRequired"] = True
    content = json.dumps(fields).encode()
    whole = hook.frame - _BESIDE_THE_REQUEST
    room = whole - len(_head(hook, whole - len(_head(hook, 100))))
    return content[:-1] + b" " * (room - len(content)) + b"}"


def _head(hook: PageHook, length: int) -> bytes:
    return (
        f"POST /EchoApp/{hook.method} HTTP/1.1\r\n"
        "Accept: application/json, application/*+json\r\n"
        "Content-Type: application/json;charset=UTF-8\r\nUser-Agent: Java/1.8.0_45\r\n"
        f"Host: localhost:9091\r\nConnection: keep-alive\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _answer_head() -> bytes:
    head = (
        b"HTTP/1.1 200 OK\r\nServer: Apache-Coyote/1.1\r\n"
        b"Content-Type: application/json;charset=UTF-8\r\nTransfer-Encoding: chunked\r\nX-Fill: "
    )
    return head + b"-" * (_ANSWER_HEAD - len(head) - 4) + b"\r\n\r\n"
