"""Answers in, verdicts out: `check(part, answer)` judges an answer to a part of the bank, `compare(student, truth, names)` one formula against another."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checker.check import check
    from checker.equality import compare
    from checker.verdict import Verdict

__all__ = ["Verdict", "check", "compare"]


class _Package(ModuleType):
    """`checker.check` is the function also after the module of that name has been imported. What is public is imported when it is asked for."""

    @property
    def check(self) -> Any:
        from importlib import import_module

        return import_module("checker.check").check

    @check.setter
    def check(self, _module: ModuleType) -> None:
        """The import system binds the module here; the function stays."""


def __getattr__(name: str) -> Any:
    if name == "compare":
        from checker.equality import compare

        return compare
    if name == "Verdict":
        from checker.verdict import Verdict

        return Verdict
    raise AttributeError(f"module 'checker' has no attribute {name!r}")


sys.modules[__name__].__class__ = _Package
