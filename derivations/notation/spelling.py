r"""How a name is spelled: one canonical form for `ŷ`, `\hat{y}`, `y_hat` and `yhat`, and the spellings that are
printed.

    canonical   latex           unicode   ascii
    yhat        \hat{y}         ŷ         yhat
    theta_1     \theta_{1}      θ₁        theta_1
    W_1         W^{[1]} declared so; W_{1} otherwise
    w_5'        w_{5}'          w₅′       w_5'
    dL/dv       \frac{\partial L}{\partial v}   ∂L/∂v   dL/dv

Style (bold, calligraphic, an arrow) does not tell names apart; accents, subscripts, labels and primes do. A label `[1]`
or
`(1)` counts as a first subscript, and digits at the end of a name as a subscript: `W1`, `W_1`, `W^{[1]}` are one name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from derivations.frozen import frozen

GREEK: Mapping[str, str] = MappingProxyType({
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "omicron": "ο", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ",
    "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω",
})  # fmt: skip
"""Greek letters by their LaTeX name."""

SHORTENED: Mapping[str, str] = MappingProxyType({
    short: name
    for name, several in {
        "alpha": "alph alp", "gamma": "gam gamm", "delta": "delt dlt", "epsilon": "eps epsi epsil",
        "theta": "th tht", "kappa": "kap", "lambda": "lam lamb lambd lmbd lmbda lmd lbd lbda", "sigma": "sig sgm",
        "omega": "omeg omg", "upsilon": "ups",
    }.items()
    for short in several.split()
})  # fmt: skip
"""Greek letters as they are shortened in code and notes, by the short form."""

OF_THEIR_OWN = frozenset(["E", "I", "T", "O", "D", "d", "e", "Sigma", "Pi", "Gamma", "Delta"])
"""Letters that mean something else in one of their cases: a sum, a product, a transpose, a differential."""

INDICES = frozenset("ijkl")
"""Letters that are an index where nothing else is said."""

LETTERS: Mapping[str, str] = MappingProxyType({
    **{char: name for name, char in GREEK.items()},
    "ϵ": "epsilon", "ϑ": "theta", "ϕ": "phi", "ϱ": "rho", "ς": "sigma", "ϖ": "pi", "ϰ": "kappa", "µ": "mu", "ℓ": "ell",
    "ℒ": "L",
    "ı": "i", "ȷ": "j", "Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H", "Ι": "I", "Κ": "K", "Μ": "M", "Ν": "N",
    "Ο": "O", "Ρ": "P",
    "Τ": "T", "Χ": "X",
})  # fmt: skip
"""Single characters that stand for a letter or a Greek name."""

COMMANDS: Mapping[str, str] = MappingProxyType({
    **{name: name for name in GREEK},
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma", "varpi": "pi",
    "varkappa": "kappa",
    "ell": "ell", "imath": "i", "jmath": "j", "varSigma": "Sigma", "varTheta": "Theta", "varGamma": "Gamma",
    "varDelta": "Delta", "varPhi": "Phi",
})  # fmt: skip
r"""LaTeX commands that are a letter: `\theta`, `\ell`."""

ACCENTS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "hat": (r"\hat", "\u0302"), "bar": (r"\bar", "\u0304"), "tilde": (r"\tilde", "\u0303"), "dot": (r"\dot", "\u0307"),
    "ddot": (r"\ddot", "\u0308"), "check": (r"\check", "\u030c"), "star": (r"", "*"),
})  # fmt: skip
"""Accents by name: the LaTeX command and the combining character. `star` is the superscript of `w^*`."""

ACCENT_COMMANDS: Mapping[str, str] = MappingProxyType({
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
    "dot": "dot", "ddot": "ddot", "check": "check",
})  # fmt: skip

COMBINING: Mapping[str, str] = MappingProxyType({
    **{char: name for name, (_, char) in ACCENTS.items() if name != "star"}, "\u0305": "bar", "\u20d7": "",
    "\u20d1": "", "\u0332": "", "\u0331": "",
})  # fmt: skip
"""Combining characters: the accent they are, empty for mere style (an arrow, an underline)."""

STYLES = frozenset(
    [
        "mathbf",
        "boldsymbol",
        "bm",
        "vec",
        "mathcal",
        "mathscr",
        "mathfrak",
        "mathrm",
        "mathit",
        "mathsf",
        "mathtt",
        "mathnormal",
        "text",
        "textbf",
        "textit",
        "textrm",
        "operatorname",
        "symbf",
        "symbfit",
        "pmb",
        "bf",
        "rm",
        "it",
        "cal",
        "mathbb",
        "underline",
        "mbox",
        "textnormal",
        "mathds",
        "mathbbm",
    ]
)
r"""Commands that change the look of a name but not which name it is."""

SUBSCRIPTS: Mapping[str, str] = MappingProxyType({
    **{chr(0x2080 + k): str(k) for k in range(10)},
    "ₐ": "a", "ₑ": "e", "ₕ": "h", "ᵢ": "i", "ⱼ": "j", "ₖ": "k", "ₗ": "l", "ₘ": "m", "ₙ": "n", "ₒ": "o", "ₚ": "p",
    "ᵣ": "r", "ₛ": "s", "ₜ": "t",
    "ᵤ": "u", "ᵥ": "v", "ₓ": "x", "ᵦ": "beta", "ᵧ": "gamma", "ᵨ": "rho", "ᵩ": "phi", "ᵪ": "chi", "₊": "+", "₋": "-",
    "₌": "=", "₍": "(", "₎": ")",
})  # fmt: skip

SUPERSCRIPTS: Mapping[str, str] = MappingProxyType({
    "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "⁺": "+",
    "⁻": "-", "⁼": "=", "⁽": "(", "⁾": ")",
    "ⁿ": "n", "ⁱ": "i", "ᵀ": "T", "ᵃ": "a", "ᵇ": "b", "ᶜ": "c", "ᵈ": "d", "ᵉ": "e", "ᶠ": "f", "ᵍ": "g", "ʰ": "h",
    "ʲ": "j", "ᵏ": "k", "ˡ": "l", "ᵐ": "m",
    "ᵒ": "o", "ᵖ": "p", "ʳ": "r", "ˢ": "s", "ᵗ": "t", "ᵘ": "u", "ᵛ": "v", "ʷ": "w", "ˣ": "x", "ʸ": "y", "ᶻ": "z",
    "ᵝ": "beta", "ᵞ": "gamma", "ᵟ": "delta",
    "ᶿ": "theta", "ᵠ": "phi", "ᵡ": "chi", "ᵅ": "alpha",
})  # fmt: skip

_TO_SUBSCRIPT = {plain: char for char, plain in SUBSCRIPTS.items()}
PRIMES = frozenset("'′’ʹ")
LONGEST = 120
"""Longer texts are no names; they are their own spelling, which also bounds the recursion below."""


@frozen
class Spelled:
    """A name in parts: `W^{[1]}_{ij}'` is base W, labels ("[1]",), subscripts ("ij",), one prime."""

    base: str
    accents: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    subscripts: tuple[str, ...] = ()
    primes: int = 0

    @property
    def canonical(self) -> str:
        groups = tuple(label.strip("()[]") for label in self.labels) + self.subscripts
        return self.base + "".join(self.accents) + "".join("_" + g for g in groups) + "'" * self.primes


def _group(text: str, at: int) -> tuple[str, int]:
    """The braced group, command, run of letters or run of digits that starts at `at`, and where it ends."""
    n = len(text)
    while at < n and text[at] == " ":
        at += 1
    if at >= n:
        return "", at
    closing = {"{": "}", "(": ")", "[": "]"}.get(text[at])
    if closing:
        depth, start = 0, at
        while at < n:
            depth += (text[at] == text[start]) - (text[at] == closing)
            at += 1
            if depth == 0:
                break
        inner = text[start + 1 : at - 1]
        return (inner if closing == "}" else text[start:at]), at
    start = at
    if text[at] == "\\":
        at += 1
        while at < n and text[at].isalpha() and text[at].isascii():
            at += 1
        name = text[start + 1 : at]
        if name in STYLES or name in ACCENT_COMMANDS:
            _, at = _group(text, at)
        return text[start:at], at
    while at < n and text[at].isalnum():
        at += 1
    return text[start : max(at, start + 1)], max(at, start + 1)


def _join(parts: list[str]) -> str:
    """Subscripts run together, `1,2` as 12; with a comma only where that would be ambiguous."""
    many = len(parts) > 1 and any(p.isdigit() and len(p) > 1 for p in parts)
    return ("," if many else "").join(parts)


@lru_cache(maxsize=4096)
def parts(text: str) -> Spelled:
    """A name in any spelling, taken apart. Total: characters that belong to no spelling are kept in the base."""
    if len(text) > LONGEST:
        return Spelled(text)
    base: list[str] = []
    accents: list[str] = []
    labels: list[str] = []
    subscripts: list[str] = []
    primes = 0
    at, n = 0, len(text)
    if not text.isascii():
        text = "".join(_plain(c) for c in text).replace("}_{", "")
        n = len(text)
    while at < n:
        c = text[at]
        if c == "\\":
            end = at + 1
            while end < n and text[end].isalpha() and text[end].isascii():
                end += 1
            command = text[at + 1 : end]
            if command in ACCENT_COMMANDS:
                inner, at = _group(text, end)
                below = parts(inner)
                base.append(below.base)
                accents += [*below.accents, ACCENT_COMMANDS[command]]
                labels += below.labels
                subscripts += below.subscripts
                primes += below.primes
                continue
            if command in COMMANDS:
                base.append(COMMANDS[command])
            elif command == "prime":
                primes += 1
            at = max(end, at + 1)
        elif c == "_":
            inner, at = _group(text, at + 1)
            inner = inner.strip("()")
            found = [parts(p.strip()).canonical for p in inner.replace(" ", ",").split(",") if p.strip()]
            if len(found) == 1 and found[0] in ACCENTS:
                accents.append(found[0])
            elif found:
                subscripts.append(_join(found))
        elif c == "^":
            inner, at = _group(text, at + 1)
            inner = inner.strip()
            if set(inner.replace(r"\prime", "'")) <= PRIMES and inner:
                primes += len(inner.replace(r"\prime", "'"))
            elif inner in ("*", r"\ast", r"\star"):
                accents.append("star")
            elif inner:
                labels.append(inner if inner[0] in "([" else f"[{inner}]")
        elif c == "[":
            inner, at = _group(text, at)
            labels.append(inner)
        elif c in PRIMES:
            primes += 1
            at += 1
        elif c in "{} ":
            at += 1
        else:
            accent = COMBINING.get(c)
            if accent is None:
                base.append(c)
            elif accent:
                accents.append(accent)
            at += 1
    stem = "".join(base)
    bare = stem.rstrip("0123456789")
    if bare and bare != stem:
        subscripts.insert(0, stem[len(bare) :])
        stem = bare
    return Spelled(stem, tuple(accents), tuple(labels), tuple(subscripts), primes)


def _plain(char: str) -> str:
    """One character without its style: Greek by name, subscripts and accents taken off the letter."""
    known = LETTERS.get(char)
    if known is not None:
        return known
    if char in SUBSCRIPTS:
        return "_{" + SUBSCRIPTS[char] + "}"
    if char in COMBINING or char in PRIMES:
        return char
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", char))
    return "".join(LETTERS.get(c, c) for c in folded)


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    r"""The one spelling by which names are compared: canonical("\hat{y}_k") == "yhat_k"; total on any text."""
    split = adjoint(text)
    if split is not None:
        return f"d{canonical(split[0])}/d{canonical(split[1])}"
    return parts(text).canonical


def adjoint(text: str) -> tuple[str, str] | None:
    r"""("L", "v") for `dL/dv`, `∂L/∂v`, `\frac{\partial L}{\partial v}`; None for any other name."""
    text = text.strip()
    if text.startswith(r"\frac"):
        above, at = _group(text, 5)
        below, _ = _group(text, at)
    else:
        above, slash, below = text.partition("/")
        if not slash:
            return None
    sides = []
    for side in (above.strip(), below.strip()):
        for d in (r"\partial", r"\mathrm{d}", "∂", "d"):
            if side.startswith(d) and len(side) > len(d):
                sides.append(side[len(d) :].strip())
                break
    return (sides[0], sides[1]) if len(sides) == 2 else None


def _stem(spelled: Spelled) -> tuple[str, tuple[str, ...]]:
    """The letter under the accents: ("y", ("hat",)) for base `yhat` too."""
    base, accents = spelled.base, spelled.accents
    if base not in GREEK and len(base) > 1:
        for accent in ACCENTS:
            under = base[: -len(accent)]
            if base.endswith(accent) and (len(under) == 1 or under in GREEK):
                return under, (accent, *accents)
    return base, accents


@lru_cache(maxsize=1024)
def kin(word: str) -> tuple[str, ...]:
    """Other spellings that a letter may have where it is not declared: `x` of X, `lambda` of lam, and the other way
    round, accents kept."""
    spelled = parts(word)
    letter, accents = _stem(spelled)
    if spelled.labels or spelled.subscripts or spelled.primes:
        return ()
    found: list[str] = []
    if letter in SHORTENED:
        found.append(SHORTENED[letter])
    if letter in ("l", "ell"):
        found.append("ell" if letter == "l" else "l")
    if letter in GREEK:
        found += [short for short, name in SHORTENED.items() if name == letter]
    turned = letter.swapcase() if len(letter) == 1 else letter[:1].swapcase() + letter[1:] if letter in GREEK else ""
    alike = (len(turned) == 1 or turned in GREEK) and not {letter, turned} & OF_THEIR_OWN and letter not in INDICES
    if turned and alike:
        found.append(turned)
    return tuple(other + "".join(accents) for other in found)


def _latex_word(word: str) -> str:
    if word in GREEK and word != "omicron":
        return "\\" + word
    if word == "ell":
        return r"\ell"
    return word if len(word) == 1 or not word.isalpha() else rf"\mathrm{{{word}}}"


def _latex_subscript(group: str) -> str:
    return _latex_word(group) if group in GREEK or len(group) > 2 else group


@lru_cache(maxsize=4096)
def latex(name: str) -> str:
    r"""How a name is written in LaTeX: latex("yhat") is `\hat{y}`, latex("W1") is `W_{1}`, latex("LL") is
    `\mathrm{LL}`."""
    split = adjoint(name)
    if split is not None:
        return rf"\frac{{\partial {latex(split[0])}}}{{\partial {latex(split[1])}}}"
    spelled = parts(name)
    base, accents = _stem(spelled)
    out = _latex_word(base)
    above = list(spelled.labels)
    for accent in accents:
        if accent == "star":
            above.append("*")
        else:
            out = f"{ACCENTS[accent][0]}{{{out}}}"
    if spelled.subscripts:
        out += "_{" + ",".join(_latex_subscript(s) for s in spelled.subscripts) + "}"
    out += "'" * spelled.primes if not above else ""
    if above:
        out += "^{" + ",".join(above) + "'" * spelled.primes + "}"
    return out


@lru_cache(maxsize=4096)
def unicode(name: str) -> str:
    """How a name is written in a terminal: unicode("theta_1") is `θ₁`, unicode("yhat") is `ŷ`."""
    split = adjoint(name)
    if split is not None:
        return f"∂{unicode(split[0])}/∂{unicode(split[1])}"
    spelled = parts(name)
    base, accents = _stem(spelled)
    out = GREEK.get(base, "ℓ" if base == "ell" else base)
    for accent in accents:
        if len(out) == 1 and accent != "star":
            out = unicodedata.normalize("NFC", out + ACCENTS[accent][1])
        else:
            out += "^*" if accent == "star" else "_" + accent
    out += "".join("^" + label for label in spelled.labels)
    for group in spelled.subscripts:
        if all(c in _TO_SUBSCRIPT for c in group):
            out += "".join(_TO_SUBSCRIPT[c] for c in group)
        else:
            out += "_" + (GREEK.get(group, group) if len(group) == 1 or group in GREEK else f"{{{group}}}")
    return out + "′" * spelled.primes


@lru_cache(maxsize=4096)
def ascii(name: str) -> str:  # the name of the dressing, beside `latex` and `unicode`
    """How a name is written in plain characters: as declared where that is plain, else canonically. `read` accepts
    it."""
    if name.isascii() and name.replace("_", "").rstrip("'").isalnum():
        return name
    return canonical(name)
