"""The generated docs: one page per check, current or named, and a picture that stays the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.report.samples import UNHEALTHY
from tests.support import require
from wcsdiag.docs.__main__ import main
from wcsdiag.docs.files import BEGIN, END, with_list
from wcsdiag.docs.pages import check_page
from wcsdiag.docs.picture import report_svg
from wcsdiag.docs.reference import cli_reference
from wcsdiag.errors import UsageError
from wcsdiag.model import Evidence, passed
from wcsdiag.plugins import load
from wcsdiag.registry import Check, Observations, check, declaration
from wcsdiag.report.explanation import explain


@check("HKS901", "It is | well", explained_by=("HST101",))
def sample() -> Observations:
    """Why it matters, in ``code``.

    Fix
    ---
    Do this::

        first --command
        second

    Then look again.
    """
    yield passed("seen", Evidence("text", "host: here"))


def declared() -> Check:
    """The declaration of the sample."""
    found = declaration(sample)
    assert isinstance(found, Check)
    return found


def docs(monkeypatch: pytest.MonkeyPatch, root: Path, flag: str) -> int:
    """`python -m wcsdiag.docs FLAG` for a project at `root`."""
    require(load().checks, "the package is not installed: its checks cannot be found")
    monkeypatch.setattr("sys.argv", ["docs", flag, "--root", str(root)])
    return main()


def test_a_page_has_the_fixed_shape() -> None:
    page = check_page(declared())

    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert headings == [
        "# HKS901: It is | well",
        "## Why",
        "## To do",
        "## Explained by",
        "## Answers",
    ]
    assert "Why it matters, in `code`." in page
    assert "Do this:\n\n```sh\nfirst --command\nsecond\n```\n\nThen look again." in page
    assert "[HST101](HST101.md)" in page


def test_an_explanation_is_plain_text_of_80_columns() -> None:
    text = explain(declared())

    assert "    first --command\n    second\n" in text
    assert "::" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_readmes_list_stands_between_its_markers() -> None:
    readme = with_list(f"before\n{BEGIN}\nold\n{END}\nafter\n", (declared(),))

    assert readme.startswith(f"before\n{BEGIN}\n")
    assert readme.endswith(f"{END}\nafter\n")
    assert "| [HKS901](docs/checks/HKS901.md) | It is \\| well |" in readme
    assert with_list(readme, (declared(),)) == readme
    with pytest.raises(UsageError, match="markers"):
        with_list("no markers", (declared(),))


def test_the_reference_has_every_command_and_keeps_to_its_width() -> None:
    reference = cli_reference()

    assert all(f"## wcsdiag {name}" in reference for name in ("all", "run", "demo"))
    assert "--expect-url URL" in reference
    help_lines = reference.split("```text")[1].split("```")[0].splitlines()
    assert max(map(len, help_lines)) <= 80


def test_what_was_written_is_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert docs(monkeypatch, tmp_path, "--write") == 0
    assert docs(monkeypatch, tmp_path, "--check") == 0


@pytest.mark.parametrize(
    "name",
    [
        "cli.md",
        "report.schema.json",
        "traffic.schema.json",
        "sending.schema.json",
        "checks/README.md",
    ],
)
def test_what_is_stale_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    docs(monkeypatch, tmp_path, "--write")
    (tmp_path / "docs" / name).write_text("old", encoding="utf-8")

    assert docs(monkeypatch, tmp_path, "--check") == 1
    assert f"docs/{name} is not current" in capsys.readouterr().err


def test_a_page_without_a_check_is_stray(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    docs(monkeypatch, tmp_path, "--write")
    page = tmp_path / "docs" / "checks" / "HST999.md"
    page.write_text("gone", encoding="utf-8")

    assert docs(monkeypatch, tmp_path, "--check") == 1
    assert "HST999" in capsys.readouterr().err
    assert docs(monkeypatch, tmp_path, "--write") == 0
    assert not page.exists()


def test_the_picture_does_not_show_when_and_where_it_was_drawn() -> None:
    def drawn(address: str, clock: str) -> str:
        evidence = Evidence(
            f"2026-11-02 {clock} {address} in 7.25 ms /tmp/wcsdiag-lab-{clock[-2:]}/wcs/x", "host"
        )
        cause = replace(
            UNHEALTHY.causes[0], evidence=(evidence,), summary=f"at {clock} on {address}"
        )
        started = UNHEALTHY.started + timedelta(seconds=int(clock[-2:]))
        return report_svg(
            replace(UNHEALTHY, target=address, started=started, causes=(cause,), duration_s=0.3)
        )

    first, second = drawn("127.10.20.30", "01:02:03"), drawn("127.200.1.7", "22:11:44")

    assert first == second
    assert first.startswith("<svg")
