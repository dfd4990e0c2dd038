"""The contract of an answer kind: all that loading, validating, showing, practising, checking and the conventions ask
of one.

A kind is one file of this package whose value `KIND` is a `Kind`, and its name in the table of `checker.kinds`. What
judges is imported late, where it is used: parts are listed and shown without NumPy and flint.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from problems.kind import AskedKind, own
from problems.kinds import KINDS
from problems.schema import Held, Part

if TYPE_CHECKING:
    from checker.hints.rungs import Ladder, Rung
    from checker.verdict import Verdict
    from problems.truth import Truth


def given_data() -> Any:
    """The field of a payload with the data of a part."""
    return own("values", "the data at which the answer is evaluated: sizes and values by name", shown="given")


class Kind(AskedKind[Held]):
    """An answer kind, as it is asked and judged.

    of_lines      whether an answer has several lines
    by_name       whether each of its lines names what it gives, so that lines can be added to those given before
    of_formulas   whether an answer is mathematics that can be shown as it is read, before it is judged
    names_first   whether `show` gives the names before what the kind itself shows
    at_base       whether an answer is judged by its value alone, so that another base of log gives another right one
    tried         whether its answer can be tried at an example with numbers
    given_away    whether what `show` prints may be the answer; where options are listed, they are no secret
    """

    of_lines: bool = False
    by_name: bool = False
    of_formulas: bool = False
    names_first: bool = True
    at_base: bool = False
    given_away: bool = False
    tried: bool = False

    def typed(self, part: Part[Held]) -> str:
        """How an answer to this part is typed."""
        return self.typing

    def described(self, part: Part[Held]) -> Iterator[tuple[str, Any]]:
        """(label, text or table) of what the kind asks: the keys that have a label, the data first."""
        for row in sorted(self.keys, key=lambda row: row.type != "values"):
            value = part.payload[row.name]
            if row.shown and value:
                yield row.shown, _plain(value)

    def asked_nodes(self, part: Part[Held]) -> frozenset[str]:
        """The nodes whose bindings are the answer: `show` keeps them to itself."""
        return frozenset()

    def asked_shapes(self, part: Part[Held]) -> frozenset[str]:
        """The names whose axes are the answer."""
        return frozenset()

    def right(self, part: Part[Held], truth: Truth) -> Iterator[Any]:
        """Right answers, as they can be written: what `validate` has judged, and what is revealed."""
        return iter(())

    def rungs(self, part: Part[Held], truth: Truth) -> Iterator[Rung]:
        """The hints of a part as the kind tells them: what is asked first, the answer last, none saying more than its
        stage does. Where one tells the answer all the same, the ladder ends with it (`checker.hints.climbing`)."""
        from checker.hints.rungs import Line, Rung

        yield Rung("asked", f"What is asked is {self.meaning}.")
        yield Rung("answer", "The answer.", tuple(Line((str(text),)) for text in self.right(part, truth)))

    def went_wrong(self, part: Part[Held], truth: Truth, ladder: Ladder, verdict: Verdict, answer: Any) -> int:
        """The number of the rung at which a wrong answer goes wrong: that of the first of its values which is wrong by
        itself, else the first behind what is asked."""
        from checker.hints.placing import by_name

        return by_name(ladder, verdict)

    def faults(self, part: Part[Held]) -> Iterator[tuple[str, str]]:
        """(what, path below the part) of what the author states and cannot be shown."""
        return iter(())

    @abstractmethod
    def judge(self, part: Part[Held], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        """The verdict on an answer; with `explain`, a wrong one with its reason. It never raises because of an answer:
        what cannot be read is `unreadable`."""


def kind_of(part: Part[Held]) -> Kind[Held]:
    """The kind of a part."""
    return cast("Kind[Held]", KINDS[part.kind])


def _plain(value: Any) -> Any:
    """A value as `show` gives it: texts in one line, lists for tuples in tables."""
    if isinstance(value, Mapping):
        return {name: _listed(held) for name, held in value.items()}
    return "; ".join(value) if isinstance(value, tuple) else value


def _listed(value: Any) -> Any:
    return [_listed(v) for v in value] if isinstance(value, tuple) else value
