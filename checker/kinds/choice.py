"""A choice: one or several of the stated options, true or false, or a matching."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from checker.kinds.contract import Kind, own
from derivations.frozen import frozen
from problems.kind import Fault
from problems.schema import Part, Payload
from problems.tables import nearest

if TYPE_CHECKING:
    from checker.hints.rungs import Rung
    from checker.verdict import Verdict
    from problems.truth import Truth

TRUE_FALSE = {"true": "true", "false": "false"}


@frozen
class Asked(Payload):
    options: Mapping[str, Any] = own("table", "letter → text (default: true, false)", shown="options")
    key: Any = own(
        "answer", "the right letter, a list of the right letters, or letter → partner (stated)", required=True
    )
    because: str | None = own("text", "the reason in a sentence, shown after the answer")


class Choice(Kind[Asked]):
    name = "choice"
    meaning = "one or several of the stated options, true/false, or a matching"
    typing = "the letter or the words of an option; several separated by commas; a matching as a=2, b=1"
    holds = Asked
    derived = False
    names_first = False

    def payload(self, values: Mapping[str, Any], fault: Fault) -> Asked:
        """Default options are true and false; every key must be an option."""
        options, right = values.get("options", TRUE_FALSE), values.get("key")
        if isinstance(right, bool):
            right = str(right).lower()
        chosen = right if isinstance(right, tuple | Mapping) else () if right is None else (right,)
        for letter in chosen:
            if str(letter) not in options:
                fault(f"the key {letter!r} is no option{nearest(str(letter), map(str, options))}", "key")
        return Asked(**{**values, "options": options, "key": right})

    def typed(self, part: Part[Asked]) -> str:
        """As its options are: one, several, a matching, or true and false."""
        match part.payload.key:
            case Mapping():
                return "a partner for each, such as a=2, b=1"
            case tuple():
                return "the letters or the words of all options that are right, separated by commas"
        return "true or false" if dict(part.payload.options) == TRUE_FALSE else "the letter or the words of an option"

    def right(self, part: Part[Asked], truth: Truth) -> Iterator[Any]:
        match part.payload.key:
            case tuple(letters):
                yield ", ".join(map(str, letters))
            case Mapping() as pairs:
                yield ", ".join(f"{a}={b}" for a, b in pairs.items())
            case letter:
                yield str(letter)

    def rungs(self, part: Part[Asked], truth: Truth) -> Iterator[Rung]:
        """What is to be chosen; then the wrong options, as long as two are left; then the right one with its reason."""
        from checker.hints.rungs import Rung

        asked = part.payload
        right = asked.key if isinstance(asked.key, tuple | Mapping) else (asked.key,)
        what = f"one of {len(asked.options)} options" if len(right) == 1 else "options, of which several are right"
        what = "a partner for each" if isinstance(right, Mapping) else what
        yield Rung("asked", f"What is asked is {what}.")
        if not isinstance(right, Mapping):
            said = {str(mistake.answer): mistake.message for mistake in part.mistakes}
            wrong = [letter for letter in asked.options if letter not in map(str, right)]
            for letter in wrong[: len(asked.options) - len(right) - 1]:
                yield Rung("line", f"{asked.options[letter]}: not this one. {said.get(letter, '')}".rstrip())
        yield Rung("answer", " ".join(filter(None, (f"{next(self.right(part, truth))}.", asked.because))))

    def judge(self, part: Part[Asked], truth: Truth, answer: Any, explain: bool = True) -> Verdict:
        from checker.answers.choices import judge_choice

        asked = part.payload
        return judge_choice(answer, asked.key, asked.options, asked.because or "", part.units)


KIND = Choice()
