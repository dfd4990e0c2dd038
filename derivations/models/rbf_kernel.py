"""The Gaussian (RBF) kernel and its gradients.

    k = e^(-‖x-z‖²/(2s²))    ∂k/∂x = -k (x-z)/s²    ∂k/∂s = k ‖x-z‖²/s³

Source: B. Schölkopf, A. Smola, Learning with Kernels (2002), section 2.3.
"""

from derivations.model import Definition

MODEL = Definition(
    name="rbf_kernel",
    title="The RBF kernel",
    doc="Two points x and z, width s.",
    source="Schölkopf and Smola (2002), section 2.3",
    names="j: index[d]; x: real[d]; z: real[d]; s: positive; k: positive",
    bindings="k = exp(-||x - z||^2/(2 s^2))",
    targets="dk/dx dk/dz dk/ds k",
    loss="k",
)
