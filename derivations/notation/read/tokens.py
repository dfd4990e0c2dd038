r"""Text into tokens: ASCII, Unicode and LaTeX in one pass, positions kept, brackets matched.

    x_i  x_{i}  xᵢ           word x, `_`, word i
    x²  x^2                  word x, `^`, num 2
    \hat{y}  ŷ               word yhat
    \mathbf w  \boldsymbol w  word w
    \left( \bigl( (          (
    \cdot ⋅ ·   × \times     dot   times

Spacing, sizes of brackets and alignment marks of no meaning are dropped here. Limits are checked here, before anything
is formed: 10,000 characters, 4,000 tokens, 40 digits a numeral, brackets 100 deep.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from derivations.formula import Note
from derivations.notation.errors import ReadError
from derivations.notation.read.characters import MAX_DIGITS, character
from derivations.notation.read.code import is_code, respelled
from derivations.notation.read.dressing import group_end
from derivations.notation.read.matching import match_brackets
from derivations.notation.read.stacked import bar_behind, stacked, words_of
from derivations.notation.read.symbols import (
    DISPLAY,
    ENDS,
    INVISIBLE,
    MATRIX,
    OPERATORS,
    PLAIN,
    RELATIONS,
    SIDED,
    SPACES,
    SPACING,
    STARTS,
)
from derivations.notation.read.token import Token, Tokens
from derivations.notation.spelling import (
    ACCENT_COMMANDS,
    COMBINING,
    COMMANDS,
    STYLES,
)

MAX_CHARS, MAX_TOKENS, MAX_EXPONENT = 10_000, 4_000, 400


_SCAN = re.compile(
    r"(?P<word>(?:log1p|expm1)(?![A-Za-z0-9])|[A-Za-z]+)"
    r"|(?P<space>(?:[ \t\r\f\v~]|\\[,;:!> ])+)"
    r"|(?P<num>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+(?![A-Za-z0-9.]))?)"
    r"|(?P<cmd>\\[A-Za-z]+)"
    r"|(?P<op><=>|<->|==>|=>|:=|<=|>=|<-|->|==|!=|/=|~=|\|\||\.\*|\*\*|\(\.\)|&=|\\\\|\\[{}|\[\]()_%$&#']|#(?=\s*\\?\{)|[-+*/^_@()\[\]{}|,;:&=<>!'.\n$])"
    r"|(?P<uni>[^\x00-\x7f])"
    r"|(?P<bad>.)",
    re.DOTALL,
)


_TEXT_COMMANDS = frozenset(["text", "textrm", "textbf", "textit", "mbox", "textnormal"])
_GROUP_WORD = re.compile(r"\s*\{\s*([A-Za-z]+|log1p|expm1)\s*\}")
_GROUP_ANY = re.compile(r"\s*\{([^{}]*)\}")
_ONE_BOLD = re.compile(r"\s*(?:\{\s*1\s*\}|1(?!\d))")
_ENVIRONMENT = re.compile(r"\s*\{([A-Za-z]+\*?)\}")
_ARRAY_COLUMNS = re.compile(r"\s*\{[lcr| @{}.]*\}")
_LEFT_ARRAY = re.compile(r"\s*(?:\\\{|\\lbrace)\s*\\begin\{(?:array|aligned|matrix)\}")


_COMMAND = re.compile(r"\\[A-Za-z{(\[]|\$")
_SIM = re.compile(r"\\sim(?![A-Za-z])|∼")
"""With a sign of its own, ~ is a space."""
_AS_IN_PYTHON = re.compile(r"_(?![A-Za-z0-9{(\\])")
"""The end of `lambda_`: Python keeps the word itself."""
_INSTEAD = {"~": "=, or the product with *", "\\": "inv(A) x for the solution of A z = x, A * x for the product"}


_QUOTED = re.compile(r"""[=(,]\s*"[A-Za-z ,.>_-]{1,80}"(?=\s*[,)])""")
"""A string among the arguments of code: order="F", "ij,j->i"."""


def number(token: Token) -> Fraction:
    """The value of a numeral. Its length was checked."""
    return Fraction(token.value)


def tokenize(text: str, taken: Callable[[str], bool | None] = lambda _: False) -> Tokens:
    """The tokens of a text; what is `taken` is a declared name. Raises `ReadError`: too long, unreadable characters,
    brackets that do not match."""
    if len(text) > MAX_CHARS:
        raise ReadError(
            f"the text has {len(text):,} characters; at most {MAX_CHARS:,} are read",
            (MAX_CHARS, MAX_CHARS + 1),
            tag="limit",
            text=text[: MAX_CHARS + 40],
        )
    out = Tokens()
    try:
        _scan(text, 0, len(text), out)
        if is_code(text):
            out[:] = respelled(out, taken)
        match_brackets(text, out)
        if "->" in text:
            _heads(out, text)
    except ReadError as error:
        error.text = text
        raise
    return out


def _scan(text: str, begin: int, stop: int, out: Tokens) -> None:
    """The main loop. A style or accent command changes the word that follows: `pending` holds accents waiting for
    it."""
    append = out.append
    scan = _SCAN.match
    at = begin
    space = False
    depth = 0
    pending: list[tuple[str, int]] = []
    marks = edge = 0
    twice = False
    while at < stop:
        found = scan(text, at)
        assert found is not None
        kind = found.lastgroup
        start, at = at, found.end()
        value = found[0]
        if kind == "word":
            if pending and at - start > 1 and text[start - 1] != "{":
                at = start + 1
                value = value[0]
            append(Token("word", value, start, at, space))
            if value == "lambda" and _AS_IN_PYTHON.match(text, at):
                at += 1
        elif kind == "space":
            space = True
            if value.count("~") == 1 and _draws(out) and not _SIM.search(text):
                where = start + value.index("~")
                append(Token("sim", "~", where, where + 1, True))
                continue
            if ("~" in value or ("\\ " in value and out and out[-1].kind in ENDS)) and not _COMMAND.search(text):
                sign = "~" if "~" in value else "\\"
                raise ReadError(
                    f"{sign} between two values is not read" if out else f"{sign} is not read",
                    (start + value.index(sign), start + value.index(sign) + 1),
                    _INSTEAD[sign],
                )
            continue
        elif kind == "num":
            digits = sum(c.isdigit() for c in value)
            if digits > MAX_DIGITS:
                raise ReadError(
                    f"this number has {digits} digits; at most {MAX_DIGITS} are read", (start, at), tag="limit"
                )
            _, _, exponent = value.replace("E", "e").partition("e")
            if exponent and abs(int(exponent)) > MAX_EXPONENT:
                raise ReadError(f"the exponent of this number is beyond {MAX_EXPONENT}", (start, at), tag="limit")
            if len(value) > 1 and out and value.isdigit() and _after_frac(out, space):
                at = start + 1  # \\frac12 is one half
                value = value[0]
            append(Token("num", value, start, at, space))
        elif kind == "op":
            if value in RELATIONS:
                append(Token("rel", RELATIONS[value], start, at, space))
            elif value in PLAIN:
                append(Token(value, "" if value == "|" else value, start, at, space))
                if value in "([{":
                    depth += 1
                elif value in ")]}":
                    depth -= 1
            elif value in OPERATORS:
                plain = OPERATORS[value]
                append(Token(plain, "" if plain == "||" else value, start, at, space))
            elif value == "\n":
                if depth <= 0:
                    append(Token("newline", value, start, at, space))
                space = True
                continue
            elif value == r"\\":
                append(Token("newline", value, start, at, space))
            elif value in (r"\{", r"\}"):
                append(Token(value, value, start, at, space))
            elif value == "||":
                append(Token("||", "", start, at, space))
            elif value == "&=":
                append(Token("&", "&", start, start + 1, space))
                append(Token("rel", "=", start + 1, at, False))
            elif value in ("$", r"\[", r"\]", r"\(", r"\)", r"\&", r"\$"):
                space = True
                if out and out[-1].kind in ENDS:
                    twice = edge == len(out) and (twice or text[start - 1] != "$")  # $a$ $b$ are two formulas
                    edge = len(out)
                continue
            elif value == r"\_":
                append(Token("_", value, start, at, space))
            elif value == r"\'":  # a prime that a shell or a program has escaped
                append(Token("'", value, start, at, space))
            else:
                raise ReadError(f"{value} means nothing here", (start, at), "a formula")
        elif kind == "cmd":
            at = _command(text, value, start, at, space, pending, out)
            if out and out[-1].kind == "begin" and out[-1].start == start:
                depth += 1
            elif out and out[-1].kind == "end" and out[-1].start == start:
                depth -= 1
            if not (out and out[-1].start >= start):
                if value not in ("\\left", "\\right") and value[1:] not in STYLES and value[1:] not in ACCENT_COMMANDS:
                    space = True
                continue
        elif kind == "uni":
            if value in COMBINING:
                marks += 1
                if marks > 20 or not out or out[-1].kind != "word":
                    raise ReadError("a combining mark that belongs to no letter", (start, at), "a letter before it")
                last = out[-1]
                if len(last.value) == last.end - last.start > 1 and text[last.start : last.end] == last.value:
                    out[-1:] = [
                        Token("word", last.value[:-1], last.start, last.end - 1, last.space),
                        Token("word", last.value[-1], last.end - 1, last.end),
                    ]
                _accent(out[-1], COMBINING[value], at)
                continue
            if value in SPACES:
                space = True
                continue
            if value in INVISIBLE:
                if not out.notes:
                    out.notes.append(Note("invisible", "an invisible character was left out", (start, at)))
                continue
            at = character(text, value, start, space, out)
            if out and out[-1].kind in "([{":
                depth += 1
            elif out and out[-1].kind in ")]}" and out[-1].start == start and len(value) == 1 and value in OPERATORS:
                depth -= 1
        elif value == '"' and any(m.start() < at <= m.end() for m in _QUOTED.finditer(text)):
            append(Token("'", value, start, at, space))
        else:
            shown = value if value.isprintable() else f"the character U+{ord(value):04X}"
            raise ReadError(f"{shown} cannot be read", (start, at), "a formula")
        if pending and out and out[-1].kind == "word":
            for accent, _ in reversed(pending):
                _accent(out[-1], accent, at)
            if len(out) > 1 and out[-2].kind == "{" and out[-2].start > pending[-1][1]:
                out.accented.append(len(out) - 2)
            pending.clear()
        elif pending and out[-1].kind not in ("{", "("):
            accent, where = pending[0]
            raise ReadError(f"the accent {accent} stands over no letter", (where, at), "a letter")
        space = False
        if edge and len(out) > edge:
            if twice and out[edge].kind in STARTS:
                raise ReadError(
                    "a second formula begins where one was asked",
                    (out[edge].start, max(out[edge].end, out[edge].start + 1)),
                    "one formula",
                )
            edge = 0
        if len(out) > MAX_TOKENS:
            raise ReadError(f"the formula has more than {MAX_TOKENS:,} symbols", (start, at), tag="limit")
    if pending:
        raise ReadError(f"the accent {pending[0][0]} stands over nothing", (pending[0][1], stop), "a letter")


def _draws(out: Tokens) -> bool:
    """Whether a variable stands in the last bracket, which is open below a word: E_{x ~ p}."""
    depth = 0
    for k in range(len(out) - 1, 1, -1):
        depth += (out[k].kind in ("}", ")")) - (out[k].kind in ("{", "("))
        if depth < 0:
            return out[-1].kind in ENDS and out[k - 1].kind == "_" and out[k - 2].kind == "word"
    return False


def _heads(out: Tokens, text: str) -> None:
    """In `dL/dW = (i, j) -> a_i b_j` the arrow stands behind indices, and is no implication."""
    for k, t in enumerate(out):
        if t.kind == "rel" and k > 1 and text[t.start : t.end] == "->":
            begin = out[k - 1].mate if out[k - 1].kind == ")" else k - 1
            heads = out[begin + 1 : k - 1] if begin < k - 1 else out[begin:k]
            if begin and out[begin - 1].value in ("=", ":=") and all(h.kind in ("word", ",") for h in heads):
                t.kind = "mapsto"


def _after_frac(out: Tokens, space: bool) -> bool:
    r"""Whether a numeral here is an unbraced argument of `\frac`, which takes one digit."""
    if out[-1].kind == "frac":
        return True
    return len(out) > 1 and not space and out[-2].kind == "frac" and out[-1].kind in ("num", "word")


def _accent(word: Token, accent: str, end: int) -> None:
    """Put an accent on a word, on its last letter where a run of letters is not one name (`Xŷ` is X·ŷ)."""
    word.value += accent
    word.end = end
    if len(word.value) > 60:
        raise ReadError("too many accents on one letter", (word.start, end), tag="limit")


def _command(
    text: str, value: str, start: int, at: int, space: bool, pending: list[tuple[str, int]], out: Tokens
) -> int:
    r"""A LaTeX command: appends its tokens and says where reading goes on."""
    name = value[1:]
    if value in RELATIONS:
        out.append(Token("rel", RELATIONS[value], start, at, space))
    elif value in OPERATORS:
        plain = OPERATORS[value]
        out.append(Token(plain, "" if plain in ("|", "||") else value, start, at, space))
    elif name in COMMANDS:
        out.append(Token("word", COMMANDS[name], start, at, space))
    elif name in _TEXT_COMMANDS or name == "operatorname" or name in STYLES:
        if name in ("mathbf", "mathbb", "boldsymbol", "bm", "mathds", "symbf", "vec", "pmb", "mathbbm", "textbf"):
            one = _ONE_BOLD.match(text, at)
            if one:
                out.append(Token("ones", "1", start, one.end(), space))
                return one.end()
        if name == "operatorname" and text.startswith("*", at):
            at += 1
        if name in _TEXT_COMMANDS:
            end = group_end(text, at) if text.startswith("{", at) else 0
            if end:
                return words_of(text, start, at + 1, end, space, out)
        if name == "vec" and text.startswith(("(", r"\left("), at):
            out.append(Token("word", name, start, at, space))
            return at
        group = _GROUP_WORD.match(text, at)
        if group:
            if name == "mathbb" and group[1] == "I":
                out.append(Token("ones", "I", start, group.end(), space))
            else:
                out.append(Token("word", group[1], start, group.end(), True))
            return group.end()
        if name == "mathbb":
            bare = re.compile(r"\s*I(?![A-Za-z])").match(text, at)
            if bare:
                out.append(Token("ones", "I", start, bare.end(), space))
                return bare.end()
    elif name in ACCENT_COMMANDS:
        group = _GROUP_WORD.match(text, at)
        if group:
            out.append(Token("word", group[1] + ACCENT_COMMANDS[name], start, group.end(), True))
            return group.end()
        pending.append((ACCENT_COMMANDS[name], start))
        if len(pending) > 4:
            raise ReadError("too many accents on one letter", (start, at), tag="limit")
        # The accent waits for the first word; its braces, if any, are ordinary braces.
        return at
    elif name in ("left", "right"):
        if name == "left" and _LEFT_ARRAY.match(text, at):
            return re.compile(r"\s*(?:\\\{|\\lbrace)\s*").match(text, at).end()  # type: ignore[union-attr]
        side = re.compile(r"\s*(\\[A-Za-z]+|\\[|{}]|.|$)", re.DOTALL).match(text, at)
        assert side is not None
        bar = {
            "|": "|",
            r"\|": "||",
            r"\vert": "|",
            r"\Vert": "||",
            r"\lvert": "|",
            r"\rvert": "|",
            r"\lVert": "||",
            r"\rVert": "||",
            "‖": "||",
            "∣": "|",
            r"\parallel": "||",
            "∥": "||",
        }.get(side[1])
        if bar:
            if start in out.evaluated:
                out.append(Token("}", "}", start, start))
            out.append(Token(bar, "open" if name == "left" else "close", start, side.end(), space))
            return side.end()
        if side[1] == ".":
            bar_at = bar_behind(text, side.end()) if name == "left" else None
            if bar_at is not None:  # \left. a + b \right|_{a=c}: a bracket around what is evaluated
                out.evaluated.add(bar_at)
                out.append(Token("{", "{", start, side.end(), space))
            return side.end()
        if side[1] in (r"\langle", r"\rangle", "⟨", "⟩"):
            out.append(Token(OPERATORS[side[1]], side[1], start, side.end(), space))
            return side.end()
        if side[1] not in (
            "(",
            ")",
            "[",
            "]",
            r"\{",
            r"\}",
            r"\lfloor",
            r"\rfloor",
            r"\lceil",
            r"\rceil",
            r"\lbrace",
            r"\rbrace",
            "⌊",
            "⌋",
            "⌈",
            "⌉",
            r"\lbrack",
            r"\rbrack",
        ):
            raise ReadError(rf"\{name} needs a bracket after it", (start, at), "a bracket")
    elif value in SIDED:
        kind, side_ = SIDED[value]
        out.append(Token(kind, side_, start, at, space))
    elif name in ("begin", "end"):
        group = _ENVIRONMENT.match(text, at)
        if group is None:
            raise ReadError(rf"\{name} needs the name of an environment", (start, at), rf"\{name}{{cases}}")
        at = group.end()
        if group[1] in DISPLAY:
            if group[1] == "alignedat":
                columns = _GROUP_ANY.match(text, at)
                at = columns.end() if columns and name == "begin" else at
            return at
        if group[1] == "array":
            columns = _ARRAY_COLUMNS.match(text, at)
            at = columns.end() if columns and name == "begin" else at
        elif group[1] not in MATRIX and group[1] not in ("cases", "dcases", "rcases", "vmatrix"):
            raise ReadError(
                f"the environment {group[1]} is not read", (start, at), "cases, aligned, pmatrix or bmatrix"
            )
        out.append(
            Token(
                name, {"dcases": "cases", "rcases": "cases", "array": "cases"}.get(group[1], group[1]), start, at, space
            )
        )
    elif name == "tag":
        group = _GROUP_ANY.match(text, at + text.startswith("*", at))
        if group:
            out.append(Token("text", f"({group[1].strip()})", start, group.end(), space))
            return group.end()
    elif name in ("underset", "overset", "stackrel"):
        return stacked(text, name, start, at, space, out, _scan)
    elif value in SPACING:
        if name == "hspace":
            group = _GROUP_ANY.match(text, at)
            return group.end() if group else at
    elif len(name) == 1 and out and out[-1].kind in ENDS:
        raise ReadError(f"{value} between two values is not read", (start, at), _INSTEAD["\\"])
    else:
        out.append(Token("word", name, start, at, True))
    return at
