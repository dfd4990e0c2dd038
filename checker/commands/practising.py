"""The dialogue of `practice`: a part, an answer, a verdict; the hint that helps on; at the end what to work on."""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from checker.commands.base import Refused, all_parts, nearest, open_bank, write_whole
from checker.commands.repeating import RIGHT
from checker.output import Terminal

KEYS: Mapping[str, str] = {
    "?": "this list",
    "hint": "the next hint; after a wrong answer the one about the step where it went wrong",
    "example": "numbers to try by hand",
    "show": "the question again, with all that is given, and how your answer was read",
    "reveal": "the answer; then the next part",
    "skip": "the next part",
    "back": "the part before",
    "quit": "the end; so does Ctrl-D. Ctrl-C drops what you are typing",
}
"""What can be typed instead of an answer."""

OTHER_KEYS: Mapping[str, str] = {"": "?", "help": "?", "exit": "quit", "hints": "hint", "next": "skip"}
"""What people type for a key of the same meaning."""

_NEXT_NAME = re.compile(r"[,;]\s*(?=[^,;=()\[\]]+=)")
"""Between two values that stand on a line with their names."""

ENDS = "(several lines; an empty one ends the answer)"


def practise(args: argparse.Namespace, terminal: Terminal) -> int:
    """Ask until the parts, the person or the input end. 0."""
    from checker.commands.progress import Progress, data_file

    progress = Progress(data_file())
    if args.forget:
        return _forget(progress, terminal)
    if args.export is not None:
        return _export(progress, args.export, terminal)
    if args.progress:
        return _days(progress, terminal)
    parts = _asked(args, progress, terminal)
    if not parts:
        return 0
    from checker.commands.typist import Dropped, Typist
    from checker.process import Worker

    with Worker() as worker:
        worker.start()
        history = progress.path.with_name("history") if progress.path is not None and progress.kept else None
        typist = Typist(terminal, history)

        def ask(request: Mapping[str, Any]) -> Any:
            try:
                return worker.ask(request)
            except KeyboardInterrupt:
                worker.drop()
                raise Dropped from None

        session = Session(args.bank, terminal, ask, typist.line, progress, progress.tries())
        terminal.show("Type an answer, or ? for what else.")
        session.run(parts)
        typist.close()
    results = session.results
    if args.json:
        terminal.json(
            {
                "format": 1,
                "answers": [
                    {
                        "id": i,
                        "status": r["status"],
                        "score": r.get("score"),
                        "tries": r.get("tries", 0),
                        "hints": r["hints"],
                    }
                    for i, r in results.items()
                ],
            }
        )
    else:
        _summary(results, {part.id: part for _, part in parts}, terminal, progress)
    return 0


def _forget(progress: Any, terminal: Terminal) -> int:
    try:
        progress.forget()
    except OSError as error:
        raise Refused(f"{progress.path}: {error.strerror or error}") from error
    terminal.show("progress deleted")
    return 0


def _export(progress: Any, to: str, terminal: Terminal) -> int:
    text = progress.exported("jsonl" if to.endswith(".jsonl") else "csv")
    if to == "-":
        terminal.line(text.rstrip("\n"))
    else:
        write_whole(to, text)
    return 0


def _days(progress: Any, terminal: Terminal) -> int:
    from checker.commands.repeating import mistakes_due, parts_due
    from checker.render import grid

    days = progress.days()
    if not days:
        terminal.show("nothing has been answered yet")
        return 0
    rows = [(day, str(count), str(right), "█" * min(right, 40)) for day, count, right in days]
    terminal.show(grid(("day", "answers", "right", ""), rows, terminal, keep=3))
    events, now = progress.events(), time.time()
    due = [d.what for d in parts_due(events, now)]
    kinds = [d.what for d in mistakes_due(events, now)]
    terminal.show("", f"parts right so far: {len(progress.done())}; due: {len(due)} (backproof practice --due)")
    if kinds:
        terminal.show(f"mistakes to come back to: {', '.join(map(_in_words, kinds))}")
    return 0


def _asked(args: argparse.Namespace, progress: Any, terminal: Terminal) -> list[tuple[Any, Any]]:
    """The parts to ask, in order; where there are none, why is said."""
    bank = open_bank(args.bank)
    parts = [(problem, part) for problem, part in all_parts(bank) if part.id.startswith(args.prefix)]
    if not parts:
        raise nearest(args.prefix, bank.part_ids(), "part beginning with", "backproof problems")
    if args.due:
        from checker.commands.repeating import order, taught

        wanted = order(progress.events(), taught(part for _, part in parts), time.time())
        here = {part.id: (problem, part) for problem, part in parts}
        asked = [here[part_id] for part_id in wanted if part_id in here]
        if not asked:
            terminal.show("nothing is due")
        return asked
    done = set() if args.again or any(part.id == args.prefix for _, part in parts) else progress.done()
    asked = [(problem, part) for problem, part in parts if part.id not in done]
    if not asked:
        terminal.show(f"all {len(parts)} parts are done; --again asks them again, --due those whose time has come")
    return asked


