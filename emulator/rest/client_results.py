"""`:invoke`: ask a client for a result and wait for it."""

from __future__ import annotations

import asyncio

from msgspec import UNSET, Raw, Struct

from emulator.connection import Connection
from emulator.errors import InvalidRequestError, InvocationFailedError, InvocationTimeoutError
from emulator.outgoing import OutgoingMessage
from emulator.protocol.messages import Completion
from emulator.protocol.registry import PROTOCOLS
from emulator.protocol.values import to_json
from emulator.rest.call import Call
from emulator.rest.operations import no_connection


class ClientInvocationResponse(Struct):
    """The client's result as JSON, whatever its hub protocol; null where it gave none."""

    result: Raw
    protocol: str


async def invoke_connection(call: Call) -> ClientInvocationResponse:
    """Raises AbsentError where the client is not there or leaves, InvocationFailedError with the client's error."""
    connection = call.hub.connections.get(call.connection_id)
    if connection is None:
        raise no_connection("Error", call.connection_id)
    completion = await _completion(call, connection)
    if completion is None:
        raise no_connection("Error", call.connection_id)
    if completion.error is not None:
        raise InvocationFailedError(completion.error)
    result = None if completion.result is UNSET else completion.result
    return ClientInvocationResponse(Raw(to_json(result)), connection.protocol_name)


async def _completion(call: Call, connection: Connection) -> Completion | None:
    done: asyncio.Future[Completion | None] = asyncio.get_running_loop().create_future()
    results, limit = call.service.client_results, call.service.options.invoke_timeout
    payload = call.payload
    invocation_id = results.expect(connection.connection_id, done.set_result, payload.invocation_id)
    try:
        call.hub.send_to([connection], _readable(payload.invocation(invocation_id), connection))
        async with asyncio.timeout(limit):
            return await done
    except TimeoutError as error:
        raise InvocationTimeoutError(
            f"The connection '{connection.connection_id}' gave no result within {limit:g} seconds."
        ) from error
    finally:
        results.forget(connection.connection_id, invocation_id)


def _readable(message: OutgoingMessage, connection: Connection) -> OutgoingMessage:
    if not message.record(PROTOCOLS[connection.protocol_name]):
        raise InvalidRequestError(
            "payload", f"has no record in the hub protocol '{connection.protocol_name}', which the client speaks."
        )
    return message
