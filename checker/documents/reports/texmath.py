r"""A formula of a document in LaTeX: live where it consists of commands that draw mathematics and of nothing else, else
as the characters that stand in it.

The list is of what may stand in a formula: no command that opens a file, writes one or defines something is in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from checker.documents.reports.marks_html import COLOURS, closed
from derivations.notation.spelling import GREEK
from derivations.notation.write.symbols import SUBSCRIPTS, SUPERSCRIPTS

_NAMES = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
varepsilon vartheta varpi varrho varsigma varphi Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar
imath jmath Re Im wp partial nabla infty emptyset varnothing forall exists nexists neg lnot top bot angle prime
cdot times div pm mp ast star circ bullet odot oplus ominus otimes oslash cap cup wedge vee land lor setminus amalg
le leq leqslant ge geq geqslant ne neq lt gt ll gg equiv approx sim simeq cong propto doteq triangleq in ni notin subset
subseteq supset supseteq mid parallel perp prec succ preceq succeq models vdash
to gets rightarrow leftarrow Rightarrow Leftarrow leftrightarrow Leftrightarrow longrightarrow Longrightarrow
longleftarrow Longleftarrow Longleftrightarrow implies impliedby iff mapsto longmapsto uparrow downarrow hookrightarrow
rightharpoonup xrightarrow therefore because
sum prod coprod int iint iiint oint bigcup bigcap bigoplus bigotimes bigvee bigwedge lim limsup liminf max min sup inf
arg argmax argmin log ln lg exp sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth det dim ker gcd hom Pr
deg frac dfrac tfrac cfrac binom dbinom tbinom sqrt
hat bar vec dot ddot tilde check breve acute grave widehat widetilde overline underline overbrace underbrace
overrightarrow stackrel overset underset substack
text textrm textbf textit mathrm mathbf mathit mathsf mathtt mathcal mathbb mathfrak boldsymbol bm operatorname mbox
left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm
langle rangle lvert rvert lVert rVert vert Vert lfloor rfloor lceil rceil lbrace rbrace lbrack rbrack backslash
quad qquad displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag tag boxed hline
ldots cdots vdots ddots dots dotsc dotsb dotsm dotsi dagger ddagger intercal blacksquare square Box triangle
not bmod pmod mod colon phantom hphantom vphantom begin end
"""

COMMANDS = frozenset(
    _NAMES.split()
)  # what amsmath, amssymb and bm define, and `\argmax`, `\argmin`, `\lt`, `\gt` of ours
"""Commands that draw mathematics."""

SIGNS = frozenset("\\,;:!> {}|_&")
"""What may stand behind a backslash for itself."""

ROWS = frozenset(
    [
        "matrix",
        "pmatrix",
        "bmatrix",
        "Bmatrix",
        "vmatrix",
        "Vmatrix",
        "smallmatrix",
        "cases",
        "array",
        "aligned",
        "gathered",
        "split",
    ]
)
"""Environments within a formula."""

DISPLAYS = frozenset(["align", "gather", "equation", "multline", "alignat", "flalign"])
"""Environments that are a display of their own."""

SYMBOLS: Mapping[str, str] = MappingProxyType({
    **{letter: f"\\{name}" for name, letter in GREEK.items() if name in COMMANDS},
    "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "∝": r"\propto", "∈": r"\in", "∉": r"\notin", "∑": r"\sum",
    "∏": r"\prod", "∫": r"\int", "∂": r"\partial", "∇": r"\nabla", "∞": r"\infty", "√": r"\surd", "·": r"\cdot",
    "⋅": r"\cdot", "×": r"\times", "⊙": r"\odot", "⊤": r"\top",
    "−": "-", "±": r"\pm", "→": r"\to", "⇒": r"\Rightarrow",
    "⇔": r"\Leftrightarrow", "←": r"\leftarrow", "…": r"\ldots", "⋯": r"\cdots", "‖": r"\|", "⟨": r"\langle",
   
    "⟩": r"\rangle", "∀": r"\forall", "∃": r"\exists", "∧": r"\wedge", "∨": r"\vee", "⊗": r"\otimes",
    "ℝ": r"\mathbb{R}",
    "ℓ": r"\ell", "′": r"'", "✓": r"\checkmark", "✗": r"\times", "↷": r"\curvearrowright", "○": r"\circ",
    "∎": r"\blacksquare",
    "•": r"\bullet", "𝟙": r"\mathbf{1}", "½": r"\tfrac12", "²": "^2", "³": "^3", "¹": "^1", "ᵀ": "^T",
    "φ": r"\varphi", "ε": r"\varepsilon", "ϕ": r"\phi", "ϵ": r"\epsilon",
})  # fmt: skip
"""Characters and what draws them."""

_PLAIN: Mapping[str, str] = MappingProxyType({
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "`": r"\`{}", "-": "-{}",
    "\u00a0": "~", "“": "``", "”": "''", "‘": "`", "’": "'", "–": "--", "—": "---", "\t": "    ",
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ø": r"\o{}", "Ø": r"\O{}",
    "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}", "§": r"\S{}", "©": r"\copyright{}",
    "°": r"$^\circ$", "¿": "?`", "¡": "!`",
})  # fmt: skip