def _in_words(tag: str) -> str:
    return tag.replace("-", " ")


@dataclass
class Session:
    """One sitting: what is asked and told, and what was answered."""

    bank: str | None
    terminal: Terminal
    ask: Callable[[Mapping[str, Any]], Any]
    line: Callable[[str], str | None]
    progress: Any
    tries: Mapping[str, int]
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    """What was given with the question before: it is not told again with the next."""

    def run(self, parts: Sequence[tuple[Any, Any]]) -> None:
        """Part after part, forwards and back, until one ends it."""
        at = 0
        while 0 <= at < len(parts):
            problem, part = parts[at]
            went = Sitting(self, problem, part, f"{at + 1} of {len(parts)}").run()
            if went is None:
                return
            if at + went < 0:
                self.terminal.show("This is the first part.")
                self.shown = {}
            at = max(0, at + went)

    def view(self, part: Any, seed: int, do: str, **more: Any) -> dict[str, Any]:
        """What the worker makes of a part."""
        from checker.commands.asking import tell_bug, verdict_view

        outcome = self.ask({"do": do, "part": part.id, "bank": self.bank, "seed": seed, **more})
        if do == "check":
            return verdict_view(outcome)
        if outcome.bug:
            tell_bug(outcome.bug)
        return dict(outcome.answer or {})


class Sitting:
    """One part until it is right, given up or left."""

    def __init__(self, session: Session, problem: Any, part: Any, place: str):
        from problems.varying import variants, varied, varied_problem

        self.session, self.terminal, self.place = session, session.terminal, place
        self.seed = session.tries.get(part.id, 0) % (variants(part) + 1)
        self.part = varied(part, self.seed)
        self.problem = varied_problem(problem, self.part)
        self.ladder: list[dict[str, Any]] | None = None
        self.seen: set[int] = set()
        self.wrong = ""
        self.last: dict[str, Any] = {}
        self.told = False
        self.kept: dict[str, str] = {}

    def run(self) -> int | None:
        """Steps to the part that is next, forwards or back; None where the person ends it."""
        from checker.commands.typist import Dropped

        self.question()
        dropped = False
        while True:
            try:
                went = self.once()
            except Dropped:
                if dropped:
                    return None
                dropped = True
                self.terminal.show("Dropped. Ctrl-C once more, Ctrl-D or quit ends it.")
                continue
            dropped = False
            if went != 0:
                return went

    def once(self) -> int | None:
        """What one answer or key leads to: 0 where one stays at this part."""
        text = self.answer()
        match text if text is None else key_of(text):
            case None | "quit":
                return None
            case "?":
                self.keys()
            case "skip":
                self.left()
                return 1
            case "back":
                self.left()
                return -1
            case "hint":
                self.hint()
            case "example":
                self.example()
            case "show":
                self.question(whole=True)
                if self.last.get("student_read"):
                    self.terminal.show(f"yours was read as  {self.last['student_read']}")
            case "reveal":
                self.reveal()
                return 1
            case answer:
                return int(self.judged(answer))
        return 0

    def question(self, whole: bool = False) -> None:
        """The question, with what is given; of that, what was told with the question before only where `whole`."""
        from checker.commands.describing import show_part

        known = {} if whole else self.session.shown
        self.session.shown = show_part(
            self.problem, self.part, self.terminal, heading=f"{self.place}: ", typed=False, known=known
        )

    def keys(self) -> None:
        from checker.render import labelled

        self.terminal.show(labelled(list(KEYS.items()), self.terminal))

    def answer(self) -> str | None:
        """What is typed; None at the end of input. Where an answer has several lines, an empty one ends them, and a key
        drops those before it."""
        from checker.kinds.contract import kind_of

        several = kind_of(self.part).of_lines
        first = self.session.line(f"{self.ends()}\n> " if several else "> ")
        if first is None or not several or key_of(first) in KEYS:
            return first
        lines = [first]
        while (line := self.session.line("| ")) is not None and line.strip():
            if key_of(line) in KEYS:
                return line
            lines.append(line)
        return "\n".join(lines)

    def ends(self) -> str:
        """How an answer of several lines ends, and what of the one before is kept."""
        if not self.kept:
            return ENDS
        return f"(kept: {', '.join(self.kept)}; type only what is new or changes; an empty line ends the answer)"

    def rungs(self) -> list[dict[str, Any]]:
        """The ladder of the part, built when it is first asked for."""
        if self.ladder is None:
            self.ladder = list(self.session.view(self.part, self.seed, "ladder").get("rungs", ()))
        return self.ladder

    def hint(self) -> None:
        """The hint about the step that went wrong, where it was not seen; else the next of the ladder."""
        ladder = self.rungs()
        nudge, rungs = self.nudge(), len(ladder)
        if nudge is not None and nudge["number"] not in self.seen:
            number, says = nudge["number"], nudge["says"]
        else:
            number, says = next((n for n in range(1, rungs) if n not in self.seen), rungs), ""
        if number == rungs:
            self.terminal.show("There is no further hint; reveal gives the answer.")
            return
        self.seen.add(number)
        from checker.render import hint

        view = {**ladder[number - 1], "number": number, "of": rungs, "says": says}
        self.terminal.show(hint(view, self.terminal))

    def nudge(self) -> dict[str, Any] | None:
        """The hint about the last answer, where that was wrong and none has been asked for yet."""
        wrong, self.wrong = self.wrong, ""
        return self.session.view(self.part, self.seed, "check", answer=wrong, hint=True).get("hint") if wrong else None

    def example(self) -> None:
        from checker.commands.describing import show_example

        show_example(self.session.view(self.part, self.seed, "example"), self.terminal)

    def reveal(self) -> None:
        """The last rung of the ladder."""
        from checker.render import hint

        rungs = self.rungs()
        if rungs:
            self.terminal.show(hint({**rungs[-1], "number": len(rungs), "of": len(rungs)}, self.terminal))
        else:
            self.terminal.show("There is no one answer to show.")
        self.told = True
        self.session.progress.add(self.part.id, "", "wrong", 0.0, None, hints=len(self.seen), told=True, seed=self.seed)
        self.left()

    def left(self) -> None:
        self.session.results.setdefault(self.part.id, {"status": "skipped", "hints": len(self.seen)})

    def judged(self, answer: str) -> bool:
        """Whether the answer settles the part. What hints cost is taken off its score."""
        from checker.kinds.contract import kind_of
        from checker.render import verdict

        if kind_of(self.part).by_name:
            answer = "\n".join({**self.kept, **named_lines(answer)}.values())
        self.last = view = self.session.view(self.part, self.seed, "check", answer=answer)
        if kind_of(self.part).by_name:
            self.kept = {} if view["status"] in RIGHT else _readable(answer, view.get("at"))
        self.wrong = answer if view["status"] == "wrong" else ""
        self.terminal.show(verdict(view, self.terminal, {"student": answer}))
        if self.wrong:
            self.terminal.show("hint shows the step where it goes wrong")
        elif view["status"] == "unreadable" and (meant := get_close_matches(answer.strip().casefold(), KEYS, 1)):
            self.terminal.show(f"Or was {meant[0]} meant? ? lists what else can be typed.")
        cost = max((self.rungs()[n - 1]["cost"] for n in self.seen), default=0.0)
        score = None if view.get("score") is None else view["score"] * (1 - cost)
        tag = (view.get("diagnosis") or {}).get("tag")
        hints = len(self.seen)
        self.session.progress.add(self.part.id, answer, view["status"], score, tag, hints=hints, seed=self.seed)
        tries = self.session.results.get(self.part.id, {}).get("tries", 0) + 1
        self.session.results[self.part.id] = {**view, "score": score, "tries": tries, "hints": hints}
        return view["status"] in RIGHT


