"""The command line: one module a command. A command's module is imported when it is called, never before."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

COMMANDS: Mapping[str, str] = MappingProxyType({
    "models": "the models, their bindings, nodes, variants and targets",
    "derive": "derive a target of a model, or the answer to a part, step by step",
    "code": "the NumPy source of a derived target",
    "gradient": "the gradient of any formula, with its derivation",
    "prove": "show that two formulas are equal, or where they differ",
    "problems": "the parts that can be asked",
    "show": "what a part asks, and how to type an answer",
    "check": "judge an answer to a part, or a file of answers",
    "grade": "judge whole hand-ins, line by line",
    "gradescope-zip": "an assignment as an autograder for Gradescope",
    "compare": "judge one formula against another, or a stream of pairs",
    "extract": "the final answer out of a long text, or a stream of them",
    "proofread": "check the mathematics of a document, link by link, without a key",
    "read": "how a formula is read",
    "mcp": "tools for assistants, over the Model Context Protocol",
    "practice": "be asked part after part",
    "sheet": "parts as an exercise sheet, its key, or questions for Moodle",
    "serve": "the page in the browser, for practice and for classes",
    "validate": "check problem files of your own",
})  # fmt: skip
"""Name → one line. The module `checker.commands.<name>`, `_` for `-`, has ABOUT, EXAMPLES, arguments(parser), run(args,
terminal) → exit code."""

ASKING = frozenset({"check", "compare", "extract", "gradient", "proofread", "prove", "sheet"})
"""Commands that ask a worker: `args.worker`, which warms up for the task of that name."""
