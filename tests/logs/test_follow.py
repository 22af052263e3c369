"""A log that grows: exchanges come as soon as they have ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from wcsdiag.hooks.exchange import Failure
from wcsdiag.logs.follow import FollowReader

NOW = datetime(2026, 3, 2, 23, 59, 50, tzinfo=UTC)


def block(at: datetime, marker: str, method: str = "connect") -> bytes:
    text = (
        f"{at:%H:%M:%S},000 INFO  RestClient - t-1 {marker}\nURL:http://web/{method}\nOBJECT:\n"
        '{\n  "appKey" : "a"\n}\n'
    )
    return text.encode()


def sent(at: datetime) -> bytes:
    return block(at, "SEND REST OBJECT ==>")


def answered(at: datetime) -> bytes:
    return block(at, "RECEIVED REST OBJECT <==")


def test_an_exchange_is_given_once_its_last_block_is_whole() -> None:
    reader = FollowReader(UTC, NOW)
    data = answered(NOW + timedelta(seconds=1))
    assert list(reader.feed(sent(NOW) + data[:30])) == []
    assert list(reader.tick(NOW + timedelta(seconds=1))) == []
    assert list(reader.feed(data[30:])) == []
    (exchange,) = reader.tick(NOW + timedelta(seconds=2))
    assert exchange.seconds == 1


def test_midnight_passes() -> None:
    reader = FollowReader(UTC, NOW)
    later = NOW + timedelta(seconds=20)
    (exchange,) = [*reader.feed(sent(NOW) + answered(later)), *reader.finish()]
    assert exchange.sent_at == NOW
    assert exchange.seconds == 20


def test_a_silence_of_days_is_no_matter() -> None:
    reader = FollowReader(UTC, NOW)
    later = NOW + timedelta(days=3)
    list(reader.tick(later))
    (exchange,) = [*reader.feed(sent(later) + answered(later)), *reader.finish()]
    assert exchange.sent_at == later


def test_a_hook_that_gets_no_answer_is_given_up() -> None:
    reader = FollowReader(UTC, NOW, limit_s=5)
    assert list(reader.feed(sent(NOW))) == []
    assert list(reader.tick(NOW + timedelta(seconds=10))) == []
    (exchange,) = reader.tick(NOW + timedelta(seconds=60))
    assert exchange.failure is Failure.OTHER


def test_a_failure_whose_hook_was_sent_before_is_a_contact() -> None:
    reader = FollowReader(UTC, NOW)
    text = f"{NOW:%H:%M:%S},000 ERROR RestClient - t-1 Got exception in REST \n"
    list(reader.feed(f"{text}java.net.ConnectException: Connection refused\n".encode()))
    assert list(reader.finish()) == []
    (contact,) = reader.contacts
    assert contact.failure is Failure.REFUSED
