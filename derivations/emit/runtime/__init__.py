"""The functions that emitted modules carry with them, as ordinary code: one file a library."""
