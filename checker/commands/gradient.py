"""`backproof gradient`: the gradient of any formula, with its derivation."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from checker.commands.base import (
    Joined,
    Refused,
    add_backends,
    add_json,
    add_names,
    add_source,
    backend,
    dressing,
    given,
    read_data,
    show_source,
)
from checker.commands.derive import add_style, show_printed, style
from checker.commands.streaming import add_stream
from checker.output import Terminal

ABOUT = (
    "Derives the gradient of a formula that nobody prepared: every step shown and verified, the result in the "
    "formula's own names."
)
EXAMPLES = (
    (
        "backproof gradient 'sum_i log(1 + exp(-y_i x_i^T w)) + lambda/2 ||w||^2' --wrt w --names 'x: real[n,d]; "
        "y: labelpm1[n]; w: real[d]; lambda: positive'"
    ),
    "backproof gradient 'log det(X^T A X)' --wrt X --names 'X: real[n,k]; A: posdef[n]' --latex",
    "backproof gradient --let 'z_i = w^T x_i; p_i = sigmoid(z_i); L = -sum_i (y_i log p_i + (1-y_i) log(1-p_i))'"
    " --of L --wrt w --names 'x: real[n,d]; y: label01[n]; w: real[d]; i: index[n]' --hessian",
    "backproof gradient '||A x - b||^2' --wrt x --names 'A: real[n,d]; x: real[d]; b: real[n]' --numpy",
    (
        "backproof gradient 'sum_i log(1 + exp(x_i^T w))' --wrt w --names 'x: real[n,d]; w: real[d]' --value --along v "
        "--torch --name step -o step.py"
    ),
    (
        "backproof gradient '-sum_k t_k log softmax(z)_k' --wrt z --names 'z: real[K]; t: real[K]; k: index[K]' "
        "--fact 'sum_k t_k = 1'"
    ),
    "backproof gradient 'sum_i log(1 + exp(x_i^T w))' --wrt w --names 'x: real[n,d]; w: real[d]' --along v",
    "backproof gradient '1/2 ||A - W||_F^2 + l ||W||_*' --wrt W --names 'A: real[n,m]; W: real[n,m]; l: positive'",
    "backproof gradient 'tanh(W x)' --wrt x --names 'W: real[m,d]; x: real[d]' --vjp u",
    "backproof gradient x --wrt a --names 'x: real; a: real; b: real' --root 'x: x^3 + a x = b'",
    "backproof gradient 'E_{z ~ N(m, s^2)}[f(z)]' --wrt m --names 'm: real; s: positive; f: function' --by score",
    (
        "backproof gradient '||y - X w||^2 + l ||w||^2' --wrt w --names 'X: real[n,d]; y: real[n]; w: real[d]; l: "
        "positive' --argmin"
    ),
    (
        "backproof gradient '1/2 ||w||^2' --wrt w,b --dual --subject-to 'y_i (w^T x_i + b) >= 1' --names 'x: "
        "real[n,d]; y: labelpm1[n]; w: real[d]; b: real; i: index[n]'"
    ),
    "backproof gradient --jsonl formulas.jsonl > gradients.jsonl",
)

SECONDS = 30.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "formula", nargs="?", help="the formula; - reads standard input; with --let, the last binding by default"
    )
    parser.add_argument("--wrt", metavar="NAME", help="with respect to what; several names with commas between")
    add_names(parser)
    parser.add_argument(
        "--let",
        action=Joined,
        metavar="BINDINGS",
        help=(
            "bindings in order, 'z_i = w^T x_i; p_i = sigmoid(z_i)': they become nodes, and the result folds back "
            "into them; may be repeated"
        ),
    )
    parser.add_argument("--of", metavar="NAME", help="with --let: which node is differentiated")
    parser.add_argument(
        "--hessian", action="store_true", help="the second derivative; for several names every block, mixed ones too"
    )
    parser.add_argument(
        "--along", metavar="V", help="the Hessian times V: the derivative of the gradient in the direction V"
    )
    parser.add_argument(
        "--jvp", metavar="V", help="the Jacobian times V: the derivative in the direction V, in one forward pass"
    )
    parser.add_argument("--vjp", metavar="U", help="U times the Jacobian, in one reverse pass")
    parser.add_argument(
        "--order",
        type=int,
        choices=(1, 2, 3, 4),
        metavar="K",
        help="the derivative of order K, 1 to 4 (3 and 4 in index form)",
    )
    parser.add_argument(
        "--argmin",
        action="store_true",
        help="the closed form of the point where the formula is least, where there is one",
    )
    parser.add_argument("--argmax", action="store_true", help="of the point where it is largest: maximum likelihood")
    parser.add_argument(
        "--dual",
        action="store_true",
        help="with --subject-to, equations and inequalities: the dual function, every name of --wrt eliminated",
    )
    parser.add_argument(
        "--fact",
        action="append",
        metavar="A=B",
        help="an equation that holds between the names and may be used as a step; may be repeated",
    )
    parser.add_argument(
        "--subject-to",
        action="append",
        metavar="A=B",
        help=(
            "with --argmin and --argmax: an equation that the point has to meet; with --dual an inequality too, "
            "'A w >= b'; may be repeated"
        ),
    )
    parser.add_argument(
        "--root",
        metavar="X:EQ",
        help="an equation that makes a name a function of the others, 'x: F(x, theta) = 0': it is differentiated too",
    )
    parser.add_argument(
        "--by",
        choices=("score", "reparameterisation"),
        help=(
            "how a mean without a closed form is differentiated: by the score of its law, or with its variable as a "
            "function of one whose law has no parameters, which is the default"
        ),
    )
    parser.add_argument(
        "--value", action="store_true", help="the value too, before the gradient; one function returns them all"
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--numpy", action="store_true", help="importable NumPy source of the result")
    source.add_argument("--fast", action="store_true", help="NumPy source in blocks that stay in the cache, in place")
    add_backends(source)
    add_source(parser)
    parser.add_argument(
        "--at", metavar="DATA.toml", help="the value at given arrays: a TOML file, name = number or list"
    )
    add_stream(parser, '"id", "formula", "wrt", "names"', SECONDS, "derivation", also="the source")
    add_style(parser, "matrix")
    add_json(parser)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    if args.jsonl is not None:
        if args.formula is not None or args.names:
            raise Refused("--jsonl takes its formulas and names from the file")
        from checker.commands.streaming import stream
        from checker.stream import Task

        return stream(args, Task(_request, _bad, _limit, _failed), 70)
    wrt = [name.strip() for name in args.wrt.split(",") if name.strip()] if isinstance(args.wrt, str) else []
    if not wrt:
        raise Refused("--wrt NAME is missing: with respect to what?")
    if args.formula is None and args.let is None:
        raise Refused("gradient needs a formula, or --let with bindings; `backproof gradient --help` has examples")
    wanted = "numpy" if args.fast else backend(args)
    if not wanted and (args.name or args.output or args.with_test):
        raise Refused("--name, --with-test and --output are about source: add --numpy, --fast or a library")
    request = {
        "do": "gradient",
        "formula": None if args.formula is None else given(args.formula),
        "wrt": wrt,
        "names": args.names,
        "let": args.let,
        "of": args.of,
        "hessian": args.hessian,
        "along": args.along,
        "jvp": args.jvp,
        "vjp": args.vjp,
        "order": args.order,
        "facts": args.fact,
        "subject_to": args.subject_to,
        "root": args.root,
        "by": args.by,
        "argmin": args.argmin,
        "argmax": args.argmax,
        "dual": args.dual,
        "at": read_data(args.at) if args.at else None,
        "value": args.value or args.as_layer,
        "source": wanted or ("numpy" if args.json else None),
        "fast": args.fast,
        "name": args.name,
        "dressing": dressing(args, wanted),
        "with_test": args.with_test,
        "print": None if args.json or wanted else style(args, terminal),
    }
    from checker.commands.asking import ask, tell_bug

    outcome = ask(request, args.timeout, worker=args.worker, drawn=not args.json)
    if outcome.answer is None and not outcome.limit:
        tell_bug(outcome.bug)
        if args.json:
            terminal.json(_failed(None, outcome.seed))
        return 70
    view = _limit(None, outcome.limit) if outcome.answer is None else dict(outcome.answer)
    return show(view, args, terminal)


def show(view: dict[str, Any], args: argparse.Namespace, terminal: Terminal) -> int:
    """Print what was derived, or why not; the exit code."""
    prints = view.pop("printed", [])
    if args.json:
        terminal.json({"format": 1, **view})
    elif view["status"] == "derived":
        if backend(args) or args.fast:
            if view.get("no_numpy"):
                raise Refused(view["no_numpy"])
            show_source(view["numpy"], args, terminal)
        for number, made in enumerate(prints):
            if number:
                terminal.line()
            show_printed(made, terminal)
        values = [
            (name, value)
            for entry in view.get("gradients") or [view]
            for name, value in (entry.get("value") or {}).items()
        ]
        if values:
            from checker.render import labelled, show_value

            terminal.show("", labelled([(name, show_value(value)) for name, value in values], terminal, indent=0))
    else:
        from checker.render import caret, labelled, mark

        rows: list[tuple[str, Any]] = [("why", view.get("reason", ""))]
        at = view.get("at")
        text = {"formula": args.formula, "let": args.let}.get(at.get("in", "formula")) if at else None
        if at and at.get("in") == "fact":
            text = next((fact for fact in args.fact or () if repr(fact) in view["reason"]), None)
        if at and text and text != "-":
            rows.append(("", "\n".join(caret(text, at["start"], at["end"], terminal.width - 16))))
        terminal.show(mark(view["status"], terminal), labelled(rows, terminal))
    return {"derived": 0, "refused": 2, "undecided": 3, "failed": 70}[view["status"]]


def _request(line: Mapping[str, Any]) -> dict[str, Any]:
    from checker.stream import BadLine

    formula, wrt, names = line.get("formula"), line.get("wrt"), line.get("names", {})
    if formula is not None and not isinstance(formula, str):
        raise BadLine("formula is not a string")
    if formula is None and not isinstance(line.get("let"), str):
        raise BadLine("formula is missing")
    if not isinstance(wrt, str) and not (isinstance(wrt, list) and wrt and all(isinstance(w, str) for w in wrt)):
        raise BadLine(
            "wrt is missing: the name to differentiate by"
            if wrt is None
            else "wrt is neither a name nor a list of names"
        )
    if not isinstance(names, str) and not (isinstance(names, dict) and all(isinstance(v, str) for v in names.values())):
        raise BadLine('names is neither a string nor an object {"x": "real"}')
    if line.get("order") not in (None, 1, 2, 3, 4):
        raise BadLine("order is not 1, 2, 3 or 4: higher derivatives are not shown")
    if line.get("by") not in (None, "score", "reparameterisation"):
        raise BadLine("by is neither score nor reparameterisation")
    facts = line.get("facts")
    if facts is not None and not (isinstance(facts, list) and all(isinstance(f, str) for f in facts)):
        raise BadLine('facts is not a list of strings ["sum_k t_k = 1"]')
    subject = line.get("subject_to")
    if subject is not None and not (isinstance(subject, list) and all(isinstance(s, str) for s in subject)):
        raise BadLine('subject_to is not a list of strings ["w^T w = 1"]')
    return {
        "do": "gradient",
        "formula": formula,
        "wrt": [wrt] if isinstance(wrt, str) else wrt,
        "names": names,
        "let": line.get("let"),
        "of": line.get("of"),
        "hessian": bool(line.get("hessian")),
        "along": line.get("along"),
        "jvp": line.get("jvp"),
        "vjp": line.get("vjp"),
        "order": line.get("order"),
        "facts": line.get("facts"),
        "subject_to": subject,
        "root": line.get("root"),
        "by": line.get("by"),
        "argmin": bool(line.get("argmin")),
        "argmax": bool(line.get("argmax")),
        "dual": bool(line.get("dual")),
        "at": None,
        "source": "numpy",
        "print": None,
    }


def _bad(identity: Any, reason: str, side: str) -> dict[str, Any]:
    return {"id": identity, "status": "refused", "reason": reason}


def _limit(identity: Any, what: str | None) -> dict[str, Any]:
    return {"id": identity, "status": "undecided", "reason": f"not derived within the limit of {what}"}


def _failed(identity: Any, seed: int) -> dict[str, Any]:
    return {"id": identity, "status": "failed", "seed": seed}
