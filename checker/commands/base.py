"""What every command shares: refusals, its parser, answers that look like options, standard input."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any, BinaryIO, NamedTuple, NoReturn, TextIO

from checker.output import Terminal, terminal

HELP_WIDTH = 100

MAX_STDIN = 1_000_000
"""Bytes that `-` reads at most; a formula is refused far below."""

MAX_INTEGER = 10**300


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
    """argparse that takes an answer beginning with `-` for an answer, names the nearest option, and prints the same
    help on every Python."""

    def __init__(self, name: str, module: ModuleType):
        super().__init__(prog=f"backproof {name}", description=module.ABOUT, allow_abbrev=False)
        self.examples: tuple[str, ...] = module.EXAMPLES
        module.arguments(self)

    def format_usage(self) -> str:
        positional = " ".join(
            f"[{_value(a)}]" if a.nargs in ("?", "*") else _value(a) for a in self._actions if not a.option_strings
        )
        return f"usage: {self.prog} {positional} [options]\n"

    def error(self, message: str) -> NoReturn:
        raise Refused(f"{self.prog}: {message}\n{self.format_usage().rstrip()}")

    def _print_message(self, message: str, file: Any = None) -> None:
        (file or sys.stderr).write(message)  # argparse passes over an output that is full

    def format_help(self) -> str:
        """Usage, what it does, arguments, options, examples; HELP_WIDTH wide."""
        import textwrap

        rows = [
            (
                ", ".join(a.option_strings) + (f" {_value(a)}" if a.option_strings and a.nargs != 0 else "")
                or _value(a),
                a,
            )
            for a in self._actions
        ]
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
    return f"{name}..." if action.nargs in ("+", "*") else str(name)


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`, as every command has it."""
    parser.add_argument("--json", action="store_true", help="print JSON")


class Joined(argparse.Action):
    """An option of several statements that may be repeated: what is given again comes behind."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, values if before in (None, "") else f"{before}; {values}")


def add_names(parser: argparse.ArgumentParser, more: str = "") -> None:
    """`--names`, the declarations; `more` of what a command takes there."""
    parser.add_argument(
        "--names",
        action=Joined,
        default="",
        metavar="DECLARATIONS",
        help="the names with their domains: 'x: real[n,d]; y: label01[n]; p: probability'; may be repeated" + more,
    )


def add_timeout(parser: argparse.ArgumentParser, seconds: float, about: str) -> None:
    """`--timeout`, the wall clock of what a command does; `about` says of what, and what happens after it."""
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=seconds,
        metavar="SECONDS",
        help=f"{about} (default: %(default)g)",
    )


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if (found := float(text)) > 0:
            return found
    raise Refused("--timeout takes a number of seconds above 0")


def add_bank(parser: argparse.ArgumentParser) -> None:
    """`--bank`, folders of one's own problems."""
    parser.add_argument(
        "--bank",
        metavar="FOLDER",
        help="a folder of problem files, or several after commas, the first that has a problem counts; `ours` is the "
        "bank that comes with backproof (default: ours)",
    )


def add_seed(parser: argparse.ArgumentParser) -> None:
    """`--seed`, a variant of a part."""
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="the part with other numbers, where it varies (default: as written)",
    )


def add_verbose(parser: argparse.ArgumentParser) -> None:
    """`-v`, for who knows our own words."""
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="with our tags for reasons and notes, as in --json"
    )


def add_backends(group: Any) -> None:
    """A flag a backend: `--jax`, as `backend="jax"` in Python."""
    from derivations.emit.dialects import backends

    for name, dialect in backends().items():
        if name != "numpy":
            group.add_argument(f"--{name.replace('_', '-')}", action="store_true", help=dialect.about)


def backend(args: argparse.Namespace) -> str | None:
    """The backend whose flag was given."""
    from derivations.emit.dialects import backends

    return next((name for name in backends() if getattr(args, name, False)), None)


def add_source(parser: argparse.ArgumentParser) -> None:
    """What is said of source that is printed: `--name`, `--with-test`, `--as-layer`, `--standalone-checked`."""
    parser.add_argument("--name", help="the function's name")
    parser.add_argument(
        "--with-test", action="store_true", help="with a test that holds the derivatives against central differences"
    )
    of_what = parser.add_mutually_exclusive_group()
    of_what.add_argument(
        "--as-layer",
        action="store_true",
        help="a torch.autograd.Function or a jax.custom_vjp of the value and its gradients (--torch, --jax)",
    )
    of_what.add_argument(
        "--standalone-checked",
        action="store_true",
        help="with what checks and converts arguments, in the module itself (NumPy, --fast and --numba)",
    )


