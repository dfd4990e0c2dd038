"""Left sides: `dL/dw =`, `∇_w L =`, `LL(x, y) =`, `p_i =`: what a line says its formula is."""

from __future__ import annotations

import re

from derivations.domains import Names
from derivations.laws.table import SPELLINGS
from derivations.notation.errors import ReadError
from derivations.notation.read.prose import unexplained
from derivations.notation.read.scope import scope_of
from derivations.notation.read.token import Token
from derivations.notation.spelling import adjoint, canonical
from derivations.notation.words import FUNCTIONS

SO = frozenset(["=", ":=", "=>", "<=>"])
"""Relations that may stand in front of a formula: what is asked is this, and so this holds."""


def leading_relation(t: Token, text: str) -> ReadError:
    """≥ x, ∝ x, ≠ x say something of a formula, and are not the formula."""
    shown = text[t.start : t.end]
    return ReadError(
        f"{shown} stands in front of the formula: that says something else than =",
        (t.start, t.end),
        "the formula, or = and the formula",
        (),
        (),
        text,
        "relation",
    )


def refuse_tilde(text: str) -> None:
    """`~ x` is about x, or distributed as x; between symbols ~ is a space of LaTeX."""
    if text[:1] == "~":
        raise leading_relation(Token("rel", "~", 0, 1), text)


_D = r"(?:\\partial|\\(?:mathrm|text|rm|operatorname)\s*(?:\{\s*d\s*\}|(?<=rm)\s+d(?![A-Za-z]))|∂|d)"
"""A differential: ∂, d, and d set upright."""


_TARGET = re.compile(
    rf"\A(?:\\[dt]?frac\s*\{{\s*{_D}\s*(?P<a>[^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*)\}}\s*\{{\s*{_D}\s*(?P<b>[^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*)\}}|{_D}\s*(?P<c>[^/=+*]{{1,60}})/\s*{_D}\s*(?P<e>[^/=+*]{{1,60}}))\Z",
    re.DOTALL,
)


_NABLA = re.compile(
    r"\A(?:\\nabla|∇)\s*_\s*(?:\{(?P<b>[^{}]+(?:\{[^{}]*\}[^{}]*)*)\}|(?P<c>\\?[A-Za-z]+|\S))\s*"
    r"(?P<a>\S{1,40}|\\math\w+\s+[A-Za-z](?:_\S+|\(\S+\))?)\Z",
    re.DOTALL,
)


_FUNCTION = re.compile(r"\\(?:log|ln|exp|sin|cos|tan|tanh|sqrt)(?![A-Za-z])\s*[^\s]")


def spelled_target(text: str) -> str | None:
    r"""`dL/dw` for `\frac{\partial L}{\partial w}`, `∂L/∂w`, `∇_w L`; bars around it are taken off. None for anything
    else."""
    text = text.strip()
    if len(text) > 200:
        return None
    for left, right in ((r"\left|", r"\right|"), (r"\lvert", r"\rvert"), ("|", "|")):
        if text.startswith(left) and text.endswith(right) and len(text) > len(left) + len(right):
            text = text[len(left) : -len(right)].strip()
    text = text.replace(r"\dfrac", r"\frac").replace(r"\tfrac", r"\frac").replace(r"\displaystyle", "").strip()
    found = _TARGET.match(text)
    if found:
        above, below = (found["a"], found["b"]) if found["a"] is not None else (found["c"], found["e"])
        above, below = above.strip(), below.strip()
        above = re.sub(r"\([^()]*\)\Z", "", above)
        if _FUNCTION.match(above):  # the derivative of log y is none of y
            return None
        if above and below and not re.search(r"[-+*=]", above + below):
            return f"d{canonical(above)}/d{canonical(below)}"
        return None
    found = _NABLA.match(text)
    if found:
        return f"d{canonical(found['a'])}/d{canonical(found['b'] or found['c'])}"
    split = adjoint(text) if "/" in text and len(text) < 60 and not re.search(r"[-+*=() ]", text) else None
    return None if split is None else f"d{canonical(split[0])}/d{canonical(split[1])}"


_PRIMED = re.compile(
    r"\A\s*(\\?[A-Za-z]+)\s*(?:'|′|\^\s*\\prime|\^\{\s*\\prime\s*\})\s*\(\s*(\\?[A-Za-z]+(?:_\w+)?)\s*\)\Z"
)


