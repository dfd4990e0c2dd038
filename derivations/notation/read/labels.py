r"""What a left side names: `\frac{\partial L}{\partial z_k} =`, `J(\theta) =`, `w^* :=`, `\hat y^{(i)} =`.

A side that can only be a name (a derivative, a name with a list of arguments, a letter that nobody declared) is a
label. A declared letter is one where the other side does not speak of it: `\theta = 2a` says what is sought; `z = z^2`
is an equation, and `w := w - αg` says with its sign that w is what it gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from derivations.domains import Names
from derivations.formula import Formula, Note
from derivations.frozen import frozen
from derivations.notation.read.scope import scope_of
from derivations.notation.read.targets import is_signature, primed_target, says_a_law, spelled_target
from derivations.notation.read.token import Token
from derivations.notation.spelling import ACCENT_COMMANDS, COMMANDS, GREEK, STYLES, Spelled, canonical, parts
from derivations.notation.words import FUNCTIONS, PREFIXES


@frozen
class Label:
    """A left side as a name.

    spelled   how it is compared with what was asked: dL/dz_k, J, thetahat_MAP
    indices   the letters below it, or below what it is a derivative by
    certain   it can only be a name, whatever stands on the other side
    turned    it is transposed, (∂L/∂W)^T: what is named is the transpose of the other side
    apart     it is another than the name without its subscript: p_t, which is declared beside p, or of no t
    base      what it is a change, a later value or the extremum of: \\Delta w, w_{new}
    """

    text: str
    spelled: str
    indices: tuple[str, ...] = ()
    certain: bool = True
    turned: bool = False
    base: str = ""
    apart: bool = False

    def of(self, formula: Formula) -> Formula:
        """What it names, where a formula is the other side."""
        if not self.turned or len(formula.axes) != 2 or formula.joint:
            return formula
        note = Note("turned", f"the left side is transposed, {self.text}: the right side was read as the transpose")
        return replace(formula, axes=formula.axes[::-1], notes=(*formula.notes, note))


_TRANSPOSED = re.compile(
    r"(?P<of>.+?)\s*(?:\^\s*(?:\{\s*)?(?:T|\\top|\\intercal|⊤|\\(?:mathsf|mathrm|text|rm)\s*\{?\s*T\s*\}?)(?:\s*\})?|ᵀ|\.T)",
    re.DOTALL,
)
_PAIRS = (("(", ")"), (r"\left(", r"\right)"), (r"\bigl(", r"\bigr)"), (r"\Bigl(", r"\Bigr)"), ("[", "]"), ("{", "}"))


def untransposed(left: str, names: Names) -> str | None:
    r"""`∂L/∂W` of `(∂L/∂W)^T`, `\left(…\right)^\top`, `dW.T`; None where no transpose stands there."""
    found = _TRANSPOSED.fullmatch(left)
    if found is None or "T" in scope_of(names).bases:
        return None
    of = found["of"].strip()
    for opening, closing in _PAIRS:
        if of.startswith(opening) and of.endswith(closing):
            return of[len(opening) : -len(closing)].strip()
    return of


_COMMAND = rf"\\(?:{'|'.join(sorted({*STYLES, *ACCENT_COMMANDS}, key=len, reverse=True))})"
_GREEK = rf"\\(?:{'|'.join(sorted(COMMANDS, key=len, reverse=True))})(?![A-Za-z])"
_LETTER = rf"(?:{_GREEK}|(?<![A-Za-z])[A-Za-z]+\d*|[^\W\d_a-zA-Z])"
_WORD = rf"(?:{_COMMAND}\s*)*(?:\{{\s*(?:{_COMMAND}\s*)*\{{?\s*{_LETTER}\s*\}}?\s*\}}|{_LETTER})"
_BELOW = r"_\s*(?:\{[^{}=<>]*(?:\{[^{}=<>]*\}[^{}=<>]*)*\}|\\?[A-Za-z]+|\d+|\*)"
_BRACKETED = r"(?:\(\s*[\w+\-]+\s*\)|\[\s*[\w+\-]+\s*\])"
_ABOVE = (
    rf"\^\s*(?:\{{\s*(?:{_BRACKETED}|\*|\\ast|\\star|\\prime|'|[A-Za-z]{{2,}}|\\text\w*\{{[A-Za-z]+\}})\s*\}}|\*|\\ast|\\star|\\prime"
    rf"|\({_BRACKETED}\))"
)
_MARKS = "[\u0300-\u036f\u2080-\u209c'′*]"
_ARGUMENTS = r"\s*(?:\\left)?\((?P<inside>(?:[^()=<>]|\([^()=<>]*\))*)(?:\\right)?\)"
_NAME = re.compile(
    rf"\s*(?P<name>(?:\{{\s*)?{_WORD}(?:\s*\}})?(?:\s*(?:{_BELOW}|{_ABOVE}|{_MARKS}))*)(?P<call>{_ARGUMENTS})?\s*\Z"
)
_OPERATOR = re.compile(
    r"\s*(?:\\[dt]?frac\s*\{\s*(?:\\partial|\\mathrm\{d\}|∂|d)\s*\}\s*\{\s*(?:\\partial|\\mathrm\{d\}|∂|d)\s*(?P<a>[^{}]+(?:\{[^{}]*\}[^{}]*)*)\}"
    r"|(?:\\partial|∂|\\nabla|∇)\s*_\s*(?:\{(?P<b>[^{}]+(?:\{[^{}]*\}[^{}]*)*)\}|(?P<c>\\?[A-Za-z]+(?![A-Za-z]))))"
    r"(?:\s|\\[,;:!])*+(?P<of>[^\s^].*)\Z",
    re.S,
)
_LOGARITHM = re.compile(r"\s*-?\s*\\?(?:log|ln)\s*(?P<of>[^\s({].*)\Z", re.S)
_ANGLE = re.compile(
    r"\s*\\?(?P<name>cos|sin|tan)\s*(?:\\left)?\(?\s*(?P<of>\\?[A-Za-z]+(?:_\w|_\{\w+\})?)\s*(?P<and>,\s*\\?[A-Za-z]\w*)?\s*"
    r"(?:\\right)?\)?\s*\Z"
)
"""`\\cos\\theta`, where no angle is declared, and `\\cos(u, v)`."""
_PRIMED = re.compile(
    r"\s*(?:\\(?:text|mathrm|operatorname)\s*\{\s*)?\\?(?P<name>[A-Za-z]+)\s*\}?\s*(?:'|′|\^\s*\{?\s*\\prime\s*\}?)\s*"
    r"(?:\\left)?\(\s*(?P<of>\\?[A-Za-z]\w*)\s*(?:\\right)?\)\s*\Z"
)
_BY = r"_\s*(?:\{{(?P<{0}>[^{{}}]+)\}}|(?P<{1}>\\?[A-Za-z]+))"
_TWICE = r"\^\s*(?:2|\{\s*2\s*\})"
_HESSIAN = re.compile(
    rf"\s*(?:\\nabla|∇)\s*(?:{_TWICE}\s*(?:{_BY.format('a', 'b')})?|{_BY.format('c', 'e')}\s*{_TWICE})\s*(?P<of>.+)\Z",
    re.S,
)
_OPERATED = re.compile(
    rf"\s*(?:(?P<letter>D)|\\?grad|\\(?:operatorname|mathrm|text)\s*\{{\s*grad\s*\}})"
    rf"\s*{_BY.format('a', 'b')}\s*(?P<of>\S.*)\Z",
    re.S,
)
"""`D_w L`, `\\operatorname{grad}_w L`."""
_CHANGE = re.compile(r"\s*(?P<sign>\\Delta|\\delta|Δ|δ)\s*(?P<of>(?:\\[A-Za-z]+\s*)?\{?\\?[A-Za-z].*)\Z", re.S)
"""`\\Delta w`: the change of w."""
_EVALUATED = re.compile(
    r"(?:\\left\s*\.)?\s*(?P<of>.+?)\s*(?:\\[bB]igg?r?|\\right)?\s*(?:\||\\r?vert(?![A-Za-z]))\s*_\s*(?P<at>\{[^{}]*=[^{}]*\})\s*\Z",
    re.S,
)
"""`\\frac{\\partial L}{\\partial z}\\Big|_{z=0}`."""
_ENTRY = re.compile(
    r"\s*(?:\\left|\\[bB]igg?l?)?\s*[(\[]\s*(?P<of>[^()\[\]=]+?)\s*(?:\\right|\\[bB]igg?r?)?\s*[)\]]"
    r"\s*(?P<at>_\s*(?:\{\s*[a-z, ]+\}|[a-z]))\s*\Z"
)
"""`[\\nabla J]_j`, `(\\nabla^2 J)_{jk}`."""
_NEW = re.compile(
    r"(?P<of>.+?)\s*[_^]\s*(?:\{\s*(?P<said>new|\\(?:text|mathrm|rm)\s*\{\s*new\s*\})\s*\}|\\(?:text|mathrm)\s*\{\s*new\s*\})\s*\Z",
    re.S,
)
"""`\\theta^{\\text{new}}`."""
EXTREMUM = re.compile(
    r"(?:\\operatorname\*?\s*\{\s*arg\s*(?:\\,|~|\s)*(?P<a>max|min)\s*\}|\\?arg\s*\\?(?:,|~)?\s*\\?(?P<b>max|min)(?:imi[sz]e)?)"
    r"\s*(?:\\limits)?\s*(?:_\s*(?:\{\s*\\?(?P<c>\w+)\s*\}|\\?(?P<d>\w+)))?"
)
"""`argmax_\\theta` in front of what is maximised."""
_BATCH = re.compile(rf"\(\s*{_COMMAND}\s*\{{?\s*([A-Za-z]+)\s*\}}?\s*\)")
_NABLA = re.compile(r"\s*(?:\\nabla|∇)\s*(?P<of>[^_^].*)\Z", re.S)
LONGEST = 120
"""Longer sides are no names."""


def is_only_a_name(left: str, names: Names) -> bool:
    """Whether a side can only be a label."""
    label = label_of(left, names)
    return label is not None and label.certain


_MOMENT = re.compile(
    r"\\?(?:mathbb|mathrm|operatorname|text)?\s*\{?\s*(?:E|𝔼|Var|Cov|Bias|bias)\s*\}?(?:_\{?\w+\}?)?\s*(?:\\left)?\s*[\[(].+[\])]"
    r"(?:\^\{?2\}?)?"
)
"""`\\mathbb{E}[c \\bar x]`."""


def is_sum_of_names(left: str, names: Names) -> bool:
    r"""Whether a side is a sum of quantities that nobody declared, `bias^2 + var`, `\mathbb{E}[X^2] - \mu`: a name of
    what it is equal to."""
    terms = _terms(left)
    if len(left) > LONGEST:
        return False
    new = [_is_moment(t, names) or (len(terms) > 1 and _is_new(t, names)) for t in terms]
    return any(new) and all(k or label_of(t, names) is not None for k, t in zip(new, terms, strict=True))


def _is_moment(term: str, names: Names) -> bool:
    """Whether a term is a mean or a variance, or what is declared times one."""
    found = _MOMENT.search(term)
    factor = "" if found is None else term[: found.start()].strip(" *").removesuffix("\\cdot").strip()
    return (
        found is not None
        and found.end() == len(term)
        and (not factor or label_of(factor, names) is not None or squared(factor, names) is not None)
    )


def _is_new(term: str, names: Names) -> bool:
    """Whether a term is a quantity that nobody declared, or its square."""
    label = label_of(term, names)
    square = _SQUARED.fullmatch(term) if label is None else None
    label = label_of(square["of"], names) if square is not None else label
    return label is not None and label.certain


def _terms(left: str) -> list[str]:
    """What stands between the + and - of a side, outside brackets."""
    depth, found = 0, [""]
    for c in left:
        depth += (c in "([{") - (c in ")]}")
        if c in "+-−" and depth == 0:
            found.append("")
        else:
            found[-1] += c
    terms = [t.strip(" \t\r\n&$") for t in found]
    return terms[1:] if len(terms) > 1 and not terms[0] else terms  # a sign in front


_UPRIGHT = re.compile(r"\\(?:operatorname|mathrm|text|mathsf|mathit)\s*\{")


def label_of(left: str, names: Names) -> Label | None:
    """The label that a left side is, None where it is a formula, a condition or words."""
    left = left.strip(" \t\r\n&$").replace(r"\'", "'").strip()
    if not left or len(left) > LONGEST or says_a_law(left, names):
        return None
    of = untransposed(left, names)
    if of is not None:
        named = label_of(of, names)
        return replace(named, text=left, turned=not named.turned) if named is not None and named.certain else None
    left = _BATCH.sub(r"(\1)", left)
    made = _made_of_another(left, names)
    if made is not None:
        return made
    spelled = spelled_target(left) or primed_target(left, names) or _derived(left, names)
    if spelled is not None:
        spelled = scope_of(names).target(spelled)
        return Label(left, spelled, letters_below(spelled.split("/d", 1)[1]))
    if (angle := _ANGLE.match(left)) is not None and angle["name"] not in scope_of(names).bases:
        known = parts(angle["of"]).base in scope_of(names).bases
        return None if known and angle["and"] is None else Label(left, f"{angle['name']} of {angle['of']}")
    named = _NAME.fullmatch(left)
    if named is None:
        logarithm = _LOGARITHM.match(left)
        own = left if logarithm is None else logarithm["of"]
        if is_signature(own, names):
            return Label(left, _base_of(own), ())
        of = None if logarithm is None else label_of(own, names)  # log p(X) of an undeclared p
        return replace(of, text=left) if of is not None and "(" in own else None
    spelling = parts(named["name"])
    base = spelling.base + "".join(spelling.accents)
    scope = scope_of(names)
    a_function = base in FUNCTIONS and (
        base not in GREEK or named["call"] is not None
    )  # Γ = … is a letter, Γ(z) is none
    if a_function or (base in PREFIXES and named["call"] is not None):
        return Label(left, _base_of(left), ()) if is_signature(left, names) else None
    own = (
        base in scope.sizes and base not in scope.rows and spelling.subscripts
    )  # a size has no entries: N_k is another
    declared = not own and (base in scope.bases or base in scope.sizes or base in scope.indices)
    if named["call"] is not None and not is_signature(left, names):
        row = scope.rows.get(spelling.canonical)
        if row is not None and row.signature is not None:
            usual = _arguments_in_order(named["inside"], names) == len(row.signature.takes)
            return Label(left, spelling.canonical, certain=False) if usual else None
        if declared and _of_names(named["inside"], spelling, names):
            return Label(left, spelling.canonical, _letters(spelling), certain=False)
        if declared or "," in named["inside"] or not named["inside"].strip():
            return None
        return Label(left, spelling.canonical, _letters(spelling))
    if len(base) > 1 and scope.spells(base) is None and _UPRIGHT.match(left) is None:
        return None  # several declared letters run together are a product
    below = _letters(spelling)
    nowhere = not any(letter in scope.indices or letter in scope.bases or letter in scope.sizes for letter in below)
    return Label(
        left,
        spelling.canonical,
        below,
        certain=named["call"] is not None or not (declared or (base == "delta" and len(below) == 2)),
        apart=bool(spelling.subscripts) and (spelling.canonical in scope.rows or (bool(below) and nowhere)),
    )


def _made_of_another(left: str, names: Names) -> Label | None:
    """The label of a side that says of another what part, place, change or later value of it is meant."""
    if (found := _EVALUATED.fullmatch(left)) is not None:
        of = label_of(found["of"], names)
        return None if of is None or "/d" not in of.spelled else _derived_from(of, left, found["at"])
    if (found := _ENTRY.fullmatch(left)) is not None:
        of = label_of(found["of"], names)
        if of is None or not of.certain or of.indices or of.turned:
            return None
        letters = tuple(re.findall("[a-z]", found["at"]))
        return replace(of, text=left, spelled=f"{of.spelled}_{''.join(letters)}", indices=letters)
    if (found := EXTREMUM.match(left)) is not None and left[found.end() :].strip():
        of = label_of(left[found.end() :], names)
        return None if of is None or not of.certain else _derived_from(of, left, "extremum of")
    scope = scope_of(names)
    if (found := _CHANGE.fullmatch(left)) is not None and parts(found["sign"]).base not in scope.bases:
        of = label_of(found["of"], names)
        return None if of is None else _derived_from(of, left, "change of")
    if (found := _NEW.fullmatch(left)) is not None and "new" not in scope.bases:
        of = label_of(found["of"], names)
        return None if of is None else _derived_from(of, left, "new")
    return None


_SQUARED = re.compile(r"(?P<of>.+?)\s*(?:\^\s*(?:2|\{\s*2\s*\})|²)\s*\Z", re.DOTALL)


def squared(left: str, names: Names) -> Label | None:
    r"""The label of a square, `\sigma^2`, which has the name's own letter; None for anything else."""
    found = _SQUARED.fullmatch(left)
    of = None if found is None else label_of(found["of"], names)
    return None if of is None or "/d" in of.spelled else replace(of, text=left, certain=False, base=of.spelled)


