"""Hand-ins: a document in, every line judged, a marked page out.

scan        the text of a document as pieces with their places: headings, words, formulas, code
claims      what the pieces state: chains of formulas, each with the words around it
sheets      the parts of a sheet, the letters of each, and the labels by which a document speaks of them
placing     which problem and part a statement belongs to
marking     each link judged under the letters of its problem
grading     the map: a document and a sheet in, a marked document out
"""
