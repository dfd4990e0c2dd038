"""What a derivation is: an ordered tuple of lemmas, each a chain of steps that evaluate.

A step's `after` is the next one's `before` (checked when a lemma is made), so explanation and answer cannot disagree;
the result of a derivation is the last step of its last lemma. Printers read these values and compute nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, get_args

from derivations import paper
from derivations.defining import equations_of, reached
from derivations.domains import Names
from derivations.formula import (
    AnEquation,
    Elem,
    Formula,
    InSympy,
    MatrixAtom,
    names_in,
    shortened,
    show_shape,
    walk,
)
from derivations.frozen import frozen
from derivations.notation import NoMatrixForm, write
from derivations.notation.measure import length
from derivations.notation.write import Dressing, WrittenForm
from derivations.spoken import latex_text, spoken, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from derivations.emit.dressing import Backend, DressingName

Level = Literal["brief", "normal", "full"]
LEVELS: tuple[Level, ...] = get_args(Level)


@frozen
class Step(AnEquation):
    """before = after, by a rule named as a course would; `why` says what was used. Names in either stand between
    backticks.

    `solves` marks the one step that is no identity: before is the unknown of an equation, after its solution
    (verified by putting
    it in). `checked` is False where both sides have a value at no point that was found: then nothing is known of it.
    """

    rule: str
    before: Formula
    after: Formula
    why: str = ""
    solves: bool = False
    checked: bool = True

    def sides(self) -> tuple[Formula, Formula]:
        return self.before, self.after

    def __repr__(self) -> str:
        said = spoken(self.rule, "ascii")
        return f"<Step {shortened(f'{_line(self.before)} = {_line(self.after)}')} ({said})>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {_line(self.before, 'latex')} = {_line(self.after, 'latex')}$"

    def _repr_markdown_(self) -> str:
        why = f": {self.why}" if self.why else ""
        return f"{self._repr_latex_()}  ({spoken(self.rule + why, 'unicode')})"


UNCHECKED = "not checked: no point was found at which it has a value"


class EmptyLemma(ValueError):
    """A lemma without a step: what was asked is what it is."""


@frozen
class Lemma(AnEquation):
    """One target with its chain. `uses` names the earlier lemmas its steps refer to."""

    target: str
    steps: tuple[Step, ...]
    uses: tuple[str, ...] = ()
    condition: str = ""
    """Under which the result exists or holds (`X^T X + λ I invertible`, `i ≠ j`), and what it is (`it is the minimum`).
    """
    requires: tuple[Formula, ...] = ()
    """Conditions that are formulas, `b > 0`; they stand before those in words."""

    def __post_init__(self) -> None:
        if not self.steps:
            raise EmptyLemma(f"{self.target}: a lemma has at least one step")
        for one, two in zip(self.steps, self.steps[1:], strict=False):
            if one.after != two.before:
                raise ValueError(f"{self.target}: the step {two.rule!r} does not start where {one.rule!r} ended")

    def sides(self) -> tuple[Formula, Formula]:
        return self.statement, self.result

    def alone(self) -> Derivation:
        """The lemma as a derivation of its own."""
        return Derivation("", self.target, (self,), self.result.names)

    def __repr__(self) -> str:
        count = f"{len(self.steps)} step{'' if len(self.steps) == 1 else 's'}"
        return f"<Lemma {self.target}, {count}: {shortened(_line(self.result))}>"

    def _repr_latex_(self) -> str:
        return self.alone()._repr_latex_()

    def _repr_markdown_(self) -> str:
        return self._repr_latex_()

    def unchecked(self) -> Lemma:
        """The lemma, its result compared with nothing."""
        return replace(self, steps=(*self.steps[:-1], replace(self.steps[-1], checked=False)))

    @property
    def statement(self) -> Formula:
        return self.steps[0].before

    @property
    def result(self) -> Formula:
        return self.steps[-1].after


@frozen
class Derivation(InSympy):
    """A verified derivation. `names` holds inputs, nodes and the adjoints that the lemmas derive, with definitions."""

    model: str
    target: str
    lemmas: tuple[Lemma, ...]
    names: Names

    @property
    def checked(self) -> bool:
        """Whether each step was compared at some point at least, and each derivative with finite differences."""
        return all(s.checked for lemma in self.lemmas for s in lemma.steps)

    @property
    def result(self) -> Formula:
        """The last step of the last lemma; its axes are the target's."""
        return self.lemmas[-1].result

    def lines(self, lemma: Lemma, dressing: Dressing, form: WrittenForm, steps: Level) -> Iterator[tuple[str, str]]:
        """A lemma as (formula, rule): its statement first, with no rule."""
        for text, rule in self.told(lemma, dressing, form, steps):
            yield text, spoken(rule, dressing)

    def told(self, lemma: Lemma, dressing: Dressing, form: WrittenForm, steps: Level) -> Iterator[tuple[str, str]]:
        """As `lines`, the names in a rule between backticks still."""
        forms = [lemma.statement, *(s.after for s in lemma.steps)]
        raised = (
            [self._matrix(f, dressing) for f in forms]
            if form == "matrix" and lemma.target == "proof" and _has_matrix(lemma.statement)
            else [None]
        )
        texts = [text for text in raised if text is not None]
        whole = len(texts) == len(forms) and all(
            a != b for a, b in pairwise(texts)
        )  # matrix notation may say less than a step does
        if not whole:
            texts = [write(over(f), dressing, "index") for f in forms]
        yield texts[0], ""
        shown = list(zip(lemma.steps, texts[1:], strict=True))[0 if steps != "brief" else -1 :]
        for step, text in shown:
            said = (
                step.rule
                + (f": {step.why}" if step.why and steps != "brief" else "")
                + ("" if step.checked else f" ({UNCHECKED})")
            )
            if steps == "full":
                said += f" [{_counted(step.after)}, {show_shape(step.after.shape)}]"
            yield text, said
        if form != "index" and not whole:
            matrix = self._matrix(lemma.result, dressing)
            if matrix is not None and matrix != texts[-1]:
                yield matrix, "in matrix form"

    def _matrix(self, formula: Formula, dressing: Dressing) -> str | None:
        try:
            return write(formula, dressing, "matrix")
        except NoMatrixForm:
            return None

    def show(self, *, form: WrittenForm = "index", steps: Level = "normal", dressing: Dressing = "unicode") -> str:
        """For the terminal: one block a lemma, the rule of each line beside it."""
        blocks = []
        for lemma in self._chosen(steps):
            rows = list(self.lines(lemma, dressing, form, steps))
            head, body = rows[0][0], rows[1:]
            width = min(max((len(f) for f, _ in body), default=0), 72)
            text = [head] + [f"  = {f.ljust(width)}   {rule}".rstrip() for f, rule in body]
            if where := conditions(lemma, dressing):
                text.append(f"  where {where}")
            blocks.append("\n".join(text))
        return "\n\n".join(blocks)

    def _chosen(self, steps: str) -> tuple[Lemma, ...]:
        if steps not in LEVELS:
            raise ValueError(f"steps is one of {', '.join(LEVELS)}, not {steps!r}")
        return self.lemmas if steps != "brief" else self.lemmas[-1:]

    def latex(self, *, form: WrittenForm = "index", steps: Level = "normal") -> str:
        """One `aligned` block a lemma, in the LaTeX that KaTeX and amsmath share."""
        blocks = []
        for lemma in self._chosen(steps):
            rows = list(self.lines(lemma, "latex", form, steps))
            head = rows[0][0]
            made = []
            for k, (formula, rule) in enumerate(rows[1:]):
                left = head if k == 0 else ""
                made.append(f"{left} &= {formula} && {rule}")
            if where := conditions(lemma, "latex"):
                made.append(f" & && \\text{{where }} {where}")
            blocks.append("\\begin{aligned}\n" + " \\\\\n".join(made) + "\n\\end{aligned}")
        return "\n\n".join(blocks)

    def definitions(self, dressing: Dressing) -> list[tuple[str, str]]:
        """(node, its definition) for every node that the lemmas or other such definitions mention, in the order of the
        model; of a recursion its step, and what stands before the first place."""
        needed: set[str] = set()
        stack = [
            n
            for lemma in self.lemmas
            for f in (lemma.statement, *(s.after for s in lemma.steps))
            for n in names_in(f.body)
        ]
        while stack:
            row = self.names.get(stack.pop())
            if row is None or row.role != "node" or row.name in needed or "/" in row.name:
                continue
            if (meaning := row.equation) is not None:
                needed.add(row.name)
                stack.extend(names_in(meaning.body))
        rows = [row for row in self.names.values() if row.name in needed]
        shown = []
        for row in rows:
            for sides in equations_of(row, self.names):
                left, right = (write(over(side), dressing, "index") for side in sides)
                shown.append((left, right))
        return shown

    def _let(self) -> str:
        """The definitions as one aligned block; empty where there are none."""
        rows = [f"{left} &= {right}" for left, right in self.definitions("latex")]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}" if rows else ""

    def markdown(self, *, form: WrittenForm = "index", steps: Level = "normal") -> str:
        """A heading, then each lemma as displayed LaTeX."""
        shown = "\n\n".join(f"$$\n{block}\n$$" for block in self.latex(form=form, steps=steps).split("\n\n"))
        let = f"With\n\n$$\n{self._let()}\n$$\n\n" if self._let() else ""
        return f"**{self.model}**: {self.target}\n\n{let}{shown}\n"

    def document(self, *, form: WrittenForm = "index", steps: Level = "normal") -> str:
        """A complete LaTeX document, in portrait."""
        out = [paper.PREAMBLE, f"\\begin{{document}}\n\\section*{{{self._title()}}}\n"]
        if rows := self.definitions("latex"):
            out += [
                "\\noindent With\n",
                *(paper.steps(paper.fitted(a), [(f"= {paper.fitted(b)}", "")]) for a, b in rows),
            ]
        for lemma in self._chosen(steps):
            (left, _), *rows = self.told(lemma, "latex", form, steps)
            members = [(f"= {paper.fitted(right)}", words(rule)) for right, rule in rows]
            where = conditions(lemma, "latex")
            out.append(paper.steps(paper.fitted(left), [*members, *([("", f"where ${where}$")] if where else [])]))
        return "".join([*out, "\\end{document}\n"])

    def _title(self) -> str:
        """What is derived, in LaTeX: an equation that is shown, or a target of a model."""
        lemma = self.lemmas[-1]
        if lemma.target == "proof":
            return f"${_line(lemma.statement, 'latex')} = {_line(lemma.result, 'latex')}$"
        target = words(f"`{self.target}`" if " " not in self.target else self.target)
        name = self.model.replace("_", " ")
        return target if name in ("", "formula") else f"{target} of {latex_text(name)}"

    def source(
        self,
        backend: Backend = "numpy",
        *,
        fast: bool = False,
        name: str | None = None,
        dressing: DressingName = "bare",
        with_test: bool = False,
    ) -> str:
        """The source of a module with the result as one function, whose arguments are the inputs it uses.

        `backend` is numpy, numba, jax, torch, cupy or array_api; `fast` gives NumPy's form with `out=` and a workspace;
        `dressing="checked"` prints what checks and converts arguments too; `with_test` a test that holds the
        derivative against central differences.
        """
        from derivations.together import Together  # it stands later in the house, as the emitter does

        name = name or function_name(self.model, self.target, names=self.names)
        return Together((self,)).source(backend, fast=fast, name=name, dressing=dressing, with_test=with_test)

    def numpy(self, *, fast: bool = False, numba: bool = False) -> Callable[..., Any]:
        """The result as a function on arrays of any size, which checks and converts them; `numba`: with loops that
        numba compiles, where it is installed."""
        from derivations.together import Together

        return Together((self,)).numpy(
            fast=fast, numba=numba, name=function_name(self.model, self.target, names=self.names)
        )

    @property
    def implicit(self) -> bool:
        """Whether the result is one side of an equation that the unknown solves, S w = λ w, and no formula for it."""
        last = self.lemmas[-1]
        return last.target.startswith("arg") and not isinstance(last.statement.body, Elem)

    def as_formula(self) -> Formula:
        return self.result

    def lambdify(
        self, args: Sequence[str] | None = None, sizes: Mapping[str, int] | None = None, modules: str = "numpy"
    ) -> Callable[..., Any]:
        """The result as a function of arrays in the order of `args` (all inputs that it needs, in the order of the
        model), with a docstring; it can be pickled.

        With `sizes`, as {"n": 3}, SymPy writes it out for these sizes and makes it for `modules`, as `sympy.lambdify`
        does; without, it is the emitted function of any sizes, for which `modules` is "numpy". Raises `ValueError` for
        names that are no inputs, and `NoSympy`.
        """
        from derivations.sympy_bridge.lambdified import lambdified

        return lambdified(self, args, sizes, modules)

    def inputs(self) -> tuple[str, ...]:
        """The inputs that the result needs, directly or through nodes, in the order of their declaration."""
        needed = set(reached(self.names, names_in(self.result.body)))
        return tuple(r.name for r in self.names.inputs() if r.name in needed)

    def to_json(self) -> dict[str, Any]:
        """A JSON view: the result in each dressing, the steps as text."""
        return {
            "model": self.model,
            "target": self.target,
            "shape": [str(s) for s in self.result.shape],
            "index": write(over(self.result), "ascii", "index"),
            "matrix": self._matrix(self.result, "ascii"),
            "latex": write(over(self.result), "latex", "index"),
            "lemmas": [
                {
                    "target": lemma.target,
                    "statement": write(over(lemma.statement), "ascii", "index"),
                    "statement_latex": write(over(lemma.statement), "latex", "index"),
                    "condition": conditions(lemma, "ascii"),
                    "uses": list(lemma.uses),
                    "steps": [
                        {
                            "rule": spoken(s.rule, "ascii"),
                            "why": spoken(s.why, "ascii"),
                            "formula": write(over(s.after), "ascii", "index"),
                            "latex": write(over(s.after), "latex", "index"),
                            "operators": length(over(s.after), form="index"),
                            **({} if s.checked else {"checked": False}),
                        }
                        for s in lemma.steps
                    ],
                }
                for lemma in self.lemmas
            ],
        }

    def __repr__(self) -> str:
        return f"<Derivation {self.target} of {self.model}: {shortened(_line(self.result))}>"

    def __str__(self) -> str:
        return self.show()

    def __rich__(self) -> Any:
        from rich.text import Text

        return Text(self.show())

    def _repr_latex_(self) -> str:
        return "\n".join(f"$$\n{block}\n$$" for block in self.latex().split("\n\n"))

    def _repr_markdown_(self) -> str:
        return self.markdown()


