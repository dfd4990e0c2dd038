"""The published JSON Schema of a verdict: what `--json` and every line of `--jsonl` print.
`checker/verdict.schema.json` is this; fields are only ever added."""

from __future__ import annotations

from typing import Any, get_args

from checker.verdict import Status, Strength


def _nullable(kind: str, meaning: str) -> dict[str, Any]:
    return {"type": [kind, "null"], "description": meaning}


def _object(properties: dict[str, Any], meaning: str, *, nullable: bool = False) -> dict[str, Any]:
    return {
        "type": ["object", "null"] if nullable else "object",
        "description": meaning,
        "properties": properties,
        "required": list(properties),
    }


def json_schema() -> dict[str, Any]:
    """The schema. Unknown properties are allowed: readers of format 1 go on reading when fields are added."""
    tagged = {
        "tag": {"type": "string", "description": "stable"},
        "message": {"type": "string", "description": "for people"},
    }
    counterexample = {
        "sizes": {"type": "object", "additionalProperties": {"type": "integer"}},
        "names": {"type": "object", "description": "values by name, rationals as text"},
        "student": {"type": "string"},
        "truth": {"type": "string"},
    }
    evidence = {
        "strength": {"enum": [*get_args(Strength), None], "description": "null unless the two are equal"},
        "sizes": {
            "type": "array",
            "items": {"type": "object"},
            "description": "the sizes at which it was sampled or proved",
        },
        "points": {"type": "integer"},
        "digits": _nullable("integer", "to how many digits a number was judged"),
        "error_bound": _nullable("string", "the chance of error of a proof at sizes"),
        "counterexample": _object(counterexample, "a point where the two differ", nullable=True),
    }
    at = {
        "side": {"enum": ["student", "truth", "names"]},
        "start": {"type": "integer"},
        "end": {"type": "integer"},
        "expected": {"type": "string"},
        "message": {"type": "string"},
    }
    properties = {
        "format": {"const": 1},
        "id": {"description": "as it was given"},
        "status": {"enum": list(get_args(Status))},
        "score": {
            "type": ["number", "null"],
            "minimum": 0,
            "maximum": 1,
            "description": "null for what is not settled",
        },
        "evidence": _object(evidence, "why the verdict may be believed"),
        "diagnosis": _object(tagged, "why a wrong answer is wrong", nullable=True),
        "findings": {"type": "array", "items": _object(tagged, "something besides the verdict")},
        "student_read": _nullable("string", "how the answer was read, as text that can be read again"),
        "truth_read": _nullable("string", "how the truth was read"),
        "at": _object(at, "where an unreadable text is at fault: half-open range of characters", nullable=True),
        "ms": _nullable("number", "milliseconds of work"),
    }
    more = {
        "seed": {"type": "integer", "description": "of a `failed` verdict: repeats our bug"},
        "where": {"const": "common", "description": "compared only where both have a value, as was asked"},
        "names_inferred": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "name to domain, where names were inferred, as was asked",
        },
        "parts": {
            "type": "array",
            "items": {"$ref": "#"},
            "description": "one verdict for each value or line of an answer",
        },
        "value": {"description": "with --at: the value of the answer at the data"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A backproof verdict",
        "type": "object",
        "properties": {**properties, **more},
        "required": list(properties),
    }
