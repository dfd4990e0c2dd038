r"""Derivations on paper: LaTeX in which no line runs over the margin.

A derivation is set in paragraphs, whose formulas break at their relations and signs, the reason at the right margin;
what cannot break is made smaller. TeX measures what is on a line. pdfLaTeX, XeLaTeX and LuaLaTeX compile it, none of
which needs `-shell-escape`.
"""

from __future__ import annotations

from collections.abc import Iterable

from derivations.notation.breaking import LINE, breakable, unbroken

PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[a4paper,portrait,margin=2.4cm,bottom=2.6cm]{geometry}
\usepackage{amsmath,amssymb,bm}
\usepackage{graphicx}
\providecommand{\lt}{<}
\providecommand{\gt}{>}
\providecommand{\argmax}{\operatorname*{argmax}}
\providecommand{\argmin}{\operatorname*{argmin}}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt}
\setlength{\emergencystretch}{3em}
\allowdisplaybreaks
\raggedbottom
\clubpenalty=10000
\widowpenalty=10000
\newsavebox{\leftside}
\newcommand{\behind}[1]{{\unskip\nobreak\hfil\penalty50\hskip1.5em\hbox{}\nobreak\hfil{#1}\parfillskip=0pt
  \finalhyphendemerits=0\par}}
\newcommand{\first}{}
\newenvironment{steps}[1]{\par\pagebreak[0]\addvspace{4pt}\begingroup\lineskip=5pt\lineskiplimit=5pt\parskip=5pt
  \rightskip=0pt plus 3cm\thickmuskip=5mu\medmuskip=4mu
  \sbox{\leftside}{$\displaystyle #1{}$}\leftskip=1em\relax
  \ifdim\wd\leftside>.3\linewidth\noindent\usebox{\leftside}\par\nobreak\advance\leftskip by 2em\renewcommand{\first}{}%
  \else\advance\leftskip by \wd\leftside\renewcommand{\first}{\llap{\usebox{\leftside}}}\fi}{%
  \par\endgroup\nobreak\vspace{4pt}}
\newcommand{\step}[2]{\par\noindent\hangindent=1.8em\hangafter=1\first\renewcommand{\first}{}$\displaystyle{}#1$%
  \behind{\small #2}}
\newcommand{\smaller}[1]{\sbox0{$\displaystyle #1$}\ifdim\wd0>.86\linewidth\resizebox{.86\linewidth}{!}{\usebox0}\else
  \usebox0\fi}
"""
"""A page in portrait, and the commands that `steps` uses."""


def fitted(source: str) -> str:
    """A formula as it may break, or smaller where it may not."""
    made = breakable(source)
    return made if unbroken(source) <= LINE else rf"\smaller{{{made}}}"


def steps(left: str, members: Iterable[tuple[str, str]]) -> str:
    """left = a = b = …: members with their relation in front, each with its reason; both LaTeX, a reason in words."""
    rows = "".join(f"\\step{{{member}}}{{{reason}}}\n" for member, reason in members)
    return f"\\begin{{steps}}{{{left}}}\n{rows}\\end{{steps}}\n"