def primed_target(text: str, names: Names) -> str | None:
    """`dh/dz` for h'(z), where no name has the prime itself."""
    found = _PRIMED.match(text)
    if found is None or canonical(found[1]) + "'" in scope_of(names).rows or found[1] in FUNCTIONS:
        return None
    return f"d{canonical(found[1])}/d{canonical(found[2])}"


def same_target(a: str, b: str) -> bool:
    """Targets are the same up to index letters: `dL/dx_i` where dL/dx was asked; not dy_i/dx_j where dy_i/dx_i was."""
    if a == b or (a.endswith("/d") and b.startswith(a)):  # ∇J
        return True
    sides = [[re.fullmatch(r"(.*?)(?:_([a-z]{1,3}))?", side) for side in name.split("/")] for name in (a, b)]
    (mine, theirs) = ([(m[1], m[2]) for m in name if m is not None] for name in sides)
    if [name for name, _ in mine] != [name for name, _ in theirs]:
        return False
    letters = [[at for _, at in side] for side in (mine, theirs)]
    told = all(at for side in letters for at in side)
    return not told or len(mine) < 2 or (len(set(letters[0])) == 1) == (len(set(letters[1])) == 1)


_ARGUMENTS = re.compile(
    r"\A\s*\\?[A-Za-z]+(?:\{[A-Za-z]+\})?(?:_(?:\{?\w+\}?|\{\s*\\(?:text|mathrm|rm)\s*\{?\s*\w+\s*\}?\s*\}))?"
    r"\s*(?:\\left)?\((?:[^()]|\([^()]*\))*(?:[,;|]|\\mid(?![A-Za-z]))(?:[^()]|\([^()]*\))*\)\s*\Z"
)


_PROBABILITY = re.compile(
    r"\A\s*(?:\\?(?:Pr|P|Prob|p|q)|\\(?:mathbb|mathrm|mathbf|operatorname|text)\s*\{?\s*(?:P|Pr|Prob)\s*\}?)"
    r"(?:_\s*(?:\{[^{}]*\}|\\?[A-Za-z]+))?"
    r"\s*(?:\\[bB]igg?l?|\\left)?[(\[][^()\[\]]*(?:=|\\mid(?![A-Za-z])|\|)[^()\[\]]*[)\]]\s*\Z"
)
"""`P(Y = 1)`, `\\Pr[y = 1 \\mid x]`: what a probability is of says that it is one."""


_MOMENT = re.compile(
    r"\A\s*(?:E|V|Var|\\(?:mathbb|mathrm|mathbf|operatorname|text)\s*(?:\{\s*(?:E|V|Var)\s*\}|E|V)|\\E)"
    r"(?:_\s*(?:\{[^{}]*\}|\\?[A-Za-z]+))?"
    r"\s*(?:\\[bB]igg?l?|\\left)?\[[^\[\]]*\]\s*\Z"
)


_STYLED = r"(?:\\(?:mathbb|mathrm|mathbf|mathsf|operatorname|text)\s*\{?\s*)?"
_DRAWN = re.compile(
    rf"\A\s*-?\s*{_STYLED}(?:E|V|Var|Cov|var|cov)\s*\}}?\s*_\s*\{{.*?(?:~|\\sim(?![A-Za-z])|∼)", re.DOTALL
)
_MEAN = re.compile(rf"\A\s*-?\s*{_STYLED}(?:E|V|Var|Cov|var|cov)\s*\}}?\s*(?:\\left)?\s*[(\[]")
_OF_LAWS = re.compile(
    rf"\A\s*(?:{_STYLED}(?P<name>KL|H)\s*\}}?|D\s*_\s*\{{?\s*{_STYLED}KL\s*\}}*)\s*(?:\\left)?\s*[(\[](?P<of>.*)\Z",
    re.DOTALL,
)


