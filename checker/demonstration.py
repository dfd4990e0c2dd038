"""What shows that an answer is right: a statement that is proved or sampled, a derivation, a seeded experiment.

identity     A = B                     compared, with its evidence
inequality   A >= B     sign  A > 0    holds at every point drawn
limit        lim c -> oo A = B         the distance falls as c goes there
derivation   a target of a model       its steps, each verified
experiment   a named function of problems.experiments with its seed
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from derivations.notation.relations import OP_OF, ORDER, spelled
from problems.schema import Demonstration, Part


class DemonstrationError(ValueError):
    """The author's demonstration cannot be run."""


def demonstrate(part: Part) -> dict[str, Any]:
    """{"demonstrations": [{"form", "says", "holds", "statement", "evidence", "columns", "rows", "curves"}, …]}."""
    return {"demonstrations": [one(demonstration, part) for demonstration in part.demonstrations]}


def one(shown: Demonstration, part: Part) -> dict[str, Any]:
    """One demonstration. Raises `DemonstrationError`."""
    base = {"form": shown.form, "says": shown.says, "statement": shown.statement}
    match shown.form:
        case "experiment":
            return {**base, **_experiment(shown)}
        case "derivation":
            return {**base, **_derivation(shown)}
        case "identity":
            return {**base, **_identity(shown, part)}
        case "limit":
            return {**base, **_limit(shown, part)}
        case _:
            return {**base, **_inequality(shown, part)}


def claimed(part: Part, claim: str, hypotheses: tuple[str, ...]) -> dict[str, Any]:
    """The claim of a part, proved or sampled under its hypotheses: {"holds", "evidence"}. Raises
    `DemonstrationError`."""
    form = (
        "limit"
        if _LIMIT.match(claim)
        else "identity"
        if re.search(spelled("="), claim) and not re.search(spelled(*ORDER), claim)
        else "inequality"
    )
    shown = Demonstration(form, statement=claim)
    return _inequality(shown, part, hypotheses) if form == "inequality" else one(shown, part)


def _experiment(shown: Demonstration) -> dict[str, Any]:
    from problems.experiments import names, run
    from problems.tables import nearest

    try:
        found = run(shown.experiment or "", shown.seed, dict(shown.parameters))
    except KeyError as error:
        raise DemonstrationError(
            f"no experiment {shown.experiment!r}{nearest(shown.experiment or '', names())}"
        ) from error
    except TypeError as error:
        raise DemonstrationError(f"{shown.experiment}: {error}") from error
    curves = {name: [list(x), list(y)] for name, (x, y) in (found.curves or {}).items()}
    return {
        "holds": found.holds,
        "says": shown.says or found.says,
        "columns": list(found.columns),
        "rows": [list(row) for row in found.rows],
        "curves": curves,
    }


def _derivation(shown: Demonstration) -> dict[str, Any]:
    from derivations.model import UnknownName
    from derivations.pipeline import derive

    try:
        derivation = derive(shown.model or "", shown.target or "")
    except UnknownName as error:
        raise DemonstrationError(str(error)) from error
    return {
        "holds": derivation.checked,
        "evidence": "every step verified" if derivation.checked else "a step is not checked",
        "text": derivation.show(),
    }


def _names(shown: Demonstration, part: Part) -> Any:
    from derivations.domains import NamesError, parse_names
    from problems.truth import TruthError, model_of

    try:
        if shown.names:
            return parse_names(dict(shown.names))
        return model_of(part).names
    except (NamesError, TruthError) as error:
        raise DemonstrationError(str(error)) from error


def _sides(shown: Demonstration, part: Part, text: str) -> tuple[Any, str, Any, Any]:
    """(left, operator, right, names) of a statement."""
    from derivations.notation import ReadError, read_statement

    names = _names(shown, part)
    try:
        statement = read_statement(text, names)
    except ReadError as error:
        raise DemonstrationError(f"{text!r} cannot be read: {error}") from error
    parts = [p for line in statement.lines for p in line.parts]
    ops = [op for line in statement.lines for op in line.ops]
    if len(parts) != 2 or len(ops) != 1:
        raise DemonstrationError(f"{text!r} is not one relation between two sides")
    return parts[0], ops[0], parts[1], names


def _identity(shown: Demonstration, part: Part) -> dict[str, Any]:
    from checker.compare import compare

    left, op, right, names = _sides(shown, part, shown.statement or "")
    if op != "=":
        raise DemonstrationError(f"an identity has =, not {op}")
    verdict = compare(_carried(left, names), _carried(right, names), names).to_json()
    from checker.render import evidence_or_point

    return {"holds": verdict["status"] == "equal", "evidence": evidence_or_point(verdict)}


_HOLDS = {"<": lambda d: d < 0, "<=": lambda d: d <= 1e-12, ">": lambda d: d > 0, ">=": lambda d: d >= -1e-12}


