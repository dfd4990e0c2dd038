"""A formula on a page, in index form: names for its indices, terms and factors in order, in no dressing yet."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derivations.densities import is_score
from derivations.domains import DOMAINS, Declared
from derivations.formula import (
    MINUS_ONE,
    Add,
    And,
    Apply,
    Bound,
    Call,
    Cases,
    Const,
    Delta,
    Deriv,
    Elem,
    Formula,
    Index,
    IndexExpr,
    IndexVal,
    Label,
    MatrixAtom,
    Mul,
    Node,
    Not,
    Num,
    Or,
    Pow,
    Rel,
    SizeVal,
    Tensor,
    add,
    affine,
    affine_terms,
    free_indices,
    labels_in,
    mul,
    power,
    reindex,
    walk,
)  # fmt: skip
from derivations.kept_means import in_letters
from derivations.notation import spelling
from derivations.notation.write.dressing import declared_names, dress
from derivations.notation.write.layout import (
    ONE,
    Big,
    Build,
    Choose,
    Compare,
    Deny,
    Entry,
    Factors,
    Fence,
    Fn,
    Frac,
    Lay,
    Logic,
    Numeral,
    Partial,
    Raise,
    Range,
    Ref,
    Root,
    Terms,
    Turn,
    Word,
)  # fmt: skip
from derivations.notation.write.lettering import Lettering
from derivations.notation.write.means import density, kept_mean
from derivations.notation.write.order import Order, coefficient, index_text
from derivations.notation.write.symbols import is_decimal
from derivations.notation.write.unknown import unknown

CONSTANTS = {"pi": Word("pi", "π", r"\pi"), "e": Word("e", "e", "e")}


def word(name: str) -> Word:
    return Word(name, spelling.unicode(name), spelling.latex(name))


class Page(Lettering):
    """The arrangement of one line, node by node."""

    def __init__(self, formula: Formula, axes: Sequence[str] | None = None):
        super().__init__(formula, axes)
        self.order = Order(self.named)
        self._arrays: dict[tuple[tuple[Index, ...], Node], Lay | None] = {}

    def build(self, made: Sequence[Index], body: Node, lay: Lay, joint: tuple[int, ...] = ()) -> Build:
        """The array with these entries."""
        return Build(tuple(Range(self.named[i], str(i.size), self.told(body, i)) for i in made), lay, joint)

    # -------------------------------------------------- nodes

    def lay(self, node: Node) -> Lay:
        """The arrangement of a node."""
        match node:
            case Num(value):
                return number(value)
            case Const(name):
                return CONSTANTS[name]
            case SizeVal(size):
                return word(size)
            case IndexVal(at):
                return self.index_value(at)
            case Elem(name, at):
                if " " in name and (known := density(self, node)) is not None:
                    return known
                below = self.at(at)
                taken = at and isinstance(at[0], int) and self.is_declared(f"{name}_{below[0]}")
                return Entry(Ref(name, ()), below) if taken else Ref(name, below)
            case Add():
                return self.sum(node)
            case Mul():
                return self.product(node)
            case Pow():
                return self.product(node) if _negative(node.exponent) else self.power(node)
            case Call():
                return self.call(node)
            case Apply():
                return unknown(self, node)
            case Tensor():
                return self.tensor(node)
            case Delta(a, b):
                return self.delta(a, b)
            case Cases():
                return self.cases(node)
            case Bound():
                return self.bound(node)
            case MatrixAtom():
                return self.matrix_atom(node)
            case Deriv(of, wrt):
                return Partial(self.lay(of), self.lay(wrt))
            case _:
                return self.condition(node)

    def index_value(self, at: IndexExpr) -> Lay:
        """An index as a number: t - s."""
        parts, const = affine_terms(at)
        named = ((index_text(affine([(t, 1)]), self.named), c, t) for t, c in parts)
        spelt = sorted(named, key=lambda p: (p[1] < 0, p[:2]))
        laid: list[tuple[int, Lay]] = []
        for text, c, term in spelt:
            one = Ref(term.name, self.at(term.at)) if isinstance(term, Label) else word(text)
            laid.append((1 if c > 0 else -1, one if abs(c) == 1 else Factors((number(Fraction(abs(c))), one))))
        if const or not laid:
            laid.append((1 if const >= 0 else -1, number(Fraction(abs(const)))))
        return laid[0][1] if len(laid) == 1 and laid[0][0] > 0 else Terms(tuple(laid))

    def sum(self, node: Add) -> Lay:
        """a - b + c."""
        args, soft = self.log_softmax(node)
        laid: list[tuple[int, Lay]] = [(1, s) for s in soft]
        for term in self.order.terms(add(*args)) if args else ():
            sign, rest = coefficient(term)
            laid.append((sign, self.lay(rest)))
        return laid[0][1] if len(laid) == 1 and laid[0][0] > 0 else Terms(tuple(laid))

    def log_softmax(self, node: Add) -> tuple[tuple[Node, ...], list[Lay]]:
        """log_softmax(a)_i for every pair a_i - logsumexp_k a_k, and the terms left over."""
        logs = [
            x
            for x in node.args
            if isinstance(x, Mul) and isinstance(x.args[-1], Bound) and x.args[-1].op == "logsumexp"
        ]
        if not logs:
            return node.args, []
        left = list(node.args)
        found: list[Lay] = []
        for one in node.args:
            for two in logs:
                if isinstance(one, Elem) and any(one is x for x in left) and any(two is x for x in left):
                    soft = self.softmax("log_softmax", Add((one, two)))
                    if soft is not None:
                        found.append(soft)
                        left = [x for x in left if x is not one and x is not two]
        return tuple(left), found

    def product(self, node: Node) -> Lay:
        """Numerator over denominator; sums, functions and adjoints stand behind a bar that has only numerals and sizes
        below."""
        sign, rest = coefficient(node)
        if sign < 0:
            return Terms(((-1, self.lay(rest)),))
        above: list[Node] = []
        below: list[Node] = []
        over, under = 1, 1
        for factor in self.order.factors(rest):
            match factor:
                case Num(value) if value.denominator != 1:
                    over, under = value.numerator, value.denominator
                    if is_decimal(value) and under > 100:
                        above.append(factor)
                        over = under = 1
                case Num(value) if not above and not below and over == under == 1:
                    over = int(value)
                case Pow(base, Num(value)) if value < 0:
                    below.append(base if value == -1 else Pow(base, Num(-value)))
                case _:
                    above.append(factor)
        if not below and under == 1:
            return self.row(over, above)
        if under != 1 and any(isinstance(f, Num) for f in below):  # 8/(3·0) would be 8/0
            return Factors(
                (
                    number(Fraction(over, under)),
                    *_flat(self.product(mul(*above, *(power(f, MINUS_ONE) for f in below)))),
                )
            )
        behind = [
            f
            for f in above
            if isinstance(f, (Bound, Cases))
            or _wide(f)
            or (isinstance(f, Elem) and ("/" in f.name or is_score(f.name)))
            or isinstance(f, Deriv)
        ]
        if all(isinstance(f, (Num, SizeVal, Const)) for f in below) and any(not _short(f) for f in above):
            behind = [
                f
                for f in above
                if not (isinstance(f, (SizeVal, Const)) or (isinstance(f, Elem) and not f.at and "/" not in f.name))
            ]
        if over == 1 and len(above) == 1 and isinstance(above[0], Bound) and any(isinstance(f, Bound) for f in below):
            behind = []  # Σ a over Σ b
        if over == 1 and len(above) == 1 and not below and isinstance(above[0], Add) and not _wide(above[0]):
            behind = []  # (a + b)/2
        front = [f for f in above if not any(f is b for b in behind)]
        bar = Frac(self.row(over, front), self.row(under, below))
        return bar if not behind else Factors((bar, *_flat(self.row(1, behind))))

    def row(self, number_in_front: int, nodes: Sequence[Node]) -> Lay:
        """Factors side by side."""
        laid = [self.lay(f) for f in nodes]
        if number_in_front != 1 or not laid:
            laid.insert(0, number(Fraction(number_in_front)))
        return laid[0] if len(laid) == 1 else Factors(tuple(laid))

    def power(self, node: Pow) -> Lay:
        base = self.lay(node.base)
        match node.exponent:
            case Num(value) if value.numerator == 1 and value.denominator in (2, 3, 5, 7):
                return Root(base, value.denominator)
            case exponent:
                return Raise(base, self.lay(exponent))

    def call(self, node: Call) -> Lay:
        if node.fn == "exp":
            soft = self.softmax("softmax", node.args[0])
            if soft is not None:
                return soft
        if node.fn in ("abs", "floor", "ceil"):
            return Fence(node.fn, self.lay(node.args[0]))
        return Fn(node.fn, tuple(self.lay(a) for a in node.args))

    def softmax(self, fn: str, arg: Node) -> Lay | None:
        """softmax(a)_i from exp(a_i - logsumexp_k a_k), where a is a vector that can be named in one word."""
        if not isinstance(arg, Add):
            return None
        for spot, two in enumerate(arg.args):
            match two:
                case Mul((Num(value), Bound("logsumexp", (k,), body))) if value == -1:
                    one = add(*arg.args[:spot], *arg.args[spot + 1 :])
                    match body:
                        case Elem(name, at) if at and at[-1] is k and k not in at[:-1]:
                            if isinstance(one, Elem) and one.name == name and one.at[:-1] == at[:-1]:
                                return Fn(fn, (Ref(name, self.at(at[:-1])),), self.at(one.at[-1:]))
                    free = free_indices(one)
                    for t in sorted(
                        (i for i in free if i.size == k.size and i not in free_indices(body)),
                        key=lambda i: self.named[i],
                    ):
                        if Formula(one, (), tuple(free)) == Formula(reindex(body, {k: t}), (), tuple(free)):
                            inside = self.in_matrix_notation((k,), body)
                            return None if inside is None else Fn(fn, (inside,), (self.named[t],))
        return None

    def delta(self, a: IndexExpr, b: IndexExpr) -> Lay:
        one, two = sorted((index_text(a, self.named), index_text(b, self.named)), key=lambda t: (not t[0].isalpha(), t))
        labelled = labels_in(a) or labels_in(b)
        if labelled and not labels_in(a):  # 1[y_i = k]
            a, b = b, a
        if "delta" in self.kept or one[0].isdigit() or labelled:
            return Fence("indicator", Compare("==", self.index_value(a), self.index_value(b)))
        return Ref("delta", (one, two))

    def cases(self, node: Cases) -> Lay:
        match node:
            case Cases(((condition, Num(one)),), Num(zero)) if one == 1 and zero == 0:
                return Fence("indicator", self.condition(condition))
        pairs = tuple((self.lay(v), self.condition(c)) for c, v in node.branches)
        return Choose(pairs, None if node.otherwise is None else self.lay(node.otherwise))

    def bound(self, node: Bound) -> Lay:
        if (mean := kept_mean(self, node)) is not None:
            return mean
        body, condition = node.body, None
        neutral = {"sum": 0, "prod": 1}.get(node.op)
        match body:
            case Cases(((Rel() as relation, value),), Num(other)) if (
                other == neutral and _restricts(relation, node.indices[-1]) and self.told(value, node.indices[-1])
            ):
                if len(node.indices) > 1:
                    inner = Bound(node.op, node.indices[-1:], body)
                    return Big(
                        node.op,
                        tuple(Range(self.named[i], str(i.size), self.told(body, i)) for i in node.indices[:-1]),
                        self.bound(inner),
                    )
                body, condition = value, self.condition(relation)
        ranges = tuple(Range(self.named[i], str(i.size), self.told(body, i), condition) for i in node.indices)
        return Big(node.op, ranges, self.lay(body))

    def matrix_atom(self, node: MatrixAtom) -> Lay:
        """inv, det, logdet: of a matrix that is one name or a product of two, else of the array built from its
        entries."""
        inner = self.square(node.row, node.col, node.body)
        if node.op == "inv":
            return Entry(Raise(inner, Terms(((-1, ONE),))), self.at(node.at))
        return Fn(node.op, (inner,))

    def tensor(self, node: Tensor) -> Lay:
        """An array as an argument: by its name, in matrix notation, else built from its entries."""
        match node.body:
            case Elem(name, at) if at == node.indices:
                return Ref(name)
        return self.in_matrix_notation(node.indices, node.body) or self.build(
            node.indices, node.body, self.lay(node.body)
        )

    def square(self, row: Index, col: Index, body: Node) -> Lay:
        match body:
            case Elem(name, (a, b)) if a is row and b is col:
                return Ref(name)
            case Elem(name, (a, b)) if a is col and b is row:
                return Turn(Ref(name))
        return self.in_matrix_notation((row, col), body) or self.build((row, col), body, self.lay(body))

    def in_matrix_notation(self, axes: tuple[Index, ...], body: Node) -> Lay | None:
        """An array in matrix notation, where that reads back as the same entries."""
        if (axes, body) not in self._arrays:
            self._arrays[axes, body] = self._in_matrix_notation(axes, body)
        return self._arrays[axes, body]

    def _in_matrix_notation(self, axes: tuple[Index, ...], body: Node) -> Lay | None:
        if self.names is None:
            return None
        from derivations.notation.matrix.raising import matrix_form  # built on this module; rarely needed
        from derivations.notation.read import read  # only the reader can say how a text is read; rarely needed

        rows: list[Declared] = []
        own: dict[Index, IndexExpr] = {}
        for index in free_indices(body) - set(axes):
            name = self.named[index]
            known = self.names.get(name)
            if known is None or known.index is not index:
                made = Index(name, index.size)
                own[index] = made
                rows.append(Declared(name, DOMAINS["index"], (), "index", made))
        names = self.names.with_rows(*sorted(rows, key=lambda r: r.name)) if rows else self.names
        body = reindex(body, own)
        free = free_indices(body)
        whole = Formula(body, axes, tuple(r.index for r in names.values() if r.index in free), names)
        try:
            lay = matrix_form(whole)
            return lay if read(dress(lay, "ascii", *declared_names(names)), names) == whole else None
        except ValueError:
            return None

    # -------------------------------------------------- conditions

    def condition(self, node: Node) -> Lay:
        match node:
            case Rel(op, a, b):
                return Compare(op, self.lay(a), self.lay(b))
            case And(args):
                return Logic("and", tuple(self.condition(a) for a in args))
            case Or(args):
                return Logic("or", tuple(self.condition(a) for a in args))
            case Not(arg):
                return Deny(self.condition(arg))
            case _:
                raise TypeError(f"{type(node).__name__} is no node of the tree")


def index_form(formula: Formula) -> Lay:
    """A formula in index form; with axes, the array with these entries."""
    formula = in_letters(formula)
    page = Page(formula)
    body = page.lay(formula.body)
    return page.build(formula.axes, formula.body, body, formula.joint) if formula.axes else body


def number(value: Fraction) -> Lay:
    """A number: 3, 3/4, -2; decimals where a fraction would be longer than they are."""
    if value < 0:
        return Terms(((-1, number(-value)),))
    if value.denominator == 1 or (value.denominator > 100 and is_decimal(value)):
        return Numeral(value)
    return Frac(Numeral(Fraction(value.numerator)), Numeral(Fraction(value.denominator)))


def _negative(node: Node) -> bool:
    return isinstance(node, Num) and node.value < 0


def _short(node: Node) -> bool:
    """Whether a factor stands well above a fraction bar."""
    match node:
        case Pow(base, Num()):
            return _short(base) and not isinstance(base, (Add, Bound))
        case Elem() | Num() | SizeVal() | Const() | IndexVal() | Delta():
            return True
        case _:
            return False


def _wide(node: Node) -> bool:
    """A bracket that is too much for a numerator: sums, derivatives, or more than two terms in it."""
    return isinstance(node, Add) and (
        len(node.args) > 2
        or any(isinstance(n, (Bound, Deriv)) or (isinstance(n, Elem) and "/" in n.name) for n in walk(node))
    )


def _flat(lay: Lay) -> tuple[Lay, ...]:
    return lay.factors if isinstance(lay, Factors) and not lay.op else (lay,)


def _restricts(relation: Rel, index: Index) -> bool:
    """j ≤ i, k ≠ i: a condition on the summed index alone against another index or a size, as it is written under a
    Σ."""
    left, right = relation.left, relation.right
    return (
        isinstance(left, IndexVal)
        and left.at is index
        and isinstance(right, (IndexVal, SizeVal, Num))
        and relation.op in ("<", "<=", ">", ">=", "!=")
    )
