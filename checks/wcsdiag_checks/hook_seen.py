"""What the checks of group HKS share: hooks by REST URL, and how they are cited."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from wcsdiag.facts.apps import Apps
from wcsdiag.facts.by_hand import on_host
from wcsdiag.facts.hook_traffic import HookTraffic
from wcsdiag.hooks.exchange import Exchange
from wcsdiag.hooks.traffic import MethodNumbers
from wcsdiag.model import Evidence, NotApplicable, Unavailable, Undetermined, undetermined
from wcsdiag.target import Target
from wcsdiag.wcs.rest_methods import CONNECT
from wcsdiag.wcs.rest_url import rest_url_behind

BEHIND_FAILED_HOOKS = (
    *("HST103", "HST104", "HST106", "HST107", "FWL101", "FWL102"),
    *("FWL105", "FWL106", "FWL107", "FWL108", "FWL112"),
    *("URL107", "URL108", "URL110", "URL111", "URL112", "URL113", "URL114", "URL115"),
    *("WEB101", "WEB102", "WEB103", "WEB104", "WEB105", "WEB106", "WEB107", "WEB108", "WEB109"),
    *("WEB110", "WEB112", "WEB114", "WEB115"),
)
"""Whatever is wrong now between WCS and the web server has left its trace in the log too."""

BEHIND_TRAFFIC = (*BEHIND_FAILED_HOOKS, "LOG104")
"""And where single hooks failed, what follows from that is no fault of its own."""

LEFT_OUT = "it is of an app that --app-key leaves out"
"""What is wrong with such an app is a warning at most."""

_MOST_ROWS = 40
_HEADINGS = ("REST method", "hooks", "failed", "p50", "p95", "max", "last seen")


@dataclass(frozen=True)
class HooksOfUrl:
    """The hooks to one REST URL; `subject` is None where the app of their app key is not known.

    Not `is_asked`: only apps send there that `--app-key` leaves out.
    """

    subject: str | None
    numbers: tuple[MethodNumbers, ...]
    is_asked: bool

    @property
    def count(self) -> int:
        """All of them."""
        return sum(each.count for each in self.numbers)

    @property
    def failed(self) -> int:
        """Those that failed."""
        return sum(each.failed for each in self.numbers)

    @property
    def refused(self) -> int:
        """Those that the web server declined with 403, which is no failure."""
        return sum(each.refused for each in self.numbers)

    @property
    def lets_nobody_in(self) -> bool:
        """True where every `connect` was declined."""
        judged = [(n.refused, n.count - n.unknown) for n in self.numbers if is_connect(n)]
        return any(count for _, count in judged) and all(each == of for each, of in judged)

    @property
    def unknown(self) -> int:
        """Those whose end was not seen."""
        return sum(each.unknown for each in self.numbers)

    @property
    def to(self) -> str:
        """For a sentence: " to http://web/hooks", or nothing."""
        return f" to {self.subject}" if self.subject else ""


def is_connect(numbers: MethodNumbers) -> bool:
    """True for the numbers of `connect`."""
    return numbers.method.lower() == CONNECT


def by_rest_url(hooks: HookTraffic, apps: Apps | Unavailable) -> tuple[HooksOfUrl, ...]:
    """The numbers, grouped; raises `NotApplicable` where no hook was sent at all."""
    if not hooks.traffic.numbers:
        raise none_sent(hooks)
    groups: dict[str | None, list[MethodNumbers]] = {}
    subjects: dict[str | None, str | None] = {}
    for numbers in hooks.traffic.numbers:
        key = numbers.app_key
        if key not in subjects:
            subjects[key] = rest_url_of(key, hooks, apps)
        groups.setdefault(subjects[key], []).append(numbers)
    return tuple(
        HooksOfUrl(subject, tuple(numbers), any(is_asked(each.app_key, apps) for each in numbers))
        for subject, numbers in groups.items()
    )


def none_sent(hooks: HookTraffic) -> NotApplicable:
    """Why nothing can be said of hooks where none is in the log."""
    return NotApplicable(f"no hook is in the log {hooks.window.named}: see HKS104")


def rest_url_of(app_key: str | None, hooks: HookTraffic, apps: Apps | Unavailable) -> str | None:
    """Where the newest hook with that app key went; else the REST URL of the app."""
    existing = () if isinstance(apps, Unavailable) else apps.existing
    urls = [app.url for app in existing if app.url]
    for exchange in reversed(hooks.traffic.exchanges):
        if exchange.app_key == app_key and exchange.url:
            return rest_url_behind(exchange.url, urls)
    return next((app.url for app in existing if app.key == app_key), None)


def is_asked(app_key: str | None, apps: Apps | Unavailable) -> bool:
    """False for an app that exists and that `--app-key` leaves out."""
    if isinstance(apps, Unavailable) or app_key is None:
        return True
    left_out = {app.key for app in apps.existing} - {app.key for app in apps.selected}
    return app_key not in left_out


def table(numbers: Sequence[MethodNumbers]) -> str:
    """The numbers as an aligned table; with a column of app keys where there are several."""
    several = len({each.app_key for each in numbers}) > 1
    rows: list[tuple[str, ...]] = [(*_HEADINGS, "app key") if several else _HEADINGS]
    rows += [_row(each, with_key=several) for each in numbers[:_MOST_ROWS]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_aligned(row, widths) for row in rows]
    if len(numbers) > _MOST_ROWS:
        lines.append(f"... and {len(numbers) - _MOST_ROWS} more")
    return "\n".join(lines)


def _row(each: MethodNumbers, *, with_key: bool) -> tuple[str, ...]:
    row = (
        each.method,
        str(each.count),
        str(each.failed),
        seconds(each.p50_s),
        seconds(each.p95_s),
        seconds(each.max_s),
        clock(each.last_seen),
    )
    return (*row, each.app_key or "-") if with_key else row


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    first, *middle = row[:7]
    cells = [first.ljust(widths[0])]
    cells += [cell.rjust(width) for cell, width in zip(middle, widths[1:7], strict=True)]
    return "  ".join((*cells, *row[7:]))


def seconds(value: float | None) -> str:
    """A latency for a person: "6 ms", "1.25 s", "-" where it is not known."""
    if value is None:
        return "-"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def clock(moment: datetime | None) -> str:
    """The time of day of a moment, "-" where it is not known."""
    return f"{moment:%H:%M:%S}" if moment else "-"


def number(count: int, what: str) -> str:
    """`3 hooks`, `1 hook`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def counted(counts: Sequence[tuple[str, int]], most: int = 8) -> str:
    """`3 call, 1 hangup`, the most frequent first."""
    ordered = sorted(counts, key=lambda pair: (-pair[1], pair[0]))
    named = ", ".join(f"{count} {name}" for name, count in ordered[:most])
    return named + (", ..." if len(ordered) > most else "")


