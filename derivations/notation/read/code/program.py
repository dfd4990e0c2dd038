"""Lines of code as steps: assignments one after the other, in place or not, and the value that they come to.

    dZ = dA.copy()          Step("dZ", "", "dA.copy()")
    dZ[Z <= 0] = 0          Step("dZ", "", "0", mask="Z <= 0")
    dZ *= 2                 Step("dZ", "*", "2")
    return dZ               the value

A function definition stands for its body; imports of known modules and comments say nothing of the value. A loop, a
branch, a second function, and whatever is no statement of this kind, is no straight line of code: loops and branches
are refused, the rest is left to whoever reads texts of several lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from derivations.frozen import frozen
from derivations.notation.errors import ReadError
from derivations.notation.read.code.tables import MODULES, SHORT_MODULES, is_code

LONGEST, MAX_STEPS = 4000, 60
"""Characters and statements of code that are looked at."""


@frozen
class Step:
    """One assignment.

    name      what is assigned
    op        the operator before the `=`: "-" for `-=`, empty for a plain assignment
    value     the right side, as text
    mask      what stands in brackets behind the name, as text; None where nothing does
    start     where the statement begins in the text; end: where it ends
    """

    name: str
    op: str
    value: str
    mask: str | None
    start: int
    end: int


@frozen
class Program:
    """Straight lines of code: the steps in order; the value at the end as text, with its place, and whether it is
    returned; the comments, each with its place. `value` is None where the code ends with an assignment."""

    steps: tuple[Step, ...]
    value: tuple[int, str] | None
    returned: bool
    comments: tuple[tuple[int, str], ...] = ()


_NAME = r"[^\W\d]\w*"
_ASSIGNED = re.compile(
    rf"(?P<name>{_NAME})\s*(?:\[(?P<mask>[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\s*)?(?P<op>\+|-|\*\*|\*|//|/|@|%)?=(?!=)\s*(?P<value>\S.*)\Z",
    re.DOTALL,
)
_UNPACKED = re.compile(rf"(?P<names>{_NAME}(?:\s*,\s*{_NAME})+)\s*=(?!=)\s*(?P<value>[^=]*)\.shape\Z")
_RETURN = re.compile(r"return\b\s*(?P<value>.*)\Z", re.DOTALL)
_DEFINED = re.compile(rf"def\s+{_NAME}\s*\((?P<arguments>[^()]*)\)\s*(?:->\s*[^:]+)?:\s*(?P<rest>.*)\Z", re.DOTALL)
_ARGUMENT = re.compile(rf"{_NAME}\s*(?::\s*[\w.\[\]| ]+)?\Z")
_IMPORT = re.compile(
    r"import\s+(?P<path>[\w.]+)(?:\s+as\s+(?P<short>\w+))?\Z|from\s+(?P<root>\w+)[\w.]*\s+import\s+[\w, ]+\Z"
)
_BRANCH = re.compile(
    r"(?:(?P<loop>for\s+\w+(?:\s*,\s*\w+)*\s+in\b.*|while\b.*)|(?P<block>with\b.*|try\s*)|(?:if|elif)\b.*|else\s*)"
    r":\s*(?:return\b.*|[\w.\[\], ]+\s*[-+*/]?=(?!=).*)?\Z",
    re.DOTALL,
)
_MARKS = re.compile(
    r"^\s*(?:def\s|return\b|import\s)|\w\s*(?:\*\*|[-+*/@])=|\w\[[^\]\n]*\]\s*=(?!=)|\*\*|\s@\s", re.MULTILINE
)
_STRING = re.compile(r'("""|\'\'\')(.*?)\1', re.DOTALL)
_COMMENT = re.compile(r"#[^\n]*")


