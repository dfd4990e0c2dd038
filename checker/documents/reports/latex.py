r"""The marked document as LaTeX: the words, the formulas, marks in the margin and remarks behind the paragraphs.

It is made from the same HTML as the page, whose elements are ours alone. No text of a document becomes a command:
words are escaped, a formula is drawn where it holds commands that draw and nothing else (`texmath`). Compile it with
pdfLaTeX, XeLaTeX or LuaLaTeX, none of which needs `-shell-escape`.
"""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from types import MappingProxyType

from checker.documents.marks import Marked
from checker.documents.reports.body import body
from checker.documents.reports.marks_html import words
from checker.documents.reports.texmath import formula, shown, verbatim
from checker.documents.reports.value import SIGNS, Wanted, lines_of, number, of_points, points_of

_HEAD = r"""\documentclass[11pt]{article}
\usepackage[a4paper,left=2cm,right=4cm,top=2cm,bottom=2cm,marginparwidth=2.8cm,marginparsep=4mm]{geometry}
\usepackage{amsmath,amssymb,bm}
\usepackage{color}
\usepackage{array,longtable}
\definecolor{correct}{rgb}{0.10,0.42,0.22}
\definecolor{wrong}{rgb}{0.68,0.12,0.09}
\definecolor{carried}{rgb}{0.54,0.27,0.00}
\definecolor{undecided}{rgb}{0.42,0.33,0.00}
\definecolor{unreadable}{rgb}{0.47,0.19,0.56}
\providecommand{\lt}{<}
\providecommand{\gt}{>}
\providecommand{\argmax}{\operatorname*{argmax}}
\providecommand{\argmin}{\operatorname*{argmin}}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt plus 2pt}
\setlength{\emergencystretch}{4em}
\extrafloats{500}
\sloppy
\newcommand{\nl}{\ifhmode\newline\fi}
\nonstopmode
\begin{document}
"""

_AROUND: Mapping[str, tuple[str, str]] = MappingProxyType({
    "p": ("", "\n\n"), "strong": (r"\textbf{", "}"),
    "em": (r"\emph{", "}"), "u": (r"\underline{", "}"), "s": ("", ""),
    "ul": ("\n\\begin{itemize}\n", "\n\\end{itemize}\n\n"), "ol": ("\n\\begin{itemize}\n", "\n\\end{itemize}\n\n"),
    "blockquote": ("\n\\begin{quote}\n", "\n\\end{quote}\n\n"), "br": ("\\nl{}", ""), "hr": ("\n\n\\hrule\n\n", ""),
    "h3": ("\n\\section*{", "}\n\n"), "h4": ("\n\\subsection*{", "}\n\n"), "h5": ("\n\\subsubsection*{", "}\n\n"),
    "h6": ("\n\\paragraph*{", "}\n\n"), "tr": ("", " \\\\\n"), "dt": ("", ": "), "dd": ("", "\\nl{}"),
})  # fmt: skip
"""Elements of the document and what stands around them in LaTeX."""

MAX_LISTS = 4
"""Lists inside each other that LaTeX takes; deeper ones are written as paragraphs."""


def write_latex(marked: Marked, wanted: Wanted) -> str:
    """The whole file."""
    title = wanted.title or marked.name or "Marked document"
    out = [_HEAD, f"{{\\LARGE\\bfseries {shown(title)}\\par}}\n"]
    if marked.name != title:
        out.append(f"{shown(marked.name)}\n\n")
    if marked.parts:
        total = points_of(marked.parts)
        rest = f", {number(total.open)} not settled" if total.open else ""
        out.append(f"\\textbf{{{number(total.reached)} of {number(total.asked)} points}}{rest}\n\n")
    counts = [f"{n} {SIGNS[status][1]}" for status, n in marked.counted().items() if n]
    out.append(("; ".join(counts) or "No line was found to judge.") + "\n\n")
    out += [f"\\emph{{{shown(note)}}}\n\n" for note in wanted.notes]
    out += [_parts(marked), "\\hrule\n\n", as_latex(body(marked, wanted.reveal)), "\n\\end{document}\n"]
    return "".join(out)


def _parts(marked: Marked) -> str:
    if not marked.parts:
        return ""
    rows = []
    for part in marked.parts:
        why = as_latex(" ".join(words(said) for said in (part.reason, part.remark) if said))
        where = ", ".join(dict.fromkeys(str(marked.lines[k].place.line) for k in lines_of(marked, part)))
        said = f"\\textcolor{{{_colour(part.status)}}}{{{SIGNS[part.status][1]}}}"
        rows.append(f"{shown(part.id)} & {said} & {of_points(part)} & {why} & {where} \\\\\n")
    head = (
        "\\textbf{part} & \\textbf{mark} & \\textbf{points} & \\textbf{why} & \\textbf{lines} \\\\ \\hline\n\\endhead\n"
    )
    widths = "".join(f">{{\\raggedright\\arraybackslash}}p{{{width}cm}}" for width in (2.2, 2.4, 1.6, 5.2, 1.6))
    return f"\\begin{{longtable}}{{{widths}}}\n{head}{''.join(rows)}\\end{{longtable}}\n\n"


