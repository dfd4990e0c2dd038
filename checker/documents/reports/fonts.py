"""Which of KaTeX's fonts the formulas of a page ask for. What is not in the tables asks for all that may hold it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from html import unescape
from types import MappingProxyType

_FORMULA = re.compile(r'<span class="tex(?: display)?"[^>]*>([^<]*)</span>|<code>([^<]*)</code>')
"""The formulas of a page, and the macros behind it: text without elements."""

_PLAIN = (
    "frac dfrac tfrac sum prod int lim log ln exp sin cos tan tanh cosh sinh max min sup inf det arg dim ker deg Pr "
    "sqrt left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr mleft mright middle lvert rvert lVert rVert "
    "partial nabla infty cdot times odot oplus otimes circ pm mp div ast star le leq ge geq ne neq lt gt ll gg approx "
    "sim simeq equiv propto to gets rightarrow leftarrow Rightarrow Leftarrow Leftrightarrow leftrightarrow mapsto "
    "implies iff in notin ni subset subseteq cup cap forall exists land lor lnot neg top perp bot mid parallel ell "
    "langle rangle lfloor rfloor lceil rceil lbrace rbrace vert Vert prime dots ldots cdots vdots ddots colon "
    "quad qquad hspace vspace text textrm textnormal mathrm mathbf mathit mathcal mathsf mathtt mathfrak mathscr "
    "textbf textit texttt textsf emph mbox bm boldsymbol operatorname label tag notag nonumber begin end substack "
    "underset overset underbrace overbrace limits nolimits displaystyle textstyle hat bar tilde vec dot ddot widehat "
    "widetilde overline underline check breve over choose binom color textcolor coloneqq not cases hline hfill "
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho varrho sigma "
    "varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega "
    "newcommand renewcommand providecommand def DeclareMathOperator displaylines aligned secondoftwo"
)
_SIGNS = (
    "\u00a0-\u00ff\u0370-\u03ff\u2000-\u206f\u2070-\u209f∀∂∃∅∇∈∉∏∑−∓∗∘√∝∞∣∥∧∨∩∪∫∼≃≅≈≠≡≤≥≪≫⊂⊃⊆⊇⊕⊖⊗⊙⊤⊥⋅⋆⋯⋮⋱→←↔⇒⇐⇔↦⟨⟩⌊⌋⌈⌉"
)
"""Signs and commands that stand in the main fonts."""

FACES: Mapping[str, str] = MappingProxyType({
    "KaTeX_AMS": rf"\\(?!(?:{_PLAIN.replace(' ', '|')})(?![A-Za-z]))[A-Za-z]|[^\x00-\x7f{_SIGNS}]",
    "KaTeX_Caligraphic": r"\\(?:mathcal|cal)(?![a-z])|\\oldstylenums",
    "KaTeX_Fraktur": r"\\(?:mathfrak|frak|Bbb)",
    "KaTeX_Script": r"\\mathscr",
    "KaTeX_SansSerif": r"\\(?:mathsf|textsf|sf\b|mathsfit)",
    "KaTeX_Typewriter": r"\\(?:mathtt|texttt|tt\b|verb|url)",
    "KaTeX_Main-Bold": r"\\(?:mathbf|bf|bold|bm|textbf|pmb|mathbfit)",
    "KaTeX_Main-Italic": r"\\(?:mathit|textit|emph|it\b|text(?![a-z])|sl\b)",
    "KaTeX_Math-BoldItalic": r"\\(?:bold|bm|pmb|mathbfit)",
    "KaTeX_Main-BoldItalic": r"\\(?:bold|bm|textbf|pmb|mathbfit)",
})  # fmt: skip
"""Fonts that not every document needs, and what asks for each; the others are always put in."""

_LETTERLIKE = re.compile("[\u2100-\u214f\U0001d400-\U0001d7ff]")


def fonts_for(page: str, every: Collection[str]) -> frozenset[str]:
    """Those of some fonts, by file, that the formulas of a page need."""
    text = "\n".join(unescape(formula or code) for formula, code in _FORMULA.findall(page))
    if _LETTERLIKE.search(text):
        return frozenset(every)
    unasked = [font for font, asks in FACES.items() if not re.search(asks, text)]
    return frozenset(name for name in every if not any(name == f or name.startswith(f"{f}-") for f in unasked))
