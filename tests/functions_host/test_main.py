"""The command line: what it prints, which settings and options count, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from functions_host.__main__ import main
from tests.functions_host.hosts import refused_start, run_host, send, wait_until, write_app
from tests.processes import ServerProcess

HELLO_APP = """
app = func.FunctionApp(http_auth_level="ANONYMOUS")
HOSTNAME_AT_IMPORT = os.environ["WEBSITE_HOSTNAME"]

@app.route(route="greet/{name:alpha}", methods=["POST", "GET"])
def hello(req: func.HttpRequest) -> str:
    return HOSTNAME_AT_IMPORT
"""


def output_of(process: ServerProcess) -> str:
    return "".join(list(process.output))


def test_functions_are_listed_with_methods_and_urls(echo_host: ServerProcess) -> None:
    port = echo_host.address.rpartition(":")[2]
    output = output_of(echo_host)
    assert "\nFunctions:\n" in output
    assert f"\techo: [GET,POST,PUT] http://localhost:{port}/api/echo/{{value?}}\n" in output
    assert "yearly (timerTrigger) is not run" in output


def test_environment_of_the_app(echo_host: ServerProcess) -> None:
    seen = send(echo_host, "GET", "/api/environment").json
    names = ("FROM_THE_FILE", "SET_OUTSIDE", "AZURE_FUNCTIONS_ENVIRONMENT", "PYTHON_THREADPOOL_THREAD_COUNT")
    assert [seen[name] for name in names] == ["in the file", "outside", "Development", "32"]
    assert seen["WEBSITE_HOSTNAME"] == f"localhost:{echo_host.address.rpartition(':')[2]}"
    assert Path(seen["AzureWebJobsScriptRoot"]).samefile(seen["cwd"])


def test_invocations_are_logged_with_outcome_and_duration(echo_host: ServerProcess) -> None:
    send(echo_host, "GET", "/api/logs?code=in-the-query&access_token=in-the-query")
    send(echo_host, "GET", "/api/fails")
    identifier = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    failed = rf"Executed 'Functions.fails' \(Failed, Id={identifier}, Duration=\d+ms\)\nTraceback"
    wait_until(
        lambda: re.search(failed + r"(.*\n)+?.*in fails\n(.*\n)+?LookupError: the reason\n", output_of(echo_host))
    )
    output = output_of(echo_host)
    assert re.search(rf"Executing 'Functions.logs' \(Reason='.*', Id={identifier}\)\n.*a line of the app\n", output)
    assert re.search(rf"Executed 'Functions.logs' \(Succeeded, Id={identifier}, Duration=\d+ms\)\n", output)
    assert "in-the-query" not in output


def test_app_is_imported_when_it_can_know_its_address(tmp_path: Path) -> None:
    write_app(tmp_path, HELLO_APP, host_json={"version": "2.0", "extensions": {"http": {"routePrefix": ""}}})
    with run_host(tmp_path) as host:
        assert send(host, "GET", "/greet/ann").body.decode() == host.address.replace("http://127.0.0.1", "localhost")
        assert send(host, "GET", "/greet/7").status == 404


def test_another_script_can_be_named(tmp_path: Path) -> None:
    write_app(tmp_path, HELLO_APP)
    (tmp_path / "function_app.py").rename(tmp_path / "main_app.py")
    with run_host(tmp_path, env={"PYTHON_SCRIPT_FILE_NAME": "main_app.py"}) as host:
        assert send(host, "GET", "/api/greet/ann").status == 200


def test_options_win_over_local_settings(tmp_path: Path) -> None:
    # Port 1 is the system's; the host would not start if it counted.
    host_section = {"LocalHttpPort": 1, "CORS": "http://in.the.file"}
    write_app(tmp_path, HELLO_APP, local_settings={"IsEncrypted": False, "Host": host_section})
    with run_host(tmp_path, "--cors", "http://a.example,http://b.example", "--cors-credentials") as host:
        for origin, allowed in [("http://b.example", "http://b.example"), ("http://in.the.file", None)]:
            headers = send(host, "GET", "/api/greet/ann", [("Origin", origin)]).headers
            assert headers["access-control-allow-origin"] == allowed
            assert headers["access-control-allow-credentials"] == ("true" if allowed else None)


@pytest.mark.parametrize(
    ("options", "local_settings", "told"),
    [
        (["--cors", "*", "--cors-credentials"], None, "'*' cannot go with credentials"),
        ([], {"IsEncrypted": False, "Host": {"CORS": "*", "CORSCredentials": True}}, "Host.CORSCredentials"),
        (["--cors", "localhost"], None, "'localhost' is not an origin"),
        ([], {"IsEncrypted": True}, '"IsEncrypted"'),
        ([], {"IsEncrypted": False, "Values": {"PYTHON_THREADPOOL_THREAD_COUNT": "many"}}, "THREAD_COUNT is 'many'"),
    ],
)
def test_wrong_settings_are_one_line_on_stderr(
    tmp_path: Path, options: list[str], local_settings: object, told: str
) -> None:
    write_app(tmp_path, HELLO_APP, local_settings=local_settings)
    said = refused_start("--port", "0", "--root", str(tmp_path), *options)
    assert told in said
    assert said.count("\n") == 1


def test_outside_an_app_the_host_says_what_is_missing(tmp_path: Path) -> None:
    assert refused_start("--root", str(tmp_path)).startswith(f"There is no host.json in {tmp_path}")


@pytest.mark.parametrize("port", ["x", "-1", "65536"])
def test_impossible_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([f"--port={port}"])
    assert exit_.value.code == 2
    assert f"'{port}' is not a port" in capsys.readouterr().err


def test_help_says_where_keys_come_from(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert ".functions_host/keys.json" in told
    assert "FUNCTIONS_HOST_KEY" in told
