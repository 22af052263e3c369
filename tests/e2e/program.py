"""The program as a process of its own, asked about a lab or anything else that listens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict
from unicodedata import category

import jsonschema

from wcsdiag.lab.lab import Lab
from wcsdiag.report.json_format import schema_text
from wcsdiag.target import Target

GENEROUS_S = 100.0
"""Seconds after which a run counts as hung: far beyond its deadline."""

FORMATS = ("terminal", "json", "junit")


class ShownResult(TypedDict):
    """What the tests read of a row of the JSON report."""

    code: str
    run: str
    status: str | None
    reason: str | None


class ShownCause(TypedDict):
    """What the tests read of a cause."""

    code: str
    summary: str


class ShownReport(TypedDict):
    """What the tests read of a JSON report."""

    verdict: str
    exit_code: int
    interrupted: bool
    causes: list[ShownCause]
    results: list[ShownResult]


@dataclass(frozen=True)
class Ended:
    """A process that has ended, and all that it said."""

    code: int
    out: bytes
    err: bytes

    @property
    def report(self) -> ShownReport:
        """The JSON report, found valid."""
        document: ShownReport = json.loads(self.out)
        jsonschema.validate(document, json.loads(schema_text()))
        assert document["exit_code"] == self.code
        return document


@dataclass(frozen=True)
class Program:
    """How the program is started: options of the target, variables, and a home of its own."""

    home: Path
    options: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """All that it is told of this machine, and the variables."""
        known = ("PATH", "PYTHONPATH", "SSL_CERT_FILE")
        kept = {name: os.environ[name] for name in known if name in os.environ}
        return {**kept, "HOME": str(self.home), **self.variables}

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """`wcsdiag` with these arguments and the target's options."""
        return subprocess.Popen(
            [sys.executable, "-m", "wcsdiag", *arguments, *self.options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            # As a shell starts it: a runner may have set Ctrl-C to be ignored.
            preexec_fn=_heed_ctrl_c,
        )

    def run(self, *arguments: str) -> Ended:
        """Run it to its end."""
        return finish(self.start(*arguments))

    def in_every_format(self, *arguments: str) -> Answers:
        """One run per format, at the same time."""
        running = [self.start("all", "--format", name, *arguments) for name in FORMATS]
        terminal, json_, junit = map(finish, running)
        return Answers(terminal, json_, junit)


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finish(process: subprocess.Popen[bytes]) -> Ended:
    """Wait for the end; a process that hangs is ended, and fails the test."""
    with process:
        try:
            out, err = process.communicate(timeout=GENEROUS_S)
        finally:
            process.kill()
    return Ended(process.returncode, out, err)


@dataclass(frozen=True)
class Answers:
    """What the program says in each format."""

    terminal: Ended
    json: Ended
    junit: Ended

    @property
    def report(self) -> ShownReport:
        """The JSON report, after a look at what must hold of every answer."""
        report = self.json.report
        assert {self.terminal.code, self.junit.code} <= {0, 1, 3}
        assert ET.fromstring(self.junit.out).tag == "testsuites"
        assert not controls_in(self.terminal.out), self.terminal.out
        for ended in (self.terminal, self.json, self.junit):
            assert ended.err == b""
        broken = [result for result in report["results"] if result["run"] == "broken"]
        assert not broken, json.dumps(broken, indent=2)
        return report

    @property
    def text(self) -> str:
        """The terminal's text on one line, so that words are found wherever lines break."""
        return " ".join(self.terminal.out.decode().replace("│", " ").split())


def controls_in(output: bytes) -> list[str]:
    """The characters that a terminal would obey; line ends are none."""
    text = output.decode("utf-8")
    return [each for each in text if category(each) in {"Cc", "Cf", "Cs"} and each != "\n"]


def codes(causes: Sequence[ShownCause]) -> list[str]:
    """The codes of the causes, in their order."""
    return [cause["code"] for cause in causes]


def on_lab(lab: Lab, home: Path, *, password: str | None = None) -> Program:
    """The program with the lab as its target, given as a person would give it."""
    return on_target(lab.target, home, password=password)


def on_target(target: Target, home: Path, *, password: str | None = None) -> Program:
    """The same with any target that is reached by SSH with a key."""
    ssh = home / ".ssh"
    ssh.mkdir(parents=True, exist_ok=True)
    assert target.known_hosts is not None
    (ssh / "known_hosts").write_text(target.known_hosts.read_text())
    assert target.cli_password is not None
    given = target.cli_password.reveal() if password is None else password
    options = (
        *("--host", target.host, "--ssh-user", str(target.ssh_user)),
        *("--ssh-port", str(target.ssh_port), "--ssh-key", str(target.ssh_key)),
        *("--wcs-home", str(target.wcs_home), "--no-default-password"),
    )
    return Program(home, options, {"WCSDIAG_CLI_PASSWORD": given})


def on_port(port: int, home: Path) -> Program:
    """The program with whatever listens on that port of loopback as its SSH server."""
    options = ("--host", "127.0.0.1", "--ssh-port", str(port), "--ssh-user", "nobody")
    return Program(home, options)