def _derived_from(of: Label, text: str, what: str) -> Label:
    return replace(of, text=text, spelled=f"{what} {of.spelled}", certain=True, base=of.spelled)


def _arguments_in_order(text: str, names: Names) -> int:
    """How many different declared names arguments are, in the order of their declaration; 0 for anything else: k(z, x)
    = … says what k is at other places than it was asked for."""
    rows = scope_of(names).rows
    found = [rows.get(canonical(part.strip())) for part in re.split(r"[,;|]|\\mid\b", text)]
    places = [list(names).index(row.name) for row in found if row is not None and row.name in names]
    return len(places) if len(places) == len(found) and places == sorted(set(places)) else 0


def _of_names(inside: str, spelling: Spelled, names: Names) -> bool:
    """Whether a declared number in front of a bracket is named with what it is a function of: `J(\\theta) =`, where
    the bracket holds nothing but another declared name."""
    scope = scope_of(names)
    row, other = scope.rows.get(spelling.canonical), scope.rows.get(canonical(inside.strip()))
    if row is None or row.sizes or row.role != "input":
        return False
    if other is not None:
        return row is not other
    of = _NAME.fullmatch(inside)  # J(\mathcal D)
    return of is not None and of["call"] is None and scope.spells(canonical(of["name"])) is False


