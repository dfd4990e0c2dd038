"""A residual block, the upstream gradient ∂L/∂y given.

    z = W₁x + b₁    a = ReLU(z)    y = x + W₂a + b₂
    ∂L/∂x = ∂L/∂y + W₁ᵀ(W₂ᵀ ∂L/∂y ⊙ 1[z > 0])

Source: K. He, X. Zhang, S. Ren, J. Sun, Deep Residual Learning for Image Recognition (2016), section 3.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="residual_block",
    title="A residual block",
    doc="Two linear layers with a ReLU between them, added to their input.",
    source="He, Zhang, Ren and Sun (2016), section 3",
    names="x: real[d]; W1: real[h,d]; b1: real[h]; W2: real[d,h]; b2: real[d]",
    bindings="""
        z = W1 x + b1
        a = relu(z)
        y = x + W2 a + b2
    """,
    targets="dL/dx dL/dW1 dL/db1 dL/dW2 dL/db2 dL/dz dL/da y",
    upstream="y",
    kinks={"a": "either"},
    variants={"tanh": Variant("tanh in place of ReLU.", bindings="a = tanh(z)")},
)
