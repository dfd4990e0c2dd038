r"""A handout as LaTeX: portrait, numbered, with room for answers, or with the key.

No line runs over the margin (`derivations.paper`). Words are escaped, an author's formula is drawn where it holds
commands that draw and nothing else (`reports.texmath`). Compile it with pdfLaTeX, XeLaTeX or LuaLaTeX, none of which
needs `-shell-escape`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from checker.documents.reports.texmath import formula, live, shown, verbatim
from checker.handouts.value import (
    Block,
    Chain,
    Code,
    Exercise,
    Handout,
    Options,
    Paragraph,
    Prose,
    Question,
    Result,
    Room,
    Short,
    Table,
    Tex,
    Typed,
    Words,
    said_points,
)
from derivations.notation.breaking import LINE, unbroken
from derivations.paper import PREAMBLE, fitted, steps

HEAD = (
    PREAMBLE
    + r"""\usepackage{array,longtable}
\setlength{\fboxsep}{6pt}
\newcommand{\exercise}[3]{\par{\large\bfseries #1\enspace #2\nobreak\hfill
  \normalsize\mdseries #3\par}\nobreak\vspace{2pt}}
\newenvironment{question}[1]{\par\addvspace{8pt plus 3pt}\begin{list}{}{\setlength{\leftmargin}{2em}%
  \setlength{\labelwidth}{1.6em}\setlength{\labelsep}{.4em}\setlength{\topsep}{0pt}\setlength{\partopsep}{0pt}%
  \setlength{\parsep}{4pt}\setlength{\itemsep}{0pt}}\item[#1\hfill]}{\end{list}}
\newenvironment{onepage}{\begin{minipage}{\linewidth}\setlength{\parskip}{4pt}}{\end{minipage}}
\newcommand{\result}[1]{\par\nobreak\vspace{6pt}\noindent\hspace*{1em}\sbox0{$\displaystyle #1$}%
  \ifdim\wd0<\dimexpr\linewidth-3em\relax\fbox{\usebox0}\else\fbox{\parbox{\dimexpr\linewidth-3em\relax}{\raggedright
  \lineskip=5pt\lineskiplimit=5pt\hangindent=1.8em\hangafter=1$\displaystyle #1$}}\fi\par\addvspace{6pt}}
\newcommand{\resultwords}[1]{\par\nobreak\vspace{6pt}\noindent\hspace*{1em}\fbox{\parbox{\dimexpr\linewidth-3em\relax}{%
  \raggedright #1}}\par\addvspace{6pt}}
\newcommand{\blank}[1]{\rule[-2pt]{#1}{.4pt}}
\newcommand{\ticked}{\makebox[0pt][l]{$\square$}\raisebox{.15ex}{\hspace{.1em}$\times$}}
\newcommand{\nl}{\ifhmode\newline\fi}
\begin{document}
"""
)
"""Everything in front of the first word: the commands that the blocks below use. TeX measures what is on a line."""

LINE_OF_ROOM = "0.85cm"

ON_ONE_PAGE = 8
"""Rows of a table that is not cut."""

KEEP_TOGETHER = 10
"""Lines of room up to which a question is kept on one page with it."""


def write_latex(handout: Handout, key: bool) -> str:
    """The whole file."""
    out = [HEAD, f"{{\\LARGE\\bfseries {shown(handout.title)}{' --- key' if key else ''}\\par}}\n"]
    out.append(f"{{{shown(handout.below)}}}\n\n")
    if not key:
        out.append("\\vspace{6pt}Name: \\blank{7cm}\\hfill Student number: \\blank{4cm}\\par\n")
    out += [_exercise(exercise, key) for exercise in handout.exercises]
    return "".join([*out, "\n\\end{document}\n"])


def _exercise(exercise: Exercise, key: bool) -> str:
    points = said_points(exercise.points)
    out = [f"\\exercise{{{exercise.number}}}{{{shown(exercise.title)}}}{{{points}}}\n"]
    out += [block(one) for one in exercise.setting]
    first, *rest = exercise.questions
    together = "".join(out) + _question(first, key)
    return "\\par\\addvspace{18pt plus 4pt}\n" + "".join(
        [_kept(together, first, key), *(_kept(_question(one, key), one, key) for one in rest)]
    )


def _kept(text: str, question: Question, key: bool) -> str:
    """A question on one page with its room, and with the setting where it is the first."""
    lines = sum(one.lines for one in question.room if isinstance(one, Room))
    if key or lines > KEEP_TOGETHER or any(isinstance(one, Table) for one in question.room):
        return text
    return f"\\par\\addvspace{{8pt plus 2pt}}\\noindent\\begin{{onepage}}\n{text}\\end{{onepage}}\\par\n"


def _question(question: Question, key: bool) -> str:
    asked = [block(one) for one in question.asked]
    if question.letter and asked:
        points = f"\\behind{{{said_points(question.points)}}}"
        asked[0] = asked[0].rstrip("\n") + points + "\n"
    answer = "".join(block(one) for one in (question.key if key else question.room))
    label = f"({question.letter})" if question.letter else ""
    body = "".join(asked) + ("\\nopagebreak\n" if key else "") + answer
    return f"\\begin{{question}}{{{label}}}\n{body}\\end{{question}}\n" if label else body


# ---------------------------------------------------------------- blocks


def block(one: Block) -> str:
    """A block as a paragraph or an environment."""
    return _BLOCKS[type(one)](one)


def words(said: Prose) -> str:
    """Prose: words escaped, formulas drawn where they are mathematics."""
    return "".join(_inline(piece) for piece in said)


def _inline(piece: Words | Tex | Typed) -> str:
    match piece:
        case Words(text):
            return shown(text)
        case Tex(source) if unbroken(source) > LINE and (made := live(source)) is not None:
            return fitted(made)
        case Tex(source):
            return formula(source, False)
        case Typed(text):
            return verbatim(text)


def drawn(source: str) -> str:
    """A formula of a display, without dollars, where it is mathematics and nothing else."""
    made = live(source)
    return rf"\text{{{verbatim(source)}}}" if made is None else fitted(made)


def _paragraph(one: Paragraph) -> str:
    label = f"\\emph{{{shown(one.label)}}} " if one.label else ""
    return f"{label}{words(one.prose)}\n\n"


def _code(one: Code) -> str:
    return f"{verbatim(one.text)}\n\n"


def _chain(one: Chain) -> str:
    members = [(f"{line.relation} {drawn(line.right)}", words(line.reason)) for line in one.lines]
    return steps(drawn(one.left), [*members, *([("", f"where {words(one.where)}")] if one.where else [])])


def _result(one: Result) -> str:
    if one.prose:
        return f"\\resultwords{{{words(one.prose)}}}\n"
    return "".join(f"\\result{{{drawn(source)}}}\n" for source in one.formulas)


def _table(one: Table) -> str:
    columns = len(one.rows[0]) if one.rows else len(one.head)
    spread = {1: (10.0,), 2: (6.0, 6.0), 3: (2.0, 8.6, 2.6)}.get(columns, (13.0 / columns,) * columns)
    widths = "".join(f"|>{{\\raggedright\\arraybackslash}}p{{{width}cm}}" for width in spread)
    head = " & ".join(f"\\textbf{{{words(cell)}}}" for cell in one.head)
    rows = "".join(map(_row, one.rows))
    top = f"\\hline {head} \\\\ \\hline" if one.head else "\\hline"
    if len(one.rows) <= ON_ONE_PAGE:
        return f"\\begin{{tabular}}{{{widths}|}}\n{top}\n{rows}\\end{{tabular}}\\par\n"
    return f"\\begin{{longtable}}[l]{{{widths}|}}\n{top}\\endhead\n{rows}\\end{{longtable}}\n"


def _row(row: tuple[Prose, ...]) -> str:
    """A row, as high as a fraction where it holds one."""
    cells = " & ".join(map(_cell, row))
    strut = r"\rule[-12pt]{0pt}{32pt}" if r"\frac" in cells or r"\sum" in cells else r"\rule[-8pt]{0pt}{24pt}"
    return f"{cells}{strut} \\\\ \\hline\n"


def _cell(cell: Prose) -> str:
    """A cell: one formula alone is set as in a display."""
    match cell:
        case (Tex(source),):
            return f"$\\displaystyle {drawn(source)}$"
    return words(cell)


def _options(one: Options) -> str:
    rows = []
    for letter, text in one.rows:
        tick = "\\ticked" if letter in one.right else "$\\square$"
        said = words(text)
        named = f"\\textbf{{{said}}}" if letter in one.right else said
        label = "" if letter == _plain(text) else f"({shown(letter)}) "
        rows.append(f"{tick}\\enspace {label}{named}")
    separator = "\\qquad " if all(len(_plain(text)) < 12 for _, text in one.rows) and len(rows) <= 4 else "\\par\n"
    return separator.join(rows) + "\n\n"


def _plain(said: Prose) -> str:
    return "".join(piece.source if isinstance(piece, Tex) else piece.text for piece in said)


def _room(one: Room) -> str:
    return f"\\vspace{{{one.lines} \\dimexpr {LINE_OF_ROOM}\\relax}}\n" if one.lines else ""


def _short(one: Short) -> str:
    return "\\hspace*{\\fill}Answer: \\blank{5cm}\\par\n"


_BLOCKS: Mapping[type[Any], Any] = MappingProxyType({
    Paragraph: _paragraph, Code: _code, Chain: _chain, Result: _result, Table: _table,
    Options: _options, Room: _room, Short: _short,
})  # fmt: skip
"""One rule a block."""