def _base_of(left: str) -> str:
    of = re.sub(r"(?:\\left)?[(\[].*\Z", "", left, flags=re.DOTALL)
    return canonical(of) or of.strip(" \\")


def _derived(left: str, names: Names) -> str | None:
    r"""`dJ/dw` for `\frac{d}{dw} J(w)`, `\partial_w J`, `\nabla J(w)`, and for `dw` of code where w is declared."""
    scope = scope_of(names)
    operator, nabla, hessian, primed = (p.match(left) for p in (_OPERATOR, _NABLA, _HESSIAN, _PRIMED))
    if (
        operator is None
        and (operated := _OPERATED.match(left)) is not None
        and not (operated["letter"] and "D" in scope.bases)
    ):
        of = _named(operated["of"], names)
        return None if of is None else f"d{of}/d{canonical(operated['a'] or operated['b'])}"
    if operator is not None:
        of, by = _named(operator["of"], names), operator["a"] or operator["b"] or operator["c"]
        return None if of is None else f"d{of}/d{canonical(by)}"
    if hessian is not None:
        of = _NAME.fullmatch(hessian["of"])
        return (
            None
            if of is None
            else f"d2{canonical(of['name'])}/d{canonical(next(filter(None, hessian.group(*'abce')), ''))}2"
        )
    if primed is not None and primed["name"] in FUNCTIONS:
        return f"d{primed['name']}/d{canonical(primed['of'])}"
    if nabla is not None:
        name = _NAME.fullmatch(nabla["of"])
        row = None if name is None else scope.rows.get(canonical(name["name"]))
        if name is not None and name["call"] is None and (row is None or row.role == "node"):
            return f"d{canonical(name['name'])}/d"
        if name is None or not name["inside"] or "," in name["inside"]:
            return None
        return f"d{canonical(name['name'])}/d{canonical(name['inside'])}"
    short = re.fullmatch(r"(?:d_?|grad_?)(\w+)", left)
    if short is None or left in scope.rows or left in scope.short or left in scope.words or left in FUNCTIONS:
        return None
    by = canonical(short[1])
    return f"d/d{by}" if by in scope.rows or parts(by).base in scope.bases else None


