"""gradient = 0 solved for an unknown: `stationary` is the map, `under_constraints` that under equations."""

from derivations.closed_form.constrained import under_constraints
from derivations.closed_form.stationary import stationary
from derivations.closed_form.values import NoClosedForm, Point

__all__ = ["NoClosedForm", "Point", "stationary", "under_constraints"]
