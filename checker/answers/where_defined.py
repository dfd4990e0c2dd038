"""Where an answer defines names, as patterns: what is `said`, and the `rest` behind it where that is the answer."""

from __future__ import annotations

import re

# In each pattern a run of blanks is taken in one way only: `\s*:?\s*` that fails costs the square of its length, and
# three of them the fourth power.
_WORD = r"(?:\\text(?:rm|it)?\s*\{{\s*(?:,\s*)?(?:{0})\s*(?::\s*)?\}}|(?<![A-Za-z\\{{])(?:{0})(?![A-Za-z]))"
BEHIND = re.compile(_WORD.format("where|with") + r"\s*:?\s*(?P<said>.+)\Z", re.S)
BESIDE = re.compile(r"[,;]\s*(?:\\q?quad\s*)+(?P<said>.+)\Z", re.S)
BRACKETED = re.compile(
    r"(?<![\w)\]])\(\s*(?:" + _WORD.format("where|with|using|for|here") + r"\s*)?(?::\s*)?(?!\s)"
    r"(?P<said>(?:[^()]|\((?:[^()]|\([^()]*\))*\))+)\)\s*(?:\$\s*)?(?:\.\s*)?\Z"
)
FOR = re.compile(r"(?<![A-Za-z\\])(?:for|using)\s+(?P<said>.+)\Z", re.S)
SO = re.compile(
    r"\A[\s$]*(?P<said>[^=,;\n]{1,60}=[^=;\n]{1,300}?)\$?(?:,|;|\.\s)\s*(?:and )?(?:so|then|hence|thus|therefore)\b"
    r"(?: that)?[,:]?\s*(?P<rest>.+)\Z",
    re.S,
)
_LET = (
    r"\A\s*"
    + _WORD.format(
        "(?:[Ii]f )?(?:[Ww]e )?(?:[Ll]et|[Ss]et|[Pp]ut|[Dd]efine|[Ww]rite|[Dd]enote)"
        "|[Ww]ith|[Uu]sing|[Ll]etting|[Ss]etting|[Pp]utting|[Dd]efining|[Ww]riting|[Dd]enoting"
    )
    + r"(?: the [a-z ]{1,40}? by\b)?"
)
_SAID = r"(?:\([^()]*\)|\((?![^()]*\))|[^(])"
_THEN = r"\s*(?:so |such )?(?:that\s)?\s*(?P<rest>.+)\Z"
BEFORE_THEN = re.compile(
    rf"{_LET}(?P<said>(?:(?!\.\s){_SAID})+?)(?:\.\s|;|\n|,|:)\s*{_WORD.format('[Tt]hen|[Ss]o|[Hh]ence')}[,:]?{_THEN}",
    re.S,
)
"""`Let a = …, b = …. Then …`: all that stands between the two words in one sentence."""
BEFORE = re.compile(
    rf"{_LET}(?P<said>{_SAID}+?)"
    + r"(?:(?:\.\s|;|\n|,|:(?!=))\s*"
    + _WORD.format("[Tt]hen|[Ss]o|[Hh]ence")
    + r"?[,:]?|(?=\$?\s(?:we (?:have|get|obtain|find|see)|this gives|it follows)\b)\$?|\$?\s(?:gives|yields)\b)"
    + _THEN,
    re.S,
)

_WRAPPED = re.compile(
    r"\s*(?:(?P<opens>\\\[|\$\$)|\\begin\{(?P<env>(?:align|equation|gather)(?:ed)?\*?)\})(?P<inner>.*?)"
    r"(?:\\\]|\$\$|\\end\{(?P=env)\})[\s.]*",
    re.S,
)


def unwrapped(text: str) -> str:
    """A text without the signs around all of it, every character in its place: what stands behind a comma in them may
    be a definition."""
    for _ in range(3):
        found = _WRAPPED.fullmatch(text)
        ends = r"(?<!\\)\\[\[\]]|\$\$" if found is None or found["opens"] else rf"\\end\{{{re.escape(found['env'])}\}}"
        if found is None or re.search(ends, found["inner"]):
            break
        start, end = found.span("inner")
        text = re.sub(r"[^\n]", " ", text[:start]) + found["inner"] + re.sub(r"[^\n]", " ", text[end:])
    return text
