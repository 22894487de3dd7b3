"""Why the emulator refuses a request: one tree; each error carries what the answer needs."""

from __future__ import annotations


class RequestRefusedError(Exception):
    """A request that is answered with an error status instead of being carried out.

    `code` is the value of `x-ms-error-code`; `message` is a sentence for the caller that names what is wrong; `target`
    is the parameter, property or header at fault, if there is one.
    """

    status = 400
    code = "Error.Request.Invalid"
    target: str | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        # It may quote bytes that are no UTF-8, which the server reads as surrogates and nothing can write.
        self.message = message.encode(errors="replace").decode()


class InvalidRequestError(RequestRefusedError):
    """A parameter, a header or a body breaks a rule."""

    def __init__(self, target: str, rule: str) -> None:
        super().__init__(f"{target}: {rule}")
        self.target: str = target
        self.rule = rule


class UnsupportedMediaTypeError(RequestRefusedError):
    """A body in a content type that the operation does not read."""

    status = 415
    target = "Content-Type"


class PayloadTooLargeError(RequestRefusedError):
    """A body above the service's limit."""

    status = 413
    target = "payload"


class AbsentError(RequestRefusedError):
    """What the request names is not there; `code` says what, as facts of the service's error codes have it."""

    status = 404

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class InvocationFailedError(RequestRefusedError):
    """A client answered an invocation with an error. Service SDKs take 400, and no other status, for just that."""

    code = "Error.Connection.InvocationFailed"


class InvocationTimeoutError(RequestRefusedError):
    """A client did not answer an invocation in time. The service's own status and code for it are not known."""

    status = 504
    code = "Error.Connection.InvocationTimeout"


class UnauthorizedError(RequestRefusedError):
    """No token, or one that fails a check; `message` names the check, what was expected and what came.

    `challenge` is the value of `WWW-Authenticate`: bare where no token came, with the reason otherwise (RFC 6750 §3).
    """

    status = 401
    code = "Error.Request.Unauthorized"

    def __init__(self, message: str, *, token_came: bool = True) -> None:
        super().__init__(message)
        self._token_came = token_came

    @property
    def challenge(self) -> str:
        return _challenge("invalid_token", self.message) if self._token_came else "Bearer"


class ForbiddenError(RequestRefusedError):
    """A good token whose identity has no role for what is asked; `message` names the role (RFC 6750 §3.1)."""

    status = 403
    code = "Error.Request.Forbidden"

    @property
    def challenge(self) -> str:
        return _challenge("insufficient_scope", self.message)


def _challenge(error: str, description: str) -> str:
    return f'Bearer error="{error}", error_description="{_header_text(description)}"'


def _header_text(text: str) -> str:
    """Text that fits a quoted header value: a token's claims are the caller's and may hold quotes or line breaks."""
    printable = "".join(c if " " <= c <= "~" and c not in '"\\' else "?" for c in text)
    return printable[:400]


class PlainRefusalError(RequestRefusedError):
    """A refusal of the client endpoint: a status and a text that clients know to the letter."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
