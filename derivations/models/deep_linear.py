"""A chain of linear layers, and one of scalar tanh layers.

    h₁ = W₁x    h₂ = W₂h₁    ŷ = W₃h₂    L = ½‖ŷ-y‖²
    ∂L/∂W₃ = (ŷ-y) h₂ᵀ    ∂L/∂W₂ = W₃ᵀ(ŷ-y) h₁ᵀ    ∂L/∂W₁ = W₂ᵀW₃ᵀ(ŷ-y) xᵀ

Source: A. Saxe, J. McClelland, S. Ganguli, Exact solutions to the nonlinear dynamics of learning in deep linear
networks (2014).
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="deep_linear",
    title="A chain of linear layers",
    doc="Three layers without activation, one example.",
    source="Saxe, McClelland and Ganguli (2014)",
    names="x: real[d]; W1: real[p,d]; W2: real[q,p]; W3: real[r,q]; y: real[r]",
    bindings="""
        h1 = W1 x
        h2 = W2 h1
        yhat = W3 h2
        L = 1/2 ||yhat - y||^2
    """,
    targets="dL/dW1 dL/dW2 dL/dW3 dL/dx yhat L",
    variants={
        "tanh": Variant(
            "With tanh after the first two layers.",
            bindings="h1 = tanh(W1 x); h2 = tanh(W2 h1)",
            targets="dL/dW1 dL/dW2 dL/dW3 dL/dx L",
        ),
        "bias": Variant(
            "With an intercept in each layer.",
            names="b1: real[p]; b2: real[q]; b3: real[r]",
            bindings="h1 = W1 x + b1; h2 = W2 h1 + b2; yhat = W3 h2 + b3",
            targets="dL/dW1 dL/dW2 dL/dW3 dL/db1 dL/db2 dL/db3 yhat L",
        ),
    },
)
