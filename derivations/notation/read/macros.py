r"""Commands that a text defines for itself, put back before it is read.

    \newcommand{\vw}{\mathbf{w}} \vw^\top x            \mathbf{w}^\top x
    \newcommand{\sq}[1]{#1^2} \sq{a} + \sq{b}          a^2 + b^2
    \def\norm#1{\left\|#1\right\|} \norm{w}            \left\|w\right\|
    \DeclareMathOperator{\sg}{sigmoid} \sg(z)          \operatorname{sigmoid}(z)

Each body is put together once, from those it uses, so that the work is that of the longest text that may be read; a
command that uses itself is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from derivations.formula import Note
from derivations.frozen import frozen
from derivations.notation.errors import ReadError
from derivations.notation.read.dressing import group_end

MAX_MACROS, MAX_USES, MAX_LENGTH, MAX_ARGUMENTS = 60, 500, 10_000, 9

_HOW = ("command", r"\def", r"\let", "DeclareMathOperator")
_DEFINES = re.compile(
    r"\\(?P<how>(?:re)?newcommand|providecommand|DeclareMathOperator|def|let)(?![A-Za-z])(?P<star>\*?)\s*"
    r"(?:\{\s*(?P<braced>\\[A-Za-z]+)\s*\}|(?P<plain>\\[A-Za-z]+))"
)
_COUNT = re.compile(r"\s*\[\s*(\d)\s*\]")
_DEFAULT = re.compile(r"\s*\[([^\[\]{}]*)\]")
_PARAMETERS = re.compile(r"\s*((?:#\d\s*)*)")
_LET = re.compile(r"\s*=?\s*(\\[A-Za-z]+|[^\s\\{}])")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_PARAMETER = re.compile(r"#(\d)")
_ENDS_COMMAND = re.compile(r"\\[A-Za-z]+\Z")
_ONE = re.compile(r"\s*(\\[A-Za-z]+|[^\s{}])")


@frozen
class Macro:
    """A command: its body, how many arguments it takes, what the first is where it is left out."""

    body: str
    count: int = 0
    default: str | None = None


def expanded(text: str) -> tuple[str, list[Note]]:
    """A text with its own commands put back, and a note of each. Raises `ReadError`."""
    if not any(how in text for how in _HOW) or _DEFINES.search(text) is None or len(text) > MAX_LENGTH:
        return text, []
    macros, rest = _defined(text)
    uses = _Uses(text, macros)
    made = uses.put_back(rest, ()).strip()
    notes = [Note("macro", f"{name} was read as {macros[name].body}", (0, 1)) for name in uses.used]
    return made, notes


def _defined(text: str) -> tuple[dict[str, Macro], str]:
    """The commands that a text defines, and what is left of it."""
    macros: dict[str, Macro] = {}
    kept: list[str] = []
    at = 0
    while found := _DEFINES.search(text, at):
        kept.append(text[at : found.start()])
        name, end = found["braced"] or found["plain"], found.end()
        count, default = 0, None
        if found["how"] == "let":
            other = _LET.match(text, end)
            if other is None:
                raise _fault(text, found.span(), rf"\let{name}\other")
            macros[name], at = Macro(other[1]), other.end()
            continue
        if found["how"] == "def":
            parameters = _PARAMETERS.match(text, end)
            count, end = (parameters[1].count("#"), parameters.end()) if parameters else (0, end)
        elif number := _COUNT.match(text, end):
            count, end = int(number[1]), number.end()
            if optional := _DEFAULT.match(text, end):
                default, end = optional[1], optional.end()
        while text[end : end + 1].isspace():
            end += 1
        at = group_end(text, end) if text.startswith("{", end) else 0
        if not at or count > MAX_ARGUMENTS or len(macros) >= MAX_MACROS:
            raise _fault(text, found.span(), rf"\newcommand{{{name}}}{{…}}")
        body = text[end + 1 : at - 1].strip()
        if found["how"] == "DeclareMathOperator":
            body = rf"\operatorname{{{body}}}"
        macros[name] = Macro(body, count, default)
    kept.append(text[at:])
    return macros, "".join(kept)


def _fault(text: str, span: tuple[int, int], expected: str) -> ReadError:
    return ReadError("this definition of a command is not read", span, expected, (), (), text)


class _Uses:
    """The commands of a text as they are put back, and which of them it uses."""

    def __init__(self, text: str, macros: dict[str, Macro]):
        self.text, self.macros = text, macros
        self.bodies: dict[str, str] = {}
        self.used: dict[str, None] = {}
        self.count = 0

    def put_back(self, text: str, within: tuple[str, ...]) -> str:
        """A text, which stands in the bodies of `within`, with its commands put back."""
        out: list[str] = []
        length = at = 0

        def add(piece: str) -> None:
            nonlocal length
            out.append(piece)
            length += len(piece)
            if length > MAX_LENGTH:
                self.refuse(f"with its commands put back the text has more than {MAX_LENGTH:,} characters", "limit")

        while found := self.next_use(text, at):
            name, macro = found[0], self.macros[found[0]]
            add(text[at : found.start()])
            arguments, at = self.arguments(text, found, macro, within)
            if macro.count == 0 and text.startswith("{}", at):
                at += 2
            made = _PARAMETER.sub(self.argument(arguments), self.body(name, within))
            before = "".join(out[-2:])[-1:]
            if before in ("_", "^") and before:
                made = f"{{{made}}}"
            elif before.isalnum() and made[:1].isalnum():
                add(" ")
            add(made)
            if made[-1:].isalpha() and text[at : at + 1].isalnum():
                add(" ")
        add(text[at:])
        return "".join(out)

    def next_use(self, text: str, at: int) -> re.Match[str] | None:
        while found := _COMMAND.search(text, at):
            if found[0] in self.macros:
                return found
            at = found.end()
        return None

    def body(self, name: str, within: tuple[str, ...]) -> str:
        """The body of a command, itself put back."""
        self.count += 1
        if self.count > MAX_USES:
            self.refuse(f"commands of the text's own are used more than {MAX_USES} times", "limit")
        self.used[name] = None
        if name not in self.bodies:
            if name in within:
                self.refuse(f"{name} is defined by itself", "syntax")
            self.bodies[name] = self.put_back(self.macros[name].body, (*within, name))
        return self.bodies[name]

    def arguments(
        self, text: str, found: re.Match[str], macro: Macro, within: tuple[str, ...]
    ) -> tuple[list[str], int]:
        """The arguments of a use, put back, and where it ends."""
        given: list[str] = []
        at = found.end()
        if macro.default is not None:
            optional = _DEFAULT.match(text, at)
            given.append(optional[1] if optional else macro.default)
            at = optional.end() if optional else at
        while len(given) < macro.count:
            one = _ONE.match(text, at)
            start = next((k for k in range(at, len(text)) if not text[k].isspace()), at)
            end = group_end(text, start) if text.startswith("{", start) else 0
            if end:
                given.append(text[start + 1 : end - 1])
            elif one is not None:
                given.append(one[1])
                end = one.end()
            else:
                self.refuse(f"{found[0]} needs {macro.count} arguments", "syntax")
            at = end
        return [self.put_back(g, within) for g in given], at

    def argument(self, arguments: list[str]) -> Callable[[re.Match[str]], str]:
        def put(m: re.Match[str]) -> str:
            number = int(m[1])
            if not 1 <= number <= len(arguments):
                self.refuse(f"#{number} stands for no argument", "syntax")
            given = arguments[number - 1]
            joined = given[:1].isalpha() and _ENDS_COMMAND.search(m.string, max(0, m.start() - 30), m.start())
            return f" {given}" if joined else given

        return put

    def refuse(self, message: str, tag: str) -> None:
        raise ReadError(message, (0, 1), "the formula written out", (), (), self.text, tag)
