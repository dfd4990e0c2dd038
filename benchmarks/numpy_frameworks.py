"""The cases in JAX and PyTorch, as their users write them: automatic differentiation of the loss, float64, CPU. For
`numpy_speed.py`.

JAX is compiled by `jit`; PyTorch runs eagerly with its fused kernels (`log_softmax`, `cross_entropy`, `batch_norm`,
`scaled_dot_product_attention`), and batches the softmax Jacobian with `torch.func`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


def stem(name: str) -> str:
    """What a case is about: its name up to the sizes."""
    return re.split(r" \S*[\d=]", name)[0]


def jax_case(name: str, args: tuple[Any, ...]) -> Callable[[], Any]:
    """The compiled function of a case on its arguments, waiting for the result."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def logistic(X, w, y):
        def loss(w):
            z = X @ w
            return (jax.nn.softplus(z) - y * z).sum()

        return jax.grad(loss)(w)

    def softmax_jacobian(Z):
        return jax.vmap(jax.jacrev(jax.nn.softmax))(Z)

    def batch_norm(x, dy, gamma, eps=1e-5):
        def layer(x, gamma, beta):
            return gamma * (x - x.mean(axis=0)) / jnp.sqrt(x.var(axis=0) + eps) + beta

        return jax.vjp(layer, x, gamma, jnp.zeros_like(gamma))[1](dy)

    def cross_entropy(Z, T):
        return jax.grad(lambda Z: -(T * jax.nn.log_softmax(Z)).sum())(Z)

    def two_layer(X, T, W1, b1, W2, b2):
        def loss(W1, b1, W2, b2):
            return -(T * jax.nn.log_softmax(jax.nn.relu(X @ W1 + b1) @ W2 + b2)).sum()

        return jax.grad(loss, argnums=(0, 1, 2, 3))(W1, b1, W2, b2)

    def attention(Q, K, V, dO):
        def layer(Q, K, V):
            return jax.nn.softmax(Q @ K.swapaxes(-1, -2) / Q.shape[-1] ** 0.5) @ V

        return jax.vjp(layer, Q, K, V)[1](dO)

    def gp(x, y, s, l, c):
        def loss(s, l, c):
            square = ((x[:, None, :] - x) ** 2).sum(axis=-1)
            K = s**2 * jnp.exp(-square / (2 * l**2)) + c**2 * jnp.eye(len(y))
            L = jnp.linalg.cholesky(K)
            alpha = jax.scipy.linalg.cho_solve((L, True), y)
            return 0.5 * y @ alpha + jnp.log(jnp.diag(L)).sum() + 0.5 * len(y) * jnp.log(2 * jnp.pi)

        value, slopes = jax.value_and_grad(loss, argnums=(0, 1, 2))(s, l, c)
        return value, *slopes

    def gaussian(x, mu, S):
        def loss(mu, S):
            L = jnp.linalg.cholesky(S)
            z = jax.scipy.linalg.solve_triangular(L, (x - mu).T, lower=True)
            return len(x) * jnp.log(jnp.diag(L)).sum() + 0.5 * (z**2).sum()

        value, (dmu, dS) = jax.value_and_grad(loss, argnums=(0, 1))(mu, S)
        return value, dmu, (dS + dS.T) / 2

    def logistic_loss(x, y, c):
        return lambda w: jax.nn.softplus(-y * (x @ w)).sum() + c / 2 * w @ w

    def logistic_hessian(x, y, w, c):
        return jax.hessian(logistic_loss(x, y, c))(w)

    def logistic_product(x, y, w, c, v):
        return jax.jvp(jax.grad(logistic_loss(x, y, c)), (w,), (v,))[1]

    def factorisation(W, R, U, V, c):
        def loss(U, V):
            return (W * (R - U @ V.T) ** 2).sum() + c / 2 * ((U**2).sum() + (V**2).sum())

        return jax.grad(loss, argnums=(0, 1))(U, V)

    def layer_norm(x, T, g, e):
        def layer(x, g, b):
            mu = x.mean(axis=1, keepdims=True)
            return g * (x - mu) / jnp.sqrt(((x - mu) ** 2).mean(axis=1, keepdims=True) + e) + b

        return jax.vjp(layer, x, g, jnp.zeros_like(g))[1](T)

    def infonce(u, v, t):
        def loss(u, v):
            a = u / jnp.linalg.norm(u, axis=1, keepdims=True)
            b = v / jnp.linalg.norm(v, axis=1, keepdims=True)
            return -jnp.diag(jax.nn.log_softmax(a @ b.T / t)).mean()

        return jax.grad(loss, argnums=(0, 1))(u, v)

    def softmax_regression(x, t, W, c):
        def loss(W):
            return -(t * jax.nn.log_softmax(x @ W)).sum() + c / 2 * (W**2).sum()

        return jax.value_and_grad(loss)(W)

    def gru(W_z, U_z, b_z, W_r, U_r, b_r, W, U, b, h_0, x, y):
        def loss(W, W_z, h_0):
            def step(h, now):
                x_t, y_t = now
                z = jax.nn.sigmoid(W_z @ h + U_z @ x_t + b_z)
                r = jax.nn.sigmoid(W_r @ h + U_r @ x_t + b_r)
                h = (1 - z) * h + z * jnp.tanh(W @ (r * h) + U @ x_t + b)
                return h, ((h - y_t) ** 2).sum()

            return 0.5 * jax.lax.scan(step, h_0, (x, y))[1].sum()

        return jax.grad(loss, argnums=(0, 1, 2))(W, W_z, h_0)

    def conv2d(x, w, G):
        def layer(x, w, b):
            return jax.lax.conv(x, w, (1, 1), "VALID") + b[:, None, None]

        return jax.vjp(layer, x, w, jnp.zeros(len(w)))[1](G)

    def embedding(v, y, E, V):
        def loss(E, V):
            return -jax.nn.log_softmax(E[v] @ V)[jnp.arange(len(y)), y].sum()

        value, slopes = jax.value_and_grad(loss, argnums=(0, 1))(E, V)
        return value, *slopes

    functions = {
        "GRU": gru,
        "conv2d": conv2d,
        "embedding": embedding,
        "logistic": logistic,
        "softmax Jacobian": softmax_jacobian,
        "batch norm": batch_norm,
        "cross-entropy": cross_entropy,
        "two layers": two_layer,
        "attention": attention,
        "GP": gp,
        "Gaussian": gaussian,
        "logistic Hessian": logistic_hessian,
        "logistic Hessian times v": logistic_product,
        "factorisation": factorisation,
        "layer norm": layer_norm,
        "InfoNCE": infonce,
        "softmax regression": softmax_regression,
    }
    compiled = jax.jit(functions[stem(name)])
    held = tuple(jax.device_put(a) for a in args)

    def run() -> Any:
        return jax.block_until_ready(compiled(*held))

    return run


