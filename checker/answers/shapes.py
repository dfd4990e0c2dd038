"""A shape: (n, d), n x d, `\\mathbb{R}^{n \\times d}`, scalar, a vector of length d; also as a product that ends in it:
(h x m)(m x K) = h x K.

(d) and (d, 1) are the same shape, and so are scalar and (1, 1); a row (1, d) is another one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from checker.answers.numerals import plain
from checker.answers.outcome import right, unreadable, wrong
from checker.verdict import Verdict
from derivations.formula import Size, same_shape, show_shape
from derivations.notation.read.prose import Taken, bare, declared, is_name, not_understood, stray
from derivations.notation.read.targets import spelled_target
from derivations.notation.spelling import ACCENT_COMMANDS, STYLES, canonical

_EXPECTED = "a shape such as (n, d), n x d, or scalar"
_TIMES = re.compile(
    r"\s*(?:\\times(?![a-zA-Z])|\\cdot(?![a-zA-Z])|×|,|\*|·|⋅|(?<=[\w\s)}])\bx\b(?=\s*[\w\\({])|\bby\b)\s*"
)
_REALS = r"(?:\\mathbb\s*\{?\s*R\s*\}?|\\mathbf\s*\{?\s*R\s*\}?|ℝ|\bR)"
_SET = re.compile(_REALS + r"\s*\^\s*")
_SIZE = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z|[0-9]{1,6}\Z")
_SCALAR = re.compile(r"(?:(?:a\s+|one\s+)?(?:scalar|number|single number|real number)|" + _REALS + r")\s*\Z", re.I)
_KIND = re.compile(
    r"[-\s]*(?:dimensional\s+)?(?P<row>row[-\s]+)?(?:column[-\s]+)?(?:matrix|vector|array|tensor)\s*\Z", re.I
)
_LONG = re.compile(
    r"(?P<row>row[-\s]+)?(?:column[-\s]+)?(?:vector|array|matrix)\s+(?:of|with)\s+(?:(?:length|size|dimension|shape)s?\s+)?(?P<size>.+?)(?:\s+(?:entries|elements|components))?\s*\Z",
    re.I,
)
_ROWS = re.compile(r"(\S+)\s+rows?\s*(?:and|by|,|×|x)\s*(\S+)\s+columns?", re.I)
_ARTICLE = re.compile(r"\A\s*(?:an?|the)\s+", re.I)
_LABEL = re.compile(
    r"(?P<name>[^:=∈]*?)\s*(?::|∈|\\in(?![a-zA-Z])|\bis\b|\bhas (?:the )?(?:shape|size|dimensions?)\b)\s*(?=[^=])"
)
_SAME = re.compile(
    r"(?P<before>.*?)[\s,;:(–—-]*\b(?:which\s+is\s+|it\s+(?:is|has)\s+|of\s+)?(?:the\s+)?same(?:\s+(?:shape|size|dimensions?))?"
    r"\s+as\s+(?:that\s+of\s+)?(?P<of>[^\s,;:()]+)[\s,;:()]*"
    r"(?:(?:i\.?\s?e\.?|so|thus|hence|namely|that is|which is)(?![^\W_])[.,]*\s*)?(?P<behind>.*)\Z",
    re.I | re.S,
)
"""`same shape as W, i.e. h x K`: what is said of W is held against its shape."""
_NAMED = re.compile(
    r"\s*(?:\\?[\w{}]+\.shape|(?:\\text\s*\{\s*)?\\?(?:shape|size|dim)(?:\s*\})?\s*(?:of\b|\().*)\Z", re.I | re.S
)

Shape = tuple[Size, ...]
LONGEST = 400


class ShapeTextError(ValueError):
    """A text that is no shape."""


def judge_shape(
    answer: Any,
    truth: Shape,
    sizes: Sequence[str] = (),
    units: Collection[str] = (),
    taken: Taken = lambda _: False,
    shapes: Mapping[str, Shape] = MappingProxyType({}),
) -> Verdict:
    """Each side of each `=` has to be the shape; factors of a product have to conform. `sizes` are those of the
    question, where they are known; `shapes` those of names that an answer may refer to."""
    text = "(" + ", ".join(map(str, answer)) + ")" if isinstance(answer, (list, tuple)) else str(answer)
    if len(text) > LONGEST:
        return unreadable(f"a shape has at most {LONGEST} characters", _EXPECTED, 0, len(text))
    try:
        text = text.replace("$", " ") if text.count("$") % 2 == 0 else text
        body = bare(plain(text), lambda word: taken(word) or word in sizes, declared(units)).text.strip()
        body, like = _like(body, shapes)
        label = _LABEL.match(body)
        if label is not None and _names(label["name"], taken, units):
            body = body[label.end() :]
        written = [side for side in re.split(r"(?<![<>:])={1,2}", body) if side.strip()]
        if len(written) > 1 and _is_name(written[0], sizes) and _names(written[0], taken, units):
            written = written[1:]
        sides = [_read_side(side, sizes) for side in written]
    except ShapeTextError as error:
        return unreadable(str(error), _EXPECTED, 0, len(text))
    sides += [[shape] for shape in like]
    if not sides:
        return unreadable("there is no shape in it", _EXPECTED, 0, len(text))
    for factors in sides:
        for a, b in itertools.pairwise(factors):
            if _rows_columns(a)[1] != _rows_columns(b)[0]:
                return wrong(
                    "shape",
                    (
                        f"{show_shape(a)} times {show_shape(b)} does not conform: {_rows_columns(a)[1]} columns "
                        f"against {_rows_columns(b)[0]} rows"
                    ),
                    f"it is {show_shape(truth)}",
                )
    made = [f[0] if len(f) == 1 else _trimmed((_rows_columns(f[0])[0], _rows_columns(f[-1])[1])) for f in sides]
    read = " = ".join(map(show_shape, made))
    for shape in made:
        if not same_shape(shape, truth) or (len(shape) != len(truth) and max(len(shape), len(truth)) > 2):
            return _why(shape, truth, read)
    return right(read=read)


def _like(body: str, shapes: Mapping[str, Shape]) -> tuple[str, list[Shape]]:
    """A shape without the `same as W` before or behind it, and the shape of W. Raises `ShapeTextError`."""
    found = _SAME.match(body)
    if found is None:
        return body, []
    name = canonical(found["of"].strip("$"))
    if name not in shapes:
        raise ShapeTextError(f"the shape of {found['of']} is not known here")
    said = [part for part in (found["before"], found["behind"]) if part.strip(" .,")]
    if len(said) != 1:
        raise ShapeTextError(f"the sizes themselves are asked, not only that they are those of {found['of']}")
    lost = said[0].count(")") - said[0].count("(")
    return "(" * lost + said[0] + ")" * -lost, [shapes[name]]


def _why(shape: Shape, truth: Shape, read: str) -> Verdict:
    reveal = f"it is {show_shape(truth)}"
    axes = {len(_trimmed(shape)), len(_trimmed(truth))}
    if max(axes) == 2:
        if same_shape(_rows_columns(shape)[::-1], truth):
            return wrong("transpose", "rows and columns are exchanged", reveal, read=read)
        rows = [_rows_columns(s)[0] for s in (shape, truth)]
        columns = [_rows_columns(s)[1] for s in (shape, truth)]
        if rows[0] == rows[1]:
            return wrong("shape", "the number of rows is right, the number of columns is not", reveal, read=read)
        if columns[0] == columns[1]:
            return wrong("shape", "the number of columns is right, the number of rows is not", reveal, read=read)
    if len(_trimmed(shape)) != len(_trimmed(truth)):
        kinds = ("a scalar", "a vector", "a matrix")
        said = kinds[len(_trimmed(shape))] if len(_trimmed(shape)) < 3 else f"a tensor of {len(shape)} axes"
        return wrong("shape", f"it is not {said}", reveal, read=read)
    return wrong("shape", "the shape is not right", reveal, read=read)


def _rows_columns(shape: Shape) -> tuple[Size, Size]:
    shape = _trimmed(shape)
    return (shape[0] if shape else 1, shape[1] if len(shape) > 1 else 1)


def _trimmed(shape: Shape) -> Shape:
    while shape and shape[-1] == 1 and len(shape) <= 2:
        shape = shape[:-1]
    return shape


_DRESSED = re.compile(
    rf"\\(?P<dress>{'|'.join(sorted((*ACCENT_COMMANDS, *STYLES)))})\s+(?P<letter>[A-Za-z])(?![A-Za-z])"
)
"""An accent or a style with its letter behind a blank: `\\hat Y`."""


def _names(text: str, taken: Taken, units: Collection[str]) -> bool:
    """Whether what stands in front of a shape only names what has it. Raises `ShapeTextError` for a word that says
    more."""
    text = re.sub(
        r"\A\s*(?:[Tt]he\s+)?(?:(?:shape|size|dimensions?|dim)\s*(?:of\b|(?=\())|of\b)|\.shape\s*\Z|\\?(?:text|operatorname)\s*\{\s*(?:shape|size|dim)\s*\}",
        "",
        text,
    ).strip()
    inside = re.fullmatch(r"\((.*)\)", text)
    text = _DRESSED.sub(r"\\\g<dress>{\g<letter>}", inside[1] if inside is not None else text)
    if not text or is_name(text, taken, declared(units)) or spelled_target(text) is not None:
        return True
    word = stray(text, taken, declared(units))
    if word is not None:
        raise ShapeTextError(not_understood(word.shown))
    return False


def _is_name(text: str, sizes: Sequence[str]) -> bool:
    """Whether the side before the first = names what has the shape: W_2, Z1.shape, shape(Z1)."""
    text = text.strip()
    if _NAMED.match(text):
        return True
    return (
        bool(sizes)
        and "(" not in text
        and len(_TIMES.split(text)) == 1
        and canonical(text) not in {canonical(s) for s in sizes}
        and not text.isdigit()
    )


def _read_side(text: str, sizes: Sequence[str]) -> list[Shape]:
    """The factors of one side, each a shape."""
    text = _ARTICLE.sub("", _SET.sub("", text.strip())).rstrip(" .,;")
    text = _ROWS.sub(r"\1 x \2", text)
    row = False
    if (said := _LONG.match(text)) or (said := _KIND.search(text)):
        row = said["row"] is not None
        text = said["size"] if said.re is _LONG else text[: said.start()]
    if text.startswith("{") and text.endswith("}") and text.count("{") == 1:
        text = text[1:-1]
    groups = re.findall(r"\(([^()]*)\)", text)
    outside = re.sub(r"\([^()]*\)", "", text)
    if groups and not re.sub(r"[\s*@·⋅×]|\\cdot|\\times|\bx\b", "", outside):
        return [read_shape(g, sizes) for g in groups]
    if groups:
        raise ShapeTextError(f"cannot read {text.strip()[:60]!r} as a shape")
    found = read_shape(text, sizes)
    return [(1, *found)] if row and len(found) == 1 else [found]


def read_shape(text: str, sizes: Sequence[str] = ()) -> Shape:
    """`n x d` as ("n", "d"). Raises `ShapeTextError`."""
    text = re.sub(r"[{}\[\]]|\\(?:mathrm|text|mathit)\b", "", text.strip()).strip().rstrip(".,;")
    if _SCALAR.match(text) or text in ("", "()"):
        if not text:
            raise ShapeTextError("there is no shape in it")
        return ()
    known = {re.sub(r"[_{}]", "", s): s for s in sizes}
    found: list[Size] = []
    for piece in _TIMES.split(text):
        found += _sizes(re.sub(r"\s*_\s*", "_", piece.strip()), known)
    return tuple(found)


def _sizes(piece: str, known: Mapping[str, str]) -> list[Size]:
    """One size, or `mxh` for two that are known. Raises `ShapeTextError`."""
    two = re.fullmatch(r"(\w+?)x(\w+)", piece)
    if two and all(p.isdigit() or p in known for p in two.groups()) and piece not in known:
        return [s for p in two.groups() for s in _sizes(p, known)]
    if not _SIZE.match(piece):
        raise ShapeTextError(f"{piece[:40]!r} is no size; a size is a name or a positive integer")
    if piece.isdigit():
        return [int(piece)]
    if not known:
        return [piece]
    name = known.get(piece.replace("_", ""))
    if name is None:
        near = next((s for s in known.values() if s.casefold() == piece.casefold()), None)
        raise ShapeTextError(
            f"{piece[:40]} is no size here"
            + (f"; did you mean {near}?" if near else f"; the sizes are {', '.join(known.values())}")
        )
    return [name]
