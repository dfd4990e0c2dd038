"""The page as an application: its routes as one table, and the way of a request.

guard (host, size, rate) → session from its cookie → form and its token → handler → page
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from checker.web import grouping, joining, practising, teaching
from checker.web.assets import asset
from checker.web.frame import framed
from checker.web.guard import Guard, Limit, TooLarge, address
from checker.web.markup import el, html
from checker.web.sessions import COOKIE, DAYS, Session, form_token, is_form_token, opened, read_cookie, signed
from checker.web.site import Asked, Page, Refusal, Reply, Site
from checker.web.store import now
from derivations.frozen import frozen

LOG = logging.getLogger("backproof.page")

Handler = Callable[[Asked], Awaitable[Reply]]


@frozen
class Row:
    """One route: who may ask for it, and which limit of the site each call counts against."""

    method: Literal["GET", "POST"]
    path: str
    handler: Handler
    who: Literal["anyone", "student", "teacher"] = "anyone"
    limit: str = ""


ROUTES: tuple[Row, ...] = (
    Row("GET", "/", practising.home),
    Row("GET", "/part/{part:path}", practising.question),
    Row("GET", "/version/{seed}/example/{part:path}", practising.example, limit="readings"),
    Row("GET", "/version/{seed}/{part:path}", practising.version),
    Row("GET", "/example/{part:path}", practising.example, limit="readings"),
    Row("POST", "/answer", practising.answer, limit="answers"),
    Row("GET", "/answer/{submission}", practising.outcome, "student"),
    Row("POST", "/hint", practising.hint, limit="forms"),
    Row("POST", "/read", practising.reading, limit="readings"),
    Row("GET", "/history", practising.history, "student"),
    Row("GET", "/history.csv", practising.export, "student"),
    Row("GET", "/me", joining.me),
    Row("POST", "/me/code", joining.another_code, "student", "forms"),
    Row("POST", "/enter", joining.enter, limit="forms"),
    Row("POST", "/leave", joining.leave, limit="forms"),
    Row("GET", "/join/{link}", joining.invitation),
    Row("POST", "/join/{link}", joining.join, limit="forms"),
    Row("GET", "/class", teaching.overview),
    Row("POST", "/class", teaching.enter, limit="forms"),
    Row("GET", "/class/new", teaching.new_assignment, "teacher"),
    Row("POST", "/class/assignment", teaching.save_assignment, "teacher", "forms"),
    Row("GET", "/class/assignment/{assignment}", teaching.assignment, "teacher"),
    Row("GET", "/class/assignment/{assignment}/edit", teaching.edit_assignment, "teacher"),
    Row("GET", "/class/assignment/{assignment}/grades.csv", teaching.grades, "teacher"),
    Row("GET", "/class/assignment/{assignment}/part/{part:path}", grouping.answers, "teacher"),
    Row("POST", "/class/override", grouping.override, "teacher", "forms"),
    Row("POST", "/class/override/drop", grouping.drop_override, "teacher", "forms"),
    Row("POST", "/class/regrade", grouping.regrade, "teacher", "forms"),
)  # fmt: skip

KNOWN = {
    "student": "This page is for somebody who is known here: send an answer, or enter your code.",
    "teacher": "This page is for the teachers of a class: enter its token at /class.",
}
"""What is said to who is not."""

MOST_FIELDS = 200
"""Fields of a form."""

SECONDS_TO_SEND = 15.0
"""Wall clock in which a form has to be there."""

WHOLE_SITE = Limit(12_000, 3_000)
"""Requests from one address, behind which a class may sit."""


def application(site: Site, names: tuple[str, ...] = (), everybody: Limit = WHOLE_SITE) -> Any:
    """The page, reached by an address or by some names."""

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[None]:
        await asyncio.to_thread(site.judge.start, next((part.id for _, part in site.parts()), None))
        yield
        await asyncio.to_thread(site.judge.close)

    routes = [Route(row.path, _endpoint(site, row), methods=[row.method]) for row in ROUTES]
    routes.append(Route("/static/{name:path}", _static, methods=["GET"]))
    app = Starlette(routes=routes, lifespan=running, exception_handlers={404: _no_page, 405: _no_page, 500: _our_bug})
    return Guard(app, names, everybody)


def _endpoint(site: Site, row: Row) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        at = now()
        known = read_cookie(request.cookies.get(COOKIE, ""), site.key, at)
        session = known or opened("", "", at)
        try:
            form = await _form(request) if row.method == "POST" else {}
            if row.method == "POST" and (
                known is None
                or not is_form_token(form.get("token", ""), session, site.key)
                or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
            ):
                raise Refusal(403, "This form is of another session. Load its page again, and send it once more.")
            if row.limit and not getattr(site, row.limit).take(session.nonce):
                raise Refusal(429, "That was quick. Wait a few seconds, then go on.")
            if row.who != "anyone" and row.who != session.role:
                raise Refusal(403, KNOWN[row.who])
            asked = Asked(
                site, session, form_token(session, site.key), request.path_params, form, address(request.scope)
            )
            reply = await row.handler(asked)
        except Refusal as refusal:
            reply = Reply(_refused(refusal))
        after = reply.session or session
        response = _response(reply.what, after, form_token(after, site.key))
        if after != known:
            response.set_cookie(
                COOKIE, signed(after, site.key), max_age=DAYS[after.role] * 86_400, httponly=True, samesite="lax",
                secure=request.url.scheme == "https",
            )  # fmt: skip
        return response

    return endpoint


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, each once, the first of several. Raises `Refusal`."""
    if (
        request.headers.get("content-type", "").partition(";")[0].strip().casefold()
        != "application/x-www-form-urlencoded"
    ):
        raise Refusal(415, "A form is sent as application/x-www-form-urlencoded.")
    try:
        body = await asyncio.wait_for(request.body(), SECONDS_TO_SEND)
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except TooLarge as error:
        raise Refusal(413, "That is too large.") from error
    except (TimeoutError, ClientDisconnect) as error:
        raise Refusal(408, "The form did not arrive in time.") from error
    except ValueError as error:
        raise Refusal(400, "That is no form.") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        text = value.replace("\0", "\ufffd").replace("\r\n", "\n")
        if name not in fields:
            fields[name] = text
        elif name in practising.SEVERAL:
            fields[name] += f", {text}"
    return fields


