"""A class: its assignment, the hand-ins of its students, what each is worth, and what the teacher gets to see.

asking      the parts of an assignment as the sheet that a hand-in is held against
scoring     marks and the rules of the assignment in, points out
judging     one hand-in from its file to its JSON and its page: what a worker does
"""
