"""The rooms below the kinds: the text of an answer and the words around it, numbers, conditions, comparing."""
