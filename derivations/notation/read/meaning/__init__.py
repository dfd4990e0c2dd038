"""The surface tree into index form: names, shapes and indices settled, matrix notation written out."""
