"""A list of definitions as text, taken apart: `z = w^T x and p(x) = σ(z)`, `dout is dL/dy`,
`δ_i = r_i if g_i > 0 and δ_i = 0 otherwise`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.answers.arrays import split_top
from derivations.notation.read.appositions import NOUNS
from derivations.notation.read.phrases import GLOSSES, REASONING

_ONE_HOT = re.compile(
    r"(?:the\s+)?one-?\s?hot(?:\s+(?:vector|encoding|representation|label))?\s+(?:of|for)\s+(?:the\s+(?:label|class)\s+)?(\S+)\Z"
)
_BELOW = r"_(?:\{(?:[A-Za-z0-9, ]|\\[A-Za-z]+)+\}|\\[A-Za-z]+|[^\W_]+)"
_MARK = "[\u0300-\u036f]?"
"""An accent as a character of its own: x̄."""
_LEFT = re.compile(
    rf"(?P<left>(?:\\[A-Za-z]+(?:\{{\\?[^\W\d_]+\}}| \\?[^\W\d_]+)?|[^\W\d_]+{_MARK})'?(?:{_BELOW})?"
    r"(?:\^2|\^\{2\}|²|\^\+|\^\{\+\}|⁺|\^\\dagger|\^\{\\dagger\}|†|\^-1|\^\{-1\}|⁻¹)?)"
    r"(?P<of>\((?:[^()]|\([^()]*\))*\))?(?::=|≔|=(?!=)|\\coloneqq)"
)
_SPACE = re.compile(r"\\[ ,;:!]|\\q?quad(?![A-Za-z])")
"""What sets a definition apart from the one before it."""
_AND = re.compile(r"\s+and\s+|\\text\{\s*,?\s*and\s*\}")
_CASES = re.compile(r"\\begin\{cases\}.*?\\end\{cases\}", re.S)
_IS = re.compile(
    r"(?P<left>\\?[A-Za-z]+(?:_(?:\{\w+\}|\w))?)\s+(?:is|denotes|stands for)\s+(?:the\s+)?(?P<right>\S.*)\Z", re.S
)
_HELD = "\ue000"
"""Stands for an environment while a text is cut at its commas; no text holds it."""
_RELATION = re.compile(r"[=<>≤≥≠∈]|\\(?:leq?|geq?|neq?|lt|gt|in)(?![A-Za-z])")
_CHAIN = re.compile(r"(?<![<>!:=\\])=(?!=)")
_WHEN = re.compile(
    r"(?<![A-Za-z\\])(?:if|for|when|whenever|where|unless|provided(?: that)?)(?![A-Za-z])"
    r"|\\text\w*\s*\{\s*,?\s*(?:if|for|when|whenever|where|unless)\s*\}"
)
_ELSE = re.compile(
    r"(?<![A-Za-z\\])(?:otherwise|else)(?![A-Za-z])|\\text\w*\s*\{\s*,?\s*(?:otherwise|else)\s*[:,]?\s*\}"
)


def definitions(text: str) -> list[tuple[str, str, str]] | None:
    """`z = w^T x and p(x) = σ(z)`, `dout is dL/dy` as (name, formula, the arguments behind the name); None where it is
    anything else."""
    held = _CASES.findall(text)
    text = _CASES.sub(_HELD, text.replace(_HELD, ""))
    found: list[tuple[str, list[str], str]] = []
    for piece, separator in _pieces(text):
        one = _definition(piece)
        before = found[-1][1] if found else []
        by_case = bool(before) and _WHEN.search(before[-1]) is not None
        if one is not None and by_case and one[0] == found[-1][0] and one[2] == found[-1][2]:
            before.append(one[1])
        elif one is not None:  # p = σ(z) = 1/(1 + e^{-z}) says twice what p is
            found += [(one[0], [member], one[2]) for member in _members(one[1])]
        elif by_case and (case := _case(piece)) is not None:
            before.append(case)
        elif by_case and separator == "and" and _RELATION.search(piece):
            before[-1] += f" and {piece}"
        else:
            return None
    if not found:
        return None
    back = iter(held)
    return [
        (left, re.sub(_HELD, lambda _: next(back), cases[0] if len(cases) == 1 else f"{{{'; '.join(cases)}}}"), of)
        for left, cases, of in found
    ]


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What stands between commas, line breaks and the word and; each with what stands before it."""
    flat = _SPACE.sub(" ", text).replace("$", " ").replace("\\\\", "\n")
    for part in split_top(flat, ",;\n"):
        separator = ","
        for piece in _AND.split(part):
            piece = re.sub(r"\A[\s&]*(?:(?:and|where|with)\s+)+", "", piece).strip(" \t\n&.")
            if piece:
                yield piece, separator
            separator = "and"


_SET_IS = re.compile(
    rf"(?P<left>\\?[A-Za-z]+(?:\{{\w+\}})?(?:{_BELOW})?)\s*(?:is|denotes|contains|=)\s+(?:the\s+)?set\s+of\s+(?:all\s+)?"
    r"(?:indices\s+|examples\s+|points\s+|those\s+)?(?P<index>[a-z])\s+"
    r"(?:with|for which|such that|where|s\.t\.?|that have)\s+(?P<holds>\S.*)\Z",
    re.DOTALL,
)
_DRESSED = re.compile(r"\\text\w*\s*\{([^{}]*)\}")


