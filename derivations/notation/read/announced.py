r"""What the words in front of a formula say that it is, as the left side that says the same.

    The gradient of L with respect to w is A      ∂L/∂w = A
    The derivative of $J(w)$ is $A$               ∇J = A
    Differentiating w.r.t. w, we get A            dw = A
    Setting the gradient to zero gives w = A      w = A

Words that name something else stay as they are, and are judged word by word.
"""

from __future__ import annotations

import re

from derivations.domains import Names
from derivations.formula import Note
from derivations.notation.read.labels import label_of
from derivations.notation.read.phrases import GROUPS
from derivations.notation.read.prose import undressed
from derivations.notation.read.scope import scope_of
from derivations.notation.spelling import ACCENT_COMMANDS, STYLES, canonical, parts

_STYLED = rf"(?:\\(?:{'|'.join(sorted({*STYLES, *ACCENT_COMMANDS}))})\s*)?"
_SYMBOL = (
    rf"\$?\s*(?:{_STYLED}\{{\s*\\?[A-Za-z]+\s*\}}|{_STYLED}\\?(?:[A-Za-z]\d*(?![A-Za-z])|[A-Za-z]{{2,12}}\d*)|[α-ωΑ-Ωℓ])"
    r"(?:\s*[_^]\s*(?:\{[^{}]{1,20}\}|\w+|\([^()]{1,8}\)))*(?:\([^()]{1,30}\))?\s*\$?"
)
_QUANTITIES = "|".join(
    sorted((re.escape(p) for g in GROUPS if g.name in ("quantity", "noun") for p in g.phrases), key=len, reverse=True)
)
_OF = rf"\s+of\s+(?:(?:the|our|this)\s+(?:{_QUANTITIES})(?:\s+(?P<named>{_SYMBOL}))?|(?P<of>{_SYMBOL}))"
_BY = (
    r"\s+(?:with\s+respect\s+to|w\.?\s?r\.?\s?t\.?|in)\s+(?:the\s+(?:weights?|bias|inputs?|parameters?)\s+)?"
    rf"(?P<by>{_SYMBOL})"
)
_SO = r"[\s$*]*(?:(?:so|thus|hence|therefore|then|now|finally)\s*,?\s+)?"
_DERIVATIVE = r"(?:partial\s+)?(?:derivative|gradient)s?"
_WE_GET = (
    r"(?:(?:we|one)\s+(?:gets?|obtains?|ha(?:ve|s)|finds?)(?:\s+that)?|(?:this\s+)?(?:gives|yields)(?:\s+us)?|leads\s+to"
    r"|results\s+in|it\s+follows\s+that)"
)
_ANNOUNCED = re.compile(
    rf"{_SO}(?:(?:the|its|our)\s+)?(?:{_DERIVATIVE}|(?P<second>hessian(?:\s+matrix)?))(?:{_OF})?(?:{_BY})?"
    r"\s*(?::=?|=|\s(?:is\s+given\s+by|is\s+equal\s+to|is|equals|becomes|reads)(?![\w']))\s*:?",
    re.IGNORECASE,
)
_DONE = re.compile(
    rf"{_SO}(?:differentiating|(?:by\s+)?(?:taking|computing)\s+(?:the|its)\s+{_DERIVATIVE})(?:{_OF}|\s+(?P<directly>\$?\s*[A-Z]\w{{0,3}}\$?(?=[\s,])))?(?:{_BY})?"
    rf"\s*,?\s*{_WE_GET}\s*:?",
    re.IGNORECASE,
)
_SOLVED = re.compile(
    rf"{_SO}(?:by\s+)?setting\s+(?:(?:the|this|its)\s+{_DERIVATIVE}|it|this)\s+(?:equal\s+)?to\s+(?:zero|\$?0\$?)"
    rf"(?:\s*,?\s*and\s+solving(?:\s+for\s+{_SYMBOL})?)?\s*,?\s*{_WE_GET}\s*:?",
    re.IGNORECASE,
)
_EQUATED = re.compile(
    rf"{_SO}(?:by\s+)?(?:setting|putting)\s+(?=\$?[^.;\n]{{1,160}}?=\s*(?:0|\\(?:mathbf|boldsymbol)\s*\{{\s*0\s*\}})(?![\w.]))",
    re.IGNORECASE,
)
"""`Setting $\\nabla J = 0$`: what is set is an equation, and stays."""
_FIRST = re.compile(r"gradient|derivative|differentiating|setting|putting|hessian", re.IGNORECASE)
_LOOKED_AT = 200
"""Characters in which such words have ended."""
_NAMED = re.compile(r"[^=<>≤≥∝\n]{1,60}?(?::=|=)")


def announced(text: str, names: Names) -> tuple[str, list[Note]]:
    """A text with a left side in the place of the words that say what its formula is, every character in its place, and
    what was noted."""
    if _FIRST.search(text, 0, _LOOKED_AT) is None:
        return text, []
    if (set_to := _EQUATED.match(text)) is not None:
        said = set_to[0].replace("$", " ")
        return text[: set_to.end()].replace(said.strip(), " " * len(said.strip())) + text[set_to.end() :], [
            Note("remark", said.strip(), set_to.span())
        ]
    plain = undressed(text[:_LOOKED_AT], scope_of(names).spells)
    solved, done, what = (pattern.match(plain) for pattern in (_SOLVED, _DONE, _ANNOUNCED))
    found = solved or done or what
    if found is None or (found is what and not any(found[key] for key in ("of", "named", "by"))):
        return text, []  # `the gradient is` names nothing
    end = found.end() + len(plain[found.end() :]) - len(plain[found.end() :].lstrip())
    behind = text[end:]
    if not behind.strip(" .$"):
        return text, []
    said = found.groupdict()
    of, by = (_bare(said.get(key) or "") for key in ("of", "by"))
    of = of or _bare(said.get("named") or said.get("directly") or "")
    left = "" if solved is not None else _left_side(of, by, names, said.get("second") is not None)
    if left is None:
        return text, []
    sign = _NAMED.match(behind.lstrip(" $"))
    if sign is not None and label_of(sign[0].rstrip(":= "), names) is not None:
        left = ""  # it is named once more
    if len(left) > end:
        return text, []
    note = Note("remark", " ".join(plain[: found.end()].split()), (0, end))
    return left.ljust(end) + behind, [note]


def _bare(symbol: str) -> str:
    return symbol.strip(" $")


def _left_side(of: str, by: str, names: Names, second: bool) -> str | None:
    """What a derivative is called on a left side; "" where the words do not say of what, None where they name nothing
    that can be one."""
    if second:
        side = rf"\nabla^2{f'_{{{by}}}' if by else ''} {of}" if of else ""
    elif by and of:
        side = rf"\frac{{d {of}}}{{d {by}}}"
    elif of:
        side = rf"\nabla {of}"
    else:
        name = canonical(by) if by else ""
        scope = scope_of(names)
        if name not in scope.rows and parts(name).base not in scope.bases:
            return ""
        side = f"d_{name}"
    if not side:
        return ""
    return f"{side} =" if label_of(side, names) is not None else None
