"""What WCS puts into the `Authorization` header of a hook (wcs.md 3.6)."""

from __future__ import annotations

from dataclasses import dataclass

from wcsdiag.hooks.signature import basic_header, hash_header
from wcsdiag.redact import Secret
from wcsdiag.wcs.app import App
from wcsdiag.wcs.settings import Settings


@dataclass(frozen=True)
class Credentials:
    """The key that hooks are signed with, and the app's REST user; each may be missing.

    Which of two that share one header WCS sends is not documented: the hash wins here.
    """

    hash_key: Secret | None = None
    username: str = ""
    password: Secret | None = None

    def header(self, body: bytes) -> Secret | None:
        """The value of the header for that body; None: there is none."""
        if self.hash_key:
            return hash_header(body, self.hash_key)
        if self.username:
            return basic_header(self.username, self.password or Secret(""))
        return None


def credentials_of(settings: Settings | None, app: App | None) -> Credentials:
    """What the settings and the app say; nothing where they do not."""
    key = settings.rest_hook_secret_key if settings and settings.rest_hook_send_hash else None
    return Credentials(
        hash_key=key,
        username=(app.rest_username or "") if app else "",
        password=app.rest_password if app else None,
    )