def _line(formula: Formula, dressing: Dressing = "ascii") -> str:
    """A formula as it stands on a line of a derivation."""
    return write(over(formula), dressing)


def _counted(formula: Formula) -> str:
    operators = length(over(formula), form="index")
    return f"{operators} operator{'' if operators == 1 else 's'}"


def _has_matrix(formula: Formula) -> bool:
    return any(isinstance(n, MatrixAtom) or (isinstance(n, Elem) and len(n.at) == 2) for n in walk(formula.body))


def over(formula: Formula) -> Formula:
    """The same formula with its axes as named indices: the form that stands on a line of a derivation."""
    return replace(formula, free=formula.free + formula.axes, axes=(), joint=())


def conditions(lemma: Lemma, dressing: Dressing) -> str:
    """What a lemma's result requires and is, formulas first."""
    formulas = [write(formula, dressing, "index") for formula in lemma.requires]
    if dressing == "latex":
        return r"\text{; }".join([*formulas, *([spoken(lemma.condition, "latex")] if lemma.condition else [])])
    return "; ".join([*formulas, *([spoken(lemma.condition, dressing)] if lemma.condition else [])])


def function_name(model: str, target: str, *, full: bool = False, names: Collection[str] = ()) -> str:
    """`batch_norm_dx`, `two_layer_batch_dW1`, `softmax_dy_dx`: model, variants, and d<wrt> or the node's name.

    A Jacobian (its numerator has indices) and, with `full`, any derivative names its numerator too. `names` are those
    of the model: what stands below one of them is no index.
    """
    above, slash, below = (part.strip() for part in _plain(target).partition("/"))
    stem = above.split("_")[0] if slash else above
    kept = (below if below.removeprefix("d") in names else below.split("_")[0]) if slash else above
    if stem.startswith("d2"):
        kept = "d2" + kept.removeprefix("d").removesuffix("2")
    if slash and (full or "_" in above):
        kept = f"{stem}_{kept}"
    text = "".join(c if c.isalnum() else "_" for c in f"{model}_{kept}")
    while "__" in text:
        text = text.replace("__", "_")
    return text.strip("_")


def _plain(target: str) -> str:
    """A target without the conditions behind it."""
    return target.partition(" where ")[0].partition(" with ")[0].partition(" subject to ")[0]
