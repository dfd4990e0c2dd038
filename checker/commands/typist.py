"""What a person types in a dialogue: with line editing and a history where there is a terminal, else line by line from
a pipe."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from checker.commands.base import Refused, input_bytes
from checker.output import Terminal

LONGEST = 100_000
"""Bytes of a line that is typed."""

REMEMBERED = 1_000
"""Lines of the history."""


class Dropped(Exception):
    """What was being typed, or judged, is given up: Ctrl-C."""


class Typist:
    """Asks for lines, one after the other. `history` is the file in which a terminal's lines are kept."""

    def __init__(self, terminal: Terminal, history: Path | None):
        self.terminal, self.history = terminal, history
        self.edits = terminal.interactive and sys.stdin is not None and sys.stdin.isatty()
        self._readline = _readline() if self.edits else None
        if self._readline is not None and history is not None:
            with suppress(OSError):  # there is none yet
                self._readline.read_history_file(history)

    def line(self, prompt: str) -> str | None:
        """The next line, None at the end of input. Raises `Refused`, and `Dropped` after an interruption."""
        try:
            text = self._edited(prompt) if self.edits else self._piped(prompt)
        except KeyboardInterrupt:
            self.terminal.line()
            raise Dropped from None
        except OSError as error:
            raise Refused(f"standard input: {error.strerror or error}") from error
        if text is not None and len(text.encode("utf-8", "replace")) > LONGEST:
            raise Refused(f"standard input: a line of more than {LONGEST:,} bytes")
        return text

    def _edited(self, prompt: str) -> str | None:
        try:
            return input(prompt)
        except EOFError:
            self.terminal.line()
            return None

    def _piped(self, prompt: str) -> str | None:
        self.terminal.stream.write(prompt)
        self.terminal.stream.flush()
        line = input_bytes().readline(LONGEST + 2)
        return line.decode("utf-8", "replace").removeprefix("\N{BYTE ORDER MARK}").rstrip("\r\n") if line else None

    def close(self) -> None:
        """Keep the history."""
        if self._readline is not None and self.history is not None:
            self._readline.set_history_length(REMEMBERED)
            with suppress(OSError):  # nothing can be kept there, which the summary says
                self._readline.write_history_file(self.history)


def _readline():  # the module, None where the system has none (Windows)
    try:
        import readline
    except ImportError:
        return None
    return readline
