"""The JSON Schema of a problem file, from the rows of `problems.schema`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from problems.conventions import CONVENTIONS
from problems.kinds import KINDS
from problems.schema import PART, PROBLEM, Key

_SCALAR = {"type": ["string", "number", "boolean"]}
_NUMBERS = {"$ref": "#/$defs/numbers"}
_TYPES: Mapping[str, dict[str, Any]] = MappingProxyType({
    "text": {"type": "string"},
    "texts": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    "number": {"type": "number", "minimum": 0},
    "integer": {"type": "integer", "minimum": 0},
    "boolean": {"type": "boolean"},
    "answer": {"type": ["string", "number", "boolean", "array", "object"]},
    "answers": {"type": "array", "items": {"type": ["string", "number", "boolean", "array", "object"]}},
    "declarations": {"type": "object", "additionalProperties": {"type": "string"}},
    "vocabulary": {"anyOf": [{"type": "array", "items": {"type": "string"}},
            {"type": "object", "additionalProperties": {"type": "string"}}]},
    "values": {"type": "object", "additionalProperties": _NUMBERS},
    "table": {"type": "object"},
    "tables": {"type": "array"},
})  # fmt: skip


def _property(key: Key) -> dict[str, Any]:
    out: dict[str, Any] = {**_TYPES[key.type], "description": key.meaning}
    if key.choices:
        out["enum"] = list(key.choices)
    if key.default is not None:
        out["default"] = key.default
    if key.type == "tables":
        out["items"] = _object(key.keys)
    if key.name == "conventions":
        out["properties"] = {
            c.name: {"description": c.meaning, **({"enum": list(c.values)} if c.values else {})}
            for c in CONVENTIONS.values()
        }
        out["additionalProperties"] = False
    return out


def _object(keys: tuple[Key, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {k.name: _property(k) for k in keys},
        "required": [k.name for k in keys if k.required],
        "additionalProperties": False,
    }


def _part_object() -> dict[str, Any]:
    """A part: the common keys, and for each kind its own. A key of another kind is refused."""
    common = {k.name for k in PART}
    own = {key.name: key for kind in KINDS.values() for key in kind.keys if key.name not in common}
    out = _object((*PART, *own.values()))
    out["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": kind.name}}, "required": ["kind"]},
            "then": {
                "properties": {name: False for name in own if name not in {k.name for k in kind.keys}},
                "required": [k.name for k in kind.keys if k.required],
                **(
                    {"allOf": [{"anyOf": [{"required": [name]} for name in group]} for group in kind.needs]}
                    if kind.needs
                    else {}
                ),
            },
        }
        for kind in KINDS.values()
    ]
    return out


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a problem file, for editors: `problems/problem.schema.json` is this."""
    top = _object(PROBLEM)
    top["properties"]["part"] = {
        "type": "array",
        "minItems": 1,
        "description": "the parts, in order",
        "items": {"$ref": "#/$defs/part"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A backproof problem",
        **top,
        "$defs": {
            "part": _part_object(),
            "numbers": {"anyOf": [{"type": ["number", "boolean", "string"]}, {"type": "array", "items": _NUMBERS}]},
        },
    }
