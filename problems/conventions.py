"""What a problem fixes where courses differ: one row a convention, with what each of its values says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any

from derivations.frozen import frozen

OPEN = "open"
"""The value of a convention that a problem leaves open on purpose: an answer right under one reading only is then
undecided."""


@frozen
class Convention:
    """One convention that a problem may state. `says` gives for each of its values a clause, which may stand alone or
    at the end of a sentence, with LaTeX between $ signs; none for free text."""

    name: str
    meaning: str
    says: Mapping[str, str] = field(default_factory=dict)
    may_be_open: bool = True

    @property
    def values(self) -> tuple[str, ...]:
        """The allowed words; () for free text."""
        return (*self.says, *((OPEN,) if self.says and self.may_be_open else ()))

    def clause(self, value: Any) -> str:
        """What a value says: `logarithms are natural`; the words of free text."""
        if not self.says:
            return f"{self.name.replace('_', ' ')}: {value}"
        return f"left open: {self.meaning}" if value == OPEN else self.says[str(value)]


_ROWS = (
    Convention("kink", "the derivative at a kink: the left one, the right one, either, or any value between", {
        "left": "the left derivative counts at a kink", "right": "the right derivative counts at a kink",
        "either": "either derivative counts at a kink", "between": "any value between the two counts at a kink"}),
    Convention("labels", "the coding of two classes",
        {"01": "the classes are 0 and 1", "pm1": "the classes are $-1$ and $1$"}),
    Convention("logarithm", "the base of log",
        {"natural": "logarithms are natural", "2": "logarithms are to base 2", "10": "logarithms are to base 10"}),
    Convention("spread", "the second argument of N(a, b)", {
        "variance": r"the second argument of $\mathcal N(a, b)$ is the variance",
        "deviation": r"the second argument of $\mathcal N(a, b)$ is the standard deviation"}),
    Convention("variable", "d/dσ or d/dσ²",
        {"sigma": "the derivative is by σ", "sigma^2": "the derivative is by σ²"}),
    Convention("reduction", "loss summed or averaged over the batch",
        {"sum": "the loss is summed", "mean": "the loss is averaged"}),
    Convention("layout", "numerator or denominator layout of derivatives", {
        "numerator": "derivatives have numerator layout", "denominator": "derivatives have denominator layout"}),
    Convention("products", "how arrays are multiplied where an answer shows no sign of it: entry by entry",
        {"entrywise": "arrays are multiplied entry by entry where no sign says how"}, may_be_open=False),
    Convention("momentum",
        "exponential average V = βV + (1-β)g, heavy ball V = βV + g, or either (equal after rescaling the rate)", {
        "average": "the velocity is V = βV + (1-β)g", "heavy_ball": "the velocity is V = βV + g",
        "either": "the rate may absorb a factor of the velocity"}),
    Convention("threshold", "g(0) of the step function",
        {"0": "the step is 0 where it jumps", "1": "the step is 1 where it jumps"}),
    Convention("wiring", "which input feeds which weight, in words"),
    Convention("index_order", "the meaning of the two indices of a weight", {
        "input,output": "of a weight's two indices the first is that of the input",
        "output,input": "of a weight's two indices the first is that of the output"}),
    Convention("scale", "answers equal up to a factor of this kind are the same",
        {"positive": "the sign counts", "nonzero": "the sign does not count", "none": "the size counts"}),
    Convention("rounding", "how intermediate values of a trace are rounded, in words"),
    Convention("claim_about", "whether a claim is about the loss or the accuracy",
        {"loss": "it is about the loss", "accuracy": "it is about the accuracy"}),
    Convention("alpha", "the range of a slope α",
        {"positive": "α is only known to be positive", "at_most_1": "α is at most 1"}),
)  # fmt: skip

CONVENTIONS: Mapping[str, Convention] = MappingProxyType({row.name: row for row in _ROWS})
