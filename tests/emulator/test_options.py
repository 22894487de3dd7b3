"""The command line: what it sets, and how it says what is wrong."""

from __future__ import annotations

import pytest

from emulator.options import PUBLISHED_ACCESS_KEY, ClientMessages, Options, parse

LONG_KEY = "0123456789-0123456789-0123456789"


def test_without_arguments_the_defaults_are_those_of_microsofts_emulator() -> None:
    assert parse([]) == Options()
    assert (Options().host, Options().port, Options().access_keys) == ("127.0.0.1", 8888, (PUBLISHED_ACCESS_KEY,))


def test_every_option_is_read() -> None:
    text = (
        f"--host 0.0.0.0 --port 0 --access-key {PUBLISHED_ACCESS_KEY} --access-key {LONG_KEY} --client-messages ignore "
        "--clock-skew 0 --keep-alive-interval 1.5 --client-timeout 2 --handshake-timeout 3 --connect-timeout 4 "
        "--log-level debug"
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
        log_level="debug",
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
        (["--log-level", "loud"], "argument --log-level: invalid choice: 'loud'"),
        (["chat"], "unrecognized arguments: chat"),
    ],
)
def test_a_bad_argument_is_refused_by_name(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert text in capsys.readouterr().err


def test_a_refused_access_key_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--access-key", "my-short-secret"])
    assert "my-short-secret" not in capsys.readouterr().err


def test_options_show_no_key() -> None:
    assert LONG_KEY not in repr(Options(access_keys=(LONG_KEY,)))
