"""Hints: every part has a ladder that leads from what is asked to the answer, one rung at a time. `climbing.ladder` is
the map; what a kind says on its rungs is in the kind's own file.

    rungs      Rung and Ladder, the values
    restated   what is asked, in words, with shapes
    derived    a derivation as rungs
    climbing   part → ladder: the kind's rungs and the author's hints, cut where the answer is told
    placing    a wrong answer → the rung on which it went wrong
    trying     a numeric example to try by hand
"""
