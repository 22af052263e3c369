"""The two settings files, and what follows from them."""

from __future__ import annotations

import pytest

from wcsdiag.redact import Secret
from wcsdiag.wcs.properties import read_jvm_options, read_properties
from wcsdiag.wcs.proxy import JvmProxy, is_exempt
from wcsdiag.wcs.rest_url import parse_rest_url
from wcsdiag.wcs.settings import Setting, Settings

CORE = b"""### SERVER OPTIONS ###
-Dcom.sun.management.jmxremote.port=50999
### JVM OPTIONS ###
-Xmx1024M
-Djdk.tls.client.protocols="TLSv1,TLSv1.1,TLSv1.2"
-Djava.net.preferIPv4Stack=true -server
#-Dhttp.proxyHost=old.example.com
-Dhttp.proxyHost=proxy.example.com # the new one
-Dhttp.proxyPort=3128
-Dhttp.nonProxyHosts=localhost|127.0.0.1|10.*
-XX:ErrorFile=/usr/local/FlashphonerWebCallServer/logs/error%p.log
"""


def settings(flashphoner: bytes = b"", core: bytes = b"") -> Settings:
    return Settings(read_properties(flashphoner, "f"), read_jvm_options(core, "c"), ("f", "c"))


def test_the_last_of_two_values_counts_and_its_line_is_kept() -> None:
    read = read_properties(b"a=1\n# a=2\na = 3\n", "f")
    assert read == {"a": Setting("3", "f:3")}


def test_java_escapes_and_continued_lines_are_read() -> None:
    read = read_properties(b"key=one\\\n   two\npath=C\\:\\\\x\nu=\\u00e9\nl=\xe9\n", "f")
    assert {key: setting.value for key, setting in read.items()} == {
        "key": "onetwo",
        "path": "C:\\x",
        "u": "\xe9",
        "l": "\xe9",
    }
    assert read["path"].where == "f:3"


def test_a_bad_escape_spoils_its_own_line_alone() -> None:
    read = read_properties(b"a=1\nb=\\u12\nc=3\r\n", "f")
    assert (read["a"].value, read["c"].value) == ("1", "3")


def test_a_comment_is_never_continued() -> None:
    assert read_properties(b"# note \\\na=1\n", "f") == {"a": Setting("1", "f:2")}


def test_jvm_options_are_read_with_quotes_comments_and_flags() -> None:
    options = read_jvm_options(CORE, "c")
    assert options["jdk.tls.client.protocols"] == Setting("TLSv1,TLSv1.1,TLSv1.2", "c:5")
    assert options["-Xmx"].value == "1024M"
    assert options["-server"].value == ""
    assert options["http.proxyHost"] == Setting("proxy.example.com", "c:8")
    assert options["-XX:ErrorFile"].value.endswith("error%p.log")


def test_defaults_hold_where_nothing_is_set() -> None:
    read = settings()
    assert read.rest_request_timeout == 15
    assert not read.disable_rest_requests
    assert not read.rest_hook_send_hash
    assert read.rest_hook_secret_key is None
    assert (read.http_port, read.https_port, read.ws_port, read.wss_port) == (
        8081,
        8444,
        8080,
        8443,
    )
    assert read.tls_client_protocols == ()
    assert not read.prefer_ipv4_stack


def test_values_are_typed() -> None:
    text = b"rest_request_timeout=7\ndisable_rest_requests = TRUE\nhttp.port=9081\n"
    read = settings(text + b"rest_hook_send_hash=true\nrest_hook_secret_key=k3y\n", CORE)
    assert read.rest_request_timeout == 7
    assert read.disable_rest_requests
    assert read.http_port == 9081
    assert read.rest_hook_secret_key == Secret("k3y")
    assert read.tls_client_protocols == ("TLSv1", "TLSv1.1", "TLSv1.2")
    assert read.prefer_ipv4_stack
    assert read.where("http.port") == "f:3"


def test_a_timeout_that_is_no_number_is_not_taken_for_the_default() -> None:
    assert settings(b"rest_request_timeout=ten\n").rest_request_timeout is None


@pytest.mark.parametrize("host", ["web.example.com", "11.0.0.1"])
def test_the_proxy_catches_what_is_not_exempt(host: str) -> None:
    url = parse_rest_url(f"http://{host}/hooks").url
    assert url is not None
    proxy = JvmProxy("proxy.example.com", 3128, "http.proxyHost")
    assert settings(core=CORE).proxy_for(url) == proxy


@pytest.mark.parametrize("text", ["http://10.1.2.3/x", "http://localhost/x", "https://web/x"])
def test_the_proxy_leaves_the_rest_alone(text: str) -> None:
    url = parse_rest_url(text).url
    assert url is not None
    assert settings(core=CORE).proxy_for(url) is None


@pytest.mark.parametrize(
    ("host", "patterns", "exempt"),
    [
        ("web.example.com", "*.example.com", True),
        ("WEB.EXAMPLE.COM", "*.example.com", True),
        ("example.com", "*.example.com", False),
        ("10.1.2.3", "10.*", True),
        ("web", "*", True),
        ("a-web-b", "*web*", True),
        ("web", "w*b", False),
        ("localhost", "other", True),
        ("localhost", "", False),
        ("localhost", None, True),
        ("::1", None, True),
        ("web", None, False),
    ],
)
def test_non_proxy_hosts_match_as_in_java(host: str, patterns: str | None, *, exempt: bool) -> None:
    assert is_exempt(host, patterns) is exempt
