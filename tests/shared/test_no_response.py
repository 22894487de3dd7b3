"""No response: what each error of urllib3 says about whether the request was sent."""

from __future__ import annotations

import socket

import pytest
from urllib3 import exceptions as urllib3_errors

from shared.no_response import no_response_error


@pytest.mark.parametrize(
    ("error", "reason", "may_have_arrived"),
    [
        (urllib3_errors.ConnectTimeoutError(), "no connection within 5 s", False),
        (urllib3_errors.NameResolutionError("aaa", None, socket.gaierror()), "the name of the host", False),  # type: ignore[arg-type]
        (urllib3_errors.ProxyError("x", urllib3_errors.ConnectTimeoutError()), "the proxy refused", False),
        (urllib3_errors.ProxyError("x", OSError("407")), "the proxy refused", True),
        (urllib3_errors.ReadTimeoutError(None, "", ""), "no answer within 30 s", True),  # type: ignore[arg-type]
        (urllib3_errors.SSLError(), "TLS failed", True),
    ],
)
def test_an_error_of_urllib3_says_whether_the_request_was_sent(
    error: Exception, reason: str, may_have_arrived: bool
) -> None:
    made = no_response_error("send_to_all", "https://aaa", error, (5, 30))
    assert made.reason.startswith(reason)
    assert (made.may_have_arrived, made.__cause__) == (may_have_arrived, error)
