"""The functions that emitted modules carry with them, as ordinary code: one file a library.
`arrays` checks and converts arguments; it is imported from here by functions that do not carry
it."""

from derivations.emit.runtime.checking import arrays

__all__ = ["arrays"]
