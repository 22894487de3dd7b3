"""Runtime messages: plain classes with the names and fields of the worker protocol's protobuf messages.

Azure's worker library takes its message classes from the host, so that it needs neither gRPC nor protobuf.
Source: azure-functions-language-worker-protobuf, FunctionRpc.proto.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


class Message(SimpleNamespace):
    """A message; the fields that were given are the fields that are set."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        """Which field is set, of the messages that hold one of several."""
        return next(iter(vars(self)), None)


class ParameterBinding(Message):
    """A function's argument by name; its data is always given inline."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        return "data"


class BindingInfo(Message):
    """A binding's type and direction."""

    undefined = 0
    out = 1
    inout = 2


class StatusResult(Message):
    """Whether a request to the worker succeeded."""

    Failure = 0
    Success = 1


class RpcHttpCookie(Message):
    """A cookie of a response; its optional fields hold messages with a `value`, or None."""

    SameSite = SimpleNamespace(**{"None": "", "Lax": "Lax", "Strict": "Strict", "ExplicitNone": "None"})


_PLAIN = (
    "FunctionLoadResponse FunctionMetadataResponse InvocationResponse NullableBool NullableDouble NullableString"
    " NullableTimestamp RpcException RpcFunctionMetadata RpcHttp RpcRetryOptions Timestamp TypedData WorkerInitResponse"
    " WorkerMetadata"
)


def worker_protocol() -> Any:
    """All message classes by their names, as the library expects them under the property `protos`."""
    special = {kind.__name__: kind for kind in (BindingInfo, ParameterBinding, RpcHttpCookie, StatusResult)}
    return SimpleNamespace(**special, **{name: type(name, (Message,), {}) for name in _PLAIN.split()})
