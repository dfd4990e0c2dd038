"""What an answer may be made of: text, numbers, true and false, and lists and tables of these."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

MAX_DEPTH = 20
MAX_INTEGER = 10**300


def fault(answer: Any, depth: int = 0) -> str | None:
    """Why a value is no answer (a bare date of TOML, nan, an integer without end), None where it is one."""
    if depth > MAX_DEPTH:
        return f"lists and tables nest more than {MAX_DEPTH} deep"
    if isinstance(answer, str | bool):
        return None
    if isinstance(answer, Integral):
        return "an integer has more than 300 digits" if abs(int(answer)) > MAX_INTEGER else None
    if isinstance(answer, Real):
        return None if math.isfinite(answer) else f"{answer} is no number; what is meant as text goes in quotes"
    if isinstance(answer, list | tuple):
        return next((why for value in answer if (why := fault(value, depth + 1))), None)
    if isinstance(answer, dict):
        return next((why for value in (*answer, *answer.values()) if (why := fault(value, depth + 1))), None)
    kind = type(answer).__name__
    what = {"date": "a date", "time": "a time", "datetime": "a date with a time"}.get(kind)
    return (
        f"{answer} is {what}, no answer; what is meant as text goes in quotes"
        if what
        else f"{kind} is no answer: text, a number, a list or a table is"
    )
