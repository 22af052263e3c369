"""What the hooks of a host are held against: its REST methods, and how long WCS waits."""

from __future__ import annotations

from wcsdiag.facts.apps import Apps
from wcsdiag.hooks.collector import DEFAULT_LIMIT_S, Expected
from wcsdiag.model import Unavailable
from wcsdiag.wcs.settings import Settings


def expected_of(
    apps: Apps | Unavailable, settings: Settings | Unavailable, scenarios: tuple[str, ...] = ()
) -> Expected:
    """What is known of both; an app whose REST methods are not known is not held to any."""
    methods: dict[str, frozenset[str]] | None = None
    if not isinstance(apps, Unavailable):
        methods = {
            app.key: frozenset(method.lower() for method in app.methods)
            for app in apps.existing
            if app.methods is not None
        }
    limit = DEFAULT_LIMIT_S if isinstance(settings, Unavailable) else settings.answer_limit_s
    return Expected(methods, limit, scenarios)
