"""What every command shares: refusals, its parser, answers that look like options, standard input."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any, NoReturn, TextIO

from checker.output import Terminal, terminal

HELP_WIDTH = 100

MAX_STDIN = 16_000_000
"""Bytes that `-` reads at most; a formula is refused far below."""


class Refused(Exception):
    """A command that cannot do what it is asked: the message says what to do. Exit code 2."""


def nearest(word: str, among: Iterable[str], what: str, listed_by: str) -> Refused:
    """The refusal of an unknown word, naming the nearest valid ones."""
    from difflib import get_close_matches

    valid = list(among)
    folded = {v.lower(): v for v in valid}
    near = [folded[n] for n in get_close_matches(word.lower(), list(folded), 3, 0.5)]
    advice = f"did you mean {', '.join(near)}?" if near else f"`{listed_by}` lists them"
    return Refused(f"no {what} {word!r}; {advice}")


class Parser(argparse.ArgumentParser):
    """argparse that takes an answer beginning with `-` for an answer, names the nearest option, and prints the same help on every Python."""

    def __init__(self, name: str, module: ModuleType):
        super().__init__(prog=f"backproof {name}", description=module.ABOUT, allow_abbrev=False)
        self.examples: tuple[str, ...] = module.EXAMPLES
        module.arguments(self)

    def format_usage(self) -> str:
        positional = " ".join(f"[{_value(a)}]" if a.nargs == "?" else _value(a) for a in self._actions if not a.option_strings)
        return f"usage: {self.prog} {positional} [options]\n"

    def error(self, message: str) -> NoReturn:
        raise Refused(f"{self.prog}: {message}\n{self.format_usage().rstrip()}")

    def format_help(self) -> str:
        """Usage, what it does, arguments, options, examples; HELP_WIDTH wide."""
        import textwrap

        rows = [(", ".join(a.option_strings) + (f" {_value(a)}" if a.option_strings and a.nargs != 0 else "") or _value(a), a) for a in self._actions]
        indent = min(26, max(len(left) for left, _ in rows) + 4)
        blocks = [self.format_usage(), *(f"{line}" for line in textwrap.wrap(self.description or "", HELP_WIDTH))]
        for title, wanted in (("arguments", False), ("options", True)):
            chosen = [(left, a) for left, a in rows if bool(a.option_strings) == wanted]
            if chosen:
                blocks += ["", f"{title}:"]
            for left, action in chosen:
                text = (action.help or "") % {"default": action.default}
                lines = textwrap.wrap(text, HELP_WIDTH - indent) or [""]
                if len(left) + 2 >= indent:
                    blocks.append(f"  {left}")
                else:
                    blocks.append(f"  {left:<{indent - 2}}{lines.pop(0)}".rstrip())
                blocks += [" " * indent + line for line in lines]
        return "\n".join([*blocks, "", "examples:", *(f"  {line}" for line in self.examples)]) + "\n"

    def arranged(self, argv: Sequence[str]) -> argparse.Namespace:
        """The arguments, in any order; raises `Refused` on an unknown option."""
        actions = self._option_string_actions
        options: list[str] = []
        values: list[str] = []
        queue = list(argv)
        while queue:
            token = queue.pop(0)
            if token == "--":
                values.extend(queue)
                break
            name, equals, _ = token.partition("=")
            action = actions.get(name if token.startswith("--") else token)
            if action is None or (token == "-h" and values):
                if re.fullmatch(r"--[a-z][a-z-]{2,}(=.*)?", token):
                    from difflib import get_close_matches

                    near = get_close_matches(name, list(actions), 1, 0.5)
                    raise Refused(
                        f"{self.prog}: no option {name}"
                        + (f"; did you mean {near[0]}?" if near else "")
                        + " (an answer that looks like an option goes after --)"
                    )
                values.append(token)
            elif action.nargs == 0 or equals or not queue:
                options.append(token)
            elif token.startswith("--"):
                options.append(f"{token}={queue.pop(0)}")
            else:
                options.extend((token, queue.pop(0)))
        return self.parse_args([*options, "--", *values] if values else options)


def _value(action: argparse.Action) -> str:
    """How an argument or an option's value is called."""
    if action.choices:
        return "{" + ",".join(map(str, action.choices)) + "}"
    name = action.metavar or action.dest.upper()
    return f"{name}..." if action.nargs == "+" else str(name)


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`, as every command has it."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_names(parser: argparse.ArgumentParser) -> None:
    """`--names`, the declarations."""
    parser.add_argument("--names", default="", metavar="DECLARATIONS", help="the names with their domains: 'x: real[n,d]; y: label01[n]; p: probability'")


def add_bank(parser: argparse.ArgumentParser) -> None:
    """`--bank`, a folder of one's own problems."""
    parser.add_argument("--bank", metavar="FOLDER", help="a folder of problem files (default: the bank that comes with backproof)")


def given(text: str, stream: TextIO | None = None) -> str:
    """The argument itself; standard input where it is `-`."""
    return standard_input(stream) if text == "-" else text


def standard_input(stream: TextIO | None = None) -> str:
    """All of standard input as text, whatever the locale says: UTF-8."""
    stream = stream or sys.stdin
    if stream is None:
        raise Refused("there is no standard input to read")
    raw = getattr(stream, "buffer", None)
    text = stream.read(MAX_STDIN) if raw is None else raw.read(MAX_STDIN).decode("utf-8", "replace")
    return text.removeprefix("\N{BYTE ORDER MARK}").rstrip("\r\n")


def read_toml(path: str) -> dict[str, Any]:
    """A TOML file, `-` for standard input; raises `Refused` with the place and, for a bad escape, with what to write instead."""
    import tomllib

    from problems.loader import escape_advice

    try:
        if path == "-":
            return tomllib.loads(standard_input())
        with open(path, "rb") as file:
            return tomllib.loads(file.read().decode("utf-8-sig").replace("\r\n", "\n"))
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{path}: no TOML: {error}{escape_advice(str(error))}") from error
    except (RecursionError, ValueError) as error:
        raise Refused(f"{path}: no TOML that can be read: too deep, or a number too long") from error


def read_data(path: str) -> dict[str, Any]:
    """A TOML file of numbers and lists of numbers. Raises `Refused`."""
    data = read_toml(path)
    for name, value in data.items():
        entries = [value]
        while entries:
            entry = entries.pop()
            if isinstance(entry, list):
                entries.extend(entry)
            elif not isinstance(entry, int | float):
                raise Refused(f"{path}: {name[:60]} is neither a number nor a list of numbers")
    return data


def open_bank(folder: str | None) -> Any:
    """The bank, own or packaged; raises `Refused` when there is no such folder."""
    from problems.bank import load_bank

    try:
        return load_bank(folder)
    except OSError as error:
        raise Refused(str(error)) from error


def find_part(bank: Any, part_id: str) -> tuple[Any, Any]:
    """(problem, part); raises `Refused` naming the nearest ids."""
    from problems.bank import ProblemFileError, UnknownPart

    try:
        return bank.find(part_id)
    except UnknownPart as error:
        raise Refused(str(error)) from error
    except ProblemFileError as error:
        raise Refused(f"the problem file has faults; `backproof validate` shows them:\n{error}") from error


def refuse(refusal: Refused, argv: Sequence[str]) -> int:
    """Say on standard error why not; who asked for JSON gets that as well. The exit code."""
    complain(f"backproof: {refusal}")
    if "--json" in argv[: argv.index("--") if "--" in argv else None]:
        terminal().json({"format": 1, "status": "refused", "reason": str(refusal)})
    return 2


def complain(text: str) -> None:
    """A message on standard error."""
    err: Terminal = terminal(sys.stderr)
    err.line(err.fit(text))
