"""The formats: published schema, valid XML, readable pages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from tests.report.samples import ALL, BROKEN, HEALTHY, UNHEALTHY, report
from wcsdiag.model import CheckResult, Effect, Evidence, Fix, Group, Report, Run, Status, Verdict
from wcsdiag.report.interface import Renderer
from wcsdiag.report.json_format import JsonRenderer, schema_text
from wcsdiag.report.junit import JunitRenderer
from wcsdiag.report.page import Look, Page
from wcsdiag.report.terminal import TerminalRenderer

GOLDEN = Path(__file__).parent / "golden"
NASTY = "esc \x1b]0;title\x07 nul \x00 c1 \x9b half \ud800 turn \u202e [red]x[/red] ]]> & <"

PLAIN = TerminalRenderer()
RENDERERS: dict[str, Renderer] = {
    "plain.txt": PLAIN,
    "verbose.txt": TerminalRenderer(verbose=True),
    "ascii.txt": TerminalRenderer(Look(encoding="ascii")),
    "quiet.txt": TerminalRenderer(quiet=True),
    "json": JsonRenderer(),
    "junit.xml": JunitRenderer(),
}


def golden_files() -> list[tuple[str, str]]:
    """Each file is `<sample>.<format>`: adding a case is adding a file."""
    names = (path.name.partition(".") for path in sorted(GOLDEN.iterdir()))
    return [(sample, kind) for sample, _, kind in names]


def nasty() -> Report:
    """A report whose every text from outside is hostile."""
    cause = replace(
        UNHEALTHY.causes[0],
        summary=NASTY,
        evidence=(Evidence(NASTY, NASTY),),
        fix=Fix(NASTY, (f"echo 1\n{NASTY}",)),
    )
    return replace(UNHEALTHY, target=NASTY, causes=(cause,), notes=(NASTY,))


@pytest.mark.parametrize(("sample", "kind"), golden_files())
def test_a_report_looks_as_its_golden_file(sample: str, kind: str) -> None:
    expected = (GOLDEN / f"{sample}.{kind}").read_text(encoding="utf-8")

    assert RENDERERS[kind].render(ALL[sample]) == expected


@pytest.mark.parametrize("sample", [*ALL.values(), nasty()])
def test_json_is_one_document_of_the_published_schema(sample: Report) -> None:
    validator = Draft202012Validator(
        json.loads(schema_text()), format_checker=Draft202012Validator.FORMAT_CHECKER
    )

    text = JsonRenderer().render(sample)

    validator.validate(json.loads(text))
    assert text.isascii()


def test_the_schema_is_itself_valid_and_closed() -> None:
    schema = json.loads(schema_text())

    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    objects = [each for each in schema["$defs"].values() if each.get("type") == "object"]
    assert all(each["additionalProperties"] is False for each in objects)


@pytest.mark.parametrize("sample", [*ALL.values(), nasty()])
def test_junit_is_green_exactly_where_the_exit_code_is_0(sample: Report) -> None:
    root = ET.fromstring(JunitRenderer().render(sample))

    marked = root.findall(".//failure") + root.findall(".//error")

    assert bool(marked) == (sample.exit_code != 0)
    assert int(root.attrib["tests"]) == len(root.findall(".//testcase"))


def test_junit_shows_warnings_as_failures_where_they_made_the_verdict() -> None:
    allowed = ET.fromstring(JunitRenderer().render(HEALTHY))
    asked_to_fail = replace(HEALTHY, verdict=Verdict.UNHEALTHY, exit_code=1)
    failing = ET.fromstring(JunitRenderer().render(asked_to_fail))

    assert allowed.findall(".//failure") == []
    assert [mark.attrib["type"] for mark in failing.findall(".//failure")] == ["warn"]


def test_junit_names_the_cause_of_an_effect() -> None:
    root = ET.fromstring(JunitRenderer().render(UNHEALTHY))

    texts = {
        case.attrib["name"][:6]: case.findtext("failure") or "" for case in root.iter("testcase")
    }

    assert "effect of WEB102" in texts["LOG104"]
    assert "effect of" not in texts["WEB102"]


def test_junit_shows_a_red_verdict_that_no_check_explains() -> None:
    row = CheckResult("HST101", "t", Group.HST, Run.SKIPPED, None, reason="r")
    root = ET.fromstring(JunitRenderer().render(report(Verdict.UNDETERMINED, (row,))))

    assert [case.attrib["name"] for case in root.iter("testcase")] == ["HST101 t", "verdict"]
    assert root.find(".//error") is not None


@pytest.mark.parametrize("look", [Look(), Look(colour=True), Look(encoding="ascii")])
def test_nothing_that_a_terminal_obeys_comes_from_outside(look: Look) -> None:
    text = TerminalRenderer(look, verbose=True).render(nasty())

    assert "\x1b]" not in text
    assert not set("\x00\x07\x9b\ud800\u202e") & set(text)
    assert "\\x1b]0;title\\x07" in text
    assert "[red]x[/red]" in text
    assert ("\x1b[" in text) == look.colour
    text.encode(look.encoding)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_prose_keeps_to_the_width_and_commands_stay_whole(width: int) -> None:
    fix = UNHEALTHY.causes[0].fix
    assert fix is not None

    lines = TerminalRenderer(Look(width=width)).render(UNHEALTHY).splitlines()

    stripped = [line.strip() for line in lines]
    assert all(command in stripped for command in fix.commands)
    unbreakable = [line for line in lines if len(line) > width and "http" not in line]
    assert [line for line in unbreakable if line.strip() not in fix.commands] == []


def test_the_cause_comes_within_the_first_three_lines() -> None:
    lines = PLAIN.render(UNHEALTHY).splitlines()

    assert lines[0].startswith("UNHEALTHY  wcs1.example.com")
    assert "WEB102" in lines[2]


def test_long_evidence_is_cut_and_says_so_unless_verbose() -> None:
    long = Evidence("\n".join(f"line {number}" for number in range(100)), "host: log")
    cause = replace(UNHEALTHY.causes[0], evidence=(long,) * 5)
    sample = replace(UNHEALTHY, causes=(cause,))

    folded, whole = PLAIN.render(sample), TerminalRenderer(verbose=True).render(sample)

    assert "92 more lines: --verbose shows them" in folded
    assert "2 more pieces: --verbose shows them" in folded
    assert whole.count("line 99") == 5


def test_a_broken_check_shows_its_traceback_only_when_verbose() -> None:
    assert "ZeroDivisionError" in PLAIN.render(BROKEN)
    assert "Traceback" not in PLAIN.render(BROKEN)
    assert "Traceback" in TerminalRenderer(verbose=True).render(BROKEN)


def test_every_check_has_a_row_whatever_became_of_it() -> None:
    text = TerminalRenderer(verbose=True).render(UNHEALTHY)

    assert all(result.code in text.split("Checks\n")[1] for result in UNHEALTHY.results)
    assert {result.status for result in UNHEALTHY.results} > {Status.PASS, Status.FAIL}


def test_evidence_is_cut_between_words_and_loses_nothing() -> None:
    text = "certificate verification failed: " * 8 + "x" * 200
    page = Page(Look(width=60))

    page.verbatim(text, indent=4, gutter="|")

    lines = [line.removeprefix("    | ") for line in page.text().splitlines()]
    assert all(len(line) <= 54 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert lines[0] == "certificate verification failed: certificate"


def test_a_wide_lead_does_not_push_a_long_path_further_off_the_page() -> None:
    page = Page(Look(width=80))

    page.prose("/a" * 30, lead=[("URL114-URL115, RST104, RST106  ", "")], indent=4)

    assert page.text().splitlines()[1] == "      " + "/a" * 30


def test_effects_of_the_same_check_are_told_once_and_counted() -> None:
    ports = tuple(Effect("FWL102", "Ports", f"nothing on {port}") for port in range(8080, 8084))
    sample = replace(UNHEALTHY, causes=(replace(UNHEALTHY.causes[0], effects=ports),))

    assert "FWL102  nothing on 8080 (and 3 more like it)" in PLAIN.render(sample)
    assert "nothing on 8083" in TerminalRenderer(verbose=True).render(sample)


def test_one_thing_left_out_is_told_as_one() -> None:
    cause = replace(UNHEALTHY.causes[0], evidence=(Evidence("seen", "host: log"),) * 4)

    assert "1 more piece: --verbose shows it" in PLAIN.render(replace(UNHEALTHY, causes=(cause,)))


def test_given_a_choice_of_checks_then_the_one_behind_a_skip_is_named() -> None:
    skipped = [result for result in UNHEALTHY.results if result.run is Run.SKIPPED]
    chosen = replace(UNHEALTHY, causes=(), results=tuple(skipped))

    assert f"`wcsdiag run {skipped[0].because}` with the same options" in PLAIN.render(chosen)
    assert "Not asked for" not in PLAIN.render(UNHEALTHY)
