"""The field names of hooks' bodies that a source shows (wcs.md 2.1, 2.2, 3.1, 3.5, 3.8, 12)."""

from __future__ import annotations

COMMON_FIELDS = ("nodeId", "appKey", "sessionId")
"""What every hook holds; a web server cannot redefine them."""

_CLIENT = (
    *("useWsTunnel", "useWsTunnelPacketization2", "useBase64BinaryEncoding", "mediaProviders"),
    *("clientVersion", "clientOSVersion", "clientBrowserVersion", "custom"),
)
_SIP = (
    *("sipRegisterRequired", "sipLogin", "sipAuthenticationName", "sipPassword"),
    *("sipVisibleName", "sipDomain", "sipOutboundProxy", "sipPort", "sipContactParams"),
)
_STREAM = (
    *("mediaSessionId", "name", "published", "hasVideo", "hasAudio", "status", "record"),
    *("width", "height", "bitrate", "quality", "mediaProvider", "sdp"),
)
_CALL = (
    *("callId", "incoming", "status", "caller", "callee", "hasAudio", "hasVideo"),
    *("mediaProvider", "isMsrp", "holdForTransfer"),
)

KNOWN_FIELDS: dict[str, tuple[str, ...]] = {
    "connect": (*_CLIENT, *_SIP, "urlServer", "status", "restClientConfig"),
    "ConnectionStatusEvent": (
        *_CLIENT,
        *("clientOsVersion", "authToken", "keepAlive", "origin", "sipRegisterRequired"),
        *("status", "info"),
    ),
    "publishStream": _STREAM,
    "StreamStatusEvent": (
        *_STREAM,
        *("audioCodec", "videoCodec", "transport", "cvoExtension", "createDate", "mediaType"),
        *("audioState", "videoState", "custom"),
    ),
    "OnCallEvent": (*_CALL, "custom"),
    "CallStatusEvent": ("status", "info", "sipMessageRaw"),
}
"""By REST method, beside the common ones. A method that is not here has no documented body."""
