"""The problem file: what a teacher may write, one row a key. The loader, the published JSON Schema and the guide read
these rows.

    id = "001/3"                          one file a problem; every part's id begins with it
    title = "Softmax"
    model = "softmax"                     a model of `derivations.models`; or, in place, [names] and let:
    let = ["z_i = w^T x_i", "p_i = sigmoid(z_i)"]
    [names]
    w = "real[d]"
    [[part]]
    id = "001/3.1"
    kind = "formula"
    ask = 'What is $\\partial y_i / \\partial x_i$?'
    derives = "dy_i/dx_i"
    [[part.mistake]]
    answer = "y_i"
    tag = "missing-term"
    message = "That is the numerator's part only."

What belongs to one kind only is in its file (`problems.kinds.KINDS`), and reaches the program as `Part.payload`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar

from derivations.frozen import frozen
from problems.kinds import KINDS

KeyType = Literal[
    "text",
    "texts",
    "number",
    "integer",
    "boolean",
    "answer",
    "answers",
    "declarations",
    "values",
    "table",
    "tables",
    "vocabulary",
]
"""text       a string                              texts     a string or a list of strings
answer     what one would type: string, number, boolean, or a list or table of them
answers    a list of answers                     values    name → number or nested list of numbers (data)
declarations  name → domain                      vocabulary  a list of names, or name → domain
table, tables  a table (of the row's `keys`), or a list of them"""


@frozen
class Key:
    """One key: its type, what it means, whether it must be there, the only values it may take (if listed), for tables
    their keys, and the label under which `show` gives it (none: it does not)."""

    name: str
    type: KeyType
    meaning: str
    required: bool = False
    choices: Collection[str] = ()
    keys: tuple[Key, ...] = ()
    default: Any = None
    shown: str = ""


FORMS = ("identity", "inequality", "limit", "sign", "derivation", "experiment")

DEMONSTRATION: tuple[Key, ...] = (
    Key("form", "text", "what kind of demonstration", required=True, choices=FORMS),
    Key(
        "statement",
        "text",
        (
            "identity, inequality, limit, sign: the statement, in the notation: `A = B`, `A >= B`, `lim c->oo A = "
            "B`, `A > 0`"
        ),
    ),
    Key("model", "text", "derivation: the model"),
    Key("target", "text", "derivation: the target"),
    Key("names", "declarations", "the names of the statement, with domains (default: the problem's)"),
    Key("where", "values", "values substituted into the statement before it is checked"),
    Key("experiment", "text", "experiment: the name of a seeded function in problems.experiments"),
    Key("seed", "integer", "experiment: the seed", default=0),
    Key("with", "values", "experiment: its parameters"),
    Key("says", "text", "one sentence: what is seen"),
)

MISTAKE: tuple[Key, ...] = (
    Key("answer", "answer", "what is written", required=True),
    Key("tag", "text", "a stable word for the mistake: sign, missing-sum, swapped-index …", required=True),
    Key("message", "text", "one sentence to the student that says why it is wrong", required=True),
    Key("score", "number", "the share of the part's points that it is worth all the same, from 0 to 1 (default: none)"),
)

PART: tuple[Key, ...] = (
    Key("id", "text", "the id as it is typed; begins with the problem's id", required=True),
    Key("kind", "text", "the answer kind", required=True, choices=KINDS),
    Key("ask", "text", "what is asked, in your own words, with LaTeX between $ signs", required=True),
    Key(
        "derives",
        "text",
        (
            "what the answer is: `dL/dx`, `dy_i/dx_j where i != j`, `d2L/dw2`, `value of z`, `shape of dL/dW2`, "
            "`entries of W1, W2`, `argmin J over w`"
        ),
    ),
    Key("model", "text", "a model for this part only"),
    Key("declare", "declarations", "further names for this part: name → domain"),
    Key("let", "texts", "further bindings for this part"),
    Key("facts", "texts", "further equations that hold in this part"),
    Key(
        "names",
        "vocabulary",
        "the names an answer may use (default: inputs, nodes, and adjoints downstream of the target)",
    ),
    Key("also", "texts", "names that an answer may use besides `names`"),
    Key("letters", "texts", "quantities that this part names, as bindings: answers to later parts may use them"),
    Key("conventions", "table", "conventions of this part, over those of the problem"),
    Key(
        "units",
        "texts",
        "units and nouns that may stand beside an answer, besides those of the problem: `nats`, `parameters`",
    ),
    Key(
        "hides",
        "texts",
        "nodes, data and conventions that are the answer here: `show` keeps them back in this part and those before it",
    ),
    Key("points", "number", "what the part is worth", default=1),
    Key("hints", "texts", "hints, in the order in which they are given"),
    Key(
        "vary",
        "values",
        (
            "the same part with other numbers: the name of a datum under `given` → a list of values, as many for each "
            "name; `{{name}}` in `ask` and `about` stands for the value"
        ),
    ),
    Key(
        "costs",
        "values",
        (
            "the share of the points, from 0 to 1, that a hint costs, by its stage: asked, hint, plan, rule, left, "
            "line, answer (default: the answer 1, the others nothing)"
        ),
    ),
    Key(
        "expect",
        "answer",
        (
            "a test of the derivation: the derived answer must equal it (one answer, or a list of equal ones; a "
            "trace: name → number)"
        ),
    ),
    Key("accepts", "answers", "answers that must be judged correct"),
    Key("rejects", "answers", "answers that must be judged wrong"),
    Key("mistake", "tables", "known mistakes, each with its reason", keys=MISTAKE),
    Key("demonstration", "tables", "what shows that the answer is right", keys=DEMONSTRATION),
    Key("figure", "text", "a stand-in, in words, for a figure that the question needs"),
    Key("source_answer", "text", "the course's own answer, where it differs from the true one, and why"),
)

WRITTEN: tuple[Key, ...] = (
    Key("parts", "texts", "the ids of the parts that are written so (default: all)"),
    Key("names", "declarations", "name → domain, of letters that answers are not typed in"),
    Key("let", "texts", "bindings of these letters, in order"),
    Key(
        "spelled",
        "texts",
        "what stands for a quantity: `net_{h_1} = z1`, `K(x, z) = phi(x)^T phi(z)`; blanks and braces do not count",
    ),
    Key(
        "densities",
        "texts",
        "what the joint density is made of: `p(theta) = exp(-theta^2)`, `p(y | x, theta)`; or any density",
    ),
)

SHARED: tuple[Key, ...] = (
    Key("names", "declarations", "name → domain"),
    Key("let", "texts", "bindings, in order"),
    Key("facts", "texts", "equations between the names that hold by statement"),
    Key("letters", "texts", "quantities that the sheet names, as bindings"),
    Key("given", "values", "data"),
    Key("conventions", "table", "what is fixed where courses differ"),
    Key("units", "texts", "units and nouns that may stand beside an answer"),
)
"""The keys of a file that problems share; what a problem says itself comes after it, or in its place."""

PROBLEM: tuple[Key, ...] = (
    Key("id", "text", "sheet/problem, such as 001/3", required=True),
    Key("title", "text", "a few words", required=True),
    Key("source", "text", "where the problem comes from"),
    Key("about", "text", "what all parts share: the setting, the data, in your own words"),
    Key("model", "text", "a model of derivations.models, with its variant: batch_norm:eps"),
    Key(
        "use",
        "texts",
        "files that problems share, of names, bindings and data: `network.let`, beside this one or in the folder above",
    ),
    Key("let", "texts", "bindings in place, in order: `z_i = w^T x_i`"),
    Key(
        "facts",
        "texts",
        "equations between the names that hold by statement, and may be used as steps: `sum_k t_k = 1`",
    ),
    Key(
        "letters",
        "texts",
        "quantities that the sheet names, as bindings: answers may use them, nothing is derived from them",
    ),
    Key(
        "called",
        "texts",
        "what the sheet calls a node of `let` whose letter is another one here: `e = r`; hand-ins may use it",
    ),
    Key(
        "written",
        "tables",
        "how hand-ins write it: in the letters of the parts, or, with `names`, in others",
        keys=WRITTEN,
    ),
    Key("upstream", "text", "for a layer without a loss, with let: the node whose adjoint dL/dnode is given"),
    Key("names", "declarations", "name → domain; for let, or in addition to the model's names"),
    Key("given", "values", "data that all parts share: sizes and values by name"),
    Key("conventions", "table", "what the problem fixes where courses differ"),
    Key(
        "reletter",
        "texts",
        "letters that further versions of the parts write otherwise, with all that is made of them; `all`: all that "
        "are free",
    ),
    Key("units", "texts", "units and nouns that may stand beside an answer of any part: `nats`, `parameters`"),
    Key("part", "tables", "the parts, in order", required=True, keys=PART),
)


# ---------------------------------------------------------------- what a file becomes


def _frozen() -> Mapping[str, Any]:
    return MappingProxyType({})


@frozen
class Mistake:
    """A known wrong answer, its stable tag, the sentence a student gets, and the share of the points it is worth."""

    answer: Any
    tag: str
    message: str
    score: float | None = None


@frozen
class Expect:
    """A test of the derivation: the derived answer must equal `answer`."""

    answer: Any


@frozen
class Demonstration:
    """What shows that an answer is right: a statement that is checked, a derivation, or a named seeded experiment."""

    form: str
    statement: str | None = None
    model: str | None = None
    target: str | None = None
    names: Mapping[str, str] = field(default_factory=_frozen)
    where: Mapping[str, Any] = field(default_factory=_frozen)
    experiment: str | None = None
    seed: int = 0
    parameters: Mapping[str, Any] = field(default_factory=_frozen)
    says: str = ""


class Payload:
    """What parts of one kind hold besides the keys of every part: each kind's own frozen class, its fields rows of the
    schema (`problems.kind.own`), typed, lists as tuples, tables read-only. It reads as the table that was written
    too."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


Held = TypeVar("Held", bound=Payload)


@frozen
class Written:
    """How hand-ins write a problem: what they call its quantities (left side, right side), the factors of their joint
    density, and, where these are not the letters of its parts, names with domains and bindings."""

    names: Mapping[str, str] = field(default_factory=_frozen)
    let: tuple[str, ...] = ()
    spelled: tuple[tuple[str, str], ...] = ()
    densities: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Part(Generic[Held]):
    """One part that can be asked.

    model        the model's name, None where the problem states its bindings in place
    let          bindings added to the model (the problem's, then the part's)
    facts        equations that hold by statement (the problem's, then the part's)
    declared     names with domains in addition to the model's (the problem's, then the part's)
    vocabulary   the names an answer may use; None: the default of the design
    also         names that it may use besides
    letters      bindings of further letters of the sheet
    earlier      those that earlier parts introduced, each where this part has the names for it
    introduces   those that this part introduces
    conventions  those of the problem, overridden by the part's
    called       letters of the sheet for nodes: (letter, node)
    written      how hand-ins write it
    units        words that may stand beside an answer, those of the problem first
    hides        what `show` keeps back until this part is behind
    template     what is asked, with its places for numbers, where it has any; `ask` has the numbers
    reletter     the letters of each version in other letters (`problems.relettering`)
    lettered     those of this version, None where it is as written
    payload      what only this kind has, defaults filled in; data under `given`
    """

    id: str
    kind: str
    ask: str
    problem: str = ""
    derives: str | None = None
    model: str | None = None
    let: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    upstream: str | None = None
    declared: Mapping[str, str] = field(default_factory=_frozen)
    vocabulary: tuple[str, ...] | None = None
    also: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    introduces: tuple[str, ...] = ()
    called: tuple[tuple[str, str], ...] = ()
    written: tuple[Written, ...] = ()
    conventions: Mapping[str, Any] = field(default_factory=_frozen)
    units: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    points: float = 1
    hints: tuple[str, ...] = ()
    costs: Mapping[str, float] = field(default_factory=_frozen)
    vary: Mapping[str, Any] = field(default_factory=_frozen)
    template: str = ""
    reletter: tuple[Any, ...] = ()
    lettered: Any = None
    expect: tuple[Expect, ...] = ()
    accepts: tuple[Any, ...] = ()
    rejects: tuple[Any, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    demonstrations: tuple[Demonstration, ...] = ()
    figure: str | None = None
    source_answer: str | None = None
    payload: Held = field(default_factory=Payload)  # type: ignore[assignment]

    @property
    def sheet(self) -> str:
        """What stands before the first slash of the id."""
        return self.id.partition("/")[0]

    @property
    def stated(self) -> bool:
        """Whether the answer is typed in by the author, not derived."""
        return not KINDS[self.kind].derived


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One problem file. `template` is what all parts share with its places for numbers, where it has any."""

    id: str
    title: str
    parts: tuple[Part[Any], ...]
    source: str = ""
    about: str = ""
    model: str | None = None
    let: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    called: tuple[tuple[str, str], ...] = ()
    written: tuple[Written, ...] = ()
    upstream: str | None = None
    names: Mapping[str, str] = field(default_factory=_frozen)
    given: Mapping[str, Any] = field(default_factory=_frozen)
    conventions: Mapping[str, Any] = field(default_factory=_frozen)
    units: tuple[str, ...] = ()
    path: str = ""
    template: str = ""
