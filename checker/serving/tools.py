"""The tools: one row each. What a tool does is a task of the worker; a new one is a row and a task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from checker.verdict_schema import json_schema
from derivations.frozen import frozen

MAX_TEXT = 100_000
"""Characters of one argument."""

MAX_LIST = 20
"""Entries of a list."""

Kind = Literal["text", "yes or no", "texts"]


@frozen
class Argument:
    """One argument: a text, a yes or no, a list of texts; of `choices` where there are some."""

    name: str
    meaning: str
    kind: Kind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        text = {"type": "string", "maxLength": MAX_TEXT, **({"enum": list(self.choices)} if self.choices else {})}
        own: dict[str, Any] = {
            "text": text,
            "yes or no": {"type": "boolean"},
            "texts": {"type": "array", "items": text, "minItems": 1, "maxItems": MAX_LIST},
        }[self.kind]
        return {**own, "description": self.meaning}

    def fault(self, value: Any) -> str:
        """Why a value is none of this argument; empty where it is one."""
        if self.kind == "texts":
            if not isinstance(value, list) or not 1 <= len(value) <= MAX_LIST:
                return f"{self.name} is a list of 1 to {MAX_LIST} texts"
            return next((found for v in value if (found := self._text(v))), "")
        if self.kind == "yes or no":
            return "" if isinstance(value, bool) else f"{self.name} is true or false"
        return self._text(value)

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            return f"{self.name} is a text"
        if self.choices and value not in self.choices:
            return f"{self.name} is one of {', '.join(self.choices)}"
        return f"{self.name} has more than {MAX_TEXT:,} characters" if len(value) > MAX_TEXT else ""


class WrongArguments(ValueError):
    """Arguments that a tool does not take; says which and what to give."""


@frozen
class Tool:
    """One row. `request` makes the worker's request of its arguments; `verdict`: what comes back has the published
    schema of a verdict."""

    name: str
    title: str
    about: str
    arguments: tuple[Argument, ...]
    request: Callable[[Mapping[str, Any]], dict[str, Any]]
    verdict: bool = False

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        return {
            "type": "object",
            "properties": {a.name: a.schema() for a in self.arguments},
            "required": [a.name for a in self.arguments if a.required],
            "additionalProperties": False,
        }

    def answer_schema(self) -> dict[str, Any]:
        """The JSON Schema of its answer."""
        if self.verdict:
            return json_schema()
        return {
            "type": "object",
            "properties": {"format": {"const": 1}, "status": {"type": "string"}},
            "required": ["format", "status"],
        }

    def asked(self, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """The worker's request for the arguments given. Raises `WrongArguments`."""
        given = {k: v for k, v in (given or {}).items() if v is not None}
        known = {a.name: a for a in self.arguments}
        for name in given:
            if name not in known:
                raise WrongArguments(f"{self.name} takes no {name[:60]}; it takes {', '.join(known)}")
        for argument in self.arguments:
            if argument.required and argument.name not in given:
                raise WrongArguments(f"{argument.name} is missing: {argument.meaning}")
            if argument.name in given and (why := argument.fault(given[argument.name])):
                raise WrongArguments(why)
        return self.request(given)


_DECLARE = (
    "Declare every name with its domain and shape, 'X: real[n,d]; y: label01[n]; w: real[d]; p: probability; "
    "i: index[n]': shapes decide what a product means."
)
_NAMES = Argument("names", _DECLARE)
_LET = Argument("let", "bindings in order, 'z = X w; p = sigmoid(z)': their names may stand in the formula")


def _compare(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "do": "compare",
        "student": given["student"],
        "truth": given["truth"],
        "names": given.get("names", ""),
        "where": given.get("where", "truth"),
    }


def _proofread(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "do": "proofread",
        "text": given["text"],
        "names": given.get("names", ""),
        "sheet": None,
        "bank": None,
        "path": None,
        "name": given.get("name", ""),
        "report": given.get("report"),
    }


def _gradient(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "do": "gradient",
        "formula": given["formula"],
        "wrt": given["wrt"],
        "names": given.get("names", ""),
        "let": given.get("let"),
        "of": given.get("of"),
        "hessian": given.get("hessian", False),
        "along": None,
        "order": None,
        "facts": None,
        "argmin": False,
        "at": None,
        "source": "numpy",
        "print": None,
    }


