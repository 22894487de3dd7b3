"""Signatures: whether a function's parameters and annotations fit its bindings, as Azure's worker checks."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

import azure.functions as func
from azure.functions.http import HttpRequestConverter, HttpResponseConverter

from functions_host.functions import FunctionMetadata


def check_signature(function: Callable[..., Any], metadata: FunctionMetadata) -> None:
    """Raises ValueError that names function and parameter; functions that this host does not run are not checked."""
    if {binding["type"] for binding in metadata.bindings} - {"httpTrigger", "http"}:
        return
    bound = {binding["name"] for binding in metadata.bindings if binding["name"] != "$return"}
    declared = set(inspect.signature(function).parameters)
    if unknown := declared - bound - {"context"}:
        raise ValueError(f"{metadata.name}: parameters without a binding: {', '.join(sorted(unknown))}")
    if missing := bound - declared:
        raise ValueError(f"{metadata.name}: bindings without a parameter: {', '.join(sorted(missing))}")
    for name, annotation in typing.get_type_hints(function).items():
        if name in declared | {"return"} and not _fits(name, annotation):
            raise ValueError(f"{metadata.name}: the annotation of '{name}' cannot be {annotation!r}")


def _fits(name: str, annotation: Any) -> bool:
    if not isinstance(annotation, type):
        return False
    if name == "return":
        return bool(HttpResponseConverter.check_output_type_annotation(annotation))
    if name == "context":
        return issubclass(annotation, func.Context)
    return bool(HttpRequestConverter.check_input_type_annotation(annotation))
