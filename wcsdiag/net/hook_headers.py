"""The headers of a hook, as WCS sends them (wcs.md 3.1), with the mark of wcsdiag."""

from __future__ import annotations

MARK = ("X-Wcsdiag-Probe", "synthetic")
"""The header that marks a hook as sent by wcsdiag."""

CONTENT_HEADERS = {
    "Accept": "application/json, application/*+json",
    "Content-Type": "application/json;charset=UTF-8",
    # Java's own default: a filter for robots must see what it sees of WCS.
    "User-Agent": "Java/1.8.0_45",
}
"""Those before `Host`, in WCS's order."""
