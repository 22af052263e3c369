"""The two `Authorization` headers that WCS can send with a hook (wcs.md 3.6)."""

from __future__ import annotations

import base64
import hashlib
import hmac

from wcsdiag.redact import Secret


def hash_header(body: bytes, key: Secret) -> Secret:
    """`WCS <hex>`: the HMAC-MD5 of the body, as `rest_hook_send_hash=true` makes WCS send it."""
    digest = hmac.new(key.reveal().encode(), body, hashlib.md5).hexdigest()
    return Secret(f"WCS {digest}")


def basic_header(username: str, password: Secret) -> Secret:
    """HTTP Basic, of an app's restUsername and restPassword."""
    pair = f"{username}:{password.reveal()}".encode()
    return Secret("Basic " + base64.b64encode(pair).decode("ascii"))