def torch_case(name: str, args: tuple[Any, ...]) -> Callable[[], Any]:
    """The function of a case on its arguments as tensors; the results are NumPy views of tensors."""
    import math

    import torch
    from torch.nn import functional as F

    def gradients(loss: Callable[..., Any], *at: Any, upstream: Any = None) -> tuple[Any, ...]:
        leaves = tuple(a.detach().requires_grad_() for a in at)
        return torch.autograd.grad(loss(*leaves), leaves, upstream)

    def logistic(X, w, y):
        return gradients(lambda w: F.binary_cross_entropy_with_logits(X @ w, y, reduction="sum"), w)

    def softmax_jacobian(Z):
        return torch.func.vmap(torch.func.jacrev(lambda z: torch.softmax(z, 0)))(Z)

    def batch_norm(x, dy, gamma, eps=1e-5):
        return gradients(
            lambda x, g, b: F.batch_norm(x, None, None, g, b, training=True, eps=eps),
            x,
            gamma,
            torch.zeros_like(gamma),
            upstream=dy,
        )

    def cross_entropy(Z, T):
        return gradients(lambda Z: F.cross_entropy(Z, T, reduction="sum"), Z)

    def two_layer(X, T, W1, b1, W2, b2):
        def loss(W1, b1, W2, b2):
            return F.cross_entropy(torch.relu(X @ W1 + b1) @ W2 + b2, T, reduction="sum")

        return gradients(loss, W1, b1, W2, b2)

    def attention(Q, K, V, dO):
        return gradients(F.scaled_dot_product_attention, Q, K, V, upstream=dO)

    def with_value(loss: Callable[..., Any], *at: Any) -> tuple[Any, ...]:
        leaves = tuple(a.detach().requires_grad_() for a in at)
        value = loss(*leaves)
        return value.detach(), *torch.autograd.grad(value, leaves)

    def gp(x, y, s, l, c):
        def loss(s, l, c):
            square = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist") ** 2
            L = torch.linalg.cholesky(s**2 * torch.exp(-square / (2 * l**2)) + c**2 * torch.eye(len(y), dtype=y.dtype))
            alpha = torch.cholesky_solve(y[:, None], L)[:, 0]
            return 0.5 * y @ alpha + L.diagonal().log().sum() + 0.5 * len(y) * math.log(2 * math.pi)

        return with_value(loss, s, l, c)

    def gaussian(x, mu, S):
        def loss(mu, S):
            L = torch.linalg.cholesky(S)
            z = torch.linalg.solve_triangular(L, (x - mu).T, upper=False)
            return len(x) * L.diagonal().log().sum() + 0.5 * (z**2).sum()

        value, dmu, dS = with_value(loss, mu, S)
        return value, dmu, (dS + dS.T) / 2

    def logistic_loss(x, y, c):
        return lambda w: F.softplus(-y * (x @ w)).sum() + c / 2 * w @ w

    def logistic_hessian(x, y, w, c):
        return torch.func.hessian(logistic_loss(x, y, c))(w)

    def logistic_product(x, y, w, c, v):
        return torch.func.jvp(torch.func.grad(logistic_loss(x, y, c)), (w,), (v,))[1]

    def factorisation(W, R, U, V, c):
        def loss(U, V):
            return (W * (R - U @ V.T) ** 2).sum() + c / 2 * ((U**2).sum() + (V**2).sum())

        return gradients(loss, U, V)

    def layer_norm(x, T, g, e):
        return gradients(
            lambda x, g, b: F.layer_norm(x, g.shape, g, b, eps=float(e)), x, g, torch.zeros_like(g), upstream=T
        )

    def infonce(u, v, t):
        def loss(u, v):
            return F.cross_entropy(F.normalize(u) @ F.normalize(v).T / t, torch.arange(len(u)))

        return gradients(loss, u, v)

    def softmax_regression(x, t, W, c):
        return with_value(lambda W: F.cross_entropy(x @ W, t, reduction="sum") + c / 2 * (W**2).sum(), W)

    def gru(W_z, U_z, b_z, W_r, U_r, b_r, W, U, b, h_0, x, y):
        def loss(W, W_z, h):
            error = torch.zeros((), dtype=x.dtype)
            into_z, into_r, into_n = x @ U_z.T + b_z, x @ U_r.T + b_r, x @ U.T + b
            for t in range(len(x)):
                z = torch.sigmoid(W_z @ h + into_z[t])
                r = torch.sigmoid(W_r @ h + into_r[t])
                h = (1 - z) * h + z * torch.tanh(W @ (r * h) + into_n[t])
                error = error + ((h - y[t]) ** 2).sum()
            return 0.5 * error

        return gradients(loss, W, W_z, h_0)

    def conv2d(x, w, G):
        return gradients(F.conv2d, x, w, torch.zeros(len(w), dtype=x.dtype), upstream=G)

    def embedding(v, y, E, V):
        return with_value(lambda E, V: F.cross_entropy(E[v] @ V, y, reduction="sum"), E, V)

    functions = {
        "GRU": gru,
        "conv2d": conv2d,
        "embedding": embedding,
        "logistic": logistic,
        "softmax Jacobian": softmax_jacobian,
        "batch norm": batch_norm,
        "cross-entropy": cross_entropy,
        "two layers": two_layer,
        "attention": attention,
        "GP": gp,
        "Gaussian": gaussian,
        "logistic Hessian": logistic_hessian,
        "logistic Hessian times v": logistic_product,
        "factorisation": factorisation,
        "layer norm": layer_norm,
        "InfoNCE": infonce,
        "softmax regression": softmax_regression,
    }
    run = functions[stem(name)]
    tensors = tuple(torch.as_tensor(a) for a in args)

    def numbers() -> Any:
        made = run(*tensors)
        made = tuple(t.numpy() for t in made) if isinstance(made, tuple) else made.numpy()
        return made[0] if isinstance(made, tuple) and len(made) == 1 else made

    return numbers
