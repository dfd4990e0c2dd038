"""gradient = 0 solved for an unknown: `stationary` is the map."""

from derivations.closed_form.stationary import stationary
from derivations.closed_form.values import NoClosedForm, Point

__all__ = ["NoClosedForm", "Point", "stationary"]