def _named(text: str, names: Names) -> str | None:
    r"""What a derivative is of, where it is a name that nobody declared as a formula: `J`, `L(w)`, `\ln p(X|\mu)`."""
    logarithm = _LOGARITHM.match(text)
    if logarithm is not None and is_signature(logarithm["of"], names):
        return f"log{canonical(_base_of(logarithm['of']))}"
    name = _NAME.fullmatch(text)
    if name is None:
        return None
    row = scope_of(names).rows.get(canonical(name["name"]))
    return canonical(name["name"]) if row is None or name["call"] is not None else None


def _letters(spelling: Spelled) -> tuple[str, ...]:
    """The letters of its subscripts; one in a label, as in x^{(i)}, tells examples apart."""
    groups = spelling.subscripts
    return tuple(letter for group in groups for letter in re.split(r"[,\s]+", group) for letter in _split(letter))


_INDICES = re.compile(r"(?P<digits>\d*)(?P<letters>[a-z]{1,2})")
"""A subscript of index letters, behind the number of a layer: 2k of z_{2,k}."""


def _split(group: str) -> Iterable[str]:
    """ij as i and j; digits, capitals and words are no indices."""
    found = _INDICES.fullmatch(group)
    return found["letters"] if found is not None else ()


def _without_letters(group: str) -> str:
    """What a subscript leaves of a name without its index letters: 2 of 2k."""
    found = _INDICES.fullmatch(group)
    return found["digits"] if found is not None else group


