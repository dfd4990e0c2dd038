"""Derivations for the command line: printed in a style, and what a worker answers to `gradient` and `prove`. Runs where
NumPy may be imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def printed(derivation: Any, style: Mapping[str, Any]) -> dict[str, Any]:
    """{"text": …} in LaTeX, Markdown, as a document or plain; {"blocks": […]} for a terminal."""
    how = {"form": style["form"], "steps": style["steps"]}
    match style["style"]:
        case "latex":
            return {"text": derivation.latex(**how)}
        case "markdown":
            return {"text": derivation.markdown(**how)}
        case "document":
            return {"text": derivation.document(**how)}
        case "plain":
            return {"text": derivation.show(**how, dressing="ascii")}
    from derivations.derivation import conditions

    blocks = []
    for lemma in derivation.lemmas if style["steps"] != "brief" else derivation.lemmas[-1:]:
        (head, _), *rows = derivation.lines(lemma, style["dressing"], style["form"], style["steps"])
        blocks.append(
            {"head": head, "lines": [list(row) for row in rows], "condition": conditions(lemma, style["dressing"])}
        )
    return {"blocks": blocks}


# ---------------------------------------------------------------- gradient


def gradient_view(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a `gradient` request: one view; for several derivatives the first with all of them under
    `gradients`."""
    from derivations.calculus import NoDerivative
    from derivations.closed_form import NoClosedForm
    from derivations.domains import NamesError
    from derivations.folding.facts import FactError
    from derivations.model import ModelError, UnknownName
    from derivations.notation import ReadError
    from derivations.pipeline import TargetError
    from derivations.target import TooHigh
    from derivations.work import TooMuchWork

    try:
        derived = _derivatives(request)
        views = [_derivative_view(request, derivation, wrt, len(derived) > 1) for derivation, wrt in derived]
        if len(derived) > 1 and request.get("source"):
            together = _source([derivation for derivation, _ in derived], request.get("name") or "gradient", request)
        else:
            together = {}
    except (
        NamesError,
        ModelError,
        UnknownName,
        ReadError,
        NoDerivative,
        NoClosedForm,
        FactError,
        TooHigh,
        TargetError,
    ) as error:
        return refusal(error, request)
    except TooMuchWork as error:
        return {"status": "undecided", "reason": str(error)}
    except ValueAt as error:
        return {"status": "refused", "reason": str(error)}
    first = dict(views[0])
    if len(views) > 1:
        first["gradients"] = [{k: v for k, v in view.items() if k != "printed"} for view in views]
    prints = [view["printed"] for view in views if view.get("printed")]
    return {**first, **together, "printed": prints} if prints else {**first, **together}


class ValueAt(ValueError):
    """The data that the value is asked at does not fit."""


