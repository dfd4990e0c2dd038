"""The fast form: one pass over memory in blocks that stay in cache, in place, into `out=` and a workspace that is used
again, on every core.

    def cross_entropy_dZ(Z, T, *, out=None, workspace=None, threads=None):
        ...
        def work(thread, blocks):
            for rows in blocks:
                Z_b, T_b = Z[rows], T[rows]
                dZ_b = np.subtract(Z_b, row_max(Z_b), out=dZ[rows])
                np.exp(dZ_b, out=dZ_b)
                dZ_b *= 1 / np.einsum("ij->i", dZ_b)[..., None]
                np.subtract(dZ_b, T_b, out=dZ_b)

        in_threads(work, m, step, threads)

rewrite     small factors are moved out of the way
cut         along which axis, and in how many passes
batching    where there is nothing to cut: the function for many members at once
writer      the body of the function: what stands before, between and after the passes
block       the statements of one pass, each into its place

Arrays of two or more axes are written into a block of the result, or into a buffer of the workspace, or over an operand
that nobody needs any more; so are vectors where only matrices times vectors are computed, else they are written as in
the readable form. The rows are shared among threads, products of a matrix and a vector too; those of two matrices are
BLAS's, which has threads of its own.
"""
