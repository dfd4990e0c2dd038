"""The rules, in order: the first that finds an answer is the one; of several that it finds, the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checker.extract.blocks import alone, code, displays
from checker.extract.boxes import boxes
from checker.extract.found import Found, Source
from checker.extract.labels import ANSWER, FINAL, labelled, tagged
from derivations.frozen import frozen


@frozen
class Rule:
    """One row. `says`: the text itself says that this is an answer; `find` gives all answers of the rule in order."""

    name: str
    meaning: str
    find: Callable[[Source], Iterator[Found]]
    says: bool = False


RULES: tuple[Rule, ...] = (
    Rule("boxed", r"the last `\boxed{…}` or `\fbox{…}` that holds something", boxes, says=True),
    Rule("tagged", "the last `<answer>…</answer>`", tagged, says=True),
    Rule("final answer", "`Final answer: …`, `the final answer is …`, a heading `Final answer`, in any dressing",
        labelled(FINAL), says=True),
    Rule("answer", "`Answer: …`, `the answer is …`, a heading `Answer`", labelled(ANSWER), says=True),
    Rule("display", r"the last display, `$$…$$`, `\[…\]` or an environment of lines, with the clause behind it "
        "(`if x > 0`, `where …`)", displays),
    Rule("code", "the right side of the last assignment or `return` of the last block of Python", code),
    Rule("line", "a text of one line in which nothing of the above stands: all of it", alone),
)  # fmt: skip
