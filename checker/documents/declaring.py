r"""What a sentence declares: names with their domains, and values given to letters.

Let $X \in \mathbb R^{n \times d}$ and $y \in \{0,1\}^n$     X: real[n,d]; y: label01[n]
where $W$ is a $K \times D$ matrix                           W: real[K,D]
points $x_i \in \mathbb R^d$ for $i = 1, \dots, n$           i: index[n]; x: real[n,d]
a positive constant $c$, for $c > 0$                         c: positive

A row of `_WORDS` is a word and what it says of a name. What says too little, `a vector $v$`, declares nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from checker.answers.arrays import split_top
from checker.documents.scan import Piece, Place
from checker.documents.sentences import CLOSE, FORMULA, OPEN, Sentence
from derivations.frozen import frozen
from derivations.notation.spelling import canonical, parts


@frozen
class Declaration:
    """A name with its domain, `real[n,d]`, as `parse_domain` reads it, and where the document says it. `refines`: it
    says more of a name that has its shape from elsewhere. `sure`: words say that it is one; else it is one only of a
    name that is new: `v > 0`. `case`: it is supposed: `if $A$ is symmetric`."""

    name: str
    domain: str
    place: Place
    text: str
    refines: bool = False
    sure: bool = True
    case: bool = False

    def show(self) -> str:
        return f"{self.name}: {self.domain}"


_R = r"(?:\\(?:mathbb|mathbf|mathrm|Bbb)\s*\{?\s*R\s*\}?|\\R(?![A-Za-z])|\\reals(?![A-Za-z])|ℝ)"
_SETS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), domain)
    for pattern, domain in (
        (rf"{_R}\s*_\s*(?:\{{?\s*(?:>\s*0|\+\+)\s*\}}?)", "positive"),
        (rf"{_R}\s*_\s*(?:\{{?\s*(?:\\geq?\s*0|≥\s*0)\s*\}}?)", "nonnegative"),
        (_R, "real"),
        (r"\\(?:mathbb|mathbf)\s*\{?\s*Z\s*\}?|ℤ", "integer"),
        (r"\\(?:mathbb|mathbf)\s*\{?\s*N\s*\}?|ℕ", "size"),
        (r"\\?\{\s*0\s*,\s*1\s*\\?\}", "label01"),
        (r"\\?\{\s*(?:[-−]\s*1\s*,\s*\+?\s*1|\+?\s*1\s*,\s*[-−]\s*1|\\pm\s*1|±\s*1)\s*\\?\}", "labelpm1"),
        (r"\(\s*0\s*,\s*1\s*\)", "probability"),
        (r"\[\s*(?P<low>-?\d+)\s*,\s*(?P<high>-?\d+)\s*\]", "interval"),
        (r"\\?\{\s*1\s*,\s*(?:2\s*,\s*)?(?:\\[lc]?dots|…|\.\.\.)\s*,\s*(?P<runs>[A-Za-z]|\d+)\s*\\?\}", "index"),
    )
)
"""How a set is written, and the domain of its elements."""

_IN = re.compile(r"(?<!\\not)(?:∈|\\in(?![A-Za-z]))")
_SIZE = re.compile(r"[A-Za-z]\w*|[1-9]\d{0,5}")
_CROSS = re.compile(r"\\times(?![A-Za-z])|×|\\,")
NAME = re.compile(
    r"(?:\\(?:mathbf|boldsymbol|bm|vec|mathrm|mathit|mathsf|hat|bar|tilde|widehat|overline)\s*)*\{?\s*\\?[A-Za-z]+\s*\}?"
    r"(?:_\s*(?:\{[^{}]{1,12}\}|\w))?(?:\^\s*(?:\{\s*[(\[]\s*\w+\s*[)\]]\s*\}|[(\[]\w[)\]]))?(?:_\s*(?:\{[^{}]{1,12}\}|\w))?\Z"
)
_RANGE = re.compile(
    r"(?P<letters>[a-z](?:\s*,\s*[a-z])*)\s*=\s*1\s*(?:,\s*(?:2\s*,\s*)?(?:\\[lc]?dots|…|\.\.\.)\s*,|\.\.)\s*(?P<end>[A-Za-z]|\d+)"
    r"|1\s*(?:\\leq?|≤|<=)\s*(?P<between>[a-z](?:\s*,\s*[a-z])*)\s*(?:\\leq?|≤|<=)\s*(?P<last>[A-Za-z]|\d+)"
)
_ORDERED = re.compile(
    r"(?P<names>\\?[A-Za-z]\w*(?:\s*,\s*\\?[A-Za-z]\w*)*)\s*(?P<sign>>|<|\\geq?(?![A-Za-z])|≥|\\gt(?![A-Za-z]))\s*0\s*\Z"
)
_UNIT = re.compile(r"0\s*<\s*(?P<names>\\?[A-Za-z]\w*)\s*<\s*1\s*\Z")

_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), domain)
    for pattern, domain in (
        (r"positive[\s-]+definite|p\.?d\.?|spd", "posdef"),
        (r"symmetric", "symmetric"),
        (r"invertible|non-?singular", "invertible"),
        (r"orthonormal|orthogonal", "orthonormal"),
        (r"one[\s-]hot", "onehot"),
        (r"probability\s+vectors?", "simplex"),
        (r"strictly\s+positive|positive", "positive"),
        (r"non-?negative", "nonnegative"),
        (r"negative", "negative"),
        (r"integers?", "integer"),
        (r"counts?", "count"),
        (r"probability|probabilities", "probability"),
    )
)
_SCALAR = re.compile(
    r"\b(?:scalars?|numbers?|reals?|constants?|rates?|integers?|probability|probabilities|temperature|step\s+size)\b",
    re.IGNORECASE,
)
_ARRAY = re.compile(r"\b(?:vectors?|matri(?:x|ces)|arrays?|tensors?)\b", re.IGNORECASE)
_COUNT = re.compile(r"\b(?:number|count)\s+of\b|\b(?:sample|batch)\s+size\b|\bdimension\b", re.IGNORECASE)
_LIST = rf"{FORMULA}(?:\s*(?:,|and|,\s*and)\s*{FORMULA})*"
_ENDING = (
    rf"\b(?:is|are|so|then|where|let|with|while|whose|which|that|if|when|for)\b|\band\s+(?:let|the|an?\b|{FORMULA})"
)
_IS = re.compile(
    rf"(?P<names>{_LIST})\s+(?:is|are|be|denotes?|has|have|of)\s+(?P<what>(?:(?!{_ENDING})[^.,;:\n]|\n(?!\n)){{1,120}})",
    re.IGNORECASE,
)
_ADJECTIVE = (
    rf"(?:strictly|real|fixed|given|known|positive|non-?negative|negative|symmetric|definite|invertible|non-?singular|binary|constant|"
    rf"unknown|random|two|three|{FORMULA}[\s-]*(?:dimensional)?)"
)
_NOUN = re.compile(
    rf"(?P<what>(?:\b{_ADJECTIVE}\s+|{FORMULA}[\s-]*(?:dimensional)?\s+){{0,5}}\b(?:scalars?|numbers?|reals?|constants?|rates?|vectors?|"
    r"matri(?:x|ces)|one[\s-]hot(?:\s+[a-z]+)?|integers?|probability|probabilities|temperature|step\s+size|variance)\s+)"
    rf"(?P<names>{_LIST})(?P<behind>\s+(?:of|with|in)\s+(?:length|size|shape|dimension|{FORMULA})[^.,;:]{{0,40}})?",
    re.IGNORECASE,
)
_MARK = re.compile(rf"{OPEN}(\d+){CLOSE}")


NO_RANGES: Mapping[str, str] = MappingProxyType({})
_LISTED = re.compile(
    r"[\s({]*(?P<name>\\?[A-Za-z]+)_\{?1\}?\s*,\s*(?:\S+_\{?2\}?\s*,\s*)?(?:\\[lc]?dots|…|\.\.\.)\s*,\s*"
    r"(?P<last>\\?[A-Za-z]+)_\{?(?P<end>[A-Za-z])\}?[\s)}]*"
)
"""`x_1, \\dots, x_N`: a list."""


def declarations(sentence: Sentence, known: Mapping[str, str] = NO_RANGES) -> Iterator[Declaration]:
    """What a sentence declares, ranges of indices first; `known` are ends of indices that the document shows."""
    for piece in sentence.formulas:
        yield from _ranges(piece)
    running = dict(known) | {d.name: d.domain[6:-1] for piece in sentence.formulas for d in _ranges(piece)}
    for piece in sentence.formulas:
        yield from _members(piece, running)
    yield from _worded(sentence)
    for number, piece in enumerate(sentence.formulas):
        yield from _ordered(piece, _introduced(sentence, number))


_INTRODUCING = re.compile(
    r"\b(?:let|for|with|where|assume|suppose|given|take|fix|and|constants?|all|any|some|every)\s*(?:an?\b|the\b)?\W*\Z",
    re.I,
)


def _introduced(sentence: Sentence, number: int) -> bool:
    return _INTRODUCING.search(_MARK.sub(" and ", sentence.before(number))) is not None


def _ranges(piece: Piece) -> Iterator[Declaration]:
    for found in _RANGE.finditer(piece.inside):
        size = found["end"] or found["last"]
        if found.start() and piece.inside[found.start() - 1] in "_{^\\":
            continue
        for letter in re.findall(r"[a-z]", found["letters"] or found["between"]):
            if letter != size:
                yield Declaration(letter, f"index[{size}]", piece.place, found[0])


def _members(piece: Piece, running: Mapping[str, str]) -> Iterator[Declaration]:
    """`X, Z \\in \\mathbb R^{n \\times d}`, several after one another."""
    signs = list(_IN.finditer(piece.inside))
    at = 0
    for sign in signs:
        left = piece.inside[at : sign.start()]
        right = piece.inside[sign.end() :]
        read = set_of(right)
        if read is None:
            at = sign.end()
            continue
        domain, sizes, length = read
        at = sign.end() + length
        if (listed := _LISTED.fullmatch(left)) is not None and parts(listed["name"]).base == parts(listed["last"]).base:
            name, place = canonical(listed["name"]), piece.place
            yield Declaration(name, f"{domain}[{','.join((listed['end'], *sizes))}]", place, piece.inside[:at].strip())
            continue
        for said in split_top(re.sub(r"\\(?:quad|qquad|;|,|:)|\\(?:text|mbox)\{[^{}]*\}|\band\b", ",", left), ",;"):
            made = _declared(
                said.strip(" &\n(){}") if said.count("(") == 1 and "^" not in said else said.strip(" &\n"),
                domain,
                sizes,
                running,
            )
            if made is not None:
                yield Declaration(*made, piece.place, piece.inside[max(0, sign.start() - len(left)) : at].strip())


def set_of(text: str) -> tuple[str, tuple[str, ...], int] | None:
    """The domain and the sizes that a set is, and how long it is written; None for another one."""
    stripped = text.lstrip(" {")
    skipped = len(text) - len(stripped)
    for pattern, domain in _SETS:
        found = pattern.match(stripped)
        if found is None:
            continue
        if domain == "interval":
            domain = f"interval({found['low']},{found['high']})"
        if domain == "index":
            return f"index[{found['runs']}]", (), skipped + found.end()
        power = re.match(r"\s*\}?\s*\^\s*(?:\{(?P<many>[^{}]*)\}|(?P<one>\w))", stripped[found.end() :])
        if power is None:
            return domain, (), skipped + found.end()
        sizes = tuple(s.strip(" ()") for s in _CROSS.split(power["many"] or power["one"] or ""))
        if not all(_SIZE.fullmatch(s) for s in sizes):
            return None
        return domain, sizes, skipped + found.end() + power.end()
    return None


def _declared(said: str, domain: str, sizes: tuple[str, ...], running: Mapping[str, str]) -> tuple[str, str] | None:
    """The name and the domain of `x`, of `x_i` or `x^{(i)}` where the range of i is told."""
    if not NAME.fullmatch(said):
        return None
    spelled = parts(said)
    letters = [g.strip("()[]") for g in (*spelled.labels, *spelled.subscripts)]
    if domain == "size":
        return (canonical(said), "size") if not sizes and not letters else None
    if domain.startswith("index"):
        if letters and all(g in running for g in letters) and not sizes:
            return spelled.base, f"{domain} of [{','.join(running[g] for g in letters)}]"
        return (canonical(said), domain) if not letters else None
    around = tuple(running[g] for g in letters if g in running)
    if letters and len(around) != len(letters):
        if any(re.fullmatch(r"[a-z]", g) and not g.isdigit() for g in letters):
            return None
        around = ()
        name = canonical(said)
    else:
        name = spelled.base + "".join(spelled.accents)
    every = (*around, *sizes)
    return name, domain + (f"[{','.join(every)}]" if every else "")


def _ordered(piece: Piece, introduced: bool) -> Iterator[Declaration]:
    for said in re.split(r"\\quad|\\qquad|(?<=[01])\s*,|\\text\{\s*and\s*\}", piece.inside):
        text = said.strip(" ,.;&")
        unit, found = _UNIT.fullmatch(text), _ORDERED.fullmatch(text)
        if unit is not None:
            yield Declaration(canonical(unit["names"]), "probability", piece.place, text, True, introduced)
        elif found is not None:
            domain = {">": "positive", r"\gt": "positive", "<": "negative"}.get(found["sign"], "nonnegative")
            for name in found["names"].split(","):
                yield Declaration(canonical(name.strip()), domain, piece.place, text, True, introduced)


def _worded(sentence: Sentence) -> Iterator[Declaration]:
    """What words say of the formulas that they are about."""
    words = re.sub(r"[*_`~]+", " ", sentence.words)
    seen: set[int] = set()
    for found in (*_IS.finditer(words), *_NOUN.finditer(words)):
        what = found["what"] + (found.groupdict().get("behind") or "")
        numbers = [int(n) for n in _MARK.findall(found["names"])]
        case = _CASE.search(words[: found.start()]) is not None
        if seen & set(numbers):
            continue
        shape = next(
            (s for n in _MARK.findall(what) if (s := shape_of(sentence.formulas[int(n)].inside)) is not None), None
        )
        domain = _domain(what, shape)
        if domain is None:
            continue
        for number in numbers:
            piece = sentence.formulas[number]
            if (listed := _LISTED.fullmatch(piece.inside)) is not None:
                if _SCALAR.search(what) is not None and shape is None:
                    seen.add(number)
                    name, size = canonical(listed["name"]), listed["end"]
                    yield Declaration(name, f"{domain}[{size}]", piece.place, _told(found[0], sentence))
                continue
            for said in _IN.split(piece.inside)[0].split(","):
                bare = said.strip(" {}")
                if NAME.fullmatch(bare):
                    seen.add(number)
                    refines = shape is None and _SCALAR.search(what) is None and domain != "size"
                    if refines or not case:
                        told = _told(found[0], sentence)
                        yield Declaration(canonical(bare), domain, piece.place, told, refines, case=case)


def described(sentence: Sentence) -> Iterator[tuple[str, str]]:
    """The names of which a sentence says a property that no domain has, and the word for it."""
    for found in _DESCRIBED.finditer(re.sub(r"[*_`~]+", " ", sentence.words)):
        piece = sentence.formulas[int(found["behind"] or found["before"])]
        for said in _IN.split(piece.inside)[0].split(","):
            if NAME.fullmatch(bare := said.strip(" {}")):
                yield canonical(bare), (found["word"] or found["property"]).casefold()


_PROPERTY = (
    r"(?:unit(?:[\s-](?:norm|length))?|cent(?:e?red|red)|normali[sz]ed|standardi[sz]ed|diagonal|triangular|orthogonal|idempotent|"
    r"stochastic|skew[\s-]symmetric|eigen(?:vectors?|values?)|independent|uncorrelated|full[\s-]rank|whitened|optimal)"
)
_DESCRIBED = re.compile(
    rf"\b(?P<word>{_PROPERTY})(?:\s+[A-Za-z-]+){{0,3}}\s*{OPEN}(?P<behind>\d+){CLOSE}"
    rf"|{OPEN}(?P<before>\d+){CLOSE}\s+(?:is|are|be)\s+(?:[A-Za-z-]+\s+){{0,2}}?(?P<property>{_PROPERTY})\b",
    re.IGNORECASE,
)
_CASE = re.compile(r"\b(?:if|when|whenever|unless|whether)\s*(?:the\s+|an?\s+)?\Z", re.IGNORECASE)
"""Words in front of what is said of one case only."""


def _told(words: str, sentence: Sentence) -> str:
    shown = _MARK.sub(lambda m: f"${sentence.formulas[int(m[1])].inside.strip()}$", words)
    return re.sub(r"\s+", " ", shown).strip()[:120]


def shape_of(text: str) -> tuple[str, ...] | None:
    """`K \\times D`, `(n, d)`, `d` as sizes."""
    sizes = tuple(s.strip(" (){}") for s in re.split(r"\\times(?![A-Za-z])|×|,", text))
    return sizes if all(_SIZE.fullmatch(s) for s in sizes) and len(sizes) <= 3 else None


_SQUARE: Mapping[str, str] = MappingProxyType({"posdef": "1", "symmetric": "1", "invertible": "1"})


def _domain(what: str, shape: tuple[str, ...] | None) -> str | None:
    """The domain that words say; None where they say none."""
    if _COUNT.search(what):
        return "size"
    domain = next((d for pattern, d in _WORDS if pattern.search(what)), None)
    if shape is not None and (
        _ARRAY.search(what) or domain in ("onehot", "simplex", *_SQUARE) or "shape" in what or "dimensional" in what
    ):
        if domain in _SQUARE:
            return f"{domain}[{shape[0]}]"
        return f"{domain or 'real'}[{','.join(shape)}]"
    if _ARRAY.search(what):
        return domain
    if _SCALAR.search(what) or domain is not None:
        return domain or "real"
    return None


def stated(text: str) -> Iterator[tuple[str, int, int]]:
    """The declarations that a document makes outright, and where: a comment `backproof: names = …`, or a line of the
    block in front of it."""
    front = re.match(r"---\n(.*?)\n---\s*\n", text, re.DOTALL)
    for found in _OUTRIGHT.finditer(text):
        if found["line"] is None or (front is not None and found.start() < front.end()):
            said = found["comment"] or found["percent"] or found["line"] or ""
            start = found.start(found.lastgroup or 0)
            yield said.strip().strip("\"'"), start, start + len(said)


_OUTRIGHT = re.compile(
    r"<!--\s*backproof:\s*names\s*=\s*(?P<comment>.*?)-->"
    r"|^[ \t]*%+\s*backproof:\s*names\s*=\s*(?P<percent>[^\n]*)$"
    r"|^backproof:\s*names\s*=\s*(?P<line>[^\n]*)$",
    re.DOTALL | re.MULTILINE,
)
