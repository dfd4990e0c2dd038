"""Straight lines of code as definitions: every assignment makes a new name, and the last value is the answer.

    dZ = dA.copy()              a = dA
    dZ[Z <= 0] = 0              b = 0 where Z ≤ 0, a elsewhere
    dZ[k] -= 1                  b = a - 1 at k, a elsewhere
    return dZ                   b

What stands for one array under two names is not changed in place: the change would reach both.
"""

from __future__ import annotations

import re

from checker.answers.arrays import bracketed, split_top
from checker.answers.compare import equal_to
from derivations.domains import Names
from derivations.model import ModelError, build
from derivations.notation import ReadError, read
from derivations.notation.read.code import Program, Step, is_python
from derivations.notation.read.scope import scope_of
from derivations.notation.read.targets import spelled_target
from derivations.notation.spelling import canonical
from derivations.notation.words import FUNCTIONS, KEYWORDS, PREFIXES

_WORD = r"(?<![\w.])(?:{0})(?!\w)"
_SAME = re.compile(
    r"(?:np|numpy|jnp|torch)\.(?:asarray|asanyarray|transpose|ravel|reshape|squeeze|swapaxes|as_tensor|broadcast_to|array"
    r"(?=\(.*copy\s*=\s*(?:False|None)\)\Z))\((?P<inner>.*)\)",
    re.DOTALL,
)
_PART = re.compile(
    r"(?P<whole>.+?)(?:\.T|\.(?:t|transpose|detach|reshape|ravel|squeeze|view)\([^()]*\)|\[[^\[\]<>=]*\])", re.DOTALL
)
_EVERY_ROW = re.compile(r"(?:(?:np|numpy|jnp|torch)\.arange|range)\(\s*(?P<rows>.+?)\s*\)\s*,\s*(?P<column>\w+)\s*")
_EITHER = re.compile(r"(?P<one>.+?)\sif\s.+?\selse\s(?P<other>.+)", re.DOTALL)


def _views(value: str) -> tuple[str, ...]:
    """The names whose arrays a right side may be itself, or a part of: r of `(r)[:]`, `np.transpose(r)`."""
    value = value.strip()
    if (either := _EITHER.fullmatch(value)) is not None:
        return (*_views(either["one"]), *_views(either["other"]))
    if value.startswith("(") and (inner := bracketed(value)) is not None:
        return _views(inner)
    if (same := _SAME.fullmatch(value)) is not None:
        return _views(split_top(same["inner"], ",")[0])
    if (part := _PART.fullmatch(value)) is not None:
        return _views(part["whole"])
    return (value,) if value.isidentifier() else ()