def dressing(args: argparse.Namespace, backend: str | None) -> str:
    """The dressing that source is asked for in; raises `Refused` for a name that is none, and where a library has no
    source that checks."""
    if args.name is not None and not (args.name.isidentifier() and args.name.isascii()):
        raise Refused(f"--name {args.name!r} is no Python name")
    if args.as_layer:
        from derivations.emit.layer import LAYERS

        if backend not in LAYERS:
            raise Refused("--as-layer is for libraries that differentiate by themselves: add --torch or --jax")
        return "layer"
    if not args.standalone_checked:
        return "bare"
    from derivations.emit.dialects import named

    if not named(backend or "numpy").checks:
        raise Refused("--standalone-checked is for NumPy's code and numba's: elsewhere the library checks as it goes")
    return "checked"


def show_source(source: str, args: argparse.Namespace, terminal: Terminal) -> None:
    """Source to the file that is asked for, or printed."""
    if args.output:
        write_whole(args.output, source if source.endswith("\n") else source + "\n")
    else:
        terminal.line(source.rstrip("\n"))


def given(text: str) -> str:
    """The argument itself; standard input where it is `-`."""
    return standard_input() if text == "-" else text


class _Encoded(NamedTuple):
    """Standard input that has been replaced by a stream of text."""

    text: TextIO

    def read(self, size: int) -> bytes:
        return self.text.read(size).encode()

    def readline(self, size: int) -> bytes:
        return self.text.readline(size).encode()


def input_bytes() -> BinaryIO:
    """Standard input as bytes; raises `Refused` where it is closed."""
    if sys.stdin is None:
        raise Refused("there is no standard input to read")
    return getattr(sys.stdin, "buffer", None) or _Encoded(sys.stdin)  # type: ignore[return-value]


def standard_input() -> str:
    """All of standard input as text, whatever the locale says: UTF-8."""
    from problems.files import decoded, read_within

    try:
        return decoded(read_within(input_bytes(), MAX_STDIN)).rstrip("\r\n")
    except OSError as error:
        raise Refused(f"standard input: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"standard input: not UTF-8 text: {error.reason} at byte {error.start}") from error


def read_toml(path: str) -> dict[str, Any]:
    """A TOML file, `-` for standard input; raises `Refused` with the place and, for a bad escape, with what to write
    instead."""
    import tomllib

    from problems.files import decoded, read_bytes
    from problems.tables import escape_advice, toml

    try:
        return toml(standard_input() if path == "-" else decoded(read_bytes(path)))
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{path}: no TOML: {error}{escape_advice(str(error))}") from error
    except (RecursionError, ValueError) as error:
        raise Refused(f"{path}: no TOML that can be read: too deep, a number too long, or no such date") from error


def write_whole(path: str, text: str | bytes) -> None:
    """A file is written beside and moved into place, so that it is never half written; what is none (a pipe, a device)
    is written as it stands.

    Raises `Refused`.
    """
    target = os.path.realpath(path)
    try:
        if os.path.lexists(target) and not os.path.isfile(target):
            _write(target, "w", text)
            return
        beside = f"{target}.{os.getpid()}"
        try:
            _write(beside, "x", text)
            if os.path.exists(target):
                os.chmod(beside, os.stat(target).st_mode & 0o777)
            os.replace(beside, target)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(beside)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from error


def _write(path: str, mode: str, text: str | bytes) -> None:
    with open(path, mode + "b") as file:
        file.write(text.encode() if isinstance(text, str) else text)


def read_data(path: str) -> dict[str, Any]:
    """A TOML file of numbers and lists of numbers. Raises `Refused`."""
    data = read_toml(path)
    for name, value in data.items():
        entries = [value]
        while entries:
            entry = entries.pop()
            if isinstance(entry, list):
                entries.extend(entry)
            elif isinstance(entry, bool) or not isinstance(entry, int | float):
                raise Refused(f"{path}: {name[:60]} is neither a number nor a list of numbers")
            elif isinstance(entry, int) and abs(entry) > MAX_INTEGER:
                raise Refused(f"{path}: {name[:60]} holds an integer of more than 300 digits")
    return data


def open_bank(folder: str | None) -> Any:
    """The bank, own or packaged; raises `Refused` when there is no such folder, or none that can be looked into."""
    from problems.bank import load_bank

    try:
        return load_bank(folder)
    except OSError as error:
        raise Refused(f"{folder}: {error.strerror}" if error.strerror else str(error)) from error


def all_parts(bank: Any) -> list[tuple[Any, Any]]:
    """(problem, part) of the whole bank; raises `Refused` with the faults of a file that cannot be used."""
    from problems.bank import ProblemFileError

    try:
        return [(problem, part) for problem in bank.problems() for part in problem.parts]
    except ProblemFileError as error:
        raise Refused(f"a problem file has faults; `backproof validate` shows them:\n{error}") from error


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
