"""Runs of letters: the longest declared name, an index, a constant, a function, or several names run together."""

from __future__ import annotations

import re
from typing import Any

from derivations.notation.errors import put
from derivations.notation.read.grammar.applications import Applications
from derivations.notation.read.grammar.cursor import SPOKEN, Item, Tree, joined_texts
from derivations.notation.read.token import Token
from derivations.notation.spelling import ACCENTS, COMMANDS, GREEK
from derivations.notation.words import NEVER_RUN, PREFIXES, UNREAD

_COMMAND = re.compile(r"\\[A-Za-z]+")
_RUNNING = frozenset(
    [r"\mathbf", r"\boldsymbol", r"\bm", r"\mathit", r"\mathnormal", r"\pmb", r"\symbf", r"\textbf", r"\textit"]
)
"""Styles of letters that stand side by side; upright letters are one name."""


class Naming(Applications):
    """Runs of letters: the longest declared name, an index, a constant, a function, or several names run together."""

    def word(self, token: Token) -> Tree:
        """A run of letters: an index, a declared name, a derivative, a constant, a function, or several names."""
        word = token.value
        scope = self.scope
        primed = word
        k = self.pos + 1
        while self.toks[k].kind == "'" and not self.toks[k].space:
            primed += "'"
            k += 1
        if self.bound and self.bound.get(primed):
            self.pos = k
            return self.tree("letter", [], primed, token.start, self.toks[k - 1].end)
        after = self.toks[k]
        if (
            after.kind == "word"
            and word + after.value in scope.bases
            and (
                after.start == token.end
                or (self.text[token.start] == "\\" and self.text[token.end : after.start].isspace())
            )
        ):
            # ΔW, \\Delta W, declared as one name
            token.value, token.end = word + after.value, after.end
            self.drop(self.pos + 1)
            return self.word(token)
        if after.kind == "word" and after.value in ACCENTS and word + after.value in scope.bases:
            token.value, token.end = word + after.value, after.end
            self.drop(self.pos + 1)
            return self.word(token)
        if (
            word[0] == "d"
            and word not in scope.rows
            and (word != "d" or self.toks[self.pos + 1].kind in ("(", "/", "word"))
            and word not in scope.indices
        ):
            found = self.derivative()
            if found is not None:
                return found
        if word in scope.bases:
            found = self.name(token)
            if found is not None:
                return found
        if word in scope.indices:
            self.pos += 1
            self.used.append(word)
            return self.tree("letter", [], word, token.start, token.end)
        found = self.builtin(token)
        if found is not None:
            return found
        after = self.toks[self.pos + 1]
        if after.kind == "_" and self.toks[self.pos + 2].kind in ("word", "{"):
            braced = self.toks[self.pos + 2].kind == "{"
            accent = self.toks[self.pos + 2 + braced]
            if (
                accent.value in ACCENTS
                and word + accent.value in scope.bases
                and (not braced or self.toks[self.pos + 2].mate == self.pos + 4)
            ):
                token.value, token.end = word + accent.value, self.toks[self.pos + 2 + 2 * braced].end
                for _ in range(2 + 2 * braced):
                    self.drop(self.pos + 1)
                return self.word(token)
        if word in UNREAD:
            raise self.fail(
                f"{word}, {UNREAD[word]}, is not read", token, self.scope.known(), "unknown-name", scope.nearest(word)
            )
        if word in ACCENTS or word in ("mathbf", "bf", "underline", "overline"):
            inner = self.toks[min(self.pos + 2, len(self.toks) - 1)]
            if after.kind in ("(", "{") and after.mate == self.pos + 3 and inner.kind == "word":
                accent = {"overline": "bar"}.get(word, word) if word in ACCENTS or word == "overline" else ""
                token.value, token.end = inner.value + accent, self.toks[after.mate].end
                for _ in range(3):
                    self.drop(self.pos + 1)
                return self.word(token)
        split = self.segments(word) if len(word) > 1 and self.is_run(token) else None
        if split is not None:
            return self.split_run(token, split)
        if (len(word) == 1 or word in GREEK) and after.kind != "_" and not (after.kind == "num" and not after.space):
            if word == "Sigma" and self.text[token.start : token.end] != "Sigma":
                self.pos += 1
                return self.big("sum", token)
            self.pos += 1
            self.loose.append((word, token.start))
            return self.tree("letter", [], word, token.start, token.end)
        if word == "Sigma" and after.kind == "_":
            self.pos += 1
            return self.big("sum", token)
        if word == "delta" and after.kind == "_":
            items, end = self.subscript(self.pos + 1)
            self.count_loose(items)
            self.pos = end
            return self.tree("delta", [], items, token.start, items[-1][3])
        raise self.unknown(word, token)

    def is_run(self, token: Token) -> bool:
        r"""Whether letters stand side by side in the text: \Pr, \operatorname{Var} and \bar{ab} are one thing each."""
        if token.end - token.start == len(token.value):
            return True
        style = _COMMAND.match(self.text, token.start)
        return (style is not None and style[0] in _RUNNING and token.value in self.text[token.start : token.end]) or (
            style is not None and style[0][1:] in COMMANDS
        )

    def segments(self, word: str) -> list[str] | None:
        """The one way in which a run of letters falls into declared names; None where there is none. Raises where there
        are two."""
        if len(word) > 60 or word in GREEK or word in NEVER_RUN:
            return None
        scope, n = self.scope, len(word)
        if any(word.startswith(f) or word.endswith(f) for f in SPOKEN):
            return None
        ways: list[list[list[str]]] = [[] for _ in range(n + 1)]
        ways[n] = [[]]
        for at in range(n - 1, -1, -1):
            for end in range(at + 1, min(n, at + 30) + 1):
                piece = word[at:end]
                last = end == n
                if (
                    piece in scope.rows
                    or piece in scope.sizes
                    or (last and piece in scope.bases)
                    or self.bound.get(piece)
                    or piece in scope.indices
                    or piece == "pi"
                    or (piece == "I" and last)
                ):
                    ways[at] += [[piece, *rest] for rest in ways[end][:2]]
            del ways[at][3:]
        found = [w for w in ways[0] if len(w) > 1]
        if not found:
            return None
        if len(found) > 1:
            here = self.toks[self.pos]
            raise self.fail(
                f"{word} reads two ways",
                None,
                "spaces or * between the names",
                "ambiguous",
                readings=put(self.text, (here.start, here.end), *("*".join(w) for w in found[:2])),
            )
        return found[0]

    def split_run(self, token: Token, split: list[str]) -> Tree:
        """A run of several names, as juxtaposed factors; the last one takes what follows."""
        start = token.start
        at = token.start
        args: list[Tree] = []
        for piece in split[:-1]:
            part = Token("word", piece, at, at + len(piece))
            args.append(self.single(part))
            at += len(piece)
        token.value, token.start = split[-1], at
        self.enter(token)
        args.append(self.factor())
        self.depth -= 1
        if args[0].op == "size" and len(args) == 2:
            self.differential_of(args[0], args[1])
        return self.tree("prod", args, ["split"] * (len(args) - 1), start, args[-1].end)

    def single(self, token: Token) -> Tree:
        """One whole word as a value, without what follows it."""
        word = token.value
        if self.bound.get(word):
            return self.tree("letter", [], word, token.start, token.end)
        row = self.scope.rows.get(word)
        if row is not None:
            return self.tree("name", [], row, token.start, token.end)
        if word in self.scope.sizes:
            return self.tree("size", [], self.scope.sizes[word], token.start, token.end)
        if word in self.scope.indices:
            return self.tree("letter", [], word, token.start, token.end)
        if word == "I":
            return self.tree("eye", [], None, token.start, token.end)
        return self.tree("const", [], word, token.start, token.end)

    def name(self, token: Token) -> Tree | None:
        """The longest declared name that starts here, with its entries; None where none does."""
        scope, toks, base = self.scope, self.toks, token.value
        row = scope.rows.get(base)
        self.pos += 1
        after = toks[self.pos]
        if base in scope.plain and after.kind not in ("_", "[", "^", "'", "num"):
            return self.named(token, row, base, [], token.end)
        # Gather what may belong to the name: digits, subscripts, labels, primes.
        whole = base not in scope.plain
        pieces: list[tuple[str, list[Item], int]] = []
        k = self.pos
        tensor = row is not None and bool(row.sizes)
        while True:
            t = toks[k]
            kind = t.kind
            if kind == "num" and not pieces and not t.space and t.value.isdigit():
                pieces.append(("sub", [("num", t.value, t.start, t.end)], k + 1))
                k += 1
            elif kind == "_":
                if toks[k + 1].kind in ("{", "(") and self.relation_inside(toks[k + 1], k + 1) and not whole:
                    break
                items, k2 = self.subscript(k)
                k2 = self.glued(items, k2, row, whole)
                pieces.append(("sub", items, k2))
                k = k2
            elif kind == "[" and not t.space and (tensor or whole) and not self.relation_inside(t, k):
                if t.mate == k + 1:
                    break
                pieces.append(("sub", self.items(k + 1, t.mate), t.mate + 1))
                k = t.mate + 1
            elif kind == "^":
                label = self.label_at(k, tensor, whole)
                if label is None:
                    break
                pieces.append(label)
                k = label[2]
            elif kind == "'" and not t.space:
                pieces.append(("prime", [], k + 1))
                k += 1
            else:
                break
            if len(pieces) > 8:
                break
        if not pieces:
            return self.named(token, row, base, [], token.end)
        if any(p[0] == "label" for p in pieces[1:]) and pieces[0][0] != "label":
            last = pieces[-1][2]
            pieces.sort(key=lambda p: p[0] != "label")
            pieces = [(kind, items, last if n == len(pieces) - 1 else -1) for n, (kind, items, _) in enumerate(pieces)]
        best = (
            row,
            scope.sizes.get(base) if row is None else None,
            0,
            0,
        )  # what, size, whole pieces used, items used of the next
        current = base
        for n, (kind, items, _) in enumerate(pieces):
            if kind == "prime":
                current += "'"
                if current in scope.rows:
                    best = (scope.rows[current], None, n + 1, 0)
                continue
            texts = [str(p) if i in ("word", "num", "raw") else None for i, p, _, _ in items]
            if len(texts) == 1 and texts[0] is not None and texts[0] in ACCENTS and "_" not in current:
                current += texts[0]
                if current in scope.rows:
                    best = (scope.rows[current], None, n + 1, 0)
                continue
            stop = False
            for j in range(1, len(texts) + 1):
                if texts[j - 1] is None:
                    stop = True
                    break
                candidate = current + "_" + joined_texts(texts[:j])
                if candidate in scope.rows:
                    best = (scope.rows[candidate], None, n + (j == len(texts)), 0 if j == len(texts) else j)
                elif candidate in scope.sizes:
                    best = (None, scope.sizes[candidate], n + (j == len(texts)), 0 if j == len(texts) else j)
            if stop:
                break
            current += "_" + joined_texts(texts)
        row, size, used, part = best
        if row is None and size is None:
            self.pos -= 1
            return None
        if used < len(pieces) and pieces[used][1] and str(pieces[used][1][0][1]) in ACCENTS:
            accent = str(pieces[used][1][0][1])
            self.pos -= 1
            raise self.fail(
                f"{base}_{accent} is not declared",
                token,
                "a declared name",
                "unknown-name",
                scope.nearest(base + accent),
                span=(token.start, pieces[used][1][0][3]),
            )
        rest: list[Item] = []
        end = (
            token.end
            if used == 0
            else toks[(pieces[used - 1][2] if pieces[used - 1][2] > 0 else pieces[-1][2]) - 1].end
        )
        at = self.pos if used == 0 else pieces[used - 1][2]
        for n in range(used, len(pieces)):
            kind, items, after_piece = pieces[n]
            if kind == "prime":
                break
            rest += items[part:] if n == used else items
            at = after_piece
        if at < 0:
            at = pieces[-1][2]
        if size is not None or row is None:
            if rest:
                self.pos -= 1
                return None
            self.pos = at
            return self.tree("size", [], size, token.start, end)
        if rest and not row.sizes:
            kind = "function" if row.role == "function" else "scalar"
            raise self.fail(
                f"{row.name} is a {kind}: it takes no index",
                expected="a name with axes",
                span=(rest[0][2], rest[-1][3]),
                tag="index",
            )
        self.pos = at
        if rest:
            return self.named(token, row, base, rest, max(toks[at - 1].end, rest[-1][3]))
        return self.named(token, row, base, [], end)

    def named(self, token: Token, row: Any, base: str, items: list[Item], end: int) -> Tree | None:
        """A declared name with its entries; a function is applied."""
        if row is None:
            size = self.scope.sizes.get(base)
            if size is not None:
                return self.tree("size", [], size, token.start, end)
            self.pos -= 1
            return None
        if row.role == "function":
            return self.application(token, row)
        if base in PREFIXES and not row.sizes and self.toks[self.pos].kind == "(" and not items:
            self.note(
                "sigma",
                f"{row.name} is declared a scalar, so {row.name}(…) was read as a product, not as the sigmoid",
                token.start,
                end,
            )
        made = self.tree("name", [], row, token.start, end if not items else token.end)
        if items:
            self.count_loose(items)
            return self.tree("at", [made], items, token.start, end)
        if row.role == "node" and self.toks[self.pos].kind == "(" and not self.toks[self.pos].space:
            return self.of_arguments(made, row)
        return made

    def of_arguments(self, made: Tree, row: Any) -> Tree:
        """A node with its arguments in brackets is the node: LL(x, y), f(x_i; μ, σ²); p(x) could be a product as well,
        and reads two ways."""
        bracket = self.toks[self.pos]
        found = self.arguments_of(row, bracket)
        if found is None:
            return made
        items, several = found
        end = self.toks[bracket.mate].end
        if not several:
            name, inside = self.text[made.start : bracket.start], self.text[bracket.start : end]
            tail = self.text[made.start :]  # each of its places reads the same way
            raise self.fail(
                f"{name}{inside} reads two ways", span=(made.start, end), tag="ambiguous",
                expected=f"{name} * {inside} for the product, {name} alone for its value",
                readings=put(self.text, (made.start, len(self.text)), tail.replace(name + inside, f"{name} * {inside}"),
                    tail.replace(name + inside, name)),
            )  # fmt: skip
        self.note("arguments", f"{self.text[made.start : end]} was read as {row.name}", made.start, end)
        self.pos = bracket.mate + 1
        if not items:
            return made
        self.count_loose(items)
        return self.tree("at", [made], items, made.start, end)

    def arguments_of(self, row: Any, bracket: Token) -> tuple[list[Item], bool] | None:
        """What a bracket behind a node lists, where these are names that it is computed from: the entry meant, whether
        there are several; else None."""
        toks, k = self.toks, self.pos + 1
        below = self.scope.computed_from(row.name)
        entry: list[Item] = []
        count = 0
        while k < bracket.mate:
            known = self.scope.rows.get(toks[k].value) if toks[k].kind == "word" else None
            if known is None or known.name not in below:
                return None
            count += 1
            k += 1
            if toks[k].kind == "_":
                items, k = self.subscript(k)
                if len(items) == len(row.sizes) and not entry:
                    entry = items
                elif len(items) != len(row.sizes):
                    return None
            elif toks[k].kind == "^" and toks[k + 1].kind in ("num", "{") and count > 1:
                k = k + 2 if toks[k + 1].kind == "num" else toks[k + 1].mate + 1
            if k < bracket.mate:
                if toks[k].kind not in (",", ";", "|"):
                    return None
                k += 1
        return (entry, count > 1) if count else None

    def application(self, token: Token, row: Any) -> Tree:
        """f(x), f'(x) of a declared function; what follows a `;` are parameters."""
        order = 0
        while self.toks[self.pos].kind == "'":
            order += 1
            self.pos += 1
        bracket = self.toks[self.pos]
        if bracket.kind not in ("(", "{", "["):
            raise self.fail(f"{row.name} is a function and needs its argument", bracket, f"{row.name}(…)")
        self.pos += 1
        args = [self.guarded(self.full)]
        while self.toks[self.pos].kind == ",":
            self.pos += 1
            args.append(self.guarded(self.full))
        if self.toks[self.pos].kind == ";" or self.toks[self.pos].kind == "|":
            self.note(
                "parameters",
                f"the parameters after {self.shown(self.toks[self.pos])} in {row.name}(…) were left out",
                self.toks[self.pos].start,
                self.toks[bracket.mate].start,
            )
            self.pos = bracket.mate
        if self.pos != bracket.mate:
            raise self.fail(self.unexpected(self.toks[self.pos]), None, "the end of the argument")
        self.pos += 1
        return self.tree("apply", args, (row, order), token.start, self.toks[bracket.mate].end)
