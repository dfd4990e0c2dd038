"""Matrix factorisation: the known entries of a matrix, fitted by a product of low rank.

    P = UVᵀ    L = ½ Σ_ij M_ij (P_ij - R_ij)² + ½λ(‖U‖² + ‖V‖²)
    ∂L/∂U = (M ⊙ (P - R)) V + λU    ∂L/∂V = (M ⊙ (P - R))ᵀ U + λV

Source: Y. Koren, R. Bell, C. Volinsky, Matrix Factorization Techniques for Recommender Systems (2009).
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="matrix_factorisation",
    title="Matrix factorisation",
    doc="Ratings R of n things by m people, known where the mask M is 1, k factors, penalty lambda.",
    source="Koren, Bell and Volinsky (2009)",
    names=(
        "i: index[m]; j: index[n]; l: index[k]; R: real[m,n]; M: mask[m,n]; U: real[m,k]; V: real[n,k]; "
        "lambda: positive"
    ),
    bindings="""
        P = U V^T
        L = 1/2 sum_i sum_j M_ij (R_ij - P_ij)^2 + lambda/2 sum_i sum_l U_il^2 + lambda/2 sum_j sum_l V_jl^2
    """,
    targets="dL/dU dL/dV dL/dP L",
    variants={
        "bias": Variant(
            "With a mean mu and biases a and b.",
            names="mu: real; a: real[m]; b: real[n]",
            bindings="P_ij = mu + a_i + b_j + sum_l U_il V_jl",
            targets="dL/dU dL/dV dL/da dL/db dL/dmu L",
        ),
    },
)
