"""The `connect` hook that wcsdiag sends itself: WCS's form, obviously synthetic values."""

from __future__ import annotations

import json

from wcsdiag.hooks.exchange import JsonObject

# From the block for documentation (RFC 5737): no client and no server has them.
_NODE_ADDRESS = "192.0.2.1"
_CLIENT_ADDRESS = "192.0.2.2"


def connect_hook(app_key: str) -> JsonObject:
    """The fields of `connect` (wcs.md 3.1, 12). Only `appKey` is the app's own."""
    return {
        "nodeId": f"wcsdiag-synthetic-probe-not-a-node@{_NODE_ADDRESS}",
        "appKey": app_key,
        "sessionId": f"/{_CLIENT_ADDRESS}:9/{_NODE_ADDRESS}:9/wcsdiag-synthetic-probe",
        "useWsTunnel": False,
        "useWsTunnelPacketization2": False,
        "useBase64BinaryEncoding": False,
        "mediaProviders": ["WebRTC"],
        "clientVersion": "wcsdiag-synthetic",
        "clientOSVersion": "wcsdiag-synthetic",
        "clientBrowserVersion": "wcsdiag-synthetic",
    }


def body_of(hook: JsonObject) -> bytes:
    """The hook as it goes over the wire: compact JSON in UTF-8."""
    return json.dumps(hook, separators=(",", ":"), ensure_ascii=False).encode()