class Lines:
    """The names of a question with those that lines of code assign.

    current   the student's name → what stands for it now: a name of ours, or a condition in brackets
    added     our names, which are put back by their definitions
    theirs    our names → the student's
    """

    def __init__(self, names: Names, text: str):
        self.names = names
        self.added: set[str] = set()
        self.current: dict[str, str] = {}
        self.theirs: dict[str, str] = {}
        self._arrays: dict[str, str] = {}
        self._taken = (
            {canonical(r.name) for r in names.values()} | set(names.sizes) | set(re.findall(r"[^\W\d_]+", text))
        )

    def take(self, step: Step) -> None:
        """One assignment. Raises `ReadError`, placed on the statement."""
        try:
            self._assign(step)
        except ReadError as error:
            raise self.placed(error, step.start, step.end) from None

    def placed(self, error: ReadError, start: int, end: int) -> ReadError:
        """A fault in a statement, in the student's names."""

        def back(text: str) -> str:
            return re.sub(r"q[A-Za-z]+", lambda m: self.theirs.get(m[0], m[0]), text).replace("np.asarray", "")

        return ReadError(
            back(str(error)), (start, max(end, start + 1)), back(error.expected), error.nearest, (), "", error.tag
        )

    def _assign(self, step: Step) -> None:
        value = self.spelled(step.value)
        if step.mask is not None:
            made = self._masked(step, value)
        elif step.op:
            self._alone(step)
            old = self._old(step)
            made = f"np.asarray(({old}) {step.op} ({value}))"
        else:
            made = f"np.asarray({value})"
            if self._says(step.name, made):
                return
            self._arrays[step.name] = step.name
            for base in _views(step.value):  # all that it may be are one array from here on
                one, other = self._array(base), self._arrays[step.name]
                self._arrays |= {n: one for n, a in self._arrays.items() if a == other} | {step.name: one}
        before = self._shape(self._old(step)) if step.op or step.mask is not None else None
        try:
            ours = self._named(step.name)
            names = build("the answer", self.names, f"{ours} = {made}".replace("\n", " "), columns=True).names
        except ModelError as error:
            cause = error.__cause__
            if isinstance(cause, ReadError) and cause.tag == "relation" and not step.op and step.mask is None:
                self.current[step.name] = f"({value})"
                read(f"1[{value}]", self.names)  # a condition has to be one
                return
            if isinstance(cause, ReadError):
                raise cause from None
            raise ReadError(str(error).partition(": ")[2].partition(": ")[2] or str(error), tag="operation") from None
        if before is not None and names[ours].sizes != before:
            raise ReadError(
                f"{step.name} has another shape than what is put into it", expected="the shapes alike", tag="operation"
            )
        self.names = names
        self.added.add(ours)
        self.current[step.name] = ours

    def spelled(self, text: str) -> str:
        """A text of code with our names in place of those assigned so far."""
        if not self.current:
            return text
        pattern = _WORD.format("|".join(map(re.escape, sorted(self.current, key=len, reverse=True))))

        def by(m: re.Match[str]) -> str:
            behind = text[m.end() :].lstrip()
            if behind[:1] == "(":
                raise ReadError(f"{m[0]} is a value here, and no function", tag="operation", expected=f"{m[0]} *")
            if behind[:1] == "=" and behind[:2] != "==":
                return m[0]  # the name of an option: axis=0
            return self.current[m[0]]

        return re.sub(pattern, by, text)

    def _masked(self, step: Step, value: str) -> str:
        """`a[c] = v` is v where c holds and a elsewhere: c has the shape of a, and v is one number."""
        mask = self.spelled(step.mask or "")
        if not re.search(r"[<>]|[=!]=", mask):
            return self._placed_in(step, mask, value)
        self._alone(step)
        old = self._old(step)
        if not self._shape(old) or self._shape(f"1[{mask}]") != self._shape(old):
            raise ReadError(f"the condition in the brackets has not the shape of {step.name}", tag="operation",
                expected="np.where(condition, value, other)")  # fmt: skip
        inside = re.compile(r"([^\W\d]\w*)\[\s*" + re.escape(mask.strip()) + r"\s*\]")
        alike = [m[1] for m in inside.finditer(value)]  # `a[c] = 2 * b[c]` takes b where c holds
        if any(self._shape(name) != self._shape(old) for name in alike):
            raise ReadError(f"what is put in has not the shape of {step.name}", tag="operation")
        if self._shape(f"np.asarray({inside.sub('(1)', value)})"):
            raise ReadError("what is put in has more than one value", tag="operation",
                expected="np.where(condition, value, other)")  # fmt: skip
        value = inside.sub(r"\1", value)
        return (
            f"np.where({mask}, ({old}) {step.op} ({value}), {old})" if step.op else f"np.where({mask}, {value}, {old})"
        )

    def _placed_in(self, step: Step, place: str, value: str) -> str:
        """`a[k] -= 1` at one entry of a vector, `a[np.arange(n), y] -= 1` at one entry of every row of a matrix."""
        rows = _EVERY_ROW.fullmatch(place)
        column = place if rows is None else rows["column"]
        row = next((r for r in self.names.values() if canonical(r.name) == canonical(column)), None)
        if row is None or not row.labels or column in self.current:
            raise ReadError(
                "only a condition or a label is read in the brackets of what is assigned to",
                expected=f"{step.name}[{step.name} < 0] = …, or np.where",
                tag="operation",
            )
        self._alone(step)
        old = self._old(step)
        shape, at = self._shape(old), () if rows is None else row.sizes[:-1]
        if len(shape) != len(at) + 1 or at != shape[:-1]:
            raise ReadError(f"one entry of {step.name} is not what [{place}] picks", tag="operation",
                expected="np.where(condition, value, other)")  # fmt: skip
        if rows is not None and not self._equal(rows["rows"], str(shape[0])):
            raise ReadError(f"{rows['rows']} is not read as all rows of {step.name}", tag="operation",
                expected=f"np.arange({shape[0]})")  # fmt: skip
        if self._shape(f"np.asarray({value})") not in ((), at):
            raise ReadError("what is put in has not one value for each entry", tag="operation",
                expected="np.where(condition, value, other)")  # fmt: skip
        if at and self._shape(f"np.asarray({value})"):
            value = f"({value})[:, None]"
        made = f"({old}) {step.op} ({value})" if step.op else value
        return f"np.where(np.eye({old}.shape[{len(at)}])[{column}] == 1, {made}, {old})"

    def _old(self, step: Step) -> str:
        old = self.current.get(step.name, step.name)
        if old.startswith("("):
            raise ReadError(
                f"{step.name} is a condition", tag="operation", expected="np.where(condition, value, other)"
            )
        return old

    def _shape(self, text: str) -> tuple[object, ...]:
        found = read(text, self.names)
        if found.shape_error is not None:
            raise ReadError(found.shape_error.message, tag="operation")
        return found.shape

    def _array(self, name: str) -> str:
        """The name under which an array came to be."""
        return self._arrays.get(name, name)

    def _alone(self, step: Step) -> None:
        """Refuse to change an array in place that has two names."""
        mine = self._array(step.name)
        others = [n for n in self._arrays if n != step.name and self._arrays[n] == mine]
        other = next(iter(others), mine if mine != step.name else None)
        if other is not None and self._shape(self._old(step)):
            raise ReadError(
                f"{step.name} and {other} are one array here, so that this changes both",
                expected=f"{step.name} = {other}.copy() before it",
                tag="operation",
            )

    def _says(self, name: str, made: str) -> bool:
        """Whether the question has a name of the same letters that is the same thing: then it stays."""
        row = scope_of(self.names).rows.get(canonical(name))
        if row is None or name in self.current or row.role not in ("input", "node"):
            return False
        return self._equal(made, row.name) and self._shape(made) == self._shape(row.name)  # s.reshape(-1, 1) is no s

    def _equal(self, text: str, other: str) -> bool:
        """Whether a text of code is proved, or found, to be what another is."""
        try:
            mine = read(text, self.names)
        except ReadError:
            return False
        return equal_to(mine, read(other, self.names), self.names).status == "correct"

    def _named(self, name: str) -> str:
        """A name of ours that nothing else has, from the letters of the student's."""
        letters = re.sub(r"\d", lambda m: "abcdefghij"[int(m[0])], name)
        ours = "q" + re.sub(r"[^A-Za-z]", "", letters)
        while ours in self._taken or ours in FUNCTIONS or ours in PREFIXES or ours in KEYWORDS:
            ours += "v"
        self._taken.add(ours)
        self.theirs[ours] = name
        return ours


