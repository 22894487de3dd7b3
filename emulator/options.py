"""The emulator's options: what the command line sets, frozen for the life of the process."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from emulator import tiers
from emulator.entra.identities import DEFAULT_IDENTITY, LocalIdentity, parse_identity, require_distinct
from emulator.entra.identity_header import VARIABLE, checked_secret
from emulator.loopback import is_loopback
from emulator.tiers import Tier

# Published by Microsoft for its own emulator: with the same default port and key, a connection string fits both.
PUBLISHED_ACCESS_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"
DEFAULT_PORT = 8888
# Half of the keep-alive interval is how often connections are looked after: at 0 nothing else would be done.
SHORTEST_INTERVAL = 0.01


class ClientMessages(StrEnum):
    """What happens to a client that sends an invocation while no upstream takes it."""

    CLOSE = "close"
    IGNORE = "ignore"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Everything that can be set; times are in seconds."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    # None of them: access keys are disabled, and identities alone get in.
    access_keys: tuple[str, ...] = (PUBLISHED_ACCESS_KEY,)
    identities: tuple[LocalIdentity, ...] = ()
    # The secret of the managed-identity endpoint; the emulator makes one where there is none.
    identity_header: str | None = None
    # Further URLs that the emulator is known by, for the audience of tokens.
    endpoints: tuple[str, ...] = ()
    # As lax with tokens as Microsoft's own emulator: of them the signature alone counts.
    loose: bool = False
    client_messages: ClientMessages = ClientMessages.CLOSE
    clock_skew: float = 300
    keep_alive_interval: float = 15
    client_timeout: float = 30
    handshake_timeout: float = 15
    connect_timeout: float = 5
    poll_timeout: float = 90
    invoke_timeout: float = 30
    # What a client that does not read may keep waiting: sixteen of the largest broadcasts.
    most_unsent_bytes: int = 16 * 1_048_576
    # What a flood of negotiates can hold; each is dropped after the connect timeout.
    most_negotiated: int = 50_000
    tier: Tier | None = None
    log_level: str = "info"
    log_format: str = "text"

    def __repr__(self) -> str:
        return f"Options(host={self.host!r}, port={self.port}, access_keys=****)"


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; argparse ends the process with code 2 and a sentence where it is wrong."""
    parser = _parser()
    parsed = parser.parse_args(arguments)
    identities, identity_header = _identities(parser, parsed)
    keys = _access_keys(parser, parsed)
    if PUBLISHED_ACCESS_KEY in keys and not is_loopback(parsed.host) and not parsed.expose_published_key:
        parser.error(
            f"--host {parsed.host}: everyone who reaches this address could use the emulator, because its access key "
            "is published. Choose a key of your own with --access-key, or say --expose-published-key as well."
        )
    return Options(
        host=parsed.host,
        port=parsed.port,
        access_keys=keys,
        identities=identities,
        identity_header=identity_header,
        endpoints=tuple(parsed.endpoint),
        loose=parsed.loose,
        client_messages=ClientMessages(parsed.client_messages),
        clock_skew=parsed.clock_skew,
        keep_alive_interval=parsed.keep_alive_interval,
        client_timeout=parsed.client_timeout,
        handshake_timeout=parsed.handshake_timeout,
        connect_timeout=parsed.connect_timeout,
        poll_timeout=parsed.poll_timeout,
        invoke_timeout=parsed.invoke_timeout,
        most_unsent_bytes=parsed.most_unsent_bytes,
        tier=parsed.tier,
        log_level=parsed.log_level,
        log_format=parsed.log_format,
    )


