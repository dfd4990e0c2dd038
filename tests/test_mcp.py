"""The tools for assistants: their rows, and the server asked by the SDK's own client."""

from __future__ import annotations

import asyncio
import builtins
import json
import sys
from typing import Any

import pytest

from checker.__main__ import main
from checker.serving.tools import BY_NAME, TOOLS, WrongArguments


def test_every_tool_says_what_to_give():
    for tool in TOOLS:
        schema = tool.schema()
        assert schema["additionalProperties"] is False
        assert schema["required"]
        assert all(a["description"] for a in schema["properties"].values())
        if "names" in schema["properties"]:
            assert "Declare every name" in schema["properties"]["names"]["description"]


WRONG = [
    ("compare", {"student": "x"}, "truth is missing"),
    ("compare", {"student": "x", "truth": 3}, "truth is a text"),
    ("compare", {"student": "x", "truth": "x", "where": "there"}, "where is one of truth, common"),
    ("compare", {"student": "x", "truth": "x", "seed": "1"}, "compare takes no seed; it takes student, truth"),
    ("gradient", {"formula": "x^2", "wrt": "x"}, "wrt is a list of 1 to 20 texts"),
    ("gradient", {"formula": "x^2", "wrt": []}, "wrt is a list of 1 to 20 texts"),
    ("gradient", {"formula": "x^2", "wrt": ["x"], "hessian": "yes"}, "hessian is true or false"),
    ("read", {"text": "x" * 100_001}, "more than 100,000 characters"),
    ("read", None, "text is missing"),
    ("proofread", {"text": "$1 = 1$", "report": "pdf"}, "report is one of md, html"),
    ("proofread", {"text": "$1 = 1$", "path": "/etc/passwd"}, "proofread takes no path"),
]


@pytest.mark.parametrize(("tool", "given", "why"), WRONG)
def test_arguments_that_are_none(tool, given, why):
    with pytest.raises(WrongArguments, match=why):
        BY_NAME[tool].asked(given)


def test_without_the_package_it_says_what_to_install(capsys, monkeypatch):
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("mcp"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "checker.serving.server", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    assert main(["mcp"]) == 2
    assert "pip install 'backproof[mcp]'" in capsys.readouterr().err


# ---------------------------------------------------------------- the SDK's own client


CALLS = [
    # (tool, arguments, status, is it an error)
    ("read", {"text": "X^T(p - y)", "names": "X: real[n,d]; p: real[n]; y: real[n]"}, "read", False),
    ("read", {"text": "2 +"}, "unreadable", False),
    ("read", {"text": "x", "names": "x: nonsense"}, "refused", True),
    ("compare", {"student": "x + x", "truth": "2x", "names": "x: real"}, "equal", False),
    ("compare", {"student": "x + x", "truth": "3x", "names": "infer"}, "different", False),
    ("compare", {"student": "sqrt(x)^2", "truth": "x", "names": "x: real", "where": "common"}, "equal", False),
    ("compare", {"student": "x"}, "refused", True),
    ("check_chain", {"text": "2x = x + x\n= 3x", "names": "x: real"}, "wrong", False),
    ("check_chain", {"text": "2x = x + x", "names": "x: real"}, "correct", False),
    ("check_chain", {"text": "2x", "names": "x: real"}, "unreadable", False),
    ("proofread", {"text": "$2x = x + x$", "names": "x: real"}, "clean", False),
    ("proofread", {"text": "Let $x$ be a real number.\n\n$2x = 3x$", "report": "md"}, "wrong", False),
    ("proofread", {"text": "$Q^T Q = I$"}, "unchecked", False),
    ("proofread", {"text": "$x = x$", "names": "x: nonsense"}, "refused", True),
    ("gradient", {"formula": "||X w||^2", "wrt": ["w"], "names": "X: real[n,d]; w: real[d]"}, "derived", False),
    ("gradient", {"formula": "x^2", "wrt": ["q"], "names": "x: real"}, "refused", False),
    ("prove", {"statement": "(x + 1)^2 = x^2 + 2x + 1", "names": "x: real"}, "equal", False),
    ("code", {"model": "softmax", "targets": ["dL/dx"]}, "derived", False),
    ("code", {"model": "sofmax", "targets": ["dL/dx"]}, "refused", True),
    ("nothing", {}, "refused", True),
]  # fmt: skip


def asked(*arguments: str, calls: list[tuple[str, dict[str, Any]]]) -> tuple[Any, list[Any]]:
    """The tools listed, and the results of calls, by a client that starts the server as assistants do."""
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client

    async def run() -> tuple[Any, list[Any]]:
        command = StdioServerParameters(command=sys.executable, args=["-m", "checker", "mcp", *arguments])
        async with Client(stdio_client(command)) as client:
            listed = await client.list_tools()
            return listed.tools, [await client.call_tool(name, given) for name, given in calls]

    return asyncio.run(run())


@pytest.mark.long
def test_the_client_of_the_sdk_lists_and_calls_the_tools():
    pytest.importorskip("mcp.server.lowlevel", reason="the extra mcp is not installed")
    listed, results = asked("--workers", "1", calls=[(name, given) for name, given, _, _ in CALLS])
    assert [tool.name for tool in listed] == [tool.name for tool in TOOLS]
    for tool in listed:
        assert tool.annotations.read_only_hint
        assert tool.annotations.idempotent_hint
        assert tool.input_schema == BY_NAME[tool.name].schema()
        assert tool.output_schema["type"] == "object"
    for (name, given, status, error), result in zip(CALLS, results, strict=True):
        said = json.loads(result.content[0].text)
        assert (said["status"], result.is_error, said["format"]) == (status, error, 1), (name, given, said)
        assert result.structured_content == (None if error else said)


def test_a_call_that_takes_too_long_is_undecided():
    pytest.importorskip("mcp.server.lowlevel", reason="the extra mcp is not installed")
    long = " + ".join(f"sin({k}u) cos({k}v)^2 exp(-{k}c)" for k in range(1, 60))
    call = ("compare", {"student": f"{long} + u - u", "truth": long, "names": "u: real; v: real; c: real"})
    _, (result,) = asked("--workers", "1", "--timeout", "0.001", calls=[call])
    said = json.loads(result.content[0].text)
    assert (said["status"], said["findings"][0]["tag"], result.is_error) == ("undecided", "limit", False)
