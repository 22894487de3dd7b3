"""Route templates: ASP.NET's `{p}`, `{p?}`, `{p=default}`, `{*rest}`, `{p:int}`, matched against a decoded path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from functions_host.errors import RouteTemplateError
from functions_host.route_constraints import Constraint, parse_constraint

# A parameter runs to the first brace that is not doubled; doubled braces are literal ones, as in a regex constraint.
_PARTS = re.compile(r"\{(?P<parameter>(?:[^{}]|\{\{|\}\})*)\}(?!\})|(?P<slash>/)|(?P<literal>(?:[^/{}?]|\{\{|\}\})+)")
_PARAMETER = re.compile(r"(?P<stars>\*{0,2})(?P<name>[^/{}?*:=]+)(?P<rest>.*)", re.DOTALL)
_CONSTRAINT = re.compile(r":(?P<name>[^:=(]+)(?:\((?P<arguments>.*?)\)(?=[:=]|$))?", re.DOTALL)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a route template."""

    name: str
    constraints: tuple[Constraint, ...] = ()
    default: str | None = None
    optional: bool = False
    catch_all: bool = False


Segment = tuple[str | Parameter, ...]


@dataclass(frozen=True)
class RouteTemplate:
    """A route, cut at its slashes; `match` is the whole of its behaviour."""

    segments: tuple[Segment, ...]

    @classmethod
    def parse(cls, text: str) -> RouteTemplate:
        """Raises RouteTemplateError with a reason that leaves the route's name to the caller."""
        segments = tuple(_segments(text))
        _check(segments)
        return cls(segments)

    def match(self, path: str) -> dict[str, str] | None:
        """The route values of a path such as `/api/hubs/chat`, or None when the path is another's.

        Letters match without regard to case and one trailing slash is ignored. The path is decoded except for `%2F`.
        """
        values: dict[str, str] = {}
        rest = path.removeprefix("/")
        for segment in self.segments:
            first = segment[0]
            if isinstance(first, Parameter) and first.catch_all:
                values.update({first.name: rest} if rest else _default(first))
                rest = ""
                break
            text, _, rest = rest.partition("/")
            found = _match_segment(segment, text) if text else _absent(segment, rest)
            if found is None:
                return None
            values.update(found)
        return values if not rest and self._constraints_hold(values) else None

    def _constraints_hold(self, values: Mapping[str, str]) -> bool:
        return all(
            constraint(values[part.name])
            for part in self.parameters
            if part.name in values
            for constraint in part.constraints
        )

    @property
    def parameters(self) -> Iterator[Parameter]:
        return (part for segment in self.segments for part in segment if isinstance(part, Parameter))


def _match_segment(segment: Segment, text: str) -> dict[str, str] | None:
    found = _pattern(segment).fullmatch(text)
    if found is None and len(segment) > 2 and isinstance(last := segment[-1], Parameter) and last.optional:
        # In `{name}.{extension?}` the dot goes with the extension.
        found = _pattern(segment[:-2]).fullmatch(text)
    if found is None:
        return None
    names = [part.name for part in segment if isinstance(part, Parameter)]
    return dict(zip(names, found.groups(), strict=False))


def _pattern(segment: Segment) -> re.Pattern[str]:
    return re.compile(
        "".join(re.escape(part) if isinstance(part, str) else "(.+)" for part in segment), re.IGNORECASE | re.DOTALL
    )


def _absent(segment: Segment, rest: str) -> dict[str, str] | None:
    part = segment[0]
    if rest or len(segment) > 1 or not isinstance(part, Parameter):
        return None
    return _default(part) if part.optional or part.default is not None else None


def _default(parameter: Parameter) -> dict[str, str]:
    return {} if parameter.default is None else {parameter.name: parameter.default}


def _segments(text: str) -> Iterator[Segment]:
    segment: list[str | Parameter] = []
    position = 0
    while position < len(text):
        part = _PARTS.match(text, position)
        if part is None:
            raise RouteTemplateError(f"'{text[position]}' at position {position + 1} is not allowed there")
        position = part.end()
        if part["slash"]:
            yield tuple(segment)
            segment = []
        else:
            segment.append(_unescape(part["literal"]) if part["literal"] else _parameter(_unescape(part["parameter"])))
    if text:
        yield tuple(segment)


def _unescape(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")


def _parameter(text: str) -> Parameter:
    parsed = _PARAMETER.fullmatch(text)
    if parsed is None:
        raise RouteTemplateError(f"'{{{text}}}' is not a parameter")
    optional = text.endswith("?")
    rest = parsed["rest"].removesuffix("?")
    constraints = []
    while found := _CONSTRAINT.match(rest):
        constraints.append(parse_constraint(found["name"], found["arguments"]))
        rest = rest[found.end() :]
    if (rest and not rest.startswith("=")) or (rest and optional):
        raise RouteTemplateError(f"'{{{text}}}' is not a parameter: '{rest}' cannot stand there")
    return Parameter(parsed["name"], tuple(constraints), rest[1:] if rest else None, optional, bool(parsed["stars"]))


def _check(segments: tuple[Segment, ...]) -> None:
    names = [part.name.lower() for segment in segments for part in segment if isinstance(part, Parameter)]
    if len(set(names)) < len(names):
        raise RouteTemplateError("a parameter's name stands in it twice")
    if not all(segments):
        raise RouteTemplateError("it has an empty segment ('//')")
    for segment in segments:
        for left, right in pairwise(segment):
            if isinstance(left, Parameter) and isinstance(right, Parameter):
                raise RouteTemplateError("two parameters must have text or '/' between them")
        catch_all = any(isinstance(part, Parameter) and part.catch_all for part in segment)
        if catch_all and (len(segment) > 1 or segment is not segments[-1]):
            raise RouteTemplateError("a catch-all parameter must be the last segment")
