"""What reading a file comes to."""

from __future__ import annotations

from typing import Literal

from derivations.frozen import frozen

Kind = Literal["markdown", "text", "latex", "notebook", "docx", "html"]


class SourceError(ValueError):
    """A file that is not read as a document; says why and what to do."""


@frozen
class Source:
    """A document as text: Markdown or LaTeX, with its formulas between dollars, brackets or in environments.

    `name` is that of the file without its folders. `notes` says what was left out: a file that is not followed, a
    picture that no formula can be read from.
    """

    text: str
    kind: Kind
    name: str = ""
    notes: tuple[str, ...] = ()
