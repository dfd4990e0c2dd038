"""Symbols: every spelling of a relation, an operator, a space, an environment, and what it is. A symbol is a row."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PLAIN = frozenset("+-*/^_@()[]{}|,;&!'.:")
"""Characters that are the sign they look like."""

RELATIONS: Mapping[str, str] = MappingProxyType({
    "=": "=", "==": "=", ":=": ":=", "<-": ":=", "<=": "<=", ">=": ">=", "<": "<", ">": ">", "!=": "!=", "/=": "!=",
    "~=": "≈", "=>": "=>", "==>": "=>",
    "<=>": "<=>", "<->": "<=>", "->": "=>", "≤": "<=", "⩽": "<=", "≦": "<=", "≥": ">=", "⩾": ">=", "≧": ">=", "≠": "!=",
    "≈": "≈", "≃": "≈", "∝": "∝",
    "←": ":=", "≔": ":=", "≡": "=", "⇒": "=>", "⟹": "=>", "→": "=>", "⟶": "=>", "⇔": "<=>", "⟺": "<=>", "≜": ":=",
    "﹦": "=", "＝": "=", "＜": "<", "＞": ">",
    r"\le": "<=", r"\leq": "<=", r"\leqslant": "<=", r"\ge": ">=", r"\geq": ">=", r"\geqslant": ">=", r"\ne": "!=",
    r"\neq": "!=", r"\lt": "<", r"\gt": ">",
    r"\approx": "≈", r"\simeq": "≈", r"\propto": "∝", r"\leftarrow": ":=", r"\gets": ":=", r"\coloneqq": ":=",
    r"\triangleq": ":=", r"\equiv": "=",
    r"\Rightarrow": "=>", r"\implies": "=>", r"\Longrightarrow": "=>", r"\to": "=>", r"\rightarrow": "=>",
    r"\iff": "<=>", r"\Leftrightarrow": "<=>",
    r"\Longleftrightarrow": "<=>", "∴": "=>", r"\therefore": "=>",
})  # fmt: skip
"""Every spelling of a relation and its one op."""

OPERATORS: Mapping[str, str] = MappingProxyType({
    r"\cdot": "dot", "⋅": "dot", "·": "dot", "∙": "dot", "•": "dot", r"\times": "times", "×": "times", "✕": "times",
    r"\odot": "odot", "⊙": "odot", r"\circ": "odot",
    "∘": "odot", "○": "odot", "◦": "odot", ".*": "odot", "(.)": "odot", r"\ast": "*", "∗": "*", "＊": "*", "⋆": "*",
    r"\star": "*", "−": "-", "–": "-", "—": "-", "－": "-", "‐": "-", "‑": "-", "﹣": "-",
    "＋": "+", "÷": "/", r"\div": "/", "∕": "/", "⁄": "/", "／": "/",
    "（": "(", "）": ")", "［": "[", "］": "]", "｛": "{",
    "｝": "}", "，": ",", "；": ";", "：": ":", "∣": "|", "｜": "|",
    "′": "'", "’": "'", "‘": "'", "″": "''", r"\prime": "'", "**": "^",
    "＾": "^", "＿": "_", "∑": "sum", r"\sum": "sum",
    r"\#": "count", "#": "count", "∫": "int", r"\int": "int",
    "⊥": "nowhere", r"\nexists": "nowhere",
    "∏": "prod", r"\prod": "prod", "∖": "setminus", r"\setminus": "setminus", r"\smallsetminus": "setminus",
    "√": "sqrt", r"\sqrt": "sqrt", "∛": "cbrt", "∜": "qdrt", r"\frac": "frac", r"\tfrac": "frac", r"\dfrac": "frac",
    r"\cfrac": "frac", "⊤": "top", r"\top": "top", r"\intercal": "top", r"\transpose": "top", "⊺": "top",
    r"\dagger": "dagger", "†": "dagger",
    "↦": "mapsto", r"\mapsto": "mapsto", "∂": "partial", r"\partial": "partial", "𝜕": "partial", "∇": "nabla",
    r"\nabla": "nabla", "…": "dots", "⋯": "dots", r"\dots": "dots", r"\ldots": "dots", r"\cdots": "dots",
    r"\dotsc": "dots", r"\dotsb": "dots", r"\dotsm": "dots", r"\hdots": "dots", r"\vdots": "dots", "⋮": "dots",
    r"\ddots": "dots", "⋱": "dots", r"\over": "over", r"\choose": "choose", r"\binom": "binom",
    r"\langle": "langle", "⟨": "langle", "〈": "langle", r"\rangle": "rangle", "⟩": "rangle", "〉": "rangle",
    r"\otimes": "otimes", "⊗": "otimes", r"\notin": "notin", "∉": "notin",
    r"\sim": "sim", "∼": "sim",
    "∈": "in", r"\in": "in", "∀": "forall", r"\forall": "forall", "∧": "and", r"\land": "and", r"\wedge": "and",
    "∨": "or", r"\lor": "or", r"\vee": "or", "¬": "not", r"\neg": "not", r"\lnot": "not",
    "‖": "||", "∥": "||", r"\|": "||", r"\Vert": "||", r"\parallel": "||",
    r"\vert": "|", r"\mid": "|", "⌊": "lfloor", "⌋": "rfloor",
    r"\lfloor": "lfloor", r"\rfloor": "rfloor", "⌈": "lceil",
    "⌉": "rceil", r"\lceil": "lceil", r"\rceil": "rceil", "𝟙": "ones", "𝟏": "ones", "𝟭": "ones", "∞": "infinity",
    r"\infty": "infinity", r"\backslash": "\\", r"\lbrace": r"\{", r"\rbrace": r"\}",
    r"\lbrack": "[", r"\rbrack": "]", r"\lparen": "(", r"\rparen": ")",
})  # fmt: skip
"""Every other symbol and what it is."""

SIDED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {r"\lvert": ("|", "open"), r"\rvert": ("|", "close"), r"\lVert": ("||", "open"), r"\rVert": ("||", "close")}
)

SPACING = frozenset(
    [
        r"\quad",
        r"\qquad",
        r"\displaystyle",
        r"\textstyle",
        r"\scriptstyle",
        r"\limits",
        r"\nolimits",
        r"\displaylimits",
        r"\nonumber",
        r"\notag",
        r"\hspace",
        r"\hfill",
        r"\thinspace",
        r"\enspace",
        r"\space",
        r"\!",
        r"\bigl",
        r"\bigr",
        r"\Bigl",
        r"\Bigr",
        r"\biggl",
        r"\biggr",
        r"\Biggl",
        r"\Biggr",
        r"\big",
        r"\Big",
        r"\bigg",
        r"\Bigg",
        r"\middle",
        r"\allowbreak",
        r"\noindent",
        r"\mathstrut",
    ]
)
"""Commands that say nothing about the value."""

DISPLAY = frozenset(
    [
        "aligned",
        "align",
        "align*",
        "equation",
        "equation*",
        "split",
        "gather",
        "gather*",
        "gathered",
        "eqnarray",
        "eqnarray*",
        "alignedat",
        "multline",
        "multline*",
        "displaymath",
        "math",
    ]
)

MATRIX = frozenset(["pmatrix", "bmatrix", "matrix", "Bmatrix", "smallmatrix"])

VULGAR: Mapping[str, str] = MappingProxyType(
    {
        "½": "1/2",
        "⅓": "1/3",
        "⅔": "2/3",
        "¼": "1/4",
        "¾": "3/4",
        "⅕": "1/5",
        "⅖": "2/5",
        "⅗": "3/5",
        "⅘": "4/5",
        "⅙": "1/6",
        "⅛": "1/8",
        "⅜": "3/8",
        "⅝": "5/8",
        "⅞": "7/8",
        "⅒": "1/10",
    }
)

INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u2061\u2062\u2063\u2064\ufe0e\ufe0f")

BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")

SPACES = frozenset(
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\u2028\u2029\u0085"
)

ENDS = frozenset(["word", "num", ")", "]", "}", r"\}", "end", "!", "'", "ones", "nowhere"])
"""Kinds of token that end an operand (bars do, too, where they do not open)."""

STARTS = frozenset(
    ["word", "num", "(", "[", "{", r"\{", "frac", "sqrt", "cbrt", "qdrt", "sum", "prod", "ones", "begin", "|", "||"]
)
"""Kinds of token that start one."""
