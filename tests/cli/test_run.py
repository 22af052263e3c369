"""A run from the command line: exit codes, outputs, secrets, interruption."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from wcsdiag.cli.main import main
from wcsdiag.cli.stream import look_of, write_file
from wcsdiag.errors import UsageError

FORMATS = ("terminal", "json", "junit")
CANARY = "canary/ü 7+&x"
CODES = {
    "pass": (("HKS901",), 0),
    "warning allowed": (("HKS902",), 0),
    "warning not allowed": (("HKS902", "--fail-on", "warn"), 1),
    "fail": (("HKS901", "HKS903", "HKS904"), 1),
    "undetermined": (("HKS901", "HKS904"), 3),
    "broken": (("HKS901", "HKS903", "HKS905"), 4),
}


def run(checks_dir: Path, *arguments: str) -> int:
    """`wcsdiag run` with the loose checks."""
    return main(("run", *arguments, "--host", "localhost", "--checks-dir", str(checks_dir)))


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize(("arguments", "expected"), CODES.values(), ids=CODES.keys())
def test_the_exit_code_is_the_same_in_every_format(
    checks_dir: Path, arguments: tuple[str, ...], expected: int, output_format: str
) -> None:
    assert run(checks_dir, *arguments, "--format", output_format) == expected
    assert run(checks_dir, *arguments, "--format", output_format, "--quiet") == expected


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("code", ["HKS905", "HKS906"])
def test_no_secret_appears_in_any_format_nor_in_debug_output(
    checks_dir: Path,
    code: str,
    output_format: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("WCSDIAG_CLI_PASSWORD", CANARY)

    run(checks_dir, code, "--debug", "--verbose", "--format", output_format)

    told = "".join(capfd.readouterr())
    assert code in told
    assert "[redacted]" in told
    forms = (CANARY, quote(CANARY, safe=""), json.dumps(CANARY)[1:-1])
    assert [form for form in forms if form in told] == []
    assert base64.b64encode(f"admin:{CANARY}".encode()).decode()[8:-4] not in told


def test_a_crash_is_one_line_and_with_debug_a_cleaned_traceback(
    checks_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError(f"oops {CANARY}")

    monkeypatch.setenv("WCSDIAG_CLI_PASSWORD", CANARY)
    monkeypatch.setattr("wcsdiag.diagnosis.diagnose", crash)

    assert run(checks_dir, "HKS901") == 4
    plain = capsys.readouterr().err
    assert run(checks_dir, "HKS901", "--debug") == 4
    debug = capsys.readouterr().err

    assert plain.count("\n") == 1
    assert "RuntimeError: oops [redacted]" in plain
    assert "Traceback (most recent call last)" in debug
    assert CANARY not in plain + debug


@pytest.mark.parametrize("output_format", FORMATS)
def test_output_goes_into_the_file_alone(
    checks_dir: Path, tmp_path: Path, output_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report"

    code = run(checks_dir, "HKS903", "--format", output_format, "--output", str(path))

    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert f"the report is in {path}" in err
    assert "HKS903" in path.read_text(encoding="utf-8")
    assert "\x1b" not in path.read_text(encoding="utf-8")
    assert [each.name for each in tmp_path.glob(".report*")] == []


def test_a_file_keeps_its_permissions_and_a_device_stays_a_device(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o600)

    write_file(path, "new")
    write_file(Path("/dev/null"), "text")

    assert path.read_text(encoding="utf-8") == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert Path("/dev/null").is_char_device()
    with pytest.raises(UsageError, match="--output"):
        write_file(tmp_path / "missing" / "report", "text")


def test_json_is_alone_on_stdout_and_progress_is_not_shown_without_a_terminal(
    checks_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(checks_dir, "HKS901", "HKS903", "--format", "json")

    out, err = capsys.readouterr()
    assert [each["code"] for each in json.loads(out)["results"]] == ["HKS901", "HKS903"]
    assert err == ""


def test_quiet_is_the_verdict_alone(checks_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(checks_dir, "HKS903", "--quiet")

    assert capsys.readouterr().out == "UNHEALTHY  localhost  1 cause; 1 failed\n"


def test_checks_and_explain_need_no_host(
    checks_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(("checks", "--format", "json", "--checks-dir", str(checks_dir))) == 0
    listed = json.loads(capsys.readouterr().out)
    assert main(("explain", "hks903", "--checks-dir", str(checks_dir))) == 0
    explained = capsys.readouterr().out

    assert {"HKS901", "HKS903"} <= {each["code"] for each in listed}
    assert "Nothing helps:" in explained
    assert "To do" in explained


def test_a_plugin_that_cannot_be_loaded_is_told_and_the_run_goes_on(
    checks_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checks_dir / "broken.py").write_text("import nowhere_to_be_found", encoding="utf-8")

    assert run(checks_dir, "HKS901") == 4
    assert "nowhere_to_be_found" in capsys.readouterr().out
    assert main(("checks", "--checks-dir", str(checks_dir))) == 4


class _Stream:
    def __init__(self, *, terminal: bool, encoding: str = "utf-8") -> None:
        self.encoding = encoding
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("terminal", "environment", "colour"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {"TERM": "xterm"}, False),
    ],
)
def test_colours_need_a_terminal_that_wants_them(
    *, terminal: bool, environment: dict[str, str], colour: bool
) -> None:
    stream = _Stream(terminal=terminal)

    assert look_of(stream, environment).colour is colour  # type: ignore[arg-type]


def test_a_password_is_asked_for_only_where_there_is_a_person(
    checks_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checks_dir / "ask.py").write_text(
        "from wcsdiag.model import passed, failed\n"
        "from wcsdiag.registry import Observations, check\n"
        "from wcsdiag.target import Target\n"
        "@check('HKS911', 'It is answered')\n"
        "def asks(target: Target) -> Observations:\n"
        "    '''It asks.'''\n"
        "    yield (failed if target.ask_password('CLI password') else passed)('asked')\n",
        encoding="utf-8",
    )
    monkeypatch.setattr("wcsdiag.cli.prompt.getpass", lambda _: pytest.fail("asked nobody"))

    assert run(checks_dir, "HKS911") == 0


def test_directories_of_checks_come_from_a_variable_as_paths_do(
    checks_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "another one"
    other.mkdir()
    monkeypatch.setenv("WCSDIAG_CHECKS_DIR", f"{other}{os.pathsep}{checks_dir}")

    assert main(("run", "HKS903", "--host", "localhost", "-q")) == 1
    assert main(("explain", "HKS903")) == 0


# Below: the program as a process.


def start(*arguments: str, **variables: str) -> subprocess.Popen[bytes]:
    """`python -m wcsdiag`, in an environment of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "wcsdiag", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**kept, "HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent", **variables},
    )


