"""Signs of a container, and the JVM's proxies as the host sees them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.apps import Apps, AppSource
from wcsdiag.facts.container import container
from wcsdiag.facts.jvm_proxies import jvm_proxies
from wcsdiag.facts.processes import Process, Processes
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.recorded import FileRecord, RecordedHost, RecordedStream
from wcsdiag.model import Unavailable
from wcsdiag.wcs.app import App
from wcsdiag.wcs.properties import read_jvm_options
from wcsdiag.wcs.settings import Settings

GONE = Unavailable("no process", because="HST103")
RUNNING = Processes(Process(77, "wcs", datetime(2024, 1, 1, tzinfo=UTC), "java"), None, "host: ps")
DENIED = HostError(HostFailure.PERMISSION, "Permission denied")


@pytest.mark.parametrize(
    "files",
    [
        {"/.dockerenv": b""},
        {"/run/.containerenv": b""},
        {"/proc/1/cgroup": b"12:pids:/docker/abc\n"},
        {"/proc/77/cgroup": b"0::/system.slice/docker-abc.scope\n"},
    ],
)
def test_a_sign_of_a_container_is_evidence(files: dict[str, FileRecord]) -> None:
    found = container(HostAccess(RecordedHost(files=files)), RUNNING)
    assert found.is_container
    assert found.evidence[0].where.startswith("host: /")


def test_a_plain_machine_is_no_container() -> None:
    files: dict[str, FileRecord] = {"/proc/1/cgroup": "0::/init.scope\n"}
    found = container(HostAccess(RecordedHost(files=files)), GONE)
    assert not found.is_container
    assert "/proc/1/cgroup" in found.looked_at


def test_what_cannot_be_read_is_not_counted_as_looked_at() -> None:
    files: dict[str, FileRecord] = {"/proc/1/cgroup": DENIED}
    found = container(HostAccess(RecordedHost(files=files)), GONE)
    assert "/proc/1/cgroup" not in found.looked_at


URLS = ("http://web.example.com/hooks", "http://10.0.0.1/hooks")
APPS = Apps(AppSource.CLI, "host: cli", tuple(App(url, url, url) for url in URLS), ())
CORE = b"-Dhttp.proxyHost=proxy\n-Dhttp.proxyPort=3128\n-Dhttp.nonProxyHosts=10.*\n"
SETTINGS = Settings({}, read_jvm_options(CORE, "c"), ("f", "c"))


def test_a_proxy_is_knocked_at_from_the_host() -> None:
    host = RecordedHost(names={"proxy": ("192.0.2.3",)})
    found = jvm_proxies(APPS, SETTINGS, HostAccess(host))
    [caught] = found.caught
    assert (caught.url, caught.reached) == (URLS[0], False)
    assert "refused" in caught.text
    assert found.free == (URLS[1],)


def test_a_proxy_that_answers_is_reached() -> None:
    host = RecordedHost(
        names={"proxy": ("192.0.2.3",)}, tcp={("192.0.2.3", 3128): lambda: RecordedStream(b"")}
    )
    assert jvm_proxies(APPS, SETTINGS, HostAccess(host)).caught[0].reached is True


def test_without_the_host_nobody_knows_whether_the_proxy_answers() -> None:
    assert jvm_proxies(APPS, SETTINGS, GONE).caught[0].reached is None
