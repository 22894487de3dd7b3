"""Route templates: which paths they match, with which route values, and which templates are refused."""

from __future__ import annotations

import pytest

from functions_host.errors import RouteTemplateError
from functions_host.route_templates import RouteTemplate


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("api/negotiate", "/api/negotiate", {}),
        ("api/negotiate", "/API/Negotiate", {}),
        ("api/negotiate", "/api/negotiate/", {}),
        ("api/negotiate", "/api/negotiate//", None),
        ("api/negotiate", "//api/negotiate", None),
        ("api/negotiate", "/api", None),
        ("api/negotiate", "/api/negotiate/x", None),
        ("api/hubs/{hub}", "/api/hubs/Chat", {"hub": "Chat"}),
        ("api/hubs/{hub}", "/api/hubs/a%2Fb", {"hub": "a%2Fb"}),
        ("api/hubs/{hub}", "/api/hubs/ü x", {"hub": "ü x"}),
        ("api/hubs/{hub}", "/api/hubs/", None),
        ("api/hubs/{hub}", "/api/hubs", None),
        ("hubs/{hub}/users/{user}", "/hubs/chat/users/ann", {"hub": "chat", "user": "ann"}),
        ("hubs/{hub}/users/{user}", "/hubs//users/ann", None),
        ("{id?}", "/", {}),
        ("api/{id?}", "/api", {}),
        ("api/{id?}", "/api/", {}),
        ("api/{id?}", "/api/7", {"id": "7"}),
        ("api/{id=5}", "/api", {"id": "5"}),
        ("api/{id=5}", "/api/6", {"id": "6"}),
        ("api/{id=}", "/api", {"id": ""}),
        ("api/{a?}/{b?}", "/api", {}),
        ("api/{a?}/{b?}", "/api/1", {"a": "1"}),
        ("api/{a}/b", "/api/1", None),
        ("api/{*rest}", "/api", {}),
        ("api/{*rest}", "/api/a/b/", {"rest": "a/b/"}),
        ("api/{**rest}", "/api/a//b", {"rest": "a//b"}),
        ("api/{*rest=none}", "/api", {"rest": "none"}),
        ("api/{id:int}", "/api/7", {"id": "7"}),
        ("api/{id:int}", "/api/x", None),
        ("api/{id:int?}", "/api", {}),
        ("api/{id:int?}", "/api/x", None),
        ("api/{id:int=5}", "/api", {"id": "5"}),
        ("api/{id:int:min(3)}", "/api/2", None),
        ("api/{id:int:min(3)}", "/api/3", {"id": "3"}),
        ("api/{id:length(2,3)}", "/api/abc", {"id": "abc"}),
        ("api/{id:regex(^\\d{{2}}(a|b)$)}", "/api/12a", {"id": "12a"}),
        ("api/{id:regex(^\\d{{2}}(a|b)$)}", "/api/1a", None),
        ("api/{*rest:regex(^a/b$)}", "/api/a/b", {"rest": "a/b"}),
        ("api/{name}.{extension}", "/api/a.b.c", {"name": "a.b", "extension": "c"}),
        ("api/{name}.{extension?}", "/api/a", {"name": "a"}),
        ("api/{name}.{extension?}", "/api/a.png", {"name": "a", "extension": "png"}),
        ("api/v{version}-{part}", "/api/V1-x", {"version": "1", "part": "x"}),
        ("api/v{version}-{part}", "/api/x1-x", None),
        ("api/{{literal}}", "/api/{literal}", {}),
        ("api/hubs/{hub}/:closeConnections", "/api/hubs/chat/:closeconnections", {"hub": "chat"}),
        ("", "/", {}),
        ("", "/x", None),
    ],
)
def test_template_matches(template: str, path: str, values: dict[str, str] | None) -> None:
    assert RouteTemplate.parse(template).match(path) == values


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("a?b", "'\\?' at position 2"),
        ("{id", "'{' at position 1"),
        ("id}", "'}' at position 3"),
        ("{}", "'{}' is not a parameter"),
        ("{a/b}", "'/b' cannot stand there"),
        ("{a:int:}", "':' cannot stand there"),
        ("{a=5?}", "'=5' cannot stand there"),
        ("{a:colour}", "'colour' is not known"),
        ("{a}/{A}", "stands in it twice"),
        ("a//b", "empty segment"),
        ("{a}{b}", "must have text or '/' between"),
        ("{*a}/b", "must be the last segment"),
        ("x{*a}", "must be the last segment"),
    ],
)
def test_impossible_template_is_refused(template: str, reason: str) -> None:
    with pytest.raises(RouteTemplateError, match=reason):
        RouteTemplate.parse(template)