_SHIFTED: Mapping[str, str] = MappingProxyType({
    **{sign: f"_{{{plain}}}" for plain, sign in SUBSCRIPTS.items()},
    **{sign: f"^{{{plain}}}" for plain, sign in (*SUPERSCRIPTS.items(), ("T", "ᵗ"), ("n", "ⁿ"))},
})  # fmt: skip
"""Small raised and lowered signs among words."""

_ACCENTS: Mapping[str, str] = MappingProxyType({
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c",
})  # fmt: skip
"""Accents, as they stand behind a letter, and their commands."""

_TOKENS = re.compile(r"\\([A-Za-z]+)|\\(.)|([\s\S])")
_DIVIDED = re.compile(r"(?<!\\)(?:&|\\\\)")
_BEGUN = re.compile(r"\\(?:begin|end)\s*\{([A-Za-z]+)\*?\}")
_ALIGNED = re.compile(rf"\A\s*\\begin\{{(?:{'|'.join(sorted(DISPLAYS))})\*?\}}")
_TEXTS = re.compile(r"\\(?:text(?:rm|bf|it)?|mbox|operatorname\*?|tag\*?)\s*\{([^{}]*)\}")
_COLOURED = re.compile(r"\\textcolor\{(#010f0\d)\}")
_NAMED = {colour: name for name, colour in COLOURS.items()}


def shown(text: str) -> str:
    """Words as LaTeX that shows them and does nothing: every sign escaped, what no font has as its number."""
    out: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        if char in _PLAIN:
            out.append(_PLAIN[char])
        elif char == "\n" or " " <= char <= "~":
            out.append(char)
        elif char in SYMBOLS:
            out.append(f"\\ensuremath{{{SYMBOLS[char]}}}" if SYMBOLS[char][0] != "^" else f"$^{{{SYMBOLS[char][1:]}}}$")
        elif char in _SHIFTED:
            out.append(f"${_SHIFTED[char]}$")
        elif (
            (apart := unicodedata.normalize("NFD", char))[0].isascii() and apart[0].isalpha() and apart[1:] in _ACCENTS
        ):
            out.append(f"\\{_ACCENTS[apart[1:]]}{{{apart[0]}}}")
        else:
            out.append(f"[U+{ord(char):04X}]")
    return "".join(out)


def verbatim(text: str) -> str:
    """A stretch of code or of a formula that is not drawn, which may break anywhere between words."""
    return "\\texttt{" + shown(" ".join(text.split())).replace(" ", " \\allowbreak{}") + "}"


def formula(source: str, display: bool, marked: str = "") -> str:
    """A formula, drawn where it is known to be one; `marked` is the same with the colours of its marks."""
    drawn = live(source, display)
    if drawn is None:
        return f"\\par\\noindent {verbatim(source)}\\par\n" if display else verbatim(source)
    if marked and live(_COLOURED.sub("", marked), display) is not None:
        named = _COLOURED.sub(lambda found: f"\\textcolor{{{_NAMED.get(found[1], 'black')}}}", marked)
        drawn = _letters(named)
    if not display:
        return f"\\({drawn}\\)"
    if _ALIGNED.match(drawn):
        return f"\n{drawn}\n"
    outside = _BEGUN.sub("", re.sub(r"\\begin\{.*\}", "", drawn, flags=re.DOTALL))
    return (
        f"\n\\[\\begin{{aligned}}{drawn}\\end{{aligned}}\\]\n"
        if re.search(r"&|\\\\", outside)
        else f"\n\\[{drawn}\\]\n"
    )


def _outside(source: str) -> str:
    """What stands outside of environments."""
    return re.sub(r"\\begin\{.*\\end\{[^}]*\}", "", source, flags=re.DOTALL)


def live(source: str, display: bool = False) -> str | None:
    """The formula with its letters as commands; None where it holds anything but mathematics."""
    if not source.strip() or not closed(source) or re.search(r"\n\s*\n|[_^]\s*(?:$|[_^}])", source):
        return None
    if any(re.search(r"[_^&#\\]", said.replace(r"\_", "")) for said in _TEXTS.findall(source)):
        return None
    names = _BEGUN.findall(source)
    if any(name not in ROWS and name not in DISPLAYS for name in names):
        return None
    if len(re.findall(r"\\(?:begin|end)(?![A-Za-z])", source)) != len(names):
        return None
    if any(name in DISPLAYS for name in names) and (
        not _ALIGNED.match(source) or sum(n in DISPLAYS for n in names) > 2
    ):
        return None
    if not display and (_DIVIDED.search(_outside(source)) or any(name in DISPLAYS for name in names)):
        return None
    for word, sign, char in _TOKENS.findall(source):
        if word and word not in COMMANDS:
            return None
        if sign and sign not in SIGNS and not sign.isspace():
            return None
        if char and (char in "$#%~" or not (char.isspace() or " " <= char <= "~" or char in SYMBOLS)):
            return None
    return _letters(source)


def _letters(source: str) -> str:
    return "".join(f"{SYMBOLS[c]} " if c in SYMBOLS and not c.isascii() else c for c in source)
