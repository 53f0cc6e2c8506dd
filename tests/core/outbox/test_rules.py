"""Schedule, answers, addresses: all pure."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from casework.core.outbox.rules import (
    GAPS,
    MAX_TRIES,
    TargetRefused,
    gap_after,
    http_outcome,
    is_last,
    message_id,
    one_line,
    retry_after,
    target_of,
)

NOW = datetime(2026, 9, 7, 1, 30, tzinfo=UTC)


class Extreme(Random):
    """Draws always the same end of the range."""

    def __init__(self, *, high: bool) -> None:
        super().__init__(0)
        self.high = high

    def uniform(self, a: float, b: float) -> float:
        return b if self.high else a


def test_at_least_ten_tries_over_at_least_72_hours_whatever_the_jitter() -> None:
    assert MAX_TRIES >= 10
    shortest = sum((gap_after(n, Extreme(high=False)) for n in range(1, MAX_TRIES)), timedelta())
    assert timedelta(hours=72) <= shortest <= timedelta(hours=120)


def test_jitter_keeps_to_20_percent_and_uses_the_range() -> None:
    random = Random(7)
    drawn = [gap_after(5, random) / timedelta(minutes=GAPS[4]) for _ in range(2000)]
    assert all(0.8 <= x <= 1.2 for x in drawn)
    assert min(drawn) < 0.82
    assert max(drawn) > 1.18
    assert 0.98 < sum(drawn) / len(drawn) < 1.02


def test_gaps_grow_and_the_last_try_is_known() -> None:
    assert list(GAPS) == sorted(GAPS)
    assert not is_last(MAX_TRIES - 1)
    assert is_last(MAX_TRIES)
    assert gap_after(99, Extreme(high=True)) == gap_after(len(GAPS), Extreme(high=True))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_success(status: int) -> None:
    assert http_outcome(status, {}, "", NOW).ok


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        *((status, False) for status in (199, 301, 302, 307, 401, 403, 404, 429, 500, 502, 503)),
        *((status, True) for status in (400, 410, 413, 415, 422)),
    ],
)
def test_everything_else_fails(status: int, permanent: bool) -> None:
    outcome = http_outcome(status, {}, "", NOW)
    assert not outcome.ok
    assert outcome.permanent is permanent
    assert outcome.disables_endpoint is (status == 410)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("999999999", 86400),
        ("Mon, 07 Sep 2026 02:30:00 GMT", 3600),
        ("Mon, 07 Sep 2020 02:30:00 GMT", 0),
        ("Mon, 07 Sep 2099 02:30:00 GMT", 86400),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("9" * 40, None),
    ],
)
def test_retry_after(value: str, seconds: int | None) -> None:
    assert retry_after(value, NOW) == (None if seconds is None else timedelta(seconds=seconds))


def test_only_429_and_503_may_say_when_to_come_back() -> None:
    headers = {"Retry-After": "90"}
    assert http_outcome(429, headers, "", NOW).wait == timedelta(seconds=90)
    assert http_outcome(503, headers, "", NOW).wait == timedelta(seconds=90)
    assert http_outcome(500, headers, "", NOW).wait is None


ALLOWED = ["peer.example:8443", "10.0.0.5:80", "[fd00::1]:8080", "Mixed.Example:443"]


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://peer.example:8443/in?a=1", "peer.example", 8443, "/in?a=1"),
        ("http://10.0.0.5/x", "10.0.0.5", 80, "/x"),
        ("http://10.0.0.5:80", "10.0.0.5", 80, "/"),
        ("http://[fd00::1]:8080/", "[fd00::1]", 8080, "/"),
        ("https://MIXED.example/", "mixed.example", 443, "/"),
    ],
)
def test_listed_addresses_pass(url: str, host: str, port: int, path: str) -> None:
    target = target_of(url, ALLOWED)
    assert (target.host, target.port, target.path) == (host, port, path)


TRICKS = [
    "https://peer.example/in",  # another port
    "http://peer.example:8080/",
    "https://peer.example.evil.test:8443/",
    "https://evil.test:8443/?peer.example:8443",
    "https://peer.example:8443@evil.test/",
    "https://evil.test@peer.example:8443/",
    "https://user:pw@peer.example:8443/",
    "https://peer.example:8443#@evil.test/",
    "https://peer.example:8443/#x",
    "https://peer.example:8443\\@evil.test/",
    "https:\\\\peer.example:8443/",
    "https://peer.example:8443 /",
    "https://peer.example:8443/\r\nHost: evil.test",
    "https://peer.example:8443\t/",
    "https://peer%2eexample:8443/",
    "https://ｐｅｅｒ.example:8443/",
    "https://peer。example:8443/",
    "https://peer.example.:8443/",
    "ftp://peer.example:8443/",
    "file:///etc/passwd",
    "gopher://10.0.0.5:80/",
    "//10.0.0.5/",
    "10.0.0.5",
    "http://167772165/",  # 10.0.0.5 as one number
    "http://0x0a.0.0.5/",
    "http://012.0.0.5/",
    "http://10.0.0.5:99999/",
    "http://10.0.0.5:8o/",
    "http://10.0.0.5:0/",
    "http:///x",
    "http://:80/",
    "http://[fd00::1/",
    "http://[fd00::1%25eth0]:8080/",
    "http://[::ffff:10.0.0.5]/",
    "http://169.254.169.254/latest/meta-data",
    "",
]


@pytest.mark.parametrize("url", TRICKS)
def test_tricks_are_refused(url: str) -> None:
    with pytest.raises(TargetRefused):
        target_of(url, ALLOWED)


def test_an_empty_list_allows_nothing() -> None:
    with pytest.raises(TargetRefused, match="名单"):
        target_of("http://10.0.0.5/", [])


def test_the_host_header_names_a_port_only_when_it_is_not_the_usual_one() -> None:
    assert target_of("http://10.0.0.5/", ALLOWED).host_header == "10.0.0.5"
    assert target_of("https://peer.example:8443/", ALLOWED).host_header == "peer.example:8443"


def test_message_ids_are_stable_and_distinct() -> None:
    first = message_id("letter:1:recipient:2:endpoint:3", "linkage.test")
    assert first == "<letter.1.recipient.2.endpoint.3@linkage.test>"
    assert first != message_id("letter:1:recipient:2:endpoint:4", "linkage.test")


def test_foreign_text_becomes_one_printable_line() -> None:
    assert one_line("a\r\nb\x00\tc\u202e d") == "a b c d"
    assert one_line("长" * 500) == "长" * 120
