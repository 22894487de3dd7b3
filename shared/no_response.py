"""No response: what an error of urllib3 says about whether the request reached the service."""

from __future__ import annotations

from urllib3 import exceptions as urllib3_errors

from shared.errors import NoResponseError

# Raised before the first byte of a request is written; NewConnectionError and failed name resolution are children of
# ConnectTimeoutError. Everything else counts as written.
_NEVER_SENT = (urllib3_errors.ConnectTimeoutError, urllib3_errors.ClosedPoolError)
_UNKNOWN = "the service may have done what was asked"


def no_response_error(operation: str, endpoint: str, error: Exception, timeout: tuple[float, float]) -> NoResponseError:
    """Make the error; `timeout` is for connecting and for reading, in seconds."""
    made = NoResponseError(operation, endpoint, _reason(error, *timeout), may_have_arrived=not _was_never_sent(error))
    made.__cause__ = error
    return made


def _was_never_sent(error: Exception) -> bool:
    inner = error.original_error if isinstance(error, urllib3_errors.ProxyError) else error
    return isinstance(inner, _NEVER_SENT)


def _reason(error: Exception, connect: float, read: float) -> str:
    match error:
        case urllib3_errors.NameResolutionError():
            return "the name of the host is not known; check the endpoint"
        case urllib3_errors.NewConnectionError() | urllib3_errors.ClosedPoolError():
            return "no connection could be made"
        case urllib3_errors.ConnectTimeoutError():
            return f"no connection within {connect:g} s"
        case urllib3_errors.ProxyError():
            return "the proxy refused the connection"
        case urllib3_errors.SSLError():
            return "TLS failed; check the certificate and the CA bundle"
        case urllib3_errors.ReadTimeoutError():
            return f"no answer within {read:g} s; {_UNKNOWN}"
        case _:
            return f"the connection was lost, or the answer was no HTTP; {_UNKNOWN}"
