"""The hooks that wcsdiag sends itself: WCS's form, obviously synthetic values.

Names of fields are documented ones alone (wcs.md 2.1, 3.1, 3.8, 12). Where the whole body of a
method is not documented, it holds what all hooks hold and the documented names.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from wcsdiag.hooks.catalogue import CONNECT, find
from wcsdiag.hooks.exchange import JsonObject

# From the block for documentation (RFC 5737): no client and no server has them.
_NODE_ADDRESS = "192.0.2.1"
_CLIENT_ADDRESS = "192.0.2.2"
_MARK = "wcsdiag-synthetic"
_PROBE = f"{_MARK}-probe"


@dataclass(frozen=True)
class Ids:
    """What tells one run of a scenario from others: one of each in all its hooks.

    `probe_session_id` is for a `connect` that nothing follows.
    """

    session_id: str
    probe_session_id: str
    call_id: str
    media_session_id: str
    stream_name: str


def ids_of(run: str) -> Ids:
    """The ids of a run that the caller names; the same name gives the same ids."""
    return Ids(
        session_id=f"{_MARK}-session-{run}",
        probe_session_id=f"{_PROBE}-{run}",
        call_id=f"{_MARK}-call-{run}",
        media_session_id=f"{_MARK}-media-session-{run}",
        stream_name=f"{_MARK}-stream-{run}",
    )


def new_ids() -> Ids:
    """The ids of a run that no other run has."""
    return ids_of(str(uuid.uuid4()))


def is_probe(session_id: str | None) -> bool:
    """True for the session of a `connect` that wcsdiag sent alone: no other hook is to follow."""
    return session_id is not None and _PROBE in session_id


def connect_hook(app_key: str, session_id: str | None = None) -> JsonObject:
    """The fields of `connect` (wcs.md 3.1, 12). Only `appKey` is the app's own."""
    probe = f"/{_CLIENT_ADDRESS}:9/{_NODE_ADDRESS}:9/{_PROBE}"
    return {**_common(app_key, session_id or probe), **_CONNECT}


def hook_of(method: str, app_key: str, ids: Ids, status: str | None = None) -> JsonObject:
    """The body of one hook of a REST method; the name is compared without case.

    `status` replaces the one that the method's documented example has.
    """
    known = find(method)
    name = known.name if known else method
    body = {**_common(app_key, ids.session_id), **_own_fields(name, ids)}
    if status is not None:
        body["status"] = status
    return body


def scenario_hooks(name: str, app_key: str, ids: Ids) -> tuple[tuple[str, JsonObject], ...]:
    """The hooks of a scenario in order: REST method and body. Raises KeyError for another name."""
    return tuple(
        (method, _registering(body) if name == "registration" else body)
        for method, body in _hooks(name, app_key, ids)
    )


def body_of(hook: JsonObject) -> bytes:
    """The hook as it goes over the wire: compact JSON in UTF-8."""
    return json.dumps(hook, separators=(",", ":"), ensure_ascii=False).encode()


_CONNECT: JsonObject = {
    "useWsTunnel": False,
    "useWsTunnelPacketization2": False,
    "useBase64BinaryEncoding": False,
    "mediaProviders": ["WebRTC"],
    "clientVersion": _MARK,
    "clientOSVersion": _MARK,
    "clientBrowserVersion": _MARK,
}
_SIP: JsonObject = {
    "sipRegisterRequired": True,
    "sipLogin": _MARK,
    "sipAuthenticationName": _MARK,
    "sipDomain": "sip.example.invalid",
    "sipOutboundProxy": "sip.example.invalid",
    "sipPort": 5060,
}
_STREAM: JsonObject = {
    "hasVideo": True,
    "hasAudio": True,
    "record": False,
    "width": 0,
    "height": 0,
    "bitrate": 0,
    "quality": 0,
    "mediaProvider": "WebRTC",
}
_CALL: JsonObject = {
    "status": "PENDING",
    "caller": f"{_MARK}-caller",
    "callee": f"{_MARK}-callee",
    "hasAudio": True,
    "hasVideo": False,
    "mediaProvider": "WebRTC",
    "isMsrp": False,
    "holdForTransfer": False,
}
_CALL_STARTS = {"call", "CallStatusEvent", "OnCallEvent"}
_WITHIN_CALL = {"answer", "hangup", "hold", "unhold", "transfer", "sendDTMF", "TransferStatusEvent"}
_PUBLISHING = {"publishStream", "unPublishStream", "StreamStatusEvent", "StreamKeepAliveEvent"}
_PLAYING = {"playStream", "stopStream"}

# Statuses that the vendor's docs show are ESTABLISHED, REGISTERED, PENDING, PUBLISHING and FAILED;
# the others are words of the vendor's public web SDK, whose use in hooks is inferred.
_SCENARIOS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "connection": (("connect", None), ("ConnectionStatusEvent", None)),
    "registration": (
        ("connect", None),
        ("ConnectionStatusEvent", None),
        ("RegistrationStatusEvent", None),
    ),
    "call": (
        ("call", None),
        ("CallStatusEvent", "PENDING"),
        ("CallStatusEvent", "RING"),
        ("CallStatusEvent", "ESTABLISHED"),
        ("hangup", None),
        ("CallStatusEvent", "FINISH"),
    ),
    "message": (
        ("sendMessage", None),
        ("MessageStatusEvent", f"{_MARK}-1"),
        ("OnMessageEvent", None),
        ("MessageStatusEvent", f"{_MARK}-2"),
    ),
    "publish": (
        ("publishStream", None),
        ("StreamStatusEvent", "PUBLISHING"),
        ("unPublishStream", None),
        ("StreamStatusEvent", "UNPUBLISHED"),
    ),
    "play": (
        ("playStream", None),
        ("StreamStatusEvent", "PLAYING"),
        ("stopStream", None),
        ("StreamStatusEvent", "STOPPED"),
    ),
}
SCENARIOS = tuple(_SCENARIOS)
"""The names of the scenarios."""


def _common(app_key: str, session_id: str) -> dict[str, object]:
    return {
        "nodeId": f"{_MARK}-probe-not-a-node@{_NODE_ADDRESS}",
        "appKey": app_key,
        "sessionId": session_id,
    }


def _own_fields(name: str, ids: Ids) -> JsonObject:
    if name == CONNECT.name:
        return _CONNECT
    if name == "ConnectionStatusEvent":
        return {**_CONNECT, "authToken": f"{_MARK}-no-token", "status": "ESTABLISHED"}
    if name == "RegistrationStatusEvent":
        return {"status": "REGISTERED"}
    if name in _CALL_STARTS:
        return {"callId": ids.call_id, "incoming": name == "OnCallEvent", **_CALL}
    if name in _WITHIN_CALL:
        return {"callId": ids.call_id}
    if name in _PUBLISHING | _PLAYING:
        return _stream(ids, published=name in _PUBLISHING)
    return {}


def _stream(ids: Ids, *, published: bool) -> JsonObject:
    return {
        "mediaSessionId": ids.media_session_id,
        "name": ids.stream_name,
        "published": published,
        "status": "PENDING",
        **_STREAM,
    }


def _hooks(name: str, app_key: str, ids: Ids) -> Iterator[tuple[str, JsonObject]]:
    published = name != "play"
    for method, status in _SCENARIOS[name]:
        body = hook_of(method, app_key, ids, status)
        yield method, body if published or "published" not in body else {**body, "published": False}


def _registering(body: JsonObject) -> JsonObject:
    return {**body, **_SIP} if "useWsTunnel" in body else body
