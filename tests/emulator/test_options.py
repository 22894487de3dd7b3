"""The command line: what it sets, and how it says what is wrong."""

from __future__ import annotations

import pytest

from emulator.options import PUBLISHED_ACCESS_KEY, ClientMessages, Options, parse
from emulator.tiers import parse as parse_tier

LONG_KEY = "0123456789-0123456789-0123456789"


def test_without_arguments_the_defaults_are_those_of_microsofts_emulator() -> None:
    assert parse([]) == Options()
    assert (Options().host, Options().port, Options().access_keys) == ("127.0.0.1", 8888, (PUBLISHED_ACCESS_KEY,))


def test_every_option_is_read() -> None:
    text = (
        f"--host 0.0.0.0 --expose-published-key --port 0 --access-key {PUBLISHED_ACCESS_KEY} --access-key {LONG_KEY} "
        "--client-messages ignore --clock-skew 0 --keep-alive-interval 1.5 --client-timeout 2 --handshake-timeout 3 "
        "--connect-timeout 4 --poll-timeout 5 --most-unsent-bytes 6 --tier premium:2 --log-level debug "
        "--log-format json"
    )
    assert parse(text.split()) == Options(
        host="0.0.0.0",  # noqa: S104 - only parsed
        port=0,
        access_keys=(PUBLISHED_ACCESS_KEY, LONG_KEY),
        client_messages=ClientMessages.IGNORE,
        clock_skew=0,
        keep_alive_interval=1.5,
        client_timeout=2,
        handshake_timeout=3,
        connect_timeout=4,
        poll_timeout=5,
        most_unsent_bytes=6,
        tier=parse_tier("premium:2"),
        log_level="debug",
        log_format="json",
    )


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--port", "65536"], "argument --port: '65536' is not a port"),
        (["--port", "-1"], "argument --port: '-1' is not a port"),
        (["--port", "http"], "argument --port: 'http' is not a port"),
        (["--access-key", "short"], "argument --access-key: an access key has at least 32 characters"),
        (["--client-messages", "echo"], "argument --client-messages: invalid choice: 'echo'"),
        (["--clock-skew", "nan"], "argument --clock-skew: 'nan' is not a number of seconds"),
        (["--client-timeout", "inf"], "argument --client-timeout: 'inf' is not a number of seconds"),
        (["--connect-timeout", "-1"], "argument --connect-timeout: '-1' is not a number of seconds"),
        (["--handshake-timeout", "soon"], "argument --handshake-timeout: 'soon' is not a number of seconds"),
        (["--keep-alive-interval", "0"], "argument --keep-alive-interval: '0' is too short: use 0.01 seconds or more"),
        (["--keep-alive-interval", "often"], "argument --keep-alive-interval: 'often' is not a number of seconds"),
        (["--most-unsent-bytes", "0"], "argument --most-unsent-bytes: '0' is not a number of bytes above 0"),
        (["--most-unsent-bytes", "-5"], "argument --most-unsent-bytes: '-5' is not a number of bytes above 0"),
        (["--tier", "gold"], "argument --tier: 'gold' is no tier: use free, standard[:units] or premium[:units]"),
        (["--tier", "standard:0"], "argument --tier: 'standard:0': the standard tier has 1 to 100 units"),
        (["--log-format", "xml"], "argument --log-format: invalid choice: 'xml'"),
        (["--host", "0.0.0.0"], "--host 0.0.0.0: everyone who reaches this address could use the emulator"),  # noqa: S104 - only parsed
        (
            ["--host", "my-machine"],
            "Choose a key of your own with --access-key, or say --expose-published-key as well.",
        ),
        (["--host", "::", "--access-key", LONG_KEY, "--access-key", PUBLISHED_ACCESS_KEY], "its access key is publis"),
        (["--log-level", "loud"], "argument --log-level: invalid choice: 'loud'"),
        (["chat"], "unrecognized arguments: chat"),
    ],
)
def test_a_bad_argument_is_refused_by_name(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert text in capsys.readouterr().err


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST"])
def test_with_the_published_key_this_machine_alone_may_be_listened_on(host: str) -> None:
    assert parse(["--host", host]).host == host


def test_with_a_key_of_ones_own_any_address_may_be_listened_on() -> None:
    assert parse(["--host", "0.0.0.0", "--access-key", LONG_KEY]).access_keys == (LONG_KEY,)  # noqa: S104 - only parsed


def test_the_shortest_keep_alive_interval_is_a_hundredth_of_a_second() -> None:
    assert parse(["--keep-alive-interval", "0.01"]).keep_alive_interval == 0.01


def test_a_refused_access_key_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--access-key", "my-short-secret"])
    assert "my-short-secret" not in capsys.readouterr().err


def test_options_show_no_key() -> None:
    assert LONG_KEY not in repr(Options(access_keys=(LONG_KEY,)))


@pytest.mark.parametrize("text", ["emulator", "ftp://emulator", "http://", "http://emulator?x=1", "http://emulator:x"])
def test_a_further_endpoint_must_be_a_url(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--endpoint", text])
    assert "is no http or https URL" in capsys.readouterr().err


def test_further_endpoints_are_kept_in_order() -> None:
    assert parse(["--endpoint", "http://a", "--endpoint", "https://b/c"]).endpoints == ("http://a", "https://b/c")