def test_the_version_needs_no_heavy_module() -> None:
    code = (
        "import sys; from wcsdiag.cli.main import main; main(['--version']);"
        "print(sorted({'paramiko', 'requests', 'rich', 'psutil', 'yaml', 'urllib3', 'typer'}"
        " & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.splitlines()[1] == "[]"
    assert told.stdout.startswith("wcsdiag ")


@pytest.mark.parametrize("arguments", [["--help"], ["all", "--help"], ["checks"], ["all"]])
def test_what_runs_nothing_needs_no_heavy_module(arguments: list[str]) -> None:
    code = (
        f"import sys; from wcsdiag.cli.main import main; main({arguments});"
        "print({'paramiko', 'requests', 'rich', 'psutil', 'urllib3'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.splitlines()[-1] == "set()"


def test_the_exit_code_of_the_process_is_that_of_the_report(checks_dir: Path) -> None:
    with start("run", "HKS903", "--host", "localhost", "--checks-dir", str(checks_dir)) as process:
        out, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert b"\x1b" not in out
    assert err == b""


def test_a_reader_that_went_away_is_no_error(checks_dir: Path) -> None:
    with start("run", "HKS903", "--host", "localhost", "--checks-dir", str(checks_dir)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
        process.wait(timeout=60)

    assert process.returncode == 1
    assert err == b""


def test_a_stream_without_unicode_gets_ascii(checks_dir: Path) -> None:
    with start(
        *("run", "HKS903", "--host", "localhost", "--checks-dir", str(checks_dir)),
        PYTHONIOENCODING="ascii",
    ) as process:
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert b"x HKS903" in out
    assert out.isascii()


def test_ctrl_c_prints_what_is_known_and_exits_130(checks_dir: Path) -> None:
    with start(
        *("run", "HKS901", "HKS907", "--host", "localhost", "--format", "json"),
        *("--checks-dir", str(checks_dir)),
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"waiting\n"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)

    report = json.loads(out)
    assert process.returncode == 130
    assert report["interrupted"] is True
    assert report["exit_code"] == 130
    assert [each["code"] for each in report["results"]] == ["HKS901", "HKS907"]


@pytest.mark.parametrize("debug", ["--debug", "--no-debug"])
def test_neither_logs_nor_crashed_threads_show_secrets_on_stderr(
    checks_dir: Path, debug: str
) -> None:
    with start(
        *("run", "HKS906", "--host", "localhost", "--checks-dir", str(checks_dir), debug),
        WCSDIAG_CLI_PASSWORD="swordfish-9",
    ) as process:
        out, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert b"swordfish-9" not in out + err
    assert (b"a thread ended" in err) == (debug == "--debug")
    assert (err == b"") == (debug == "--no-debug")