def _source(derivations: list[Any], name: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The source of one function that returns every result, in order, as `numpy`; why there is none as `no_numpy`."""
    from derivations.emit import CannotEmit
    from derivations.together import Together
    from derivations.work import TooMuchWork

    how = {
        "fast": bool(request.get("fast")),
        "dressing": request.get("dressing") or "bare",
        "with_test": bool(request.get("with_test")),
    }
    try:
        return {"numpy": Together(tuple(derivations)).source(request["source"], name=name, **how)}
    except (CannotEmit, TooMuchWork) as error:
        return {"numpy": None, "no_numpy": str(error)}


def _derivative_view(request: Mapping[str, Any], derivation: Any, wrt: str, several: bool) -> dict[str, Any]:
    """The view of one derivative; of several, each has its function under a name of its own."""
    made = derivation.to_json()
    view: dict[str, Any] = {
        "status": "derived",
        "wrt": wrt,
        **{key: made[key] for key in ("shape", "index", "matrix", "latex")},
        "condition": made["lemmas"][-1]["condition"] or None,
        "numpy": None,
        "steps": [
            {"target": lemma["target"], **{k: step[k] for k in ("rule", "why", "formula")}}
            for lemma in made["lemmas"]
            for step in lemma["steps"]
        ],
    }
    if derivation.implicit:
        view["equation"] = f"{made['lemmas'][-1]['statement']} = {made['index']}"
    whole = request.get("dressing") == "layer" or request.get("with_test")  # a layer and a test are of all of them
    if request.get("source") and not (several and whole):
        name = request.get("name") or "gradient"
        view |= _source([derivation], f"{name}_{_place_of(derivation, wrt)}" if several else name, request)
    if request.get("at") is not None:
        try:
            view["value"] = {made["target"]: value_at(derivation, request["at"])}
        except (ValueError, NotImplementedError) as error:
            raise ValueAt(str(error)) from error
    if request.get("print"):
        view["printed"] = printed(derivation, request["print"])
    return view


def _derivatives(request: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """(derivation, by what) of everything that is asked: gradients out of one sweep, or derivatives of a higher order
    one by one."""
    from derivations.asked import derived, kept_for, named
    from derivations.domains import parse_names
    from derivations.model import UnknownName

    names, let = parse_names(request["names"]), request.get("let") or ""
    given = request.get("formula")
    text = None if given is None else _one_formula(" ".join(given.splitlines()), names, let)
    by = request.get("by") or ""
    with kept_for(by):
        model, top = named(text, names, let, "" if text is not None else request.get("of") or "")
    known = tuple(row.name for row in model.names.values() if row.role in ("input", "node") and row.name != top)
    for wrt in request["wrt"]:
        if wrt == top or (wrt not in known and not _spelled(model, wrt)):
            raise UnknownName("name to differentiate by", wrt, known)
    return derived(
        model,
        top,
        [model.find(wrt) for wrt in request["wrt"]],
        value=bool(request.get("value")),
        along=request.get("along") or "",
        jvp=request.get("jvp") or "",
        vjp=request.get("vjp") or "",
        hessian=bool(request.get("hessian")),
        order=int(request.get("order") or 1),
        argmin=bool(request.get("argmin")),
        argmax=bool(request.get("argmax")),
        dual=bool(request.get("dual")),
        facts=request.get("facts") or (),
        subject_to=request.get("subject_to") or (),
        root=request.get("root") or "",
        by=by,
    )


def _place_of(derivation: Any, wrt: str) -> str:
    """What a function of one result among several is called after: what it is differentiated by, or its target."""
    target = derivation.target
    return wrt.replace(",", "_") if wrt and target.startswith("d") and " " not in target else target.replace(" ", "_")


def _one_formula(text: str, names: Any, let: str) -> Any:
    """The text, or the last member of the chain `L = a = b` that it is, once every link of it was found to hold."""
    if text.count("=") < 2:
        return text
    from checker.answers.chained import chain_in, judge_chained, why_not
    from derivations.model import build
    from derivations.notation import ReadError, read

    known = build("formula", names, let).names
    try:
        read(text, known)
    except ReadError as error:
        chain = chain_in(text, known) if error.tag == "relation" else None
        if chain is None:
            return text
        links = judge_chained(chain, text, known)
        if links.status == "equal":
            return chain.lines[0].parts[-1]
        error.message = why_not(links)
        raise
    return text


def _spelled(model: Any, name: str) -> bool:
    from derivations.model import UnknownName

    try:
        model.find(name)
    except UnknownName:
        return False
    return True


def refusal(error: Exception, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Why something is not derived: in words, with its place where it has one. `at.in` says in which text: formula, let
    or fact."""
    import re

    from derivations.closed_form import NoClosedForm
    from derivations.folding.facts import FactError
    from derivations.notation import ReadError

    cause = error if isinstance(error, ReadError) else None if isinstance(error, FactError) else error.__cause__
    view: dict[str, Any] = {"status": "refused", "reason": str(error)}
    expected = ""
    if isinstance(cause, ReadError):
        view["reason"] = str(cause) + (f"; did you mean {' or '.join(cause.nearest)}?" if cause.nearest else "")
        expected = cause.expected if isinstance(cause.expected, str) else ", ".join(cause.expected or ())
        if cause.readings:
            view["readings"] = [str(r) for r in cause.readings]
    view["reason"] = re.sub(r"^formula: binding of [fFLJ]: ", "", view["reason"])
    if isinstance(error, NoClosedForm):
        from derivations.derivation import over
        from derivations.notation import write

        view["equation"] = write(over(error.equation), "ascii", "index") + " = 0"
        view["reason"] += f": {view['equation']}" if error.shown else ""
    place = _place(error, request or {})
    if place is not None:
        view["at"] = {"in": place[0], "start": place[1], "end": place[2], "expected": expected}
    return view


def _place(error: Exception, request: Mapping[str, Any]) -> tuple[str, int, int] | None:
    """(which text, start, end) of what is refused: the span that the error carries, moved to where its binding
    stands."""
    from derivations.folding.facts import FactError

    if isinstance(error, FactError):
        return "fact", error.span[0], error.span[1]
    span = getattr(error, "span", None) or getattr(getattr(error, "node", None), "span", None)
    formula, let = request.get("formula"), request.get("let") or ""
    name = (
        getattr(error, "binding", "") or (error.__cause__ is not None and getattr(error.__cause__, "binding", "")) or ""
    )
    if not span:
        return (
            ("formula", 0, len(formula)) if formula and getattr(error, "node", None) is not None and not name else None
        )
    if name and let:
        import re

        found = re.search(rf"(?:^|[;\n])\s*{re.escape(name)}(?:_\S+)?\s*:?=\s*", let)
        if found:
            return "let", found.end() + span[0], found.end() + span[1]
    if not formula:
        return None
    shift = len(formula) - len(formula.lstrip())
    return "formula", shift + span[0], shift + span[1]


def value_at(derivation: Any, data: Mapping[str, Any]) -> Any:
    """The result at given arrays, as nested lists. Raises ValueError for a missing name or an array that is none."""
    import inspect

    import numpy as np

    from derivations.emit.mangle import identifier

    function = derivation.numpy()
    rows = {identifier(row.name): row for row in derivation.names.values()}
    wanted = [name for name, p in inspect.signature(function).parameters.items() if p.default is p.empty]
    missing = [name for name in wanted if name not in data]
    if missing:
        raise ValueError(f"the data lacks {', '.join(missing)}; the names used are {', '.join(wanted)}")
    arrays = {}
    for name in wanted:
        if name in derivation.names.sizes:
            arrays[name] = _size(name, data[name])
            continue
        try:
            arrays[name] = np.asarray(data[name], dtype=float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} is no array of numbers: {error}") from error
        for axis, (size, length) in enumerate(zip(rows[name].sizes, arrays[name].shape, strict=False), 1):
            if size in data and _size(str(size), data[size]) != length:
                raise ValueError(
                    f"the size {size} is {data[size]} in the data, but axis {axis} of {name} has {length} entries"
                )
    with np.errstate(all="ignore"):
        return np.asarray(function(**arrays)).tolist()


def _size(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 1 or value % 1:
        raise ValueError(f"the size {name} is no positive whole number: {value!r}")
    return int(value)


# ---------------------------------------------------------------- prove


def prove_view(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a `prove` request: the verdict on A = B, and where they are equal the chain of steps from A to B as
    `steps` (None where there is none), and `printed` in a style."""
    from checker.proving import prove

    proof = prove(request["statement"], names=request["names"], let=request.get("let") or "")
    view = proof.verdict.to_json()
    if proof.derivation is None:
        return view | ({"steps": None} if proof.status == "equal" else {})
    made = proof.derivation.to_json()["lemmas"][0]
    view["steps"] = [
        {"rule": "", "why": "", "formula": made["statement"], "latex": made["statement_latex"]},
        *made["steps"],
    ]
    style = request.get("print")
    return view | ({"printed": printed(proof.derivation, style)} if style else {})