def _inequality(shown: Demonstration, part: Part, hypotheses: tuple[str, ...] = ()) -> dict[str, Any]:
    """The relation at every point drawn where the hypotheses hold."""
    import numpy as np

    from derivations.evaluate import floats
    from derivations.evaluate.draw import assignments

    left, op, right, names = _sides(shown, part, shown.statement or "")
    test = _HOLDS.get(OP_OF.get(op, op))
    if test is None:
        raise DemonstrationError(f"an inequality or a sign has <, <=, > or >=, not {op}")
    left, right = (_carried(side, names) for side in (left, right))
    given = [_indicated(text, names) for text in hypotheses]
    worst, points, holds = np.inf, 0, True
    with np.errstate(all="ignore"):
        for drawn in assignments(names, 1):
            gap = np.asarray(floats.evaluate(left, drawn)) - np.asarray(floats.evaluate(right, drawn))
            for condition in given:
                true = np.asarray(floats.evaluate(condition, drawn)) > 0.5
                gap = np.where(true.reshape(len(true), -1).all(axis=1).reshape(-1, *[1] * (gap.ndim - 1)), gap, np.nan)
            gap = gap[np.isfinite(gap)]
            points += gap.size
            holds = holds and bool(np.all(test(gap)))
            worst = min(worst, float(np.min(np.abs(gap), initial=np.inf)))
    if not points:
        raise DemonstrationError(
            "the statement has no value anywhere" + (" where the hypotheses hold" if hypotheses else "")
        )
    return {
        "holds": holds,
        "evidence": f"{'holds' if holds else 'fails'} at {points} points; the sides come as near as {worst:.3g}",
    }


def _carried(formula: Any, names: Any) -> Any:
    """A side with its derivatives carried out: d/dc f(c) < 0."""
    from checker.answers.carry_out import NotCarriedOut, carried_out

    try:
        return carried_out(formula, names)
    except NotCarriedOut as error:
        raise DemonstrationError(str(error)) from error


def _indicated(text: str, names: Any) -> Any:
    """A hypothesis as its indicator, over all that it is quantified over."""
    from dataclasses import replace

    from derivations.formula import indicator
    from derivations.notation import ReadError, read_condition

    try:
        found = read_condition(text, names)
    except ReadError as error:
        raise DemonstrationError(f"the hypothesis {text!r} cannot be read: {error}") from error
    return replace(found, body=indicator(found.body), axes=(*found.free, *found.axes), free=(), joint=())


_LIMIT = re.compile(
    r"\s*\\?lim\s*_?\{?\s*(?P<name>\S+?)\s*(?:->|→|\\to)\s*(?P<to>[-+]?(?:oo|∞|\\infty|[\d.]+))\s*\}?\s+(?P<rest>.+)\Z",
    re.DOTALL,
)


def _limit(shown: Demonstration, part: Part) -> dict[str, Any]:
    import numpy as np

    from derivations.evaluate import floats
    from derivations.evaluate.draw import assignments

    found = _LIMIT.match(shown.statement or "")
    if found is None:
        raise DemonstrationError("a limit reads: lim c -> oo A = B")
    left, op, right, names = _sides(shown, part, found["rest"])
    name, to = found["name"], found["to"]
    if op != "=" or name not in names:
        raise DemonstrationError(
            f"a limit has = and a declared name, not {name}" if name not in names else f"a limit has =, not {op}"
        )
    infinite = not re.fullmatch(r"[-+]?[\d.]+", to)
    sign = -1.0 if to.startswith("-") else 1.0
    rows, before, holds = [], np.inf, True
    with np.errstate(all="ignore"):
        for step in (1e1, 1e2, 1e3, 1e4, 1e5):
            worst = 0.0
            for drawn in assignments(names, 1):
                value = sign * step if infinite else float(to) + 1 / step
                drawn.values[name] = np.full_like(drawn.values[name], value)
                gap = np.abs(np.asarray(floats.evaluate(left, drawn)) - np.asarray(floats.evaluate(right, drawn)))
                worst = max(worst, float(np.median(gap[np.isfinite(gap)]))) if np.isfinite(gap).any() else np.inf
            rows.append([f"{value:g}", f"{worst:.3g}"])
            holds = holds and (worst <= before or worst < 1e-9)
            before = worst
    return {
        "holds": bool(holds and before < 1e-2),
        "columns": [name, "distance"],
        "rows": rows,
        "evidence": "the distance to the limit falls",
    }


def plot(curves: Mapping[str, Any], width: int) -> str:
    """Curves as text: one column a point, higher is larger."""
    lines: list[str] = []
    height = 8
    for name, (xs, ys) in curves.items():
        low, high = min(ys), max(ys)
        span = (high - low) or 1.0
        step = max(1, -(-len(xs) // max(1, width - 12)))
        shown = [(ys[k] - low) / span for k in range(0, len(ys), step)]
        lines.append(f"{name}: {low:.3g} to {high:.3g}, over {xs[0]:g} to {xs[-1]:g}")
        for level in range(height, 0, -1):
            lines.append("  |" + "".join("#" if v * height >= level - 0.5 else " " for v in shown))
        lines.append("  +" + "-" * len(shown))
    return "\n".join(lines)