def last_value(program: Program, lines: Lines, target: str | None) -> str:
    """What the code comes to, in our names: the value returned; of several, and of several assigned without a return,
    the one that is asked by its name. Raises `ReadError`."""
    if program.value is None:
        name = _asked([step.name for step in program.steps], target) or program.steps[-1].name
        return lines.current.get(name, name)
    start, text = program.value
    pieces = list(split_top(text, ",")) if program.returned else [text]
    if len(pieces) > 1:
        name = _asked(pieces, target)
        if name is None:
            raise ReadError(
                "it returns several values", (start, start + len(text)), "the one that is asked", tag="operation"
            )
        text = name
    try:
        spelled = lines.spelled(text)
    except ReadError as error:
        raise lines.placed(error, start, start + len(text)) from None
    return f"np.asarray({spelled})" if is_python(text) else spelled


def _asked(names: list[str], target: str | None) -> str | None:
    """The last of some names that means what is asked: dW, dL_dW, grad_W for dL/dW."""
    spelled = spelled_target(target) if target is not None else None
    if spelled is None:
        return None
    above, _, below = spelled.partition("/d")
    wanted = {f"d{below}", f"{above}d{below}", f"grad{below}", f"g{below}"}
    found = [n for n in names if canonical(n.replace("_", "")) in {canonical(w.replace("_", "")) for w in wanted}]
    return found[-1] if found else None
