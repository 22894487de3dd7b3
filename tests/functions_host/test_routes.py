"""Routes: the function that answers, and what is refused before anything is served."""

from __future__ import annotations

import pytest

from functions_host.errors import FunctionAppError
from functions_host.functions import AuthLevel, HttpFunction
from functions_host.routes import RouteTable, decode_path


def function(name: str, route: str, *methods: str) -> HttpFunction:
    return HttpFunction(name, route, frozenset(methods), AuthLevel.ANONYMOUS, "req")


TABLE = RouteTable.build(
    [
        function("a_number", "items/{id:int}", "GET"),
        function("b_any", "items/{id}", "GET"),
        function("c_create", "items/{id}", "POST"),
        function("d_all", "all"),
    ],
    route_prefix="api",
)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/api/items/7", "a_number"),
        ("GET", "/api/items/x", "b_any"),
        ("POST", "/api/items/7", "c_create"),
        ("HEAD", "/api/items/7", None),
        ("PUT", "/api/items/7", None),
        ("PURGE", "/api/all", "d_all"),
        ("GET", "/items/7", None),
    ],
)
def test_first_function_that_fits_answers(method: str, path: str, name: str | None) -> None:
    found = TABLE.find(method, path)
    assert (found and found[0].name) == name


@pytest.mark.parametrize(
    ("prefix", "route", "path"),
    [("api", "x", "/api/x"), ("", "x", "/x"), ("v1/{tenant}", "x", "/v1/contoso/x")],
)
def test_route_prefix_stands_before_every_route(prefix: str, route: str, path: str) -> None:
    assert RouteTable.build([function("f", route)], route_prefix=prefix).find("GET", path) is not None


@pytest.mark.parametrize(
    ("functions", "reason"),
    [
        ([function("f", "admin/x")], "The route 'admin/x' of function 'f' conflicts"),
        ([function("f", "Administrators")], "must not begin with 'admin' or 'runtime'"),
        ([function("f", "runtime")], "conflicts"),
        ([function("f", "{x"), function("g", "y")], "The route '{x' of function 'f': '{' at position 5"),
        ([function("f", "x", "GET", "POST"), function("g", "X", "POST")], "'f' and 'g' both answer POST at"),
        ([function("f", "x"), function("g", "x", "POST")], "both answer POST"),
        ([function("f", "x"), function("g", "x")], "both answer any method"),
    ],
)
def test_what_the_host_cannot_serve_is_refused(functions: list[HttpFunction], reason: str) -> None:
    with pytest.raises(FunctionAppError, match=reason):
        RouteTable.build(functions, route_prefix="api")


@pytest.mark.parametrize(
    ("path", "decoded"),
    [
        ("/a%20b", "/a b"),
        ("/a+b", "/a+b"),
        ("/%C3%BC", "/ü"),
        ("/a%2Fb%2fc", "/a%2Fb%2fc"),
        ("/a%252Fb", "/a%2Fb"),
        ("/%FF%2F%41", "/%FF%2FA"),
        ("/%zz", "/%zz"),
    ],
)
def test_path_is_decoded_except_for_slashes(path: str, decoded: str) -> None:
    assert decode_path(path) == decoded
