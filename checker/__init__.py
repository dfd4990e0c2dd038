"""Answers in, verdicts out.

    from checker import check, compare

Both are imported when first used: `import checker` alone stays light.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checker.check import check
    from checker.equality import compare

__all__ = ["check", "compare"]


class _Package(ModuleType):
    """A package whose function `check` is not replaced by its module of the same name, which importing that module
    would do."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value.check if name == "check" and isinstance(value, ModuleType) else value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name == "check":
        from checker.check import check

        return check
    if name == "compare":
        from checker.equality import compare

        return compare
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
