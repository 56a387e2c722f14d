"""Meta's errors as outcomes, by code and subcode, as its documents list them."""

import json
from datetime import timedelta

import pytest

from kaja.networks import graph
from kaja.networks.contract import NeedsReconnect, Outcome, Permanent, Response, Retry, Unknown


def said(code: int, subcode: int | None = None, *, status: int = 400, headers: dict[str, str] | None = None) -> Outcome:
    error = {"message": "What Meta says", "type": "OAuthException", "code": code, "error_subcode": subcode}
    return graph.refusal(Response(status, headers or {}, json.dumps({"error": error}).encode()))


@pytest.mark.parametrize(
    ("code", "subcode", "outcome", "reason"),
    [
        (190, 463, NeedsReconnect, "refused-token"),
        (190, None, NeedsReconnect, "refused-token"),
        (102, None, NeedsReconnect, "refused-token"),
        (10, None, NeedsReconnect, "scope"),
        (200, None, NeedsReconnect, "scope"),
        (299, None, NeedsReconnect, "scope"),
        (4, None, Retry, "rate-limit"),
        (17, None, Retry, "rate-limit"),
        (32, None, Retry, "rate-limit"),
        (341, None, Retry, "rate-limit"),
        (613, None, Retry, "rate-limit"),
        (80001, None, Retry, "rate-limit"),
        (9, 2207042, Retry, "rate-limit"),
        (6000, 1363037, Retry, "not-ready"),
        (6000, 1363033, Unknown, "server-error"),
        (6000, 1363031, Permanent, "refused"),
        (9007, 2207027, Retry, "still-processing"),
        (24, 4279009, Retry, "still-processing"),
        (24, None, Permanent, "gone-there"),
        (100, 33, Permanent, "gone-there"),
        (100, None, Permanent, "refused"),
        (368, None, Permanent, "blocked"),
        (4, 2207051, Permanent, "blocked"),
        (10, 4279013, Permanent, "blocked"),
        (506, None, Permanent, "duplicate"),
        (1609005, None, Permanent, "refused"),
        (36003, 2207009, Permanent, "refused"),
        (1, None, Unknown, "server-error"),
        (2, None, Unknown, "server-error"),
        (-1, None, Unknown, "server-error"),
    ],
)
def test_each_code_ends_in_one_outcome(code: int, subcode: int | None, outcome: type[Outcome], reason: str) -> None:
    ended = said(code, subcode)
    assert isinstance(ended, outcome)
    assert (ended.reason, ended.detail) == (reason, "What Meta says")


def test_a_limit_that_says_how_long_it_lasts_is_waited_out_and_no_longer() -> None:
    usage = json.dumps({"17": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 19}]})
    limited = said(32, headers={"x-business-use-case-usage": usage})
    assert isinstance(limited, Retry)
    assert limited.after == timedelta(minutes=19)


@pytest.mark.parametrize(
    "usage", ["", "nonsense", "[]", "{}", '{"17": [{}]}', '{"17": [{"estimated_time_to_regain_access": 0}]}']
)
def test_a_limit_that_does_not_say_is_an_hour(usage: str) -> None:
    limited = said(4, headers={"x-business-use-case-usage": usage})
    assert isinstance(limited, Retry)
    assert limited.after == timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [(401, b"{}", NeedsReconnect), (403, b"<html>", NeedsReconnect), (404, b'{"error": "x"}', Permanent)],
)
def test_without_a_code_the_status_decides(status: int, body: bytes, outcome: type[Outcome]) -> None:
    assert isinstance(graph.refusal(Response(status, {}, body)), outcome)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"start_offset": "40000", "end_offset": "80000"}, (40_000, 80_000)),
        ('{"start_offset": 40000, "end_offset": 80000}', (40_000, 80_000)),
        ({"start_offset": 80_000, "end_offset": 40_000}, None),
        ({"start_offset": "-1", "end_offset": "9"}, None),
        ("{start_offset:0}", None),
        (None, None),
        ([1], None),
    ],
)
def test_where_a_film_goes_on_is_read_however_meta_writes_it(told: object, wanted: tuple[int, int] | None) -> None:
    error = {"message": "There was a problem", "code": 6000, "error_subcode": 1363037, "error_data": told}
    outcome = graph.refusal(Response(400, {}, json.dumps({"error": error}).encode()))
    assert isinstance(outcome, graph.Misplaced)
    assert outcome.span == wanted