def read_range(hooks: HookTraffic) -> Evidence:
    """Which part of the log was read, and the limits that were met."""
    traffic = hooks.traffic
    ends = f" to {clock(traffic.ended)}" if traffic.ended else ""
    whole = "" if hooks.is_complete else "; not every line of it could be read"
    text = f"hooks from {hooks.begins:%Y-%m-%d %H:%M:%S}{ends} in {hooks.role}{whole}"
    lines = (text, *_moved(hooks), *traffic.notes)
    return Evidence("\n".join(lines), place(hooks), traffic.ended)


def _moved(hooks: HookTraffic) -> Iterator[str]:
    """Says of an app key whose hooks went to several REST URLs that they are counted together."""
    last: dict[str | None, dict[str, datetime | None]] = {}
    for exchange in hooks.traffic.exchanges:
        base = exchange.url.rpartition("/")[0]
        last.setdefault(exchange.app_key, {})[base] = exchange.sent_at
    for app_key, urls in last.items():
        if len(urls) > 1:
            went = ", ".join(f"{url} (last at {clock(at)})" for url, at in urls.items())
            yield f"hooks of app key {app_key or '-'} are counted together: they went to {went}"


def numbers_seen(hooks: HookTraffic, numbers: Sequence[MethodNumbers]) -> Evidence:
    """The table as evidence."""
    last = max((each.last_seen for each in numbers if each.last_seen), default=None)
    return Evidence(table(numbers), place(hooks), last)


def example(hooks: HookTraffic, exchange: Exchange) -> Evidence:
    """One hook: when, where to, and what became of it."""
    when = f"{clock(exchange.sent_at)} " if exchange.sent_at else ""
    lines = [f"{when}POST {exchange.url}"]
    if exchange.session_id:
        lines.append(f"session {exchange.session_id}")
    if exchange.error:
        lines.append(exchange.error)
    return Evidence("\n".join(lines), place(hooks), exchange.sent_at)


def place(hooks: HookTraffic) -> str:
    """The log as the place of evidence."""
    return f"host: {hooks.path}"


def search(target: Target, hooks: HookTraffic, method: str) -> str:
    """The command that shows the newest hooks of a REST method."""
    pattern = shlex.quote(f"/{method}")
    path = shlex.quote(hooks.path)
    return on_host(target, f"grep -a -i -B 1 -A 12 -e {pattern} {path} | tail -n 60")


def not_read_whole(hooks: HookTraffic) -> Iterator[Undetermined]:
    """Where nothing was seen and something may have been missed, that is said."""
    if not hooks.traffic.numbers and not hooks.is_complete:
        yield undetermined(
            f"no hook was seen, and {hooks.role} could not be read whole", read_range(hooks)
        )
