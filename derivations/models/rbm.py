"""A restricted Boltzmann machine: the free energy of what is seen, and the contrastive divergence.

    F(v) = -bᵀv - Σ_j log(1 + e^{c_j + (vᵀW)_j})    p = σ(c + Wᵀv)    ∂F/∂W = -v pᵀ    ∂F/∂b = -v    ∂F/∂c = -p
    contrast:  L = F(v) - F(u) with a sample u held fixed    ∂L/∂W = u qᵀ - v pᵀ

Source: G. Hinton, A Practical Guide to Training Restricted Boltzmann Machines (2012), sections 2 and 16.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="rbm",
    title="Restricted Boltzmann machine",
    doc="What is seen v, weights W, biases b of the seen and c of the hidden units; p: the hidden are on.",
    source="Hinton (2012), sections 2 and 16",
    names="i: index[n]; j: index[m]; v: label01[n]; W: real[n,m]; b: real[n]; c: real[m]; p: probability[m]",
    bindings="""
        z = c + W^T v
        p = sigmoid(z)
        F = -b^T v - sum_j softplus(z_j)
    """,
    targets="dF/dW dF/db dF/dc dF/dz F",
    loss="F",
    variants={
        "contrast": Variant(
            "The difference to a sample u.",
            names="u: label01[n]; q: probability[m]",
            bindings="""
                F = -
                y = c + W^T u
                q = sigmoid(y)
                L = b^T (u - v) + sum_j softplus(y_j) - sum_j softplus(z_j)
            """,
            targets="dL/dW dL/db dL/dc L",
        )
    },
)