def key_of(text: str) -> str:
    """The key that a line is, however it is written; else the line."""
    plain = text.strip().casefold()
    plain = OTHER_KEYS.get(plain, plain)
    return plain if plain in KEYS else text.strip()


def named_lines(answer: str) -> dict[str, str]:
    """What each line of an answer gives, by its name; a line without one by all of it."""
    pieces = [piece.strip() for line in answer.splitlines() for piece in _NEXT_NAME.split(line)]
    return {piece.partition("=")[0].strip(): piece for piece in pieces if piece}


def _readable(answer: str, at: Mapping[str, Any] | None) -> dict[str, str]:
    """The lines of an answer but for those in which it cannot be read."""
    start, found = 0, {}
    for line in answer.splitlines():
        if at is None or not (at["start"] < start + len(line) and start < at["end"]):
            found |= named_lines(line)
        start += len(line) + 1
    return found


def _summary(
    results: Mapping[str, Mapping[str, Any]], parts: Mapping[str, Any], terminal: Terminal, progress: Any
) -> None:
    """What was right, and what to work on."""
    if not results:
        return
    right = [i for i, r in results.items() if r["status"] == "correct"]
    points = sum(parts[i].points * (r.get("score") or 0) for i, r in results.items())
    terminal.show("", f"{len(right)} of {len(results)} right, {points:g} points")
    open_parts = [i for i, r in results.items() if r["status"] not in RIGHT]
    if open_parts:
        terminal.show(f"to work on: {', '.join(open_parts)}")
    tags: Counter[str] = progress.tags()
    if tags:
        made = ", ".join(f"{_in_words(tag)} ({count})" for tag, count in tags.most_common(5))
        terminal.show(f"mistakes so far: {made}")
    if not progress.kept:
        terminal.show(f"progress could not be kept in {progress.path or 'a home folder: there is none'}")
