"""A class: its assignment, the hand-ins of its students, what each is worth, and what the teacher gets to see.

asking      the parts of an assignment as the sheet that a hand-in is held against
scoring     marks and the rules of the assignment in, points out
alike       which answers to a part are proved to be the same
overrides   what the teacher decides once about an answer and all that are the same
keys        the hash of what verdicts rest on
judging     one hand-in from its file to its JSON and its page: what a worker does
handins     the hand-ins of a folder
running     the map of a class: hand-ins through workers, a record and a page each, then the tables
gradebook   one row a student, a column a part
overview    the class as one page
gradescope  the results of a hand-in, and the zip that makes an autograder
drawn       a graded hand-in on the terminal
"""
