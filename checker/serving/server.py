"""The tools behind the official SDK. Every call is worked on in a killable process; the server itself reads no formula.

This module needs the extra `mcp`.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import mcp_types as types  # pyright: ignore[reportMissingImports]
from mcp.server.lowlevel import Server  # pyright: ignore[reportMissingImports]
from mcp.server.stdio import stdio_server  # pyright: ignore[reportMissingImports]

from checker.process import MEGABYTES, Outcome
from checker.serving.tools import BY_NAME, TOOLS, Tool, WrongArguments
from checker.stream import Pool
from checker.verdict import Finding, Verdict

INSTRUCTIONS = (
    "backproof derives gradients by symbols and judges formulas with proof. Declare every name with its domain and "
    "shape in `names`. Only 'equal', 'correct', 'different' and 'wrong' are verdicts: 'undecided' and 'unreadable' say "
    "nothing about whether an answer is right."
)

_HINTS = types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, destructive_hint=False, open_world_hint=False)


def listed(tool: Tool) -> Any:
    """A row as the protocol has it."""
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.about,
        input_schema=tool.schema(),
        output_schema=tool.answer_schema(),
        annotations=_HINTS,
    )


def view(tool: Tool, outcome: Outcome) -> tuple[dict[str, Any], bool]:
    """What a call comes to, and whether that is an error: a limit is `undecided`, a bug of ours `failed`."""
    if outcome.answer is not None:
        found = {"format": 1, **outcome.answer}
        if "refused" in found:
            return {"format": 1, "status": "refused", "reason": found["refused"]}, True
        return found, False
    if tool.verdict:
        limit = Finding("limit", f"not settled within the limit of {outcome.limit}")
        verdict = Verdict("undecided", findings=(limit,)) if outcome.limit else Verdict("failed", seed=outcome.seed)
        return verdict.to_json(), not outcome.limit
    if outcome.limit:
        return {"format": 1, "status": "undecided", "reason": f"not done within the limit of {outcome.limit}"}, False
    return {"format": 1, "status": "failed", "seed": outcome.seed}, True


def _result(answer: dict[str, Any], error: bool) -> Any:
    text = types.TextContent(type="text", text=json.dumps(answer, ensure_ascii=False))
    # an error has no schema
    return types.CallToolResult(content=[text], structured_content=None if error else answer, is_error=error)


def server(pool: Pool, version: str) -> Any:
    """The server, its calls put to a pool of workers."""

    async def tools(_context: Any, _params: Any) -> Any:
        return types.ListToolsResult(tools=[listed(tool) for tool in TOOLS])

    async def call(_context: Any, params: Any) -> Any:
        tool = BY_NAME.get(params.name)
        if tool is None:
            why = f"no tool {params.name[:60]!r}; there are {', '.join(BY_NAME)}"
            return _result({"format": 1, "status": "refused", "reason": why}, True)
        try:
            request = tool.asked(params.arguments)
        except WrongArguments as error:
            return _result({"format": 1, "status": "refused", "reason": str(error)}, True)
        outcome = await asyncio.shield(asyncio.wrap_future(pool.submit(request)))
        return _result(*view(tool, outcome))

    return Server("backproof", version=version, instructions=INSTRUCTIONS, on_list_tools=tools, on_call_tool=call)


def serve(workers: int, seconds: float, version: str) -> None:
    """Answer on standard input and output until the input ends."""
    pool = Pool(workers, seconds, MEGABYTES)

    async def answering() -> None:
        made = server(pool, version)
        async with stdio_server() as (requests, answers):
            await made.run(requests, answers, made.create_initialization_options())

    try:
        asyncio.run(answering())
    finally:
        pool.close()
