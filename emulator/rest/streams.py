"""Streams to a client: their items and their end. A stream's id is the invocation id that the client knows it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Raw

from emulator.errors import InvalidRequestError, UnsupportedMediaTypeError
from emulator.outgoing import OutgoingMessage
from emulator.protocol.errors import ProtocolError
from emulator.protocol.messages import Completion, StreamItem
from emulator.protocol.values import Packed, check_depth
from emulator.rest import ready_payload
from emulator.rest.body import Body
from emulator.rest.call import Call


def send_stream_item(call: Call) -> None:
    """The body is the item itself; with `completed` it is the last one, and may be left out."""
    stream_id, connection_id = call.stream_id, call.connection_id
    is_last = call.query.boolean("completed")
    messages = [] if is_last and not call.body.data else [_item(call.body, stream_id)]
    if is_last:
        messages.append(OutgoingMessage(Completion(stream_id)))
    for message in messages:
        call.hub.send_to_connection(connection_id, message)


def complete_stream(call: Call) -> None:
    """`reason`, which SDKs call `error`, says why the stream ended early."""
    error = call.query.one("error") or call.reason
    call.hub.send_to_connection(call.connection_id, OutgoingMessage(Completion(call.stream_id, error=error or None)))


def _item(body: Body, stream_id: str) -> OutgoingMessage:
    media_type = body.media_type
    if media_type == "application/octet-stream":
        return _ready_item(body.data, stream_id)
    if media_type not in _DECODERS:
        raise UnsupportedMediaTypeError(
            f"Content-Type: '{body.content_type[:100]}' is not read here; use application/json, application/x-msgpack "
            "or application/octet-stream."
        )
    if not body.data:
        raise InvalidRequestError("item", "the stream's next item is required in the request's body.")
    return OutgoingMessage(StreamItem(stream_id, _read(body.data, *_DECODERS[media_type])))


def _read(data: bytes, decode: Callable[[bytes], Any], wrap: Callable[[bytes], Any]) -> Any:
    """The item's own bytes, once they are known to be a value, so that it reaches the client as it was written."""
    try:
        check_depth(decode(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ProtocolError) as error:
        raise InvalidRequestError("item", f"the body must be the stream's next item: {error}.") from error
    return wrap(data)


def _ready_item(data: bytes, stream_id: str) -> OutgoingMessage:
    payload = ready_payload.read(data)
    for name, message in payload.messages.items():
        if not isinstance(message, StreamItem) or message.invocation_id != stream_id:
            raise InvalidRequestError(name, f"must be an item of the stream '{stream_id}'.")
    return payload.message()


def _decode_json(data: bytes) -> Any:
    return msgspec.json.decode(data.decode())  # as a whole: msgspec passes over what it has no use for


_DECODERS: Mapping[str, tuple[Callable[[bytes], Any], Callable[[bytes], Any]]] = {
    "application/json": (_decode_json, Raw),
    "application/x-msgpack": (msgspec.msgpack.decode, Packed),
}
