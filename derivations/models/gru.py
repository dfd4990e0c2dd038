"""A gated recurrent unit: an update gate z, a reset gate r, a candidate n.

    z_t = σ(W_z h_{t-1} + U_z x_t + b_z)    r_t = σ(W_r h_{t-1} + U_r x_t + b_r)
    n_t = tanh(W (r_t ⊙ h_{t-1}) + U x_t + b)    h_t = (1 - z_t) ⊙ h_{t-1} + z_t ⊙ n_t
    L = ½ Σ_t ‖h_t - y_t‖²

    ∂L/∂n_t = ∂L/∂h_t ⊙ z_t    ∂L/∂z_t = ∂L/∂h_t ⊙ (n_t - h_{t-1})
    ∂L/∂r_t = h_{t-1} ⊙ Wᵀ (∂L/∂n_t ⊙ (1 - n_t²))
    ∂L/∂W = Σ_t (∂L/∂n_t ⊙ (1 - n_t²)) (r_t ⊙ h_{t-1})ᵀ

Source: K. Cho and others, Learning phrase representations using RNN encoder-decoder (2014).
"""

from derivations.model import Definition

MODEL = Definition(
    name="gru",
    title="A gated recurrent unit",
    doc="A sequence of units with an update and a reset gate, squared error of the hidden states.",
    source="Cho and others (2014)",
    names=(
        "t: index[T]; i: index[d]; j: index[d]; k: index[m]; W_z: real[d,d]; U_z: real[d,m]; b_z: real[d]; "
        "W_r: real[d,d]; U_r: real[d,m]; b_r: real[d]; W: real[d,d]; U: real[d,m]; b: real[d]; h_0: real[d]; "
        "x: real[T,m]; y: real[T,d]"
    ),
    bindings="""
        z_t = sigmoid(W_z h_{t-1} + U_z x_t + b_z)
        r_t = sigmoid(W_r h_{t-1} + U_r x_t + b_r)
        n_t = tanh(W (r_t ⊙ h_{t-1}) + U x_t + b)
        h_t = (1 - z_t) ⊙ h_{t-1} + z_t ⊙ n_t
        L = 1/2 sum_t sum_i (h_ti - y_ti)^2
    """,
    targets="dL/dW dL/dW_z dL/dh_0 L",
)
