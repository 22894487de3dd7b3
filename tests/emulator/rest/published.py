"""The published operations, as the shared facts list them, and how to call each of them well and badly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

FILE = Path(__file__).resolve().parents[3].parent / "shared" / "rest-operations.json"
MESSAGE = {"target": "newMessage", "arguments": [1]}
# What stands for a parameter of this name in a call that must succeed.
GOOD = {"hub": "chat", "user": "ann", "id": "ann", "group": "news", "streamId": "s", "connectionId": "{connection}"}
BODIES: dict[str, object] = {"PayloadMessage": MESSAGE, "commands": [{"type": "JoinGroup", "group": "other"}]}


class Published(NamedTuple):
    """One operation of one version."""

    version: str
    facts: dict[str, Any]
    schemas: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.version} {self.facts['method']} {self.facts['path']}"

    @property
    def method(self) -> str:
        return str(self.facts["method"])

    @property
    def is_open(self) -> bool:
        """Whether it needs no token."""
        return str(self.facts["path"]).endswith("/health")

    @property
    def query(self) -> dict[str, str]:
        """What must stand in the query."""
        return {"api-version": self.version} if "api-version" in self.facts["query"] else {}

    @property
    def body(self) -> object:
        if (body := self.facts["body"]) is None:
            # The swagger declares no body for a stream's item; SDKs send the item itself.
            return 1 if self.facts["path"].endswith("/streams/{streamId}/:send") else None
        return BODIES["PayloadMessage" if body["schema"] == "PayloadMessage" else body["name"]]

    def path(self, **parameters: str) -> str:
        """The path with these parameters; those not named are good ones."""
        values = {name: quote(value, safe="") for name, value in {**GOOD, **parameters}.items()}
        return str(self.facts["path"]).format_map(values)

    def target(self, query: dict[str, str] | None = None, **parameters: str) -> str:
        found = {**self.query, **(query or {})}
        return self.path(**parameters) + (f"?{urlencode(found)}" if found else "")

    def successes(self) -> set[int]:
        return {int(status) for status in self.facts["responses"] if status[0] == "2"}

    def bad_parameters(self) -> Iterator[tuple[str, str]]:
        """Each parameter that has a rule, with a target whose value breaks it; 1.0 declares almost none."""
        for name in self.facts["path_params"]:
            if name == "hub":
                yield name, self.target(hub="my-hub")
            elif self.facts["path_params"][name].get("maxLength"):
                yield name, self.target(**{name: "x" * (self.facts["path_params"][name]["maxLength"] + 1)})
        for name, rule in self.facts["query"].items():
            if (bad := _bad_value(name, rule)) is not None:
                yield name, self.target({name: bad})
        if "api-version" in self.facts["query"]:
            yield "api-version", self.target({"api-version": "2000-01-01"})
            yield "api-version", self.path()

    def check_answer(self, status: int, body: bytes) -> None:
        """Whether a success's body is as its schema has it."""
        schema = self.facts["responses"][str(status)]["schema"]
        if schema is None or self.method == "HEAD":
            assert body == b"", body
            return
        properties = self.schemas[schema]
        found = json.loads(body)
        assert found.keys() <= properties.keys(), found
        assert {name for name, facts in properties.items() if facts.get("required")} <= found.keys(), found


def _bad_value(name: str, rule: dict[str, Any]) -> str | None:
    if "pattern" in rule:
        return "my-" + name
    if rule["type"] == "integer":
        return str(rule.get("maximum", 2**31 - 1) + 1)
    return "maybe" if rule["type"] == "boolean" else None


def operations() -> list[Published]:
    """All operations of all versions; none where the facts are not at hand."""
    if not FILE.is_file():
        return []
    versions = json.loads(FILE.read_text(encoding="utf-8"))["versions"]
    return [
        Published(version, facts, found["schemas"])
        for version, found in versions.items()
        for facts in found["operations"]
    ]


def absent_code(operation: Published) -> str | None:
    """The code of a 404 where nobody is connected; None where the operation succeeds for nobody too."""
    path = re.sub(r"^/api(/v1)?/hubs/\{hub\}", "", operation.facts["path"])
    return _ABSENT.get((operation.method.replace("GET", "HEAD"), re.sub(r"\{\w+\}", "*", path)))


# As SDKs expect them. Removing whoever is not there succeeds, whatever one version's swagger allows besides.
_ABSENT = {
    ("HEAD", "/connections/*"): "Warning.Connection.NotExisted",
    ("HEAD", "/groups/*"): "Warning.Group.NotExisted",
    ("HEAD", "/users/*"): "Warning.User.NotExisted",
    ("HEAD", "/groups/*/users/*"): "Info.User.NotInGroup",
    ("HEAD", "/users/*/groups/*"): "Info.User.NotInGroup",
    ("DELETE", "/connections/*"): "Warning.Connection.NotExisted",
    ("PUT", "/groups/*/connections/*"): "Error.Connection.NotExisted",
    ("POST", "/connections/*/:invoke"): "Error.Connection.NotExisted",
}