_DIAGONAL_IS = re.compile(
    rf"(?P<left>\\?[A-Za-z]+(?:{_BELOW})?)\s*(?:is|denotes|=)\s+(?:the|a)\s+diagonal\s+matrix\s+(?:with|of)\s+"
    r"(?:(?:the\s+)?(?:diagonal\s+)?(?:entries|elements|diagonal|values)\s+)?(?P<right>\S.*?)"
    r"(?:\s+on\s+(?:its|the)\s+diagonal)?\Z",
    re.DOTALL,
)
IN_SET = re.compile(
    r"\s*(?:\\in(?![A-Za-z])|∈)\s*(?P<said>(?:\\mathbb\s*\{?\s*R\s*\}?|ℝ)\s*(?:\^\s*(?:\{[^{}]*\}|\w))?)\s*\Z"
)
"""`Z = X W ∈ ℝ^{n×K}`: where what is defined lies."""
_GLOSS = re.compile(
    r"(?:\s|\\text\w*\s*\{\s*)(?:is|are|being|denotes)\s+(?P<words>(?:the|an?|our)\s+[A-Za-z][A-Za-z\s-]*?)\s*\}?\Z"
)
"""`e = o - y is the vector of errors`: what the name is called."""
_CALLED = re.compile(r"(?:the|an?|our|its)\s+|(?P<noun>[A-Za-z][a-z-]+)\s+")


def _named(piece: str) -> str:
    """`the error e = ŷ - y` without the nouns in front of the name, and what it is called behind the formula."""
    at = 0
    while (word := _CALLED.match(piece, at)) is not None:
        if word["noun"] and word["noun"].lower() not in NOUNS | GLOSSES:
            break
        if piece.startswith((":", "=", "≔", "(", "_"), word.end()):
            break  # `error = o - y`: the noun is the name
        at = word.end()
    piece = piece[at:]
    gloss = _GLOSS.search(piece)
    words = [] if gloss is None else gloss["words"].lower().split()
    return piece if gloss is None or not _WORDS.issuperset(words) else piece[: gloss.start()]


_WORDS = NOUNS | GLOSSES | REASONING


def _definition(piece: str) -> tuple[str, str, str] | None:
    """`z = w^T x` as name, formula and arguments; a relation in the formula stands in brackets of its own, or behind
    the word that opens a condition."""
    plain = _DRESSED.sub(r" \1 ", piece) if "set" in piece else ""
    plain_words = _DRESSED.sub(r" \1 ", piece)
    if (said := _DIAGONAL_IS.match(" ".join(plain_words.split()))) is not None:
        return said["left"], f"diag({said['right']})", ""
    if plain and (said := _SET_IS.match(" ".join(plain.split()))) is not None:
        return said["left"], rf"\{{{said['index']} : {said['holds']}\}}", ""
    if "=" not in piece:
        piece = _IS.sub(lambda m: m["left"] + "=" + _ONE_HOT.sub(r"onehot(\1)", m["right"]), piece)
    piece = _named(piece)
    found = _LEFT.match(re.sub(r"\s*([:=_(])\s*", r"\1", piece))
    if found is None:
        return None
    start = _from(piece)
    right = piece[start:].strip()
    values = all(map(_is_value, _members(IN_SET.sub("", right))))
    return (found["left"], right, found["of"] or "") if right and values else None


def _members(text: str) -> list[str]:
    """The members of a chain of equations; a text without relations outside brackets is one."""
    chain = _CHAIN.search(text) is not None and _WHEN.search(text) is None and _ELSE.search(text) is None
    members = [member.strip() for member in split_top(text, "=")] if chain else [text]
    return members if all(members) and not any(_RELATION.search(member) for member in members) else [text]


def _from(piece: str) -> int:
    """Where the formula begins, behind the first sign outside brackets."""
    depth = 0
    for k, c in enumerate(piece):
        depth += (c in "([{") - (c in ")]}")
        if depth == 0 and c in "=≔":
            return k + 1
        if depth == 0 and piece.startswith(r"\coloneqq", k):
            return k + len(r"\coloneqq")
    return len(piece)


def _is_value(text: str) -> bool:
    """Whether a text relates nothing to anything but in a condition: in `[…]`, `{…}`, the argument of an indicator, or
    behind `if`."""
    when = _WHEN.search(text)
    text = text[: when.start()] if when is not None else text
    opened: list[bool] = []
    for k, c in enumerate(text):
        if c in "([{":
            opened.append(c != "(" or (k > 0 and (text[k - 1].isalnum() or text[k - 1] in "}_𝟙")))
        elif c in ")]}" and opened:
            opened.pop()
        elif _RELATION.match(text, k) and not any(opened):
            return False
    return True


def _case(piece: str) -> str | None:
    """`α r_i for g_i < 0`, `otherwise α r_i`, `0 else` as one more case of the definition before; None where it is
    none."""
    when = _WHEN.search(piece)
    if when is not None and when.start() and _is_value(piece):
        return piece
    other = _ELSE.search(piece)
    if other is None or when is not None:
        return None
    value = f"{piece[: other.start()]} {piece[other.end() :]}".strip(" ,:")
    return f"{value} otherwise" if value and _is_value(value) else None