def _colour(status: str) -> str:
    return {"missing": "wrong", "not_judged": "black", "not_a_claim": "black"}.get(status, status)


def as_latex(html: str) -> str:
    """A piece of our HTML in LaTeX."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return "".join(writer.out)


class _Writer(HTMLParser):
    """`held` collects the text of an element that is written as a whole; `marks` those of a formula, which come in one
    note in the margin; `lists` has the next number of each open list, None where it has none."""

    def __init__(self) -> None:
        super().__init__()
        self.out: list[str] = []
        self.closing: list[str] = []
        self.held: list[str] | None = None
        self.marks: list[str] = []
        self.lists: list[int | None] = []
        self.cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        names = has.get("class", "").split()
        opening, closing = self.around(tag, names, has)
        self.out.append(opening)
        if tag not in ("br", "hr"):
            self.closing.append(closing)

    def handle_endtag(self, tag: str) -> None:
        closing = self.closing.pop() if self.closing else ""
        if closing.startswith("\0"):
            closing = self.whole(closing[1:])
        self.out.append(closing)

    def handle_data(self, data: str) -> None:
        if self.held is not None:
            self.held.append(data)
        else:
            self.out.append(" " if data.isspace() else shown(data))

    def around(self, tag: str, names: list[str], has: dict[str, str]) -> tuple[str, str]:
        if self.held is not None:
            return "", ""
        if "codeblock" in names:
            return "", "\0outer"
        if tag == "code" and self.closing and self.closing[-1] == "\0outer":
            self.held = []
            return "", "\0codeblock"
        if "vh" in names or "b" in names or "tex" in names or tag == "code":
            self.held = []
            kind = next(k for k in ("vh", "b", "tex", "code") if k in names or k == tag)
            if kind == "b":
                return "", f"\0b {names[1] if len(names) > 1 else ''}"
            display = " display" if "display" in names else ""
            return "", f"\0{kind}{display}\0{has.get('data-marked', '')}"
        if "badges" in names:
            return "", "\0badges"
        if "notes" in names:
            return "\n\n", "\n\n"
        if "note" in names:
            colour = _colour(names[1] if len(names) > 1 else "")
            return f"{{\\small\\color{{{colour}}}\\leftskip=1em\n", "\\par}\n\n"
        if "head" in names:
            return "", "\\nl{}"
        if "part" in names:
            return " (", ")"
        if "block" in names and "f" in names:
            return "\n\n", "\n\n"
        if "said" in names:
            return (f"\\textcolor{{{_colour(names[1])}}}{{", "}") if len(names) > 1 else ("", "")
        if "title" in names:
            return "\\textbf{", "}\n\n"
        if tag in ("ul", "ol"):
            self.lists.append(int(has.get("start") or 1) if tag == "ol" else None)
            deep = len(self.lists) > MAX_LISTS
            return ("" if deep else "\n\\begin{itemize}\n"), "\0list deep" if deep else "\0list"
        if tag == "li":
            return self.item("own" in names), "\n"
        if tag in ("td", "th"):
            self.cells += 1
            return ("\\quad " if self.cells > 1 else ""), ""
        if tag == "tr":
            self.cells = 0
            return "", "\\nl{}\n"
        if tag == "table":
            return "\n\n", "\n\n"
        return _AROUND.get(tag, ("", ""))

    def item(self, own: bool) -> str:
        """The beginning of an item, with its number in a list that is numbered."""
        k = self.lists[-1] if self.lists else None
        if k is not None:
            self.lists[-1] = k + 1
        label = "[]" if own else "" if k is None else f"[{k}.]"
        return f"\\item{label} " if 0 < len(self.lists) <= MAX_LISTS else f"\n\n{label[1:-1]} "

    def whole(self, kind: str) -> str:
        """What is written for an element that was held, once it ends."""
        name, _, marked = kind.partition("\0")
        if name.startswith("list"):
            self.lists.pop()
            return "\n\n" if name == "list deep" else "\n\\end{itemize}\n\n"
        if name == "badges":
            said, self.marks = self.marks, []
            return f"\\marginpar{{\\raggedright\\footnotesize {' '.join(said)}}}" if said else ""
        if name == "outer":
            return "\n\n"
        text, self.held = "".join(self.held or ()), None
        if name.startswith("b "):
            mark = f"\\textcolor{{{_colour(name[2:])}}}{{{shown(text)}}}"
            if self.closing and self.closing[-1] == "\0badges":
                self.marks.append(mark)
                return ""
            return f"{mark} "
        if name.startswith("tex"):
            return formula(text, name.endswith("display"), marked)
        if name == "codeblock":
            rows = [shown(row).replace(" ", "~") or "~" for row in text.split("\n")]
            return "\n\n" + "\\nl{}\n".join(f"{{\\small\\ttfamily {row}}}" for row in rows) + "\n\n"
        return verbatim(text) if name == "code" else ""
