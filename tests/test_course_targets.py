"""What public courses ask to be derived, in their order, against the form that their books print.

One target of each topic is in the suite; all of them are in the long tests.
"""

from __future__ import annotations

from typing import Any

import pytest

from checker import compare
from derivations import gradient
from derivations.notation import write

Target = tuple[str, str, str, str, dict[str, Any], str]
TARGETS: list[Target] = [
    # topic, formula, by what, names, what is asked besides the gradient, the book
    # linear regression
    (
        "linear regression",
        "||y - X w||^2",
        "w",
        "X: real[n,d]; y: real[n]; w: real[d]",
        {"argmin": True},
        "(X^T X)^-1 X^T y",
    ),
    (
        "linear regression",
        "1/n sum_i (y_i - w^T X_i - b)^2",
        "w",
        "X: real[n,d]; y: real[n]; w: real[d]; b: real; i: index[n]",
        {},
        "2/n X^T (X w + b - y)",
    ),
    (
        "linear regression",
        "1/n sum_i (y_i - w^T X_i - b)^2",
        "b",
        "X: real[n,d]; y: real[n]; w: real[d]; b: real; i: index[n]",
        {"argmin": True},
        "mean(y - X w)",
    ),
    (
        "linear regression",
        "(y - X w)^T C^-1 (y - X w)",
        "w",
        "X: real[n,d]; y: real[n]; w: real[d]; C: posdef[n]",
        {"argmin": True},
        "(X^T C^-1 X)^-1 X^T C^-1 y",
    ),
    (
        "linear regression",
        "||Y - X W||_F^2 + l ||W||_F^2",
        "W",
        "X: real[n,d]; l: positive; Y: real[n,k]; W: real[d,k]",
        {"argmin": True},
        "(X^T X + l I)^-1 X^T Y",
    ),
    (
        "linear regression",
        "1/2 ||y - X w||^2 + l ||G w||^2",
        "w",
        "X: real[n,d]; y: real[n]; w: real[d]; l: positive; G: real[m,d]",
        {"argmin": True},
        "(X^T X + 2 l G^T G)^-1 X^T y",
    ),
    # extrema under equations
    (
        "extrema under equations",
        "1/2 ||w||^2",
        "w",
        "w: real[d]; A: real[m,d]; b: real[m]",
        {"argmin": True, "subject_to": ["A w = b"]},
        "A^T (A A^T)^-1 b",
    ),
    (
        "extrema under equations",
        "w^T S w",
        "w",
        "w: real[d]; S: posdef[d]",
        {"argmin": True, "subject_to": ["sum_j w_j = 1"]},
        "S^-1 ones/(ones^T S^-1 ones)",
    ),
    (
        "extrema under equations",
        "c^T x",
        "x",
        "x: real[d]; c: real[d]",
        {"argmax": True, "subject_to": ["||x||^2 = 1"]},
        "c/||c||",
    ),
    (
        "extrema under equations",
        "||x - a||^2",
        "x",
        "x: real[d]; a: real[d]; c: real[d]; b: real",
        {"argmin": True, "subject_to": ["c^T x = b"]},
        "a - (c^T a - b)/(c^T c) c",
    ),
    # logistic regression
    (
        "logistic regression",
        "-sum_i (y_i log sigmoid(w^T X_i) + (1-y_i) log(1-sigmoid(w^T X_i)))",
        "w",
        "X: real[n,d]; y: label01[n]; w: real[d]; l: positive; s: labelpm1[n]; i: index[n]",
        {},
        "X^T (sigmoid(X w) - y)",
    ),
    (
        "logistic regression",
        "-sum_i (y_i log sigmoid(w^T X_i) + (1-y_i) log(1-sigmoid(w^T X_i)))",
        "w",
        "X: real[n,d]; y: label01[n]; w: real[d]; l: positive; s: labelpm1[n]; i: index[n]",
        {"hessian": True},
        "X^T diag(sigmoid(X w) .* (1 - sigmoid(X w))) X",
    ),
    (
        "logistic regression",
        "sum_i log(1 + exp(-s_i (w^T X_i + b)))",
        "w,b",
        "X: real[n,d]; w: real[d]; l: positive; s: labelpm1[n]; i: index[n]; b: real",
        {},
        "-X^T (s .* sigmoid(-s .* (X w + b)))",
    ),
    (
        "logistic regression",
        "-1/n sum_i log sigmoid(s_i w^T X_i) + l/2 ||w||^2",
        "w",
        "X: real[n,d]; w: real[d]; l: positive; s: labelpm1[n]; i: index[n]",
        {},
        "l w - 1/n X^T (s .* sigmoid(-s .* (X w)))",
    ),
    # softmax regression
    (
        "softmax regression",
        "-sum_i sum_k Y_ik log softmax(X W + b)_ik",
        "W,b",
        "X: real[n,d]; W: real[d,K]; Y: onehot[n,K]; b: real[K]; i: index[n]; k: index[K]",
        {},
        "X^T (softmax(X W + b) - Y)",
    ),
    (
        "softmax regression",
        "-sum_i sum_k ((1-e) Y_ik + e/K) log softmax(X W)_ik",
        "W",
        "X: real[n,d]; W: real[d,K]; Y: onehot[n,K]; i: index[n]; k: index[K]; e: probability",
        {},
        "X^T (softmax(X W) - (1-e) Y - e/K)",
    ),
    (
        "softmax regression",
        "logsumexp(z)",
        "z",
        "z: real[K]",
        {"hessian": True},
        "diag(softmax(z)) - softmax(z) softmax(z)^T",
    ),
    # networks
    (
        "networks",
        "||W_2 relu(W_1 x) - y||^2",
        "W_1",
        "W_1: real[m,d]; W_2: real[k,m]; x: real[d]; y: real[k]",
        {},
        "2 ((W_2^T (W_2 relu(W_1 x) - y)) .* 1[W_1 x > 0]) x^T",
    ),
    # normalisation
    ("normalisation", "u^T (g v/||v||)", "v", "u: real[d]; v: real[d]; g: real", {}, "g/||v|| (u - (u^T v)/||v||^2 v)"),
    (
        "normalisation",
        "(u^T v)/(||u|| ||v||)",
        "u",
        "u: real[d]; v: real[d]",
        {},
        "v/(||u|| ||v||) - (u^T v)/(||u||^3 ||v||) u",
    ),
    # attention
    (
        "attention",
        "u^T V^T softmax(K q)",
        "V",
        "q: real[k]; K: real[n,k]; V: real[n,m]; u: real[m]",
        {},
        "softmax(K q) u^T",
    ),
    # hidden states
    (
        "hidden states",
        "sum_i sum_j c_ij log A_ij",
        "A",
        "c: positive[K,K]; A: simplex[K,K]; i: index[K]; j: index[K]",
        {"argmax": True},
        "c_ij/sum_k c_ik",
    ),
    (
        "hidden states",
        "sum_t sum_k r_tk (-(x_t - m_k)^2/(2 v_k) - 1/2 log v_k)",
        "m",
        "r: positive[T,K]; x: real[T]; m: real[K]; v: positive[K]; t: index[T]; k: index[K]",
        {"argmax": True},
        "(sum_t r_tk x_t)/(sum_t r_tk)",
    ),
    (
        "hidden states",
        "sum_t sum_k r_tk (-(x_t - m_k)^2/(2 v_k) - 1/2 log v_k)",
        "v",
        "r: positive[T,K]; x: real[T]; m: real[K]; v: positive[K]; t: index[T]; k: index[K]",
        {"argmax": True},
        "(sum_t r_tk (x_t - m_k)^2)/(sum_t r_tk)",
    ),
    ("hidden states", "log sum_k p_k b_k", "p", "p: simplex[K]; b: positive[K]; k: index[K]", {}, "b/(p^T b)"),
    (
        "hidden states",
        "sum_t sum_k sum_v r_tk Y_tv log B_kv",
        "B",
        "r: positive[T,K]; Y: onehot[T,V]; B: simplex[K,V]; t: index[T]; k: index[K]; v: index[V]",
        {"argmax": True},
        "(sum_t r_tk Y_tv)/(sum_t r_tk)",
    ),
    # mixtures
    (
        "mixtures",
        "sum_i sum_k r_ik log p_k",
        "p",
        "m: real[K,d]; p: simplex[K]; s: positive[K]; r: positive[n,K]; i: index[n]; k: index[K]",
        {"argmax": True},
        "(sum_i r_ik)/(sum_i sum_k r_ik)",
    ),
    (
        "mixtures",
        "sum_i sum_k r_ik (log p_k - 1/2 log det S_k - 1/2 (x_i - m_k)^T S_k^-1 (x_i - m_k))",
        "m",
        (
            "x: real[n,d]; m: real[K,d]; p: simplex[K]; S: posdef[K,d,d]; s: "
            "positive[K]; r: positive[n,K]; i: index[n]; k: index[K]"
        ),
        {"argmax": True},
        "(sum_i r_ik x_i)/(sum_i r_ik)",
    ),
    (
        "mixtures",
        "sum_i sum_k r_ik (-d/2 log s_k - ||x_i - m_k||^2/(2 s_k))",
        "s",
        "x: real[n,d]; m: real[K,d]; s: positive[K]; r: positive[n,K]; i: index[n]; k: index[K]",
        {"argmax": True},
        "(sum_i r_ik ||x_i - m_k||^2)/(d sum_i r_ik)",
    ),
    # likelihoods
    (
        "likelihoods",
        "sum_i log N(x_i; mu, v)",
        "v",
        "x: real[n]; mu: real; v: positive; i: index[n]",
        {"argmax": True},
        "1/n sum_i (x_i - mu)^2",
    ),
    (
        "likelihoods",
        "sum_i log Poisson(c_i; lam)",
        "lam",
        "c: count[n]; s: positive; lam: positive; i: index[n]",
        {"argmax": True},
        "mean(c)",
    ),
    (
        "likelihoods",
        "sum_i log Exponential(z_i; lam)",
        "lam",
        "x: real[n]; z: positive[n]; lam: positive; p: probability; a: positive; i: index[n]",
        {"argmax": True},
        "1/mean(z)",
    ),
    (
        "likelihoods",
        "sum_i log Gamma(z_i; a, lam)",
        "a",
        "z: positive[n]; lam: positive; a: positive; i: index[n]",
        {},
        "n log lam + sum_i log z_i - n digamma(a)",
    ),
    (
        "likelihoods",
        "log prod_i p^{b_i} (1-p)^{1-b_i}",
        "p",
        "b: label01[n]; p: probability; i: index[n]",
        {"argmax": True},
        "mean(b)",
    ),
    (
        "likelihoods",
        "sum_i log Laplace(x_i; mu, s)",
        "s",
        "x: real[n]; c: count[n]; mu: real; s: positive; p: probability; a: positive; i: index[n]",
        {"argmax": True},
        "1/n sum_i |x_i - mu|",
    ),
    # the multivariate normal
    (
        "the multivariate normal",
        "sum_i log N(x_i; m, S)",
        "m",
        "x: real[n,d]; m: real[d]; S: posdef[d]; i: index[n]",
        {"argmax": True},
        "1/n sum_i x_i",
    ),
    (
        "the multivariate normal",
        "sum_i log N(x_i; m, S)",
        "S",
        "x: real[n,d]; m: real[d]; S: posdef[d]; i: index[n]",
        {"argmax": True},
        "1/n sum_i (x_i - m) (x_i - m)^T",
    ),
    (
        "the multivariate normal",
        "log N(a; m, S)",
        "S",
        "m: real[d]; S: posdef[d]; a: real[d]",
        {},
        "1/2 (S^-1 (a - m) (a - m)^T S^-1 - S^-1)",
    ),
    (
        "the multivariate normal",
        "1/2 (y - H a)^T R^-1 (y - H a) + 1/2 (a - m)^T P^-1 (a - m)",
        "a",
        "m: real[d]; a: real[d]; P: posdef[d]; R: posdef[k]; H: real[k,d]; y: real[k]",
        {"argmin": True},
        "(H^T R^-1 H + P^-1)^-1 (H^T R^-1 y + P^-1 m)",
    ),
    (
        "the multivariate normal",
        "KL(N(m, S) || N(b, P))",
        "m,S",
        "m: real[d]; S: posdef[d]; b: real[d]; P: posdef[d]",
        {},
        "P^-1 (m - b)",
    ),
    (
        "the multivariate normal",
        "KL(N(m, S) || N(b, P))",
        "S",
        "m: real[d]; S: posdef[d]; b: real[d]; P: posdef[d]",
        {"argmin": True},
        "P",
    ),
    # matrix calculus
    ("matrix calculus", "tr(A X B X^T)", "X", "A: real[n,n]; B: real[n,n]; X: real[n,n]", {}, "A^T X B^T + A X B"),
    ("matrix calculus", "log det(F^T P F)", "F", "P: posdef[n]; F: real[n,k]", {}, "2 P F (F^T P F)^-1"),
    ("matrix calculus", "a^T X^-1 b", "X", "X: real[n,n]; a: real[n]; b: real[n]", {}, "-X^-T a b^T X^-T"),
    ("matrix calculus", "tr(X^3)", "X", "X: real[n,n]", {}, "3 (X^2)^T"),
    # norms and determinants
    ("norms and determinants", "log |det X|", "X", "X: real[n,n]", {}, "X^-T"),
    ("norms and determinants", "||X||_F", "X", "X: real[n,k]", {}, "X/||X||_F"),
    # factorisation
    (
        "factorisation",
        "sum_i sum_j M_ij (R_ij - U_i^T V_j)^2 + l ||U||_F^2",
        "U",
        (
            "R: real[n,m]; U: real[n,k]; V: real[m,k]; l: positive; M: mask[n,m]; "
            "u: real[k]; i: index[n]; j: index[m]; s: positive"
        ),
        {},
        "-2 (M .* (R - U V^T)) V + 2 l U",
    ),
    # margins and kernels
    (
        "margins and kernels",
        "1/2 ||w||^2 - sum_i a_i (y_i (w^T X_i + b) - 1)",
        "w",
        "X: real[n,d]; y: labelpm1[n]; w: real[d]; a: real[n]; b: real; i: index[n]",
        {"argmin": True},
        "X^T (a .* y)",
    ),
    (
        "margins and kernels",
        "||t - K a||^2 + l a^T K a",
        "a",
        "a: real[n]; K: posdef[n]; t: real[n]; l: positive",
        {"argmin": True},
        "(K + l I)^-1 t",
    ),
    (
        "margins and kernels",
        "exp(-g ||w - z||^2)",
        "z",
        "w: real[d]; z: real[d]; g: positive",
        {},
        "2 g exp(-g ||w - z||^2) (w - z)",
    ),
    (
        "margins and kernels",
        "1/2 log det K + 1/2 t^T K^-1 t",
        "K",
        "K: posdef[n]; t: real[n]",
        {},
        "1/2 (K^-1 - K^-1 t t^T K^-1)",
    ),
    # unknown functions
    (
        "unknown functions",
        "1/2 (f(x; theta) - y)^2",
        "theta",
        "f: function (real[d]; real[p]) -> real; x: real[d]; theta: real[p]; y: real",
        {},
        r"(f(x; theta) - y) \nabla_\theta f(x; theta)",
    ),
    ("unknown functions", "phi(a^2)", "a", "phi: function real -> real; a: real", {}, "2 a phi'(a^2)"),
    # derivatives inside
    ("derivatives inside", r"v^T \nabla_x (x^T A x)", "x", "x: real[d]; v: real[d]; A: real[d,d]", {}, "(A + A^T) v"),
    (
        "derivatives inside",
        r"sum_j \frac{\partial^2}{\partial x_j^2} log N(x; m, S)",
        "S",
        "x: real[d]; m: real[d]; S: posdef[d]; j: index[d]",
        {},
        "S^-2",
    ),
    (
        "derivatives inside",
        r"1/2 ||\nabla_x log N(x; m, S)||^2",
        "m",
        "x: real[d]; m: real[d]; S: posdef[d]",
        {},
        "S^-2 (m - x)",
    ),
    ("derivatives inside", "sg(a^2) b + a", "a", "a: real; b: real", {}, "1"),
    (
        "derivatives inside",
        "(stop_gradient(w^T x) - y)^2 + w^T z",
        "w",
        "w: real[d]; x: real[d]; z: real[d]; y: real",
        {},
        "z",
    ),
    # variational inference
    (
        "variational inference",
        "E_{z ~ N(mu, diag(sigma^2))}[||x - W z||^2]",
        "mu,sigma",
        "mu: real[d]; sigma: positive[d]; x: real[n]; W: real[n,d]; z: real[d]",
        {},
        "2 W^T (W mu - x)",
    ),
    (
        "variational inference",
        "E_{z ~ N(mu, diag(sigma^2))}[-1/(2 v) ||x - W z||^2] - KL(N(mu, diag(sigma^2)) || N(0, I))",
        "mu",
        "mu: real[d]; sigma: positive[d]; x: real[n]; W: real[n,d]; z: real[d]; v: positive",
        {"argmax": True},
        "(W^T W + v I)^-1 W^T x",
    ),
    (
        "variational inference",
        "1/2 sum_j (mu_j^2 + sigma_j^2 - 2 log sigma_j - 1)",
        "sigma",
        "mu: real[d]; sigma: positive[d]; j: index[d]",
        {},
        "sigma - 1/sigma",
    ),
    (
        "variational inference",
        "E_{z ~ N(m, s^2)}[exp(a z)]",
        "m,s",
        "m: real; s: positive; a: real",
        {},
        "a exp(a m + a^2 s^2/2)",
    ),
    # reinforcement learning
    (
        "reinforcement learning",
        "E_{a ~ softmax(theta)}[R_a]",
        "theta",
        "theta: real[K]; R: real[K]",
        {},
        "softmax(theta) .* (R - R^T softmax(theta))",
    ),
    (
        "reinforcement learning",
        "-log sigmoid(b (log p_w - log q_w - log p_l + log q_l))",
        "p_w",
        "p_w: probability; p_l: probability; q_w: probability; q_l: probability; b: positive",
        {},
        "-b/p_w sigmoid(-b (log p_w - log q_w - log p_l + log q_l))",
    ),
    (
        "reinforcement learning",
        "sum_k p_k R_k - b sum_k p_k log(p_k/q_k)",
        "p",
        "p: simplex[K]; q: simplex[K]; R: real[K]; b: positive; k: index[K]",
        {"argmax": True},
        "q_k exp(R_k/b)/sum_k q_k exp(R_k/b)",
    ),
    (
        "reinforcement learning",
        "1/2 (r + g v^T phi_2 - v^T phi_1)^2",
        "v",
        "r: real; g: probability; v: real[d]; phi_1: real[d]; phi_2: real[d]",
        {},
        "(r + g v^T phi_2 - v^T phi_1) (g phi_2 - phi_1)",
    ),
    # embeddings
    (
        "embeddings",
        "-log(exp(q^T P_m/t)/sum_i exp(q^T P_i/t))",
        "q",
        "q: real[d]; P: real[n,d]; t: positive; m: index[n] of []; p: real[d]; i: index[n]",
        {},
        "1/t (P^T softmax(P q/t) - P_m)",
    ),
    # generalised linear models
    (
        "generalised linear models",
        "sum_i (exp(w^T X_i) - y_i w^T X_i)",
        "w",
        "X: real[n,d]; w: real[d]; y: count[n]; i: index[n]",
        {},
        "X^T (exp(X w) - y)",
    ),
    (
        "generalised linear models",
        "sum_i (exp(w^T X_i) - y_i w^T X_i)",
        "w",
        "X: real[n,d]; w: real[d]; y: count[n]; i: index[n]",
        {"hessian": True},
        "X^T diag(exp(X w)) X",
    ),
    (
        "generalised linear models",
        "sum_i (u_i exp(-w^T X_i) + w^T X_i)",
        "w",
        "X: real[n,d]; w: real[d]; e: label01[n]; i: index[n]; u: positive[n]",
        {},
        "X^T (1 - u .* exp(-X w))",
    ),
    # optimisation
    ("optimisation", "1/2 x^T A x - b^T x", "x", "x: real[d]; A: posdef[d]; b: real[d]", {"argmin": True}, "A^-1 b"),
    (
        "optimisation",
        "g^T (x - m) + 1/(2 h) ||x - m||^2",
        "x",
        "x: real[d]; m: real[d]; g: real[d]; h: positive",
        {"argmin": True},
        "m - h g",
    ),
    (
        "optimisation",
        "1/2 ||x - b||^2 + l ||x||_1",
        "x",
        "x: real[d]; b: real[d]; l: positive; g: real[d]; i: index[d]",
        {"argmin": True},
        "sign(b) .* max(abs(b) - l, 0)",
    ),
    # energies and flows
    (
        "energies and flows",
        "-b^T v - sum_k log(1 + exp(c_k + W_k^T v))",
        "W",
        "W: real[m,d]; b: real[d]; c: real[m]; v: label01[d]; k: index[m]; g: real[d]",
        {},
        "-sigmoid(c + W v) v^T",
    ),
    (
        "energies and flows",
        "-b^T v - sum_k log(1 + exp(c_k + W_k^T v))",
        "b",
        "W: real[m,d]; b: real[d]; c: real[m]; v: label01[d]; k: index[m]; g: real[d]",
        {},
        "-v",
    ),
    ("energies and flows", "log |det(I + u w^T)|", "u", "u: real[d]; w: real[d]", {}, "w/(1 + u^T w)"),
    (
        "energies and flows",
        "log(sum_i exp(b_i)) - sum_i v_i b_i",
        "b",
        "x: real[d]; b: real[d]; v: label01[d]; s: real[d]; t: real[d]; i: index[d]",
        {},
        "softmax(b) - v",
    ),
    # special functions
    (
        "special functions",
        "log Beta(p; a, b)",
        "a",
        "p: probability; a: positive; b: positive",
        {},
        "log p - digamma(a) + digamma(a+b)",
    ),
    (
        "special functions",
        r"log \binom{n}{k} + k log p + (n-k) log(1-p)",
        "p",
        "n: integer; k: integer; p: probability",
        {},
        "k/p - (n-k)/(1-p)",
    ),
    ("special functions", "log Gamma(a)", "a", "a: positive", {}, "digamma(a)"),
    ("special functions", r"\Phi(a)", "a", "a: real", {}, "exp(-a^2/2)/sqrt(2 pi)"),
    # products of matrices
    (
        "products of matrices",
        r"vec(X)^T (A \otimes B) vec(X)",
        "X",
        "X: real[n,n]; A: real[n,n]; B: real[n,n]",
        {},
        "B X A^T + B^T X A",
    ),
    (
        "softmax regression",
        "sum_o exp(b_o)/(sum_m exp(b_m)) f_o",
        "b",
        "b: real[n]; f: real[n]; o: index[n]; m: index[n]",
        {},
        "softmax(b) .* (f - f^T softmax(b))",
    ),
    # functions of matrices
    ("functions of matrices", "eigmax(S)", "S", "S: symmetric[n]", {}, "eigproj(S, 1)"),
    (
        "functions of matrices",
        "1/2 ||A - W||_F^2 + l ||W||_*",
        "W",
        "A: real[n,m]; W: real[n,m]; l: positive",
        {},
        "W - A + l polar(W)",
    ),
    ("functions of matrices", "sum_i log chol(K)_ii", "K", "K: posdef[n]; i: index[n]", {}, "K^-1/2"),
    ("functions of matrices", "tr(expm(A))", "A", "A: real[n,n]", {}, "expm(A)^T"),
    # implicit functions and products with a vector
    ("implicit functions", "x", "a", "x: real; a: real; b: real", {"root": "x: x^3 + a x = b"}, "-x/(3 x^2 + a)"),
    (
        "implicit functions",
        "1/2 ||V w - y||^2",
        "l",
        "X: real[n,d]; w: real[d]; t: real[n]; l: positive; V: real[m,d]; y: real[m]",
        {"root": "w: X^T (X w - t) + l w = 0"},
        "-(V w - y)^T V (X^T X + l I)^-1 w",
    ),
    (
        "products with a vector",
        "softmax(x)",
        "x",
        "x: real[n]; u: real[n]",
        {"vjp": "u"},
        "softmax(x) .* (u - u^T softmax(x))",
    ),
    (
        "products with a vector",
        "exp(b_o)/(sum_m exp(b_m))",
        "b",
        "b: real[n]; o: index[n]; m: index[n]; v: real[n]",
        {"jvp": "v"},
        "softmax(b)_o (v_o - v^T softmax(b))",
    ),
    # what is held fixed
    (
        "what is held fixed",
        "1/2 (r + g sg(v^T phi_2) - v^T phi_1)^2",
        "v",
        "r: real; g: probability; v: real[d]; phi_1: real[d]; phi_2: real[d]",
        {},
        "-(r + g v^T phi_2 - v^T phi_1) phi_1",
    ),
    ("what is held fixed", "||x - (z + sg(q - z))||^2", "z", "z: real[d]; x: real[d]; q: real[d]", {}, "2 (q - x)"),
]

FIRST = [next(row for row in TARGETS if row[0] == topic) for topic in dict.fromkeys(row[0] for row in TARGETS)]


def agrees(row: Target) -> None:
    _, formula, wrt, names, asked, book = row
    derivation = gradient(formula, wrt.split(",")[0], names, **asked)
    text = derivation.to_json()["matrix"] or write(derivation.result, "ascii", "index")
    assert compare(text, book, names).status == "equal", text


@pytest.mark.parametrize("row", FIRST, ids=[row[0] for row in FIRST])
def test_a_target_of_each_topic(row: Target):
    agrees(row)


@pytest.mark.soak
@pytest.mark.parametrize("row", [row for row in TARGETS if row not in FIRST], ids=lambda row: row[1])
def test_all_other_targets(row: Target):
    agrees(row)