def says_a_law(text: str, names: Names) -> bool:
    """`E_{x ~ p}[x]`, `KL(p || q)`: what a left side is of says which law it has, so that it is a formula."""
    if len(text) > LONGEST_SIGNATURE:
        return False
    if _DRAWN.match(text):
        return True
    if _MEAN.match(text) and any(row.law for row in names.values()):
        return True
    found, scope = _OF_LAWS.match(text), scope_of(names)
    if found is None or (found["name"] or "D") in scope.bases:
        return False
    of = re.sub(r"\\(?:math[a-z]+|operatorname|text|boldsymbol|hat|tilde|bar)(?![A-Za-z])", " ", found["of"])
    words = [canonical(word) for word in re.findall(r"\\?[A-Za-z]+", of)]
    laws = [canonical(word[0]) for side in re.split(r"\\\||\|\||‖", of) if (word := re.search(r"\\?[A-Za-z]+", side))]
    if any(law not in scope.rows and law not in SPELLINGS and law != "softmax" for law in laws):
        return False  # of a law that nobody declared it is a name
    rows = [scope.rows[word] for word in words if word in scope.rows]
    return any(row.domain.has("share") for row in rows) or any(w in SPELLINGS or w == "softmax" for w in words)


_ARGUMENT = re.compile(
    r"\A\s*\\?[A-Za-z]+(?:\{[A-Za-z]+\})?(?:_\{?\w+\}?)?\s*(?:\\left)?\(\s*([^()]{1,40}?)\s*(?:\\right)?\)\s*\Z"
)


LONGEST_SIGNATURE = 400
"""A longer side is no name with its arguments."""
_DATA = re.compile(r"\s*\\(?:mathcal|mathscr|mathbb)\s*(?:\{\s*[A-Z]\s*\}|[A-Z])\s*")
"""A script letter, which nobody multiplies by: the data that `L(\\mathcal D)` is of."""


def is_signature(text: str, names: Names) -> bool:
    """`LL(x, y)`, `P(x_1, …; μ)`: a name with arguments that is no known function; `L(w)`: a node of one name that it
    is computed from."""
    if len(text) > LONGEST_SIGNATURE or says_a_law(text, names):
        return False
    if _PROBABILITY.match(text):
        row = scope_of(names).rows.get(canonical(re.split(r"[(\[]", text)[0].strip().removesuffix(r"\left")))
        return row is None or row.role != "function"
    if _MOMENT.match(text):
        return re.search(r"E|Var|V", text)[0] not in scope_of(names).bases  # type: ignore[index]
    several = _ARGUMENTS.match(text)
    alone = None if several else _ARGUMENT.match(text)
    if several is None and alone is None:
        return False
    word = text.split("(", 1)[0].strip().lstrip("\\").removesuffix("left").rstrip("\\").strip()
    scope = scope_of(names)
    row = scope.rows.get(canonical(word))
    if alone is not None:
        if row is None or row.role != "node":
            return False
        inside = scope.rows.get(canonical(alone[1]))
        if inside is not None:
            return inside.name in scope.computed_from(row.name)
        return _DATA.fullmatch(alone[1]) is not None and scope.spells(canonical(alone[1])) is False
    return word not in FUNCTIONS and (row is None or row.role != "function")


_LEFT = re.compile(
    r"(?:\\(?!text|mbox|emph)[A-Za-z]+\s*(?:\{[^{}=<>]*\}\s*)*|[A-Za-z]+|[^\x00-\x7f]+)"
    r"(?:\s*(?:[_^]\s*(?:\{[^=<>]*?\}|\\?[\w*]+)|['′]|(?:\\left)?\((?:[^()=<>]|\([^()=<>]*\))*\)|\[[^\[\]=<>]*\]))*"
)


_RUN = re.compile(r"[A-Za-z]{2,}")


def is_left_side(text: str, error: ReadError, names: Names) -> bool:
    """Whether a side that cannot be read is what the line defines: a derivative, a name, a name with arguments. Words
    have to be harmless."""
    if spelled_target(text) is not None:
        return True
    text = re.sub(r"\^\s*(?:\{\s*)?(?:\*|\\ast|\\star)(?:\s*\})?", "", text).strip()  # w^* is what the line defines
    if len(text) > 80 or error.tag not in ("unknown-name", "syntax", "index", "brackets", "words"):
        return False
    if _RUN.fullmatch(text) and not scope_of(names).spells(text):
        return unexplained(text) is None
    return re.fullmatch(r"[^+*/=<>]*", text) is not None and (
        _LEFT.fullmatch(text) is not None or unexplained(text) is None
    )
