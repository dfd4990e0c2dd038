"""The likelihood of a sequence under a hidden Markov model, by the forward recursion.

    B_tj = p(x_t | state j), π the first state's distribution, A_lj = p(state j | state l before)
    α_1j = π_j B_1j    α_tj = B_tj Σ_l α_{t-1,l} A_lj    L = log Σ_j α_Tj

The adjoint of α is the backward recursion, up to the likelihood: ∂L/∂α_tl = β_tl / Σ_j α_Tj with β_T = 1 and
β_tl = Σ_j A_lj B_{t+1,j} β_{t+1,j}; so ∂L/∂B_tj = γ_tj / B_tj, where γ_tj = α_tj β_tj / Σ_i α_Ti is the posterior
of the state, and π_j ∂L/∂π_j = γ_1j.

Source: L. Rabiner, A tutorial on hidden Markov models (1989), section III; C. Bishop, Pattern Recognition and Machine
Learning (2006), section 13.2.
"""

from derivations.model import Definition, Variant

MODEL = Definition(
    name="hmm",
    title="A hidden Markov model",
    doc="Log-likelihood of one sequence by the forward recursion.",
    source="Rabiner (1989); Bishop (2006), section 13.2",
    names=("t: index[T]; j: index[K]; l: index[K]; i: index[K]; pi: simplex[K]; A: simplex[K,K]; B: positive[T,K]"),
    bindings="""
        alpha_1j = pi_j B_1j
        alpha_tj = B_tj sum_l alpha_{t-1,l} A_lj
        L = log sum_j alpha_Tj
    """,
    targets="dL/dA dL/dB dL/dpi L",
    variants={
        "log": Variant(
            "In logarithms: scores in place of probabilities, as a program computes it.",
            names="pi: real[K]; A: real[K,K]; B: real[T,K]",
            bindings="""
                alpha_1j = pi_j + B_1j
                alpha_tj = B_tj + log sum_l exp(alpha_{t-1,l} + A_lj)
                L = log sum_j exp(alpha_Tj)
            """,
        ),
        "backward": Variant(
            "By the backward recursion: the same number.",
            bindings="""
                alpha = -; alpha_1 = -
                beta_Tj = 1
                beta_tj = sum_l A_jl B_{t+1,l} beta_{t+1,l}
                L = log sum_j pi_j B_1j beta_1j
            """,
            targets="dL/dA dL/dB dL/dpi L",
        ),
    },
)
