"""Workers: function apps that cannot be run, and what the user is told; both workers pass the same set."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functions_host.hosts import refused_start, write_app

FUNCTION = """
app = func.FunctionApp(http_auth_level="ANONYMOUS")

@app.route()
def hello({parameters}) -> {returns}:
    return "x"
"""


def function(parameters: str = "req: func.HttpRequest", returns: str = "str") -> str:
    return FUNCTION.format(parameters=parameters, returns=returns)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def (", ["function_app.py", "SyntaxError"]),
        ("import nothing_of_that_name", ["function_app.py", "import nothing_of_that_name", "ModuleNotFoundError"]),
        ("def broken():\n    return 1 / 0\nbroken()", ["function_app.py", "in broken", "ZeroDivisionError"]),
        ("raise SystemExit(0)", ["function_app.py", "SystemExit"]),
        ("x = 5", ["Could not find", "top level function app"]),
        ("app = func.FunctionApp()\nother = func.FunctionApp()", ["More than one", "top level"]),
        ("app = func.FunctionApp()", ["no function with an HTTP trigger"]),
        (function(parameters="request: func.HttpRequest"), ["hello", "request"]),
        (function(parameters=""), ["hello", "req"]),
        (function(parameters="req: int"), ["hello", "req"]),
        (function(parameters="req: 'func.HttpRequest | None'"), ["hello", "req"]),
        (function(parameters="req: func.HttpRequest, context: int"), ["hello", "context"]),
        (function(returns="int"), ["hello", "return"]),
        (function() + "\n@app.function_name('hello')\n" + function().split("\n\n", 1)[1], ["hello", "unique"]),
        (function().replace("route()", "route(route='admin/x')"), ["'admin/x' of function 'hello' conflicts"]),
        (function().replace("route()", "route(route='{x')"), ["The route '{x' of function 'hello'"]),
        (function().replace("@app.route()", "@app.function_name('1st')\n@app.route()"), ["'1st' is not a valid"]),
        (
            function()
            .replace("@app.route()", "@app.route()\n@app.queue_output('q', 'names', 'Storage')")
            .replace("(req: func.HttpRequest)", "(req: func.HttpRequest, q: func.Out[str])"),
            ["'hello' has a binding of type queue"],
        ),
    ],
)
def test_app_that_cannot_be_run_is_explained(tmp_path: Path, source: str, told: list[str]) -> None:
    said = refused_start("--port", "0", "--root", str(write_app(tmp_path, source)))
    assert [words for words in told if words not in said] == [], said


def test_an_app_without_its_file_is_explained(tmp_path: Path) -> None:
    write_app(tmp_path, "")
    (tmp_path / "function_app.py").unlink()
    said = refused_start("--port", "0", "--root", str(tmp_path))
    assert said == f"There is no function_app.py in {tmp_path}: the function app is expected in that file.\n"
