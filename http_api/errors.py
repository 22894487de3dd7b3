"""Errors: the one place that turns what went wrong into a response."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping

import azure.functions as func

from http_api.responses import error_response
from shared import errors

# What the client library's parameters are called in this app's routes.
PARAMETERS = {"user_id": "user", "connection_id": "connectionId"}
# A service that restarts is back within seconds; one that is gone longer is asked again at this pace.
RETRY_LATER = {"Retry-After": "5"}

_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")

logger = logging.getLogger(__name__)

Respond = Callable[[func.HttpRequest], func.HttpResponse]


class RequestRefusedError(Exception):
    """This app refuses a request by itself; carries the whole answer."""

    def __init__(self, status_code: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.code = code
        self.message = message
        self.headers = headers


def answered(name: str, request: func.HttpRequest, respond: Respond) -> func.HttpResponse:
    """The response; whatever is raised instead is answered as JSON and, from 500 on, logged."""
    try:
        return respond(request)
    except Exception as error:
        return logged_response(name, error, may_repeat=request.method != "POST")


def logged_response(name: str, error: Exception, *, may_repeat: bool) -> func.HttpResponse:
    response = response_for(error, may_repeat=may_repeat)
    _log(name, error, response)
    return response


def response_for(error: Exception, *, may_repeat: bool) -> func.HttpResponse:
    """What a caller is told about an error: what the caller can mend in full, all else without inner detail.

    `may_repeat` says whether the request can be sent again without doing its work twice; only then is a time to
    try again named when the service did not answer.
    """
    match error:
        case RequestRefusedError():
            return error_response(error.status_code, error.code, error.message, headers=error.headers)
        case errors.MessageTooLargeError() | errors.RequestTooLargeError():
            return error_response(413, "MessageTooLarge", str(error))
        case errors.InvalidParameterError():
            if error.parameter == "claims":
                # Claims come from the settings and the identity provider, so the caller cannot mend them.
                return error_response(500, "TokenNotMade", f"No client token could be made: {error}")
            name = PARAMETERS.get(error.parameter, error.parameter)
            return error_response(400, "InvalidParameter", f"{name} {error.rule}.")
        case errors.InvalidSettingsError() | errors.InvalidConnectionStringError():
            return error_response(500, "InvalidSettings", str(error))
        case errors.HttpResponseError():
            return _response_for_refusal(error)
        case errors.NoResponseError():
            return _response_for_silence(may_repeat=may_repeat or not error.may_have_arrived)
        case errors.EndpointsFailedError():
            return error_response(502, "ServiceFailed", "Some service endpoints failed; the log of this app says more.")
        case _:
            return error_response(500, "InternalError", "The function failed; its log says why.")


def _response_for_refusal(error: errors.HttpResponseError) -> func.HttpResponse:
    match error.status_code:
        case 400:
            return error_response(400, error.error_code or "BadRequest", str(error))
        case 404:
            code = error.error_code or "NotFound"
            message = "The hub has no such connection, user or group." if error.error_code else str(error)
            return error_response(404, code, message, headers={"x-ms-error-code": code})
        case 401 | 403:
            return error_response(
                502,
                "ServiceRefusedCredential",
                f"Azure SignalR Service refused this app's credential ({error.status_code}). Check the access key in "
                "AzureSignalRConnectionString, or that the app's identity has the role SignalR Service Owner.",
            )
        case 429:
            message = "Azure SignalR Service has reached its limit; try again later."
            return error_response(429, "TooManyRequests", message, headers=RETRY_LATER)
        case status:
            message = f"Azure SignalR Service answered {status}, which is no success; the log of this app says more."
            return error_response(502, "ServiceFailed", message)


def _response_for_silence(*, may_repeat: bool) -> func.HttpResponse:
    """After a lost connection nobody knows what the service has done, so a send gets no time for a second try."""
    message = "Azure SignalR Service did not answer"
    if may_repeat:
        return error_response(503, "NoResponse", f"{message}; try again later.", headers=RETRY_LATER)
    return error_response(503, "NoResponse", f"{message}; it may have done all the same what it was asked for.")


def _log(function: str, error: Exception, response: func.HttpResponse) -> None:
    """Errors that are not the caller's go to the log, with a traceback where nobody foresaw them."""
    if response.status_code < 500:
        return
    # What the service says of a token may repeat it.
    said = _TOKEN.sub("****", str(error))
    foreseen = isinstance(error, errors.SignalRServiceError | RequestRefusedError)
    logger.error("%s answered %d: %s", function, response.status_code, said, exc_info=None if foreseen else error)