def _response(what: Page | Response, session: Session, token: str) -> Response:
    if isinstance(what, Response):
        return what
    return HTMLResponse(html(framed(what, session, token)), what.status)


def _refused(refusal: Refusal) -> Page:
    return Page(
        "Not done",
        [el("h1", "Not done"), el("p", refusal.why), el("p", el("a", "To the questions", href="/"))],
        refusal.status,
    )


async def _no_page(_request: Request, _error: Exception) -> Response:
    page = _refused(Refusal(404, "There is no such page."))
    return HTMLResponse(html(framed(page, Session("", "", "", 0), "")), 404)


async def _our_bug(_request: Request, error: Exception) -> Response:
    LOG.exception("a page could not be made", exc_info=error)
    return PlainTextResponse("This is a bug of ours; it has been written to the log of the server.\n", 500)


async def _static(request: Request) -> Response:
    try:
        found = asset(request.path_params["name"])
    except KeyError:
        return PlainTextResponse("There is no such file.\n", 404)
    known = request.url.query == found.tag
    headers = {
        "cache-control": "public, max-age=31536000, immutable" if known else "public, max-age=86400",
        "etag": f'"{found.tag}"', "vary": "accept-encoding",
    }  # fmt: skip
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, headers={**headers, "content-encoding": "gzip"}, media_type=found.type)
    return Response(found.plain, headers=headers, media_type=found.type)