def letters_below(name: str) -> tuple[str, ...]:
    """The index letters of a name: i and j of w_ij."""
    return _letters(parts(name))


@frozen
class Quantity:
    """What a left side names, without its index letters, and those letters: (y, x), i and j of ∂y_i/∂x_j."""

    top: str
    name: str
    letters_above: tuple[str, ...]
    letters_below: tuple[str, ...]

    @property
    def letters(self) -> tuple[str, ...]:
        """Those of the top first."""
        return self.letters_above + self.letters_below


def quantity(spelled: str) -> Quantity:
    """`dy_i/dx_j` → y by x, i and j; `s_i` → s, i."""
    top, _, name = spelled.rpartition("/d")
    return Quantity(_stem(top[1:]) if top else "", _stem(name), letters_below(top[1:]), letters_below(name))


def _stem(name: str) -> str:
    """A name without its index letters: z_2 of z_2_k."""
    found = parts(name)
    groups = (*(label.strip("()[]") for label in found.labels), *found.subscripts)
    kept = [left for group in groups if (left := _without_letters(group))]
    return "_".join((found.base + "".join(found.accents), *kept))


def speaks_of(tokens: Iterable[Token], label: Label) -> bool:
    """Whether tokens may speak of the name of a label: its letter stands among them, alone or in a run of letters."""
    own = parts(label.spelled)
    base = own.base + "".join(own.accents)
    end = Token("end of text", "", 0, 0)
    places = zip(said := [*tokens, end, end], said[1:], said[2:], strict=False)
    return any(
        token.value == base or (len(base) == 1 and base in token.value and len(token.value) < 5)
        for token, *behind in places
        if token.kind == "word" and token.value not in FUNCTIONS and not (label.apart and _is_apart(label, *behind))
    )


def _is_apart(label: Label, sign: Token, below: Token) -> bool:
    """Whether what stands behind a name says that it is another than a label with a subscript: m and x_0 are no x_t."""
    return sign.kind not in ("_", "num") or (bool(label.indices) and (sign.kind == "num" or below.kind == "num"))
