"""Tokens into a surface tree, by precedence climbing; the declared names settle what grammar cannot."""
