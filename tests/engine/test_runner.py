"""Each fact once, all at once, nothing beyond the deadline."""

from __future__ import annotations

import _thread
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.engine.helpers import run
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import CheckResult, NotApplicable, Run, Status, Unavailable, passed, undetermined
from wcsdiag.registry import Check, Observations, check, fact


@dataclass(frozen=True)
class Disk:
    free: int


@dataclass(frozen=True)
class Log:
    lines: int


def test_a_fact_is_gathered_once_for_all_checks_that_need_it() -> None:
    gathered: list[str] = []

    @fact
    def disk() -> Disk:
        gathered.append("disk")
        return Disk(7)

    @check("HST101", "one")
    def one(disk: Disk) -> Observations:
        yield passed(f"{disk.free} free")

    @check("HST102", "two")
    def two(disk: Disk) -> Observations:
        yield passed(f"{disk.free} free")

    results = run([one, two], [disk]).results
    assert [r.status for r in results] == [Status.PASS, Status.PASS]
    assert gathered == ["disk"]


def test_facts_that_do_not_need_each_other_are_gathered_at_the_same_time() -> None:
    both_there = threading.Barrier(2, timeout=10)

    @fact
    def disk() -> Disk:
        both_there.wait()
        return Disk(1)

    @fact
    def log() -> Log:
        both_there.wait()
        return Log(1)

    @check("HST101", "both")
    def both(disk: Disk, log: Log) -> Observations:
        yield passed(f"{disk.free} {log.lines}")

    assert run([both], [disk, log]).results[0].status is Status.PASS


def test_a_check_whose_fact_cannot_be_had_is_skipped_with_the_code_behind_it() -> None:
    @fact
    def disk() -> Disk:
        raise Unavailable("no way in", because="HST101")

    @fact
    def log(disk: Disk) -> Log:
        return Log(disk.free)

    @check("HST105", "room")
    def room(log: Log) -> Observations:
        yield passed(f"{log.lines}")

    result = run([room], [disk, log]).results[0]
    assert (result.run, result.status) == (Run.SKIPPED, None)
    assert (result.reason, result.because) == ("no way in", "HST101")


def test_a_check_that_can_do_without_a_fact_gets_the_reason_instead() -> None:
    @fact
    def disk() -> Disk:
        raise Unavailable("no way in", because="HST101")

    @check("HST105", "room")
    def room(disk: Disk | Unavailable) -> Observations:
        assert isinstance(disk, Unavailable)
        yield undetermined(disk.reason)

    result = run([room], [disk]).results[0]
    assert result.run is Run.UNDETERMINED
    assert result.reason == "no way in"


def test_what_does_not_concern_the_target_is_not_applicable() -> None:
    @fact
    def log() -> Log:
        raise NotApplicable("this generation has no Manager")

    @check("HST104", "manager")
    def manager(log: Log) -> Observations:
        yield passed(f"{log.lines}")

    result = run([manager], [log]).results[0]
    assert (result.run, result.reason) == (Run.NOT_APPLICABLE, "this generation has no Manager")


def test_a_check_that_raises_is_broken_and_the_others_still_run() -> None:
    @check("HST101", "raises")
    def raises() -> Observations:
        yield passed("so far")
        raise ZeroDivisionError("a bug")

    @check("HST102", "silent")
    def silent() -> Observations:
        yield from ()

    @check("HST103", "works")
    def works() -> Observations:
        yield passed("fine")

    first, second, third = run([raises, silent, works]).results
    assert first.run is Run.BROKEN
    assert first.traceback is not None
    assert "ZeroDivisionError: a bug" in first.traceback
    assert (second.run, second.reason) == (Run.BROKEN, "HST102 observed nothing")
    assert third.status is Status.PASS


def test_a_fact_that_raises_breaks_the_checks_that_need_it_with_its_traceback() -> None:
    @fact
    def disk() -> Disk:
        raise ZeroDivisionError("a bug")

    @check("HST105", "room")
    def room(disk: Disk) -> Observations:
        yield passed(f"{disk.free}")

    result = run([room], [disk]).results[0]
    assert (result.run, result.reason) == (Run.BROKEN, "a bug in Disk")
    assert result.traceback is not None
    assert "ZeroDivisionError" in result.traceback


def test_the_deadline_ends_the_run_names_itself_and_frees_the_work() -> None:
    here, there = socket.socketpair()
    freed = threading.Event()

    @fact
    def disk(lifetime: Lifetime) -> Disk:
        lifetime.on_end(lambda: here.shutdown(socket.SHUT_RDWR))
        here.recv(1)
        freed.set()
        return Disk(0)

    @check("HST105", "room")
    def room(disk: Disk) -> Observations:
        yield passed(f"{disk.free}")

    @check("HST101", "quick")
    def quick() -> Observations:
        yield passed("fine")

    execution = run([quick, room], [disk], lifetime=Lifetime(deadline_s=0.2))
    done, overtaken = execution.results
    assert done.status is Status.PASS
    assert overtaken.run is Run.UNDETERMINED
    reason = "wcsdiag's own limit, --deadline 0.2 s, ended the run while waiting for Disk"
    assert overtaken.reason == reason
    assert freed.wait(10)
    here.close()
    there.close()


def test_ctrl_c_ends_the_run_with_what_is_known() -> None:
    class InterruptAfterFirst:
        def planned(self, checks: Sequence[Check]) -> None:
            pass

        def finished(self, result: CheckResult, done: int, total: int) -> None:
            _thread.interrupt_main()

    waits = threading.Event()

    @check("HST101", "quick")
    def quick() -> Observations:
        yield passed("fine")

    @check("HST102", "slow")
    def slow() -> Observations:
        waits.wait(30)
        yield passed("late")

    execution = run([quick, slow], observer=InterruptAfterFirst())
    waits.set()
    assert execution.interrupted
    assert execution.results[0].status is Status.PASS
    assert execution.results[1].run is Run.UNDETERMINED
    assert execution.results[1].reason == "interrupted before this was judged"


def test_a_failure_beside_something_unjudged_is_a_failure() -> None:
    from wcsdiag.model import failed

    @check("WEB102", "mixed")
    def mixed() -> Observations:
        yield failed("refused", subject="http://a")
        yield undetermined("no permission", subject="http://b")

    result = run([mixed]).results[0]
    assert (result.run, result.status) == (Run.COMPLETED, Status.FAIL)
    assert len(result.undetermined) == 1


def test_closers_run_once_the_youngest_first_and_at_once_after_the_end() -> None:
    closed: list[str] = []
    lifetime = Lifetime()
    lifetime.on_end(lambda: closed.append("first"))
    lifetime.on_end(lambda: closed.append("second"))
    lifetime.end()
    lifetime.end()
    lifetime.on_end(lambda: closed.append("late"))
    assert closed == ["second", "first", "late"]
    assert lifetime.remaining() == lifetime.timeout() == pytest.approx(0.0)
