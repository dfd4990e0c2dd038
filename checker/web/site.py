"""What the page is made of, and what a handler is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from checker.commands.base import Refused
from checker.commands.describing import part_rows
from checker.web.guard import Limit
from checker.web.judging import Judge
from checker.web.markup import Child
from checker.web.sessions import Session
from checker.web.store import Store
from derivations.frozen import frozen
from problems.bank import Bank, ProblemFileError, UnknownPart
from problems.schema import Part, Problem
from problems.varying import has, varied, varied_problem

Given = TypeVar("Given")


FAULT = "A problem file has a fault. Whoever runs this server sees it with `backproof validate`."


@dataclass(frozen=True, slots=True)
class Site:
    """The services behind the page, and what has been asked of a worker once."""

    bank: Bank
    store: Store
    judge: Judge
    key: bytes
    answers: Limit = field(default_factory=lambda: Limit(30, 15))
    readings: Limit = field(default_factory=lambda: Limit(300, 60))
    forms: Limit = field(default_factory=lambda: Limit(60, 30))
    failures: Limit = field(default_factory=lambda: Limit(20, 20))
    """Of codes, tokens and links that are none, from one address."""
    newcomers: Limit = field(default_factory=lambda: Limit(600, 300))
    """Of students that come into being, from one address: a class may sit behind it."""
    _questions: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    _worked_out: dict[tuple[str, str, int], dict[str, Any]] = field(default_factory=dict)

    def parts(self) -> list[tuple[Problem, Part[Any]]]:
        """(problem, part) of the whole bank. Raises `Refusal`."""
        try:
            return [(problem, part) for problem in self.bank.problems() for part in problem.parts]
        except ProblemFileError as error:
            raise Refusal(503, FAULT) from error

    def find(self, part: str) -> tuple[Problem, Part[Any]]:
        """The problem and the part of an id. Raises `Refusal`."""
        try:
            return self.bank.find(part)
        except UnknownPart as error:
            raise Refusal(404, "There is no such question.") from error
        except ProblemFileError as error:
            raise Refusal(503, FAULT) from error

    def version(self, part: str, seed: str) -> tuple[Problem, Part[Any], int]:
        """The problem and the part of an id with the numbers of a seed, and the seed. Raises `Refusal`."""
        problem, asked = self.find(part)
        number = int(seed) if re.fullmatch(r"[0-9]{1,4}", seed) else -1
        if not has(asked, number):
            raise Refusal(404, "There is no such version of this question, or no more.")
        asked = varied(asked, number)
        return varied_problem(problem, asked), asked, number

    async def question(
        self, problem: Problem, part: Part[Any], seed: int
    ) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
        """What a version of a part tells, as `show` does, and its formulas as LaTeX."""
        found = self._questions.get((part.id, seed))
        if found is None:
            made = await self.judge.aside_of({"do": "question", "part": part.id, "seed": seed})
            found = {"names": {}, "where": {}} if made is None or "refused" in made else made
            if found is made:
                self._questions[part.id, seed] = found
        try:
            return part_rows(problem, part), found
        except Refused as error:
            raise Refusal(503, FAULT) from error

    def forget(self, part: str) -> None:
        """What was asked of a worker about a part is asked again."""
        for known in [key for key in self._questions if key[0] == part]:
            del self._questions[known]
        for done in [key for key in self._worked_out if key[1] == part]:
            del self._worked_out[done]

    async def ladder(self, part: str, seed: int) -> dict[str, Any] | None:
        """The ladder of a version of a part; None where it could not be built in time."""
        return await self._once("ladder", part, seed)

    async def example(self, part: str, seed: int) -> dict[str, Any] | None:
        """Small numbers for a version of a part; None where they could not be found in time."""
        return await self._once("example", part, seed)

    async def _once(self, what: str, part: str, seed: int) -> dict[str, Any] | None:
        if (what, part, seed) not in self._worked_out:
            made = await self.judge.long({"do": what, "part": part, "seed": seed})
            if made is None or "refused" in made:
                return None
            self._worked_out[what, part, seed] = made
        return self._worked_out[what, part, seed]


@frozen
class Asked:
    """One request: where it leads, who asks, and what stands in its form."""

    site: Site
    session: Session
    token: str
    path: Mapping[str, str]
    form: Mapping[str, str]
    address: str

    async def base(self, what: Callable[..., Given], *given: Any) -> Given:
        """What the database says, without keeping others waiting."""
        return await run_in_threadpool(what, *given)

    async def me(self) -> Any:
        """The row of the student who asks; None for who is none."""
        return await self.base(self.site.store.student, self.session.student) if self.session.student else None

    def failed(self) -> None:
        """One more that was no code, token or link. Raises `Refusal` after too many from one address."""
        if not self.site.failures.take(self.address):
            raise Refusal(429, "Too many codes that are none. Try again in a few minutes.")


@frozen
class Page:
    """A page of ours: its title, what stands in `main`. With `again`, a browser without scripts asks for it again after
    so many seconds."""

    title: str
    main: Child
    status: int = 200
    again: int = 0


@frozen
class Reply:
    """What a handler says, and the session that goes on, where it is another one."""

    what: Page | Response
    session: Session | None = None


def place(part: str, seed: int = 0) -> str:
    """Where a version of a part is asked."""
    return f"/version/{seed}/{part}" if seed else f"/part/{part}"


def to(path: str, session: Session | None = None) -> Reply:
    """Go on elsewhere."""
    return Reply(RedirectResponse(path, 303), session)


def csv_file(text: str, name: str) -> Response:
    """A table to be kept as a file."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


class Refusal(Exception):
    """A request that cannot be done: a status, and what to do instead in a sentence."""

    def __init__(self, status: int, why: str):
        super().__init__(why)
        self.status, self.why = status, why
