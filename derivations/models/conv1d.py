"""A convolution along one axis, as networks have it: channels in, channels out, no padding, the kernel not turned.

    z_fi = b_f + Σ_ck W_fck x_{c,i+k-1}
    ∂L/∂W_fck = Σ_i ∂L/∂z_fi x_{c,i+k-1}    ∂L/∂x_cj = Σ_fk W_fck ∂L/∂z_{f,j-k+1}    ∂L/∂b_f = Σ_i ∂L/∂z_fi

Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning (2016), section 9.5.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="conv1d",
    title="A convolution along one axis",
    doc="C channels x, F kernels W of length m with biases b, an output z of length n a kernel.",
    source="Goodfellow, Bengio and Courville (2016), section 9.5",
    names=("f: index[F]; c: index[C]; i: index[n]; k: index[m]; x: real[C,n+m-1]; W: real[F,C,m]; b: real[F]"),
    bindings="z_fi = b_f + sum_c sum_k W_fck x_{c,i+k-1}",
    targets="dL/dW dL/dx dL/db z",
    upstream="z",
    variants={
        "one": Variant(
            "One channel in and out.",
            names="x: real[n+m-1]; W: -; w: real[m]; b: real",
            bindings="z_i = b + sum_k w_k x_{i+k-1}",
            targets="dL/dw dL/dx dL/db z",
        ),
        "strided": Variant(
            "Windows that move by two.",
            names="x: real[C,2n+m]",
            bindings="z_fi = b_f + sum_c sum_k W_fck x_{c,2i+k-1}",
        ),
    },
)