TOOLS: tuple[Tool, ...] = (
    Tool(
        "read",
        "Read a formula",
        "How a formula in plain text, Unicode, LaTeX or NumPy is read: its shape, index form and LaTeX, and what was "
        "inferred. Use it first when another tool says that a text is unreadable.",
        (Argument("text", "the formula", required=True), _NAMES),
        lambda given: {"do": "read", "text": given["text"], "names": given.get("names", "")},
    ),
    Tool(
        "compare",
        "Compare two answers",
        "Whether an answer is equal to the truth for all sizes and values, with a proof or a point where they differ. "
        "Formulas, relations, intervals, finite sets. 'undecided' and 'unreadable' are no verdict on the answer.",
        (
            Argument("student", "the answer that is judged", required=True),
            Argument("truth", "what it should equal", required=True),
            Argument("names", _DECLARE + " 'infer' takes what the letters say where that is evident."),
            Argument("where", "wherever the truth has a value, or in common: both", choices=("truth", "common")),
        ),
        _compare,
        verdict=True,
    ),
    Tool(
        "check_chain",
        "Check a derivation",
        "Judges a derivation link by link: lines of formulas joined by =, <=, => and the like. The first false link is "
        "named with a counterexample; each link is one of `parts`.",
        (Argument("text", "the derivation, one step a line, each with its relation", required=True), _NAMES),
        lambda given: {"do": "chain", "text": given["text"], "names": given.get("names", "")},
        verdict=True,
    ),
    Tool(
        "proofread",
        "Proofread a document",
        "Checks the mathematics of a whole text like spelling: Markdown or LaTeX with $…$. Its own declarations and "
        "definitions are taken, each =, <=, stated derivative and number is a line of `lines` with its status: wrong "
        "with the reason, or undecided and unreadable with what to declare. 'unchecked': none is wrong, some are open.",
        (
            Argument("text", "the document, Markdown or LaTeX, as it stands", required=True),
            Argument("names", _DECLARE + " What the document declares itself need not be said again."),
            Argument("name", "its file name: .tex is read as LaTeX, in which % begins a comment"),
            Argument("report", "also the marked document in `report`, as Markdown or HTML", choices=("md", "html")),
        ),
        _proofread,
    ),
    Tool(
        "gradient",
        "Derive a gradient",
        "The gradient of a formula by symbols, for all sizes: the steps, the result, LaTeX and a NumPy function.",
        (
            Argument("formula", "the formula that is differentiated", required=True),
            Argument("wrt", "the names to differentiate by", "texts", required=True),
            Argument("names", _DECLARE),
            _LET,
            Argument("of", "with let: which of its names is differentiated"),
            Argument("hessian", "the second derivative instead", "yes or no"),
        ),
        _gradient,
    ),
    Tool(
        "prove",
        "Prove an equation",
        "Takes 'A = B': the steps between the two and how strongly they are proved equal, or a counterexample.",
        (Argument("statement", "the equation, A = B", required=True), _NAMES, _LET),
        lambda given: {
            "do": "prove",
            "statement": given["statement"],
            "names": given.get("names", ""),
            "let": given.get("let"),
            "print": None,
        },
        verdict=True,
    ),
    Tool(
        "code",
        "Code of a model's gradient",
        "Importable source of derivatives of a model that backproof knows (softmax, logistic, batch_norm, two_layer, "
        "…; a wrong name is answered with the nearest). For a formula of your own use gradient.",
        (
            Argument("model", "the model, with its variant: batch_norm, logistic:batch", required=True),
            Argument("targets", "derivatives or nodes, each as dL/dx", "texts", required=True),
            Argument("backend", "the library of the code (default: numpy)",
                     choices=("numpy", "jax", "torch", "numba", "cupy", "array_api")),
        ),
        lambda given: {
            "do": "code",
            "model": given["model"],
            "targets": given["targets"],
            "backend": given.get("backend", "numpy"),
        },
    ),
)  # fmt: skip

BY_NAME: Mapping[str, Tool] = {tool.name: tool for tool in TOOLS}
