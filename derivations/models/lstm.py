"""Long short-term memory: a cell that is kept, written and read by gates.

    f_t = σ(W_f h_{t-1} + U_f x_t + b_f)    i_t = σ(W_i h_{t-1} + U_i x_t + b_i)    o_t = σ(W_o h_{t-1} + U_o x_t + b_o)
    g_t = tanh(W_g h_{t-1} + U_g x_t + b_g)    c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t    h_t = o_t ⊙ tanh(c_t)
    L = ½ Σ_t ‖h_t - y_t‖²

    ∂L/∂c_t = ∂L/∂h_t ⊙ o_t ⊙ (1 - tanh²(c_t)) + f_{t+1} ⊙ ∂L/∂c_{t+1}
    ∂L/∂f_t = ∂L/∂c_t ⊙ c_{t-1}    ∂L/∂i_t = ∂L/∂c_t ⊙ g_t    ∂L/∂g_t = ∂L/∂c_t ⊙ i_t    ∂L/∂o_t = ∂L/∂h_t ⊙ tanh(c_t)
    ∂L/∂W_f = Σ_t (∂L/∂f_t ⊙ f_t ⊙ (1 - f_t)) h_{t-1}ᵀ

Source: S. Hochreiter, J. Schmidhuber, Long short-term memory (1997); with the forget gate of F. Gers, J. Schmidhuber,
F. Cummins, Learning to forget (2000).
"""

from derivations.model import Definition

MODEL = Definition(
    name="lstm",
    title="Long short-term memory",
    doc="A sequence of cells with three gates, squared error of the hidden states.",
    source="Hochreiter and Schmidhuber (1997); Gers, Schmidhuber and Cummins (2000)",
    names=(
        "t: index[T]; j: index[d]; k: index[d]; l: index[m]; W_f: real[d,d]; U_f: real[d,m]; b_f: real[d]; "
        "W_i: real[d,d]; U_i: real[d,m]; b_i: real[d]; W_o: real[d,d]; U_o: real[d,m]; b_o: real[d]; "
        "W_g: real[d,d]; U_g: real[d,m]; b_g: real[d]; h_0: real[d]; c_0: real[d]; x: real[T,m]; y: real[T,d]"
    ),
    bindings="""
        f_t = sigmoid(W_f h_{t-1} + U_f x_t + b_f)
        i_t = sigmoid(W_i h_{t-1} + U_i x_t + b_i)
        o_t = sigmoid(W_o h_{t-1} + U_o x_t + b_o)
        g_t = tanh(W_g h_{t-1} + U_g x_t + b_g)
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
        h_t = o_t ⊙ tanh(c_t)
        L = 1/2 sum_t sum_j (h_tj - y_tj)^2
    """,
    targets="dL/dW_f dL/dx dL/dc_0 L",
)
