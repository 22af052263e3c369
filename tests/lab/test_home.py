"""WCS's home in the lab: files, settings, apps and logs."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

import pytest
import yaml

from tests.lab.clients import on_host
from wcsdiag.lab.lab import Lab, open_lab, open_scenario
from wcsdiag.lab.log_writer import hook_log
from wcsdiag.lab.scenario import LabApp, LabLog, LabTraffic, Scenario
from wcsdiag.lab.variants import VARIANTS

CORE_LINE = re.compile(r"\d\d:\d\d:\d\d,\d{3} (INFO |ERROR) {11}RestClient - \S+ (.*)")
MANAGER_LINE = re.compile(r"\d\d:\d\d:\d\d,\d{3} (?:(INFO|ERROR) )?(.*)")
TIME = re.compile(r"^\d\d:\d\d:\d\d,\d{3}")


def headed(text: str) -> list[str]:
    return [line for line in text.splitlines() if TIME.match(line)]


def test_the_home_is_laid_out_as_wcs_lays_it_out() -> None:
    with open_lab() as lab:
        assert lab.home.is_symlink()
        assert lab.home.resolve().name == "FlashphonerWebCallServer-5.2.1490"
        assert (lab.home / "conf/WCS.version").read_text().startswith("5.2.1490-")
        assert "rest_request_timeout=10" in (lab.home / "conf/flashphoner.properties").read_text()
        assert "TLSv1.2" in (lab.home / "conf/wcs-core.properties").read_text()
        assert "WCS_NON_ROOT=true" in (lab.home / "bin/setenv.sh").read_text()
        assert lab.log == lab.home / "logs/server_logs/flashphoner.log"


def test_settings_are_older_than_the_process() -> None:
    with open_lab() as lab:
        started = (lab.home / "bin/FlashphonerMainWebCallServer.pid").stat().st_mtime
        settings = (lab.home / "conf/flashphoner.properties").stat().st_mtime
    assert settings < started - 3600


def test_database_yml_has_the_apps_of_the_cli() -> None:
    with open_lab(variant="several-apps") as lab:
        stored = yaml.safe_load((lab.home / "conf/database.yml").read_text())["applications"]
        web = lab.addresses.web_server
    assert [(app["name"], app["appKey"], app["url"]) for app in stored] == [
        ("defaultApp", "defaultApp", f"http://{web}:9091/hooks"),
        ("flashStreamingApp", "flashStreamingApp", f"http://{web}:9091/hooks"),
        ("callsApp", "callsAppKey", f"http://{web}:9091/calls"),
    ]
    assert "connect" in stored[0]["restMethods"]


def test_wcs_with_manager_keeps_its_own_log_and_no_database_yml() -> None:
    with open_lab(variant="wcs-with-manager") as lab:
        assert lab.log == lab.home / "logs/flashphoner_manager.log"
        assert not (lab.home / "conf/database.yml").exists()
        lines = headed(lab.log.read_text())
    assert all(MANAGER_LINE.fullmatch(line) for line in lines)
    assert any(line.endswith("SEND REST OBJECT ==>") for line in lines)


def test_the_core_log_has_the_literal_form() -> None:
    with open_lab("log-timeouts") as lab:
        text = lab.log.read_text()
    matches = [CORE_LINE.fullmatch(line) for line in headed(text)]
    assert all(matches)
    texts = {match[2] for match in matches if match}
    assert {"SEND REST OBJECT ==>", "RECEIVED REST OBJECT <==", "Got exception in REST "} <= texts
    assert text.count("java.net.SocketTimeoutException: Read timed out\n") == 40
    assert "\nOBJECT:\n{\n  " in text
    assert "/hooks/connect\n" in text


@pytest.mark.parametrize("clock", ["12:00:00", "00:20:00", "23:59:59"])
def test_times_rise_up_to_now_and_do_not_cross_midnight(clock: str) -> None:
    now = datetime.fromisoformat(f"2026-03-01T{clock}+00:00")
    scenario = Scenario(log=LabLog(sessions=50, failures=("java.net.ConnectException",) * 5))
    lines = headed(hook_log(scenario, scenario.apps, now))
    times = [line[:12] for line in lines]
    assert times == sorted(times)
    assert times[-1] <= clock + ",000"
    latest = datetime.fromisoformat(f"2026-03-01T{times[-1].replace(',', '.')}+00:00")
    assert now - latest < timedelta(seconds=5)


def test_sent_hooks_are_answered_on_their_thread() -> None:
    scenario = Scenario()
    now = datetime.now().astimezone()
    lines = headed(hook_log(scenario, scenario.apps, now))
    sent = [line.split()[4] for line in lines if "SEND REST" in line]
    received = [line.split()[4] for line in lines if "RECEIVED REST" in line]
    assert len(sent) == 7 * 20
    assert sorted(sent) == sorted(received)


def test_methods_that_an_app_lacks_are_not_in_the_log() -> None:
    with open_lab("connect-missing") as lab, open_lab("no-methods") as silent:
        assert "/connect\n" not in lab.log.read_text()
        assert "/StreamStatusEvent\n" in lab.log.read_text()
        assert "REST OBJECT" not in silent.log.read_text()
        assert silent.log.read_text() != ""


def read_log(lab: Lab) -> str:
    return on_host(lab, f"head -c 9 {lab.log}").stderr


def test_the_log_can_be_read_missing_or_unreadable() -> None:
    with open_lab() as lab, open_lab("log-missing") as missing, open_lab("log-unreadable") as shut:
        assert read_log(lab) == ""
        assert "No such file" in read_log(missing)
        assert "Permission denied" in read_log(shut)


def test_a_stale_log_was_written_three_hours_ago() -> None:
    with open_lab("log-stale") as lab:
        age = time.time() - lab.log.stat().st_mtime
    assert 10_700 < age < 10_900


def test_bytes_can_be_put_at_the_end_of_the_log() -> None:
    with open_scenario(Scenario(log=LabLog(appended=b"\x00\xff\x1b[2J\n"))) as lab:
        assert lab.log.read_bytes().endswith(b"\x00\xff\x1b[2J\n")


def test_a_crash_report_and_missing_settings() -> None:
    with open_lab("jvm-crash") as lab, open_lab("settings-missing") as bare:
        assert [path.name for path in lab.home.glob("logs/error*.log")] == ["error4711.log"]
        assert not (bare.home / "conf/flashphoner.properties").exists()
        assert (bare.home / "conf/WCS.version").exists()


def test_quotes_in_a_url_survive_in_database_yml() -> None:
    with open_scenario(Scenario(apps=(LabApp(url="http://o'web: #/x"),))) as lab:
        stored = yaml.safe_load((lab.home / "conf/database.yml").read_text())
    assert stored["applications"][0]["url"] == "http://o'web: #/x"


def test_healthy_variants_have_no_failures_in_their_logs() -> None:
    assert all(not variant.scenario.log.failures for variant in VARIANTS.values())


def test_sessions_that_go_on_have_not_ended_their_stream_and_one_hook_waits() -> None:
    scenario = VARIANTS["sessions-going-on"].scenario
    text = hook_log(scenario, scenario.apps, datetime.now().astimezone())
    assert text.count("/publishStream\n") == 2 * 20
    assert text.count("/unPublishStream\n") == 2 * 17
    assert text.count("SEND REST") == text.count("RECEIVED REST") + 1


def test_faults_of_the_traffic_are_in_every_second_session() -> None:
    traffic = LabTraffic(repeated=("connect",), unanswered=("publishStream",))
    scenario = Scenario(log=LabLog(traffic=traffic))
    text = hook_log(scenario, scenario.apps, datetime.now().astimezone())
    assert text.count("/connect\n") == 2 * (20 + 10)
    assert text.count("/publishStream\n") == 20 + 10
