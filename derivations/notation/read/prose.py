r"""The words beside an answer, explained: a word that is in no table of `phrases` is refused by name.

    so a + b                      harmless: a lead-in
    the answer is 1.204 nats      harmless, and a unit that the part declares
    a + b since c > 0             a reason: its formulas are claims, its words come from a table
    a + b tripled                 refused: 'tripled'

Words are compared in lower case, with straight apostrophes, and without their dressing: `\text{So }`, **so**, *so*.
Letters that are declared, and whatever is joined to a bracket, a subscript or a digit, are mathematics and end the
words. Words are blanked, never cut out: every character keeps its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from derivations.frozen import frozen
from derivations.notation.read.phrases import ABOUT, GLOSSES, GROUPS, OPENERS, REASONING, REFERRED, Group
from derivations.notation.spelling import ACCENT_COMMANDS, COMMANDS, STYLES
from derivations.notation.words import FUNCTIONS

Taken = Callable[[str], bool | None]
"""Whether letters are mathematics: a declared name, a function; None where they may be several names run together, as
`is` where i and s are names."""

_BEFORE, _BEHIND = (
    {p: g for g in GROUPS if (g.before if front else g.behind) for p in g.phrases} for front in (True, False)
)
_EITHER = _BEHIND | _BEFORE
_COMPOUNDS = frozenset(p for p in (*_BEFORE, *_BEHIND, *REASONING, *GLOSSES) if "-" in p and " " not in p)
_WORDS = frozenset(w for p in (*_BEFORE, *_BEHIND, *REASONING, *GLOSSES, *OPENERS) for w in p.split())
"""Every word of the tables."""
_LONGEST = max(p.count(" ") + 1 for p in (*_BEFORE, *_BEHIND))
_UNIT = Group("unit", "the part declares them", frozenset(), behind=("", "unit", "copula", "article", "adjective"))
_ABOUT = Group("about", "the digits of a number say so as well", ABOUT, leads=True)
_REFERENCE = Group("reference", "it says which one the noun before it means", frozenset())
_TITLE = Group("title", "a colon ends a title", frozenset(), opens=True)

# ---------------------------------------------------------------- a text as words and mathematics

_ITEM = re.compile(
    r"(?P<space>(?:[^\S\n]|~(?=\s)|\\[,;:! ]|\\q?quad(?![A-Za-z])|\$+|\\[()\[\]])+)"
    r"|\\(?:text(?:rm|bf|it|normal)?|mbox|math(?:rm|it|bf)|emph)\s*\{(?P<inside>[^{}\\$]*)\}"
    r"|(?P<newline>\n)"
    r"|(?P<mark>(?<![\w*)\]}])(?:\*\*|__|[*_`])(?=[\w$\\(])|(?<=[\w.,:;!)\]}$])(?:\*\*|__|[*_`])(?![\w*({\[]))"
    r"|(?P<word>i\.e\.|q\.e\.d\.?|i\.i\.d\.?|(?:approx|ca)\.(?=\s)|[^\W\d_]+(?:['’][^\W\d_]{1,2}(?![^\W\d_]))?)"
    r"|(?P<stop>[.,:;!—–…](?!\d))"
    r"|(?P<open>\()|(?P<close>\))"
    r"|(?P<math>\d+|.)",
    re.DOTALL,
)
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_BESIDE_LETTER_BEFORE, _BESIDE_LETTER_BEHIND = frozenset("+-−*/|[{"), frozenset("+-−*/|]})")
_JOINS_BEHIND, _JOINS_BEFORE = frozenset("_^([{'′\\@/=<>"), frozenset("_^\\@#{/=<>&")


@frozen
class Item:
    """A piece of a text: word, stop, open, close, newline or math; `text` is a word in lower case.

    `whole` is where the `\\text{…}` ends that holds it; `sure` is False for a word that may be several names run
    together.
    """

    kind: str
    text: str
    shown: str
    start: int
    end: int
    whole: int
    sure: bool = True


def _never(_: str) -> bool:
    return False


def folded(word: str) -> str:
    """A word in lower case, with straight apostrophes."""
    return word.casefold().replace("’", "'")


def items(
    text: str, taken: Taken = _never, known: Collection[str] = (), begin: int = 0, stop: int | None = None
) -> Iterator[Item]:
    r"""A text as words and mathematics, without spaces and emphasis. A `\text{…}` of words is its words; a compound is
    one word where the tables have it."""
    at, stop = begin, len(text) if stop is None else stop
    while at < stop:
        m = _ITEM.match(text, at, stop)
        assert m is not None
        kind, start, at = m.lastgroup, m.start(), m.end()
        if kind == "inside":
            inside = list(items(text, _never, known, m.start("inside"), m.end("inside")))
            applied = at < stop and text[at] in "_^(["
            if applied or any(i.kind == "math" for i in inside) or (len(inside) == 1 and taken(inside[0].shown)):
                yield Item("math", "", m[0], start, at, at)
                continue
            last = len(inside) - 1
            for k, i in enumerate(inside):  # the first and the last take the command with them
                yield Item(i.kind, i.text, i.shown, i.start if k else start, i.end if k < last else at, at)
        elif kind == "word":
            whole = _COMPOUND.match(text, start, stop)
            if whole is not None and (folded(whole[0]) in _COMPOUNDS or folded(whole[0]) in known):
                at = whole.end()
            shown = text[start:at]
            following = _ITEM.match(text, at, stop) if at < stop and text[at] in _JOINS_BEHIND else None
            joined = (following is not None and following.lastgroup != "mark") or (
                start > begin and text[start - 1] in _JOINS_BEFORE and not _marked(text, start - 1)
            )
            digits = (start > begin and text[start - 1].isdigit()) or (at < stop and text[at].isdigit())
            letter = at - start == 1 and (
                (start > begin and text[start - 1] in _BESIDE_LETTER_BEFORE)
                or (at < stop and text[at] in _BESIDE_LETTER_BEHIND)
            )
            name = taken(shown)
            math = joined or digits or letter or name or (name is None and folded(shown) not in _WORDS)
            yield Item("math" if math else "word", folded(shown), shown, start, at, at, name is not None)
        elif kind not in ("space", "mark"):
            yield Item(kind or "math", m[0], m[0], start, at, at)


def _marked(text: str, at: int) -> bool:
    """Whether what stands at a position opens an emphasis."""
    m = _ITEM.match(text, at)
    return m is not None and m.lastgroup == "mark"


def declared(phrases: Collection[str]) -> frozenset[str]:
    """The units and nouns of a part, each in singular and plural."""
    plain = {" ".join(folded(p).split()) for p in phrases}
    return frozenset(f for p in plain if p for f in (p, p + "s", p.removesuffix("s")))


def _phrase(
    run: Sequence[Item], at: int, table: Mapping[str, Group], known: Collection[str], number: bool = False
) -> tuple[int, Group] | None:
    """How many words the longest phrase at a position has, and its group."""
    for length in range(min(max(_LONGEST, 1), len(run) - at), 0, -1):
        words = run[at : at + length]
        if all(i.kind == "word" for i in words):
            phrase = " ".join(i.text for i in words)
            group = _UNIT if phrase in known else _ABOUT if number and phrase in ABOUT else table.get(phrase)
            if group is not None:
                return length, group
    return None


# ---------------------------------------------------------------- around an answer

_FIRST_WORD = re.compile(
    r"(?:[\s$*_`(]|\\[\[(,;:! ]|\\q?quad(?![A-Za-z])|\\(?:text\w*|mbox|math(?:rm|it|bf)|emph)\s*\{)*([^\W\d_]+)"
)
_LAST_WORD = re.compile(r"([^\W\d_]{2,}|[^\W\d_]\.)[\s$*_`.,;:!)}]*\Z")
_FIRSTS = frozenset(re.split(r"[ .-]", p)[0] for p in (*_BEFORE, *ABOUT, *REFERRED))
_LASTS = frozenset(re.split(r"[ -]", p)[-1] for p in _BEHIND)
_SEPARATOR = re.compile(r"\s*(?:\*\*|__)?\s*(?::=?|&?=(?![=>]))\s*(?:\*\*(?=\s)|__(?=\s))?")
_OPERATOR = frozenset("-−–+*/^<>=≤≥≠∝≈·×|")
_REFERENCE_TO = re.compile(
    r"\s*\(?(?:\d{1,3}[a-z]?|[A-Z]|[ivx]{1,4})\)?(?=\s*(?::|=(?!=)|[,.]\s|\s(?:is|are|has|equals|becomes)\b))"
)
_EMPHASIS = re.compile(r"\A(\s*)(\*\*|__)(?=\S)((?:(?!\2).)+?)(?<=\S)\2([\s.]*)\Z", re.DOTALL)
_HALF_EMPHASIS = re.compile(r"\A\s*(\*\*)|(?:(?!\*\*).)+(\*\*)[\s.]*\Z", re.DOTALL)


@frozen
class Bare:
    """A text whose harmless words are blank, every character in its place, and the words that were blanked in front and
    behind."""

    text: str
    before: str = ""
    behind: str = ""


def bare(text: str, taken: Taken = _never, known: Collection[str] = (), number: bool = False) -> Bare:
    """A text without the harmless words around its answer. `known` are units and nouns that the part declares; before a
    `number` may stand `about`."""
    first, last = _FIRST_WORD.match(text), _LAST_WORD.search(text, max(0, len(text) - 60))
    if not (first and (known or folded(first[1]) in _FIRSTS)) and not (last and (known or folded(last[1]) in _LASTS)):
        return Bare(_unmarked(text))
    found = list(items(text, taken, known))
    begin = _lead(text, found, known, number)
    stop = _tail(text, [i for i in found if i.start >= begin], known)
    kept = text[begin:stop]
    if (not begin and stop == len(text)) or not kept.strip(" \t\r\n.,;:!$*"):
        return Bare(_unmarked(text))
    edge = _HALF_EMPHASIS.match(kept) if kept.count("**") % 2 else None
    if edge is not None:  # it began, or ended, among the words
        at = edge.start(edge.lastindex or 0)
        kept = f"{kept[:at]}  {kept[at + 2 :]}"
    return Bare(_unmarked(" " * begin + kept + " " * (len(text) - stop)), text[:begin].strip(), text[stop:].strip())


def _unmarked(text: str) -> str:
    """`**a + b**` as `a + b`."""
    m = _EMPHASIS.match(text) if "**" in text or "__" in text else None
    return text if m is None else f"{m[1]}  {m[3]}  {m[4]}"


def _lead(text: str, found: Sequence[Item], known: Collection[str], number: bool) -> int:
    """Where the answer begins behind harmless words; 0 where there are none."""
    good = k = 0
    held: Group | None = None
    while k < len(found):
        item = found[k]
        if item.kind in ("stop", "newline") and (held is None or not held.leads):
            if held is not None and item.text == ":":
                held = _TITLE
            k += 1
            good = item.end if held is not None and item.kind == "stop" and item.end == item.whole else good
            continue
        if item.kind == "word" and item.text in REFERRED:
            m = _REFERENCE_TO.match(text, item.end)
            if m is not None:
                while k < len(found) and found[k].start < m.end():
                    k += 1
                good, held = (m.end() if item.whole == item.end else good), _REFERENCE
                continue
        one = _phrase(found, k, _BEFORE, known, number) if item.kind == "word" else None
        if one is None:
            break
        k, held = k + one[0], one[1]
        if (not held.leads or held is _ABOUT) and found[k - 1].end == found[k - 1].whole:
            good = found[k - 1].end
    m = _SEPARATOR.match(text, good) if good and held is not None and not held.leads else None
    if good and not any(i.sure for i in found if i.kind == "word" and i.start < good):
        return 0  # `is a` may be i s a
    if m is not None:
        return m.end()
    if (
        good
        and text[good:].lstrip(" \t\n$*`~")[:1] in _OPERATOR
        and text[good:].strip()
        and not (held is not None and held.opens)
        and not number
    ):
        return 0
    return good


def _tail(text: str, found: Sequence[Item], known: Collection[str]) -> int:
    """Where the answer ends before words all of which are harmless; the end of the text where there are none."""
    end = len(text)
    run = list(found)[next((k for k in range(len(found), 0, -1) if found[k - 1].kind == "math"), 0) :]
    depth = 0
    for k, item in enumerate(run):  # a bracket that opened before the words belongs to the answer
        depth += (item.kind == "open") - (item.kind == "close")
        if depth < 0:
            return _tail(text, run[k + 1 :], known)
    if depth or not any(i.kind == "word" and i.sure for i in run):
        return end
    held, k = "", 0
    while k < len(run):
        one = _phrase(run, k, _BEHIND, known) if run[k].kind == "word" else (1, None)
        if one is None or (one[1] is not None and held not in one[1].behind):
            return end
        held = one[1].name if one[1] is not None else held
        k += one[0]
    start = run[0].start
    while start > 1 and text[start - 1] in "*_`" and text[start - 2] in " *_`":
        start -= 1
    return end if held in ("copula", "article", "adjective", "which") else start


def quantity_named(words: str) -> str:
    """The quantity that harmless words name, `saliency` in `so the saliency is`; "" where they name none."""
    found = list(items(undressed(words)))
    for k, item in enumerate(found):
        one = _phrase(found, k, _BEFORE, ()) if item.kind == "word" else None
        if one is not None and one[1].name == "quantity":
            return " ".join(word.text for word in found[k : k + one[0]])
    return ""


_REFERENCE_IN = re.compile(r"\s*\(?(?:\d{1,3}[a-z]?|[A-Z]|[ivx]{1,4})\)?(?=\W|\Z)")


def unexplained(text: str, known: Collection[str] = ()) -> Item | None:
    """The first thing that is in no table, in words that stand by themselves: a title, a text between formulas; None
    where all is harmless."""
    text = undressed(text)
    found = list(items(text, _never, known))
    k = 0
    while k < len(found):
        item = found[k]
        reference = _REFERENCE_IN.match(text, item.end) if item.text in REFERRED else None
        one = _phrase(found, k, _EITHER, known) if item.kind == "word" else None
        if reference is not None:
            k = next((n for n in range(k, len(found)) if found[n].start >= reference.end()), len(found))
        elif one is not None:
            k += one[0]
        elif item.kind in ("word", "math"):
            return item
        else:
            k += 1
    return None


_SYMBOL = re.compile(
    r"(?:\\(?P<dressing>[A-Za-z]+)\s*\{\s*(?P<inside>\\?[A-Za-z]+)\s*\}|\\(?P<command>[A-Za-z]+)|(?P<run>[^\W\d_]+))"
    r"(?P<more>(?:\s*_\s*(?:\{[^{}=<>]*\}|[\w*]+)|['′]|\d+|\s*\^\s*(?:\{\s*[(\[][^{}=<>]*[)\]]\s*\}|\{?\s*(?:\*|\\ast|\\star|\\prime)\s*\}?|\([^()=<>]*\)))*\s*(?:\([^()=<>]*\))?)"
)


def is_name(text: str, taken: Taken = _never, known: Collection[str] = ()) -> bool:
    """Whether a text only names what has a value: `H`, `L_1`, `cross-entropy`, `the loss of example 1`; `2H`, `H^2`,
    `sqrt(H)` and `not H` say something else."""
    text = text.strip().strip("$").strip()
    if text and unexplained(text, known) is None:
        return True
    m = _SYMBOL.match(text)
    if (
        m is None
        or (m["dressing"] is not None and m["dressing"] not in ACCENT_COMMANDS and m["dressing"] not in STYLES)
        or (m["command"] is not None and m["command"] not in COMMANDS)
    ):
        return False
    run = m["run"] or (m["inside"] if m["dressing"] in STYLES else None)
    if run is not None and len(run) > 1:
        named = (
            taken(run)
            or taken(run + m["more"].strip())
            or (run[0] == "d" and len(run) == 2 and bool(m["more"].strip()))
            or folded(run) in _EITHER
            or folded(run) in known
        )
        if not named or run in FUNCTIONS:
            return False
    rest = text[m.end() :].strip()
    return not rest or (rest.split(" ", 1)[0] in ("of", "for", "at") and unexplained(rest, known) is None)


def stray(text: str, taken: Taken, known: Collection[str] = ()) -> Item | None:
    """The first word of several letters among mathematics that is in no table, else the first word; None where there is
    none."""
    found = [i for i in items(text, taken, known) if i.kind == "word" and len(i.shown) > 1]
    return next((i for i in found if i.text not in _EITHER and i.text not in known), found[0] if found else None)


def not_understood(word: str) -> str:
    """What is said of a word in no table."""
    return f"{word.strip()[:40]!r} is not understood beside an answer"


ALONE = "the answer alone, without words that may change it"
"""What is expected where a word is not understood."""

# ---------------------------------------------------------------- reasons

_OPENED = re.compile(
    r"[\s,;(]*(?:\\(?:text\w*|mbox|math(?:rm|it|bf))\s*\{[\s,;(]*)?(?:([A-Za-z]+)\s+([A-Za-z]+)|([A-Za-z]+))"
)


def opened(text: str) -> int | None:
    """Where a reason goes on behind the word that opens it, None where none does: 5 for `since c > 0`."""
    m = _OPENED.match(text)
    if m is None or (m[1] is not None and f"{folded(m[1])} {folded(m[2])}" in _BEHIND):
        return None
    if m[1] is not None and f"{folded(m[1])} {folded(m[2])}" in OPENERS:
        return m.end(2)
    first = m[1] or m[3]
    return (m.end(1) if m[1] is not None else m.end(3)) if folded(first) in OPENERS else None


_DRESS = re.compile(r"\\(?:text(?:rm|bf|it|normal)?|mbox|math(?:rm|it|bf)|emph)\s*\{([^{}]*)\}")


def undressed(text: str, taken: Taken = _never) -> str:
    r"""A text with the words of `\text{…}` in the open, every character in its place; a function stays as it is."""

    def open_(m: re.Match[str]) -> str:
        return m[0] if taken(m[1].strip()) else " " * (m.start(1) - m.start()) + m[1] + " "

    return _DRESS.sub(open_, text) if "\\" in text else text


def led(text: str, taken: Taken) -> int:
    """Where the answer begins behind a reason in front of it, `Since c > 0, we get a`: behind the comma before harmless
    words, else the last one; 0 where there is none."""
    m = _OPENED.match(text)
    first = None if m is None else m[1] or m[3]
    if (
        m is None
        or first is None
        or opened(text) is None
        or (
            taken(first) is not False
            and not text.lstrip("$ ").startswith("\\")
            and (m[2] is None or taken(m[2]) is not False)
        )
    ):
        return 0
    commas: list[int] = []
    depth = 0
    for k, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if c == "\n":
            break
        if depth == 0 and c in ",:" and text[k + 1 : k + 2] != "=":
            commas.append(k + 1)
    spoken = next((k for k in commas if bare(text[k:], taken).before), None)
    return spoken if spoken is not None else commas[-1] if commas else 0


@frozen
class Apart:
    """A reason taken apart: its formulas, each with its place, and the first word that is in no table."""

    formulas: tuple[tuple[int, str], ...]
    unknown: Item | None


def take_apart(
    text: str, taken: Taken, begin: int = 0, table: Collection[str] = REASONING, known: Collection[str] = ()
) -> Apart:
    """The formulas between the words of a reason. A function by its name alone is a word."""
    text = undressed(text, taken)
    formulas: list[tuple[int, str]] = []
    unknown: Item | None = None
    run: list[Item] = []

    def close() -> None:
        while run and run[-1].kind in ("stop", "newline", "open"):
            run.pop()
        while run and run[-1].kind == "close" and sum((i.kind == "open") - (i.kind == "close") for i in run) < 0:
            run.pop()
        while run and run[-1].kind in ("stop", "newline"):
            run.pop()
        if run and not (len(run) == 1 and run[0].text in table):
            formulas.append((run[0].start, text[run[0].start : run[-1].end]))
        run.clear()

    for item in items(text, taken, known, begin):
        if item.kind == "word":
            close()
            if unknown is None and item.text not in table and item.text not in known:
                unknown = item
        elif item.kind == "math" or run or item.kind == "open":
            run.append(item)
    close()
    return Apart(tuple(formulas), unknown)
