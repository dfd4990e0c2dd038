"""What stands around a function that takes whatever fits: it checks, converts and deals out leading
axes.

`Derivation.numpy()` has it from here; modules that are to stand alone carry its text.
"""

import functools
import inspect
import math
import re

import numpy as np


def arrays(spec, nonzero="", labels="", batch="each", stacked=None):
    """Decorator: turn arguments into real float arrays whose shapes fit `X: n d; w: d`, or raise a
    ValueError that says what does not.

    float32 and float64 are kept (Python numbers adapt), integers become float64; `labels` are
    whole numbers that count from 0, `y: K` those below K. Leading batch dimensions broadcast:
    with batch="native" the function takes them itself, with batch="members" it takes exactly
    one; else `stacked` takes them, or, where there is none, the function is called for each
    member.
    """
    wanted = {
        name.strip(): tuple(sizes.split())
        for name, _, sizes in (part.partition(":") for part in spec.split(";"))
    }
    runs = {
        name.strip(): size.strip()
        for name, _, size in (part.partition(":") for part in labels.split(";"))
        if size
    }

    def shown(sizes, leading=False):
        inside = ", ".join(("...", *sizes) if leading else sizes)
        return f"({inside},)" if len(sizes) == 1 and not leading else f"({inside})"

    def summed(whole):
        """What the sum of sizes m+n-1 or 2n is made of."""
        found = re.findall(r"([+-]?)(\d*)([A-Za-z]\w*)?", whole)
        return [(int(f"{sign}{count or 1}"), name) for sign, count, name in found if count or name]

    def decorate(function):
        signature = inspect.signature(function)

        @functools.wraps(function)
        def checked(*args, **options):
            given = dict(zip(wanted, args, strict=False))
            given.update(
                (name, options.pop(name))
                for name in wanted
                if name in options and name not in given
            )
            if len(args) > len(wanted) or len(given) < len(wanted):
                signature.bind(*args, **options)
                raise TypeError(f"{function.__name__} takes {', '.join(wanted)}")
            found = {name: np.asarray(a) for name, a in given.items()}
            for name, a in found.items():
                if a.dtype.kind not in "fiub":
                    raise ValueError(f"{name} has dtype {a.dtype}, wanted real numbers")
            strong = [
                a.dtype
                for name, a in found.items()
                if a.dtype.kind == "f"
                and name not in runs
                and not isinstance(given[name], (int, float))
            ]
            dtype = np.result_type(np.float32, *strong) if strong else np.dtype(np.float64)
            sizes: dict[str, tuple[int, str]] = {}
            leading: tuple[int, ...] = ()
            for name, a in found.items():
                core = wanted[name]
                if a.ndim < len(core):
                    raise ValueError(f"{name} has shape {a.shape}, wanted {shown(core)}")
                extra = a.ndim - len(core)
                for size, length in zip(core, a.shape[extra:], strict=True):
                    known, where = (
                        (int(size), None)
                        if size.isdigit()
                        else sizes.setdefault(size, (length, name))
                    )
                    if known != length:
                        clash = (
                            f"{size} is {known} in {where} (shape {found[where].shape}) "
                            f"but {length} in {name}"
                            if where
                            else f"an axis of {name} is {length}, not {size}"
                        )
                        raise ValueError(
                            f"{clash}: {name} has shape {a.shape}, wanted {shown(core, extra > 0)}"
                        )
                if extra:
                    try:
                        leading = np.broadcast_shapes(leading, a.shape[:extra])
                    except ValueError:
                        raise ValueError(
                            f"{name} has shape {a.shape}, wanted {shown(core, True)}: "
                            f"its leading axes do not broadcast with {leading}"
                        ) from None
            for whole, (length, name) in [*sizes.items()]:
                if not whole.isidentifier():
                    left = length - sum(
                        c * (sizes[s][0] if s else 1)
                        for c, s in summed(whole)
                        if not s or s in sizes
                    )
                    open_ = [(c, s) for c, s in summed(whole) if s and s not in sizes]
                    if (
                        left
                        if not open_
                        else len(open_) == 1 and (left < open_[0][0] or left % open_[0][0])
                    ):
                        told = ", ".join(
                            f"{s} = {sizes[s][0]}" for _, s in summed(whole) if s in sizes
                        )
                        raise ValueError(
                            f"an axis of {name} is {length}, wanted {whole}"
                            + f" where {told}" * bool(told)
                        )
                    sizes.update({s: (left // c, name) for c, s in open_ if len(open_) == 1})
            for size in nonzero.split():
                if size in sizes and sizes[size][0] == 0:
                    raise ValueError(
                        f"{size} is 0 in {sizes[size][1]} (shape {found[sizes[size][1]].shape}), "
                        "wanted at least 1"
                    )
            for name, size in runs.items():
                most = (
                    int(size) if size.isdigit() else sizes[size][0] if size in sizes else math.inf
                )
                if not ((found[name] >= 0) & (found[name] < most) & (found[name] % 1 == 0)).all():
                    raise ValueError(f"{name} is not all whole numbers from 0 to below {size}")
            values = [
                a.astype(int if name in runs else dtype, copy=False) for name, a in found.items()
            ]
            out = options.get("out")
            targets = out if isinstance(out, tuple) else () if out is None else (out,)
            for k, o in enumerate(targets):
                if not (isinstance(o, np.ndarray) and o.flags.writeable):
                    raise ValueError(
                        "out is "
                        f"{'read-only' if isinstance(o, np.ndarray) else f'a {type(o).__name__}'}"
                        ", wanted an array to write to"
                    )
                for name, a in (
                    *zip(found, values, strict=True),
                    *(("another result", t) for t in targets[:k]),
                ):
                    if np.may_share_memory(o, a):
                        raise ValueError(f"out overlaps {name}, wanted memory of its own")
            if batch == "native" or (batch == "each" and not leading):
                return function(*values, **options)
            if batch == "members":
                ranks = [len(core) for core in wanted.values()]
                count = math.prod(leading)
                flat = [
                    np.broadcast_to(a, leading + a.shape[a.ndim - r :]).reshape(
                        (count, *a.shape[a.ndim - r :])
                    )
                    for a, r in zip(values, ranks, strict=True)
                ]
                if out is not None:
                    options["out"] = tuple(o.view() for o in targets)
                    for o in options["out"]:
                        o.shape = (
                            count,
                            *o.shape[len(leading) :],
                        )  # raises where that would be a copy
                made = function(*flat, **options)
                made = [
                    r.reshape(leading + r.shape[1:])
                    for r in (made if isinstance(made, tuple) else [made])
                ]
                return out if out is not None else tuple(made) if len(made) > 1 else made[0]
            if stacked is not None:
                made = stacked(
                    *values,
                    **{
                        name: v
                        for name, v in options.items()
                        if name not in ("out", "workspace", "threads")
                    },
                )
                for o, r in (
                    zip(targets, made if isinstance(made, tuple) else (made,), strict=True)
                    if targets
                    else ()
                ):
                    if o.shape != r.shape or o.dtype != r.dtype:
                        raise ValueError(
                            f"out has {o.dtype} of shape {o.shape}, "
                            f"wanted {r.dtype} of shape {r.shape}"
                        )
                    o[...] = r
                return made if out is None else out
            if any(v is not None for v in options.values()):
                raise ValueError(
                    f"{', '.join(options)} cannot be combined with leading batch dimensions "
                    f"{leading}"
                )
            cores = [
                np.broadcast_to(a, leading + a.shape[a.ndim - len(core) :])
                for a, core in zip(values, wanted.values(), strict=True)
            ]
            members = [function(*(a[at] for a in cores), **options) for at in np.ndindex(leading)]
            if not members:
                # the first of what labels run over, ones for numbers
                one = [
                    np.full(a.shape[len(leading) :], a.dtype.kind == "f", a.dtype) for a in cores
                ]
                empty = function(*one, **options)
                shapes = (
                    [np.shape(r) for r in empty] if isinstance(empty, tuple) else [np.shape(empty)]
                )
                made = tuple(np.empty(leading + s, dtype) for s in shapes)
                return made if isinstance(empty, tuple) else made[0]
            if isinstance(members[0], tuple):
                return tuple(
                    np.stack(each).reshape(leading + np.shape(each[0]))
                    for each in zip(*members, strict=True)
                )
            return np.stack(members).reshape(leading + np.shape(members[0]))

        return checked

    return decorate
