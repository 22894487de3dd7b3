"""Settings: host.json, local.settings.json, and the environment that the app sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from functions_host.errors import SettingsError
from functions_host.settings import (
    LocalSettings,
    prepare_environment,
    read_local_settings,
    read_route_prefix,
    thread_count,
)
from tests.processes import ROOT


@pytest.mark.parametrize(
    ("content", "prefix"),
    [
        ({"version": "2.0"}, "api"),
        ({"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}, ""),
        ({"version": "2.0", "extensions": {"http": {"routePrefix": "/v1/x/"}}}, "v1/x"),
        ({"version": "2.0", "extensions": {"other": 1}}, "api"),
    ],
)
def test_route_prefix_is_host_jsons(tmp_path: Path, content: object, prefix: str) -> None:
    (tmp_path / "host.json").write_text(json.dumps(content), encoding="utf-8")
    assert read_route_prefix(tmp_path) == prefix


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "There is no host.json in .*--root"),
        ("{", "host.json cannot be read"),
        ("[]", "host.json must hold a JSON object"),
        ("{}", '"version" must be "2.0"'),
        ('{"version": "2.0", "extensions": 1}', '"extensions" must be a JSON object'),
        ('{"version": "2.0", "extensions": {"http": {"routePrefix": 1}}}', "routePrefix"),
    ],
)
def test_wrong_host_json_is_named(tmp_path: Path, text: str | None, reason: str) -> None:
    if text is not None:
        (tmp_path / "host.json").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=reason):
        read_route_prefix(tmp_path)


def test_no_local_settings_are_no_settings(tmp_path: Path) -> None:
    assert read_local_settings(tmp_path) == LocalSettings()


def test_local_settings_are_read(tmp_path: Path) -> None:
    content = {
        "IsEncrypted": False,
        "Values": {"TEXT": "x", "NUMBER": 5, "FLAG": True, "NOTHING": None},
        "Host": {"LocalHttpPort": 7072, "CORS": " http://a:1 ,http://b,", "CORSCredentials": True},
    }
    # Visual Studio's byte order mark is read too.
    (tmp_path / "local.settings.json").write_text(json.dumps(content), encoding="utf-8-sig")
    assert read_local_settings(tmp_path) == LocalSettings(
        {"TEXT": "x", "NUMBER": "5", "FLAG": "true", "NOTHING": ""}, 7072, ("http://a:1", "http://b"), True
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", 'set "IsEncrypted" to false'),
        ('{"IsEncrypted": true}', "no encrypted settings"),
        ('{"IsEncrypted": false, "Values": []}', '"Values" must be a JSON object'),
        ('{"IsEncrypted": false, "Values": {"A": {}}}', 'the value of "A"'),
        ('{"IsEncrypted": false, "Host": {"LocalHttpPort": "x"}}', "Host.LocalHttpPort"),
        ('{"IsEncrypted": false, "Host": {"LocalHttpPort": 70000}}', "0 to 65535"),
    ],
)
def test_wrong_local_settings_are_named(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "local.settings.json").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=reason):
        read_local_settings(tmp_path)


def test_variables_that_are_set_win_over_values(tmp_path: Path) -> None:
    environ = {"SET": "outside", "EMPTY": "", "WEBSITE_HOSTNAME": "outside"}
    values = {"SET": "inside", "EMPTY": "inside", "NEW": "inside"}
    prepare_environment(environ, values, root=tmp_path, port=7071)
    assert environ == {
        "SET": "outside",
        "EMPTY": "inside",
        "NEW": "inside",
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
        "PYTHON_THREADPOOL_THREAD_COUNT": "32",
        "WEBSITE_HOSTNAME": "localhost:7071",
        "AzureWebJobsScriptRoot": str(tmp_path),
    }


@pytest.mark.parametrize("name", ["AZURE_FUNCTIONS_ENVIRONMENT", "PYTHON_THREADPOOL_THREAD_COUNT"])
def test_environment_name_and_threads_can_be_chosen(tmp_path: Path, name: str) -> None:
    in_the_file: dict[str, str] = {}
    prepare_environment(in_the_file, {name: "chosen"}, root=tmp_path, port=1)
    outside = {name: "chosen"}
    prepare_environment(outside, {name: "other"}, root=tmp_path, port=1)
    assert (in_the_file[name], outside[name]) == ("chosen", "chosen")


def test_thread_count_is_the_setting_or_the_measured_best() -> None:
    assert thread_count({}) == 32
    assert thread_count({"PYTHON_THREADPOOL_THREAD_COUNT": "4"}) == 4


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5"])
def test_impossible_thread_count_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match=f"PYTHON_THREADPOOL_THREAD_COUNT is '{text}'"):
        thread_count({"PYTHON_THREADPOOL_THREAD_COUNT": text})


def test_this_projects_settings_for_local_work(tmp_path: Path) -> None:
    (tmp_path / "local.settings.json").write_bytes((ROOT / "local.settings.json.template").read_bytes())
    settings = read_local_settings(tmp_path)
    key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"
    assert settings == LocalSettings(
        {
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "AzureSignalRConnectionString": f"Endpoint=http://localhost;Port=8888;AccessKey={key};Version=1.0;",
            "SIGNALR_DEFAULT_HUB": "chat",
            "SIGNALR_HUBS": "*",
            "SIGNALR_DETAILED_ERRORS": "true",
            "NEGOTIATE_AUTH": "development,anonymous",
        },
        7071,
        ("http://127.0.0.1:8888", "http://localhost:8888"),
        True,
    )
    assert read_route_prefix(ROOT) == "api"
    # The bundle would be downloaded at every first start, for extensions that an HTTP-only app does not have.
    assert "extensionBundle" not in json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
