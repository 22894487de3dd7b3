"""One host for the tests of what it serves: an app that answers with what it was given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.functions_host.hosts import run_host, write_app
from tests.processes import ServerProcess

ECHO_APP = """
app = func.FunctionApp(http_auth_level="ANONYMOUS")

def describe(req, **more):
    return func.HttpResponse(json.dumps({
        "method": req.method, "url": req.url, "headers": dict(req.headers), "query": dict(req.params),
        "route_values": dict(req.route_params), "body": req.get_body().decode(errors="replace"),
        "size": len(req.get_body()), **more,
    }), mimetype="application/json")

@app.route(route="echo/{value?}", methods=["GET", "POST", "PUT"])
def echo(req: func.HttpRequest) -> func.HttpResponse:
    return describe(req)

@app.route(route="files/{*path}", methods=["GET"])
async def files(req: func.HttpRequest) -> func.HttpResponse:
    return describe(req)

@app.route(methods=["GET"])
def context(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    trace = context.trace_context
    return describe(
        req, function=context.function_name, directory=context.function_directory, id=context.invocation_id,
        thread_local=getattr(context.thread_local_storage, "invocation_id", None),
        trace=[trace.trace_parent, trace.trace_state, trace.attributes], retries=context.retry_context.retry_count,
    )

@app.route(methods=["GET"])
def environment(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(dict(os.environ) | {"cwd": os.getcwd()}))

@app.route(methods=["GET"])
def text(req: func.HttpRequest) -> str:
    return "grüezi"

@app.route(methods=["GET"])
def cookies(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse("x", status_code=201, headers={"X-A": "1"})
    response.headers.add("Set-Cookie", "a=1; Path=/x; HttpOnly; Secure; SameSite=Lax; Max-Age=60; Domain=a.example")
    response.headers.add("Set-Cookie", "b=2; expires=Wed, 09 Jun 2100 10:18:14 GMT")
    return response

@app.route(methods=["GET", "HEAD"])
def empty(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("not sent", status_code=204)

@app.route(methods=["GET", "HEAD"])
def page(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("<p>", mimetype="text/html")

@app.route(methods=["GET"])
def fails(req: func.HttpRequest) -> func.HttpResponse:
    raise LookupError("the reason")

@app.route(methods=["GET"])
async def fails_async(req: func.HttpRequest) -> func.HttpResponse:
    raise LookupError("the reason")

@app.route(methods=["GET"])
def returns_a_number(req: func.HttpRequest) -> func.HttpResponse:
    return 5

@app.route(methods=["GET"])
def returns_nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None

@app.route(methods=["GET"])
def exits(req: func.HttpRequest) -> func.HttpResponse:
    raise SystemExit(3)

@app.route(methods=["GET"])
async def exits_async(req: func.HttpRequest) -> func.HttpResponse:
    raise SystemExit(3)

@app.route(methods=["GET"])
def strange_status(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("x", status_code=1000)

@app.route(methods=["GET"])
def logs(req: func.HttpRequest) -> func.HttpResponse:
    logging.info("a line of the app")
    return func.HttpResponse("")

@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
def yearly(timer: func.TimerRequest) -> None:
    pass
"""


@pytest.fixture(scope="session")
def echo_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A host without keys and CORS, with settings of its own in local.settings.json."""
    settings = {"IsEncrypted": False, "Values": {"FROM_THE_FILE": "in the file", "SET_OUTSIDE": "in the file"}}
    root = write_app(tmp_path_factory.mktemp("echo"), ECHO_APP, local_settings=settings)
    with run_host(root, env={"SET_OUTSIDE": "outside", "AZURE_FUNCTIONS_ENVIRONMENT": ""}) as process:
        yield process
