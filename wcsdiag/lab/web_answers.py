"""What the stand-in web server answers, as data."""

from __future__ import annotations

from wcsdiag.lab.scenario import LabWebServer
from wcsdiag.receiver.reply import Admission, Reply, json_reply, page
from wcsdiag.redact import Secret


def not_admitted(spec: LabWebServer, authorization: str, body: bytes) -> Reply | None:
    """The refusal where the hook lacks the credentials or the signature that are asked for."""
    basic = None if spec.basic is None else (spec.basic[0], Secret(spec.basic[1]))
    hash_key = None if spec.hmac_key is None else Secret(spec.hmac_key)
    return Admission(basic, hash_key, spec.refusal).refuse(authorization, body)


def echo_app(path: str, prefix: str, body: bytes) -> Reply:
    """The built-in EchoApp: the hook's own body under its path, 404 elsewhere."""
    return json_reply(body) if path.startswith(f"{prefix}/") else page(404)
