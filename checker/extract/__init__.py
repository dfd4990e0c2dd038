"""The final answer out of a long text, as a model writes one: rules in order, the first that finds something.

extracting  the map: a text in, the answer with its rule and place out
rules       one row a rule
boxes       `\\boxed{…}`
labels      `Final answer: …`, `the answer is …`
blocks      the last display, the last assignment of code, a text of one line
"""

from checker.extract.extracting import extract
from checker.extract.found import Extracted, Found

__all__ = ["Extracted", "Found", "extract"]