def program_of(text: str) -> Program | None:
    """The steps of a text; None where it is no straight line of code. Raises `ReadError` for loops, branches and what
    code never reaches."""
    if len(text) > LONGEST or not (_MARKS.search(text) or is_code(text)):
        return None
    comments: list[tuple[int, str]] = []

    def blank(m: re.Match[str]) -> str:
        comments.append((m.start(), m[0]))
        return re.sub(r"[^\n]", " ", m[0])

    bare = _COMMENT.sub(blank, _STRING.sub(blank, text))
    steps: list[Step] = []
    value: tuple[int, str] | None = None
    returned = defined = imported = False
    for start, statement in _statements(bare):
        end = start + len(statement)
        if value is not None and not returned:
            return None
        if value is not None:
            raise _refused(start, statement, "what stands behind return is never reached", "the lines up to return")
        branch = _BRANCH.match(statement)
        if branch is not None:
            raise _refused(start, statement, *_INSTEAD[branch.lastgroup or "branch"])
        function = _DEFINED.match(statement)
        if function is not None:
            if defined or steps:
                raise _refused(start, statement, "a second function is not read", "one function, or its body alone")
            _check_arguments(start, function["arguments"])
            defined = True
            start, statement = start + function.start("rest"), function["rest"]
        if not statement or _imported(statement):
            imported = imported or bool(statement)
            continue
        gives, unpacked, found = _RETURN.match(statement), _UNPACKED.match(statement), _ASSIGNED.match(statement)
        if gives is not None:
            if not gives["value"].strip():
                raise _refused(start, statement, "it returns nothing", "return and the value")
            value, returned = (start + gives.start("value"), gives["value"]), True
        elif unpacked is not None:
            steps += (
                Step(name.strip(), "", f"{unpacked['value']}.shape[{axis}]", None, start, end)
                for axis, name in enumerate(unpacked["names"].split(","))
            )
        elif found is not None and is_python(found["value"]) and not _chained(found["value"]):
            if found["op"] in ("//", "%"):
                raise _refused(start, statement, f"{found['op']}= is not read", "one of += -= *= /= **= @=")
            steps.append(Step(found["name"], found["op"] or "", found["value"].rstrip(), found["mask"], start, end))
        elif (steps or defined or imported) and found is None:
            value = start, statement
        else:
            return None
        if len(steps) > MAX_STEPS:
            raise _refused(start, statement, f"more than {MAX_STEPS} statements", "fewer statements")
    alone = len(steps) == 1 and not steps[0].op and steps[0].mask is None and value is None
    plain = alone and not defined and not imported
    return None if plain or not (steps or value) else Program(tuple(steps), value, returned, tuple(comments))


_SIDE_BY_SIDE = re.compile(r"[\w)\]]\s+(?!(?:if|else|and|or|not|in|is)\b)[A-Za-z_0-9(]")
_KEYWORD = re.compile(r"\b(?:if|else|and|or|not)\b")


def is_python(text: str) -> bool:
    """Whether a text looks like an expression of code: no two values side by side, no sign that only paper has."""
    return re.fullmatch(r"[\w\s.()\[\],:+\-*/@<>=!&|~'\"]+", text) is not None and not _SIDE_BY_SIDE.search(
        _KEYWORD.sub("+", text)
    )


_INSTEAD = {
    "loop": ("a loop is not read: nothing is run", "a sum or product over all entries, as in np.sum(a, axis=0)"),
    "block": ("a block is not read", "its lines alone"),
    "branch": ("a branch is not read: nothing is run", "np.where(condition, value, other)"),
}


def _refused(start: int, statement: str, message: str, expected: str) -> ReadError:
    return ReadError(message, (start, start + len(statement)), expected, tag="operation")


def _check_arguments(start: int, arguments: str) -> None:
    """Refuse `eps=1e-5`: an argument with a value of its own may be any other."""
    for argument in arguments.split(","):
        if argument.strip() and not _ARGUMENT.fullmatch(argument.strip()):
            raise _refused(start, argument, f"the argument {argument.strip()[:40]} is not read", "names alone")


def _imported(statement: str) -> bool:
    """Whether a line imports a module under a name by which it is known here."""
    found = _IMPORT.match(statement)
    if found is None:
        return False
    known = MODULES | SHORT_MODULES
    root = found["root"] or found["path"].partition(".")[0]
    return root in known and (found["short"] or root) in known


def _chained(value: str) -> bool:
    """Whether a right side holds another `=` outside brackets: a chain, as on paper."""
    depth = 0
    for k, c in enumerate(value):
        depth += (c in "([{") - (c in ")]}")
        if c == "=" and depth == 0 and value[k - 1 : k] not in ("<", ">", "!", "=") and value[k + 1 : k + 2] != "=":
            return True
    return False


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements with their places: ended by a line break or `;` outside brackets."""
    start, depth = 0, 0
    for k, c in enumerate(text + "\n"):
        depth += (c in "([{") - (c in ")]}")
        if c == "\\" and text[k + 1 : k + 2] == "\n":
            continue
        if (c == "\n" and depth <= 0 and text[k - 1 : k] != "\\") or (c == ";" and depth <= 0):
            statement = text[start:k]
            if statement.strip():
                lead = len(statement) - len(statement.lstrip())
                yield start + lead, statement.strip().replace("\\\n", " \n")
            start = k + 1