def _access_keys(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> tuple[str, ...]:
    if not parsed.no_access_key:
        return tuple(parsed.access_key) or (PUBLISHED_ACCESS_KEY,)
    if parsed.access_key:
        parser.error("--access-key and --no-access-key contradict each other: leave one of them out.")
    if not parsed.identity:
        parser.error("--no-access-key needs --identity as well: without either nobody gets in.")
    return ()


def _identities(
    parser: argparse.ArgumentParser, parsed: argparse.Namespace
) -> tuple[tuple[LocalIdentity, ...], str | None]:
    """The identities and, from the environment for other processes see arguments, the secret that they need."""
    if not parsed.identity:
        return (), None
    try:
        require_distinct(parsed.identity)
        return tuple(parsed.identity), checked_secret(os.environ.get(VARIABLE, "")) or None
    except ValueError as error:
        parser.error(f"--identity: {error}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulator",
        description="Azure SignalR Service (serverless mode) on this machine: REST API and client endpoint.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=_port, default=DEFAULT_PORT, help="port to listen on; 0 takes a free one and prints it")
    add("--host", default="127.0.0.1", help="address to listen on")
    add(
        "--access-key",
        action="append",
        default=[],
        type=_access_key,
        help="access key that tokens are signed with; twice for a primary and a secondary (without: the published key "
        "of Microsoft's emulator)",
    )
    add(
        "--identity",
        action="append",
        nargs="?",
        const=DEFAULT_IDENTITY,
        default=[],
        type=_identity,
        metavar="NAME[:CLIENT_ID]=ROLE[,ROLE]",
        help="offer a managed identity of Microsoft Entra ID that has these of Azure's roles; once for each. 'system' "
        "is the system-assigned one, any other is chosen by its client id, which is printed (without a value: "
        f"'{DEFAULT_IDENTITY}'). Apps get tokens with IDENTITY_ENDPOINT, which is printed, and IDENTITY_HEADER, a "
        "secret that is taken from the environment or else made and kept in a file",
    )
    add("--no-access-key", action="store_true", help="refuse tokens signed with an access key; needs --identity")
    add(
        "--endpoint",
        action="append",
        default=[],
        type=_endpoint,
        metavar="URL",
        help="a further URL that clients or the app know the emulator by (a container's name, a proxy with TLS), so "
        "that tokens for it are taken; once for each",
    )
    add(
        "--loose",
        action="store_true",
        help="be as lax as Microsoft's own emulator: of a token check the signature alone, no exp and no aud",
    )
    add("--expose-published-key", action="store_true", help="let --host be more than this machine with that key")
    add(
        "--client-messages",
        choices=[choice.value for choice in ClientMessages],
        default=ClientMessages.CLOSE.value,
        help="what to do with a client that sends an invocation: close the connection and say why, or ignore the "
        "message",
    )
    add("--clock-skew", type=_seconds, default=300, help="seconds that a token is still accepted after it expired")
    add("--keep-alive-interval", type=_interval, default=15, help="seconds of silence after which a client is pinged")
    add("--client-timeout", type=_seconds, default=30, help="seconds of a client's silence before it is disconnected")
    add("--handshake-timeout", type=_seconds, default=15, help="seconds that a client has for its handshake")
    add("--connect-timeout", type=_seconds, default=5, help="seconds between negotiate and connecting")
    add("--poll-timeout", type=_seconds, default=90, help="seconds after which an empty long poll is answered")
    add("--invoke-timeout", type=_seconds, default=30, help="seconds that a client has for the result of an :invoke")
    add(
        "--most-unsent-bytes",
        type=_bytes,
        default=16 * 1_048_576,
        help="bytes that may wait for a client that does not read; above that it is disconnected",
    )
    add(
        "--tier",
        type=_tier,
        help="free, standard[:units] or premium[:units]: refuse connections, and on the free tier messages, above that "
        "tier's quotas (default: no quotas)",
    )
    add("--log-format", choices=["text", "json"], default="text", help="a line of text or a JSON object for each event")
    add("--log-level", choices=["debug", "info", "warning", "error"], default="info", help="least level that is logged")
    return parser


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port: use a whole number from 0 to 65535")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if 0 <= seconds < 1e9:
        return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds of 0 or more")


def _interval(text: str) -> float:
    seconds = _seconds(text)
    if seconds >= SHORTEST_INTERVAL:
        return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is too short: use {SHORTEST_INTERVAL} seconds or more")


def _bytes(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 2**40:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of bytes above 0")


def _tier(text: str) -> Tier:
    try:
        return tiers.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _identity(text: str) -> LocalIdentity:
    try:
        return parse_identity(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _endpoint(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_url = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if is_url and not (parts.query or parts.fragment):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is no http or https URL without a query")


def _access_key(text: str) -> str:
    if len(text) >= 32:
        return text
    raise argparse.ArgumentTypeError("an access key has at least 32 characters (HS256 wants 256 bits)")
