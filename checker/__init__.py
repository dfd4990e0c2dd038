"""Answers in, verdicts out.

    from checker import check, compare, extract, reward

Each is imported when first used: `import checker` alone stays light.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import checker.kinds  # noqa: F401  the kinds make themselves known

if TYPE_CHECKING:
    from checker.check import check
    from checker.compare import compare
    from checker.extract import extract
    from checker.reward import reward

__all__ = ["check", "compare", "extract", "reward"]


class _Package(ModuleType):
    """A package whose functions are not replaced by their modules of the same names, which importing those would do."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, getattr(value, name) if name in __all__ and isinstance(value, ModuleType) else value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(f"checker.{name}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
