"""A convolution in the plane, as networks have it: channels in, channels out, no padding, the kernel not turned.

    z_fij = b_f + Σ_cab W_fcab x_{c,i+a-1,j+b-1}
    ∂L/∂W_fcab = Σ_ij ∂L/∂z_fij x_{c,i+a-1,j+b-1}    ∂L/∂b_f = Σ_ij ∂L/∂z_fij
    ∂L/∂x_crs = Σ_fab W_fcab ∂L/∂z_{f,r-a+1,s-b+1}

Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning (2016), section 9.5.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="conv2d",
    title="A convolution in the plane",
    doc="C channels x, F kernels W of p by q with biases b, an output z of n by m a kernel.",
    source="Goodfellow, Bengio and Courville (2016), section 9.5",
    names=(
        "f: index[F]; c: index[C]; i: index[n]; j: index[m]; a: index[p]; b: index[q]; "
        "x: real[C,n+p-1,m+q-1]; W: real[F,C,p,q]; B: real[F]"
    ),
    bindings="z_fij = B_f + sum_c sum_a sum_b W_fcab x_{c,i+a-1,j+b-1}",
    targets="dL/dW dL/dx dL/dB z",
    upstream="z",
    variants={
        "one": Variant(
            "One channel in and out, and no bias.",
            names="x: real[n+p-1,m+q-1]; W: real[p,q]; B: -",
            bindings="z_ij = sum_a sum_b W_ab x_{i+a-1,j+b-1}",
            targets="dL/dW dL/dx z",
        ),
    },
)
