"""Dropout as a mask, the upstream gradient ∂L/∂a given.

    a_ij = r_ij h_ij/q    ∂L/∂h_ij = ∂L/∂a_ij r_ij/q    (r: 1 kept, 0 dropped; q: the probability of being kept)

Source: N. Srivastava et al., Dropout, Journal of Machine Learning Research (2014), section 4.
"""

from derivations.model import Definition

MODEL = Definition(
    name="dropout",
    title="Dropout",
    doc="Units h of m examples, their mask r, scaled by the probability q of being kept.",
    source="Srivastava et al. (2014), section 4",
    names="i: index[m]; j: index[d]; h: real[m,d]; r: mask[m,d]; q: probability",
    bindings="a_ij = r_ij h_ij/q",
    targets="dL/dh a",
    upstream="a",
)
