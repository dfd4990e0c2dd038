"""Pairs whose difference hides: in ties between whole numbers, at few sizes, below rounding in one branch, beyond what a number can hold.

What cannot be decided is undecided; nothing here may be called equal that differs, nor different that is equal.
"""

from __future__ import annotations

import pytest

from checker.equality import compare

TIES = (
    ("b 1[log(m+1) >= log(2)]", "0", "b: real; m: label01", "different"),
    ("b 1[log(m+1) >= log(2)]", "b m", "b: real; m: label01", "equal"),
    ("b 1[log(m+1) > log(2)]", "b m", "b: real; m: label01", "different"),
    ("b 1[log(m+1) > log(2)]", "0", "b: real; m: label01", "equal"),
    ("b 1[m = sigma(a)+sigma(-a)]", "0", "a: real; b: real; m: label01", "different"),
    ("b 1[m = sigma(a)+sigma(-a)]", "b m", "a: real; b: real; m: label01", "equal"),
    ("b 1[m >= sigma(a)+sigma(-a)]", "0", "a: real; b: real; m: label01", "different"),
    ("b 1[m >= sigma(a)+sigma(-a)]", "b m", "a: real; b: real; m: label01", "equal"),
    ("b 1[m > sigma(a)+sigma(-a)]", "b m", "a: real; b: real; m: label01", "different"),
    ("b floor(sin(a)^2+cos(a)^2)", "0", "a: real; b: real", "different"),
    ("b floor(sin(a)^2+cos(a)^2)", "b", "a: real; b: real", "equal"),
    ("b floor(log(exp(m)))", "b m", "b: real; m: label01", "equal"),
    ("b floor(exp(log(m+1)))", "b (m+1)", "b: real; m: label01", "equal"),
    ("b floor(exp(log(m+1)))", "b m", "b: real; m: label01", "different"),
    ("b 1[sqrt(m+1)^2 = m+1]", "0", "b: real; m: label01", "different"),
    ("b 1[sqrt(m+1)^2 = m+1]", "b", "b: real; m: label01", "equal"),
    ("b 1[sqrt(m+1)^2 > m+1]", "b", "b: real; m: label01", "different"),
    ("b sign(sqrt(m+1)^2 - m - 1)", "0", "b: real; m: label01", "equal"),
    ("b + sign(sqrt(k^2+1)^2 - k^2 - 1)", "b", "b: real; k: integer", "equal"),
    ("b + 1[sqrt(k^2+1)^2 >= k^2 + 1]", "b", "b: real; k: integer", "different"),
    ("b ceil(exp(log(3)))", "3 b", "b: real", "equal"),
    ("b ceil(exp(log(3)))", "4 b", "b: real", "different"),
    ("b 1[exp(log(3)) > 3]", "b", "b: real", "different"),
    ("b 1[exp(log(3)) > 3]", "0", "b: real", "equal"),
    ("b 1[sin(a)^2+cos(a)^2 >= 1]", "0", "a: real; b: real", "different"),
    ("b 1[sin(a)^2+cos(a)^2 >= 1]", "b", "a: real; b: real", "equal"),
    ("b 1[sin(a)^2+cos(a)^2 > 1]", "b", "a: real; b: real", "different"),
    ("b 1[sin(a)^2+cos(a)^2 != 1]", "b", "a: real; b: real", "different"),
    ("b 1[tanh(a) = (e^a - e^-a)/(e^a + e^-a)]", "0", "a: real; b: real", "different"),
    ("b sign(tanh(a) - 2 sigma(2a) + 1)", "0", "a: real; b: real", "equal"),
    ("b 1[sum_i t_i >= 1]", "0", "b: real; t: onehot[K]", "different"),
    ("b 1[logsumexp(log(p)) >= 0]", "0", "b: real; p: simplex[K]", "different"),
    ("b 1[logsumexp(log(p)) > 0]", "b", "b: real; p: simplex[K]", "different"),
    ("b 1[log(n+1) >= log(4)]", "b 1[n >= 3]", "b: real; n: size", "equal"),
    ("b 1[log(n+1) > log(4)]", "b 1[n >= 3]", "b: real; n: size", "different"),
    ("b 1[sqrt(n) >= 2]", "b 1[n > 4]", "b: real; n: size", "different"),
    ("b 1[2^n > 8]", "b 1[n >= 3]", "b: real; n: size", "different"),
    ("floor(log(2^n)/log(2))", "n", "n: size", "equal"),
    ("floor(log(2^n)/log(2))", "n - 1", "n: size", "different"),
    ("max(b, b 1[log(m+1) >= log(2)])", "max(b,0)", "b: real; m: label01", "different"),
)  # fmt: skip

SMALL_SIZES = (
    ("x_1 + floor(1/d)", "x_1", "x: real[d]", "different"),
    ("x_1 + a 1[d=1]", "x_1", "x: real[d]; a: real", "different"),
    ("x_2 + a 1[d=2]", "x_2", "x: real[d]; a: real", "different"),
    ("x_1 + a 1[d=2]", "x_1", "x: real[d]; a: real", "different"),
    ("x_1 + a 1[d<3]", "x_1", "x: real[d]; a: real", "different"),
    ("x_1 + a 0^(d-1)", "x_1", "x: real[d]; a: real", "different"),
    ("x_3 + a 1[d=3]", "x_3", "x: real[d]; a: real", "different"),
    ("x_3 + a 1[d=4]", "x_3", "x: real[d]; a: real", "different"),
    ("x_1 + a floor(2/d)", "x_1 + 2 a 1[d=1]", "x: real[d]; a: real", "different"),
    ("sum_{i=1}^{d-1} (x_{i+1} - x_i)", "x_d - x_1 + floor(1/d)", "x: real[d]", "different"),
    ("sum_{i=1}^{d-1} (x_{i+1} - x_i)", "x_d - x_1 + a 1[d=2]", "x: real[d]; a: real", "different"),
    ("x_1 x_2", "x_1 x_2 + a 1[d=2]", "x: real[d]; a: real", "different"),
    ("x_1 + floor(1/d)", "x_1 + 1[d=1]", "x: real[d]", "equal"),
    ("X_11 + a 1[n=1]", "X_11", "X: real[n,d]; a: real", "different"),
    ("X_11 + a 1[n=1] 1[d=1]", "X_11", "X: real[n,d]; a: real", "different"),
    ("X_11 + a 1[n=1] 1[d=2]", "X_11", "X: real[n,d]; a: real", "different"),
)  # fmt: skip

SIZES = (
    ("prod_{k=1}^{30} (n-k)", "0", "n: size", "different"),
    ("x_i + (10^-18) 1[d=4]", "x_i", "x: real[d]; i: index[d]", "different"),
    ("x_i + (10^-18) 1[d=7]", "x_i", "x: real[d]; i: index[d]", "different"),
    ("x_i + 1[d=7]", "x_i", "x: real[d]; i: index[d]", "different"),
    ("a + floor(n/50)", "a", "a: real; n: size", "different"),
    ("cos(2 pi n)", "1", "n: size", "equal"),
    ("cos(2 pi n/7)", "1", "n: size", "different"),
    ("a cos(2 pi n) ", "a", "a: real; n: size", "equal"),
    ("(n-1)(n-2)(n-3)(n-4)(n-5)(n-6)(n-7)(n-8)(n-9)(n-10)", "0", "n: size", "different"),
    ("sum_{k=1}^{5} prod_{j=1}^{20} (n-j)", "0", "n: size", "different"),
    ("n!", "n!+ (n-1)(n-2)(n-3)(n-4)(n-5)(n-6)(n-7)(n-8)(n-9)", "n: size", "different"),
    ("2^n", "2^n + prod_{k=1}^{12} (n-k)", "n: size", "different"),
    ("2^n", "1 + sum_{k=1}^{9} 0", "n: size", "different"),
    ("a 1[n > 10 d]", "0", "a: real; x: real[n]; y: real[d]", "different"),
    ("a max(n, 40)", "40 a", "a: real; n: size", "different"),
    ("a max(n, 400)", "400 a", "a: real; n: size", "different"),
    ("a min(n, 400)", "n a", "a: real; n: size", "different"),
    ("a 1[n = d + 17]", "0", "a: real; x: real[n]; y: real[d]", "different"),
    ("a 1[n = 2 d]", "0", "a: real; x: real[n]; y: real[d]", "different"),
    ("a 1[n d = 77]", "0", "a: real; x: real[n]; y: real[d]", "different"),
    ("a 1[n^2 = 121]", "0", "a: real; x: real[n]", "different"),
    ("a 1[2^n = 4096]", "0", "a: real; x: real[n]", "different"),
    ("a 1[log(n) > 5]", "0", "a: real; x: real[n]", "different"),
    ("a (10^-30) 1[log(n) > 5]", "0", "a: real; x: real[n]", "different"),
    ("a + 10^-20 n 1[n > 17]", "a", "a: real; x: real[n]", "different"),
    ("sum_i x_i + (10^-18) 1[n > 30]", "sum_i x_i", "x: real[n]", "different"),
    ("a n^20/n^20", "a", "a: real; n: size", "equal"),
    ("sum_i x_i/n prod_{k=1}^{15} (1 - 1[n=k])", "0 if n<= 15 else sum_i x_i/n", "x: real[n]", "equal"),
    ("0 prod_{k=1}^{30} (n-k)", "0", "n: size", "equal"),
    ("a sin(pi n)", "0", "n: size; a: real", "equal"),
    ("a sin(pi n/11)", "0", "n: size; a: real", "different"),
    ("a floor(sqrt(n)/10)", "0", "n: size; a: real", "different"),
    ("a 1[n! > 10^20]", "0", "n: size; a: real", "different"),
    ("a 0^((n-9)^2)", "0", "n: size; a: real", "different"),
    ("sum_i 1[i = 40]", "0", "x: real[n]; i: index[n]", "different"),
    ("sum_{i=1}^n 1[i = 40]", "0", "x: real[n]", "different"),
    ("sum_{i=1}^n x_i 1[i > 40]", "0", "x: real[n]", "different"),
    ("sum_{i=1}^n x_i floor(i/33)", "0", "x: real[n]", "different"),
    ("sum_{i=1}^n x_i prod_{k=1}^{30} (i-k)", "0", "x: real[n]", "different"),
)  # fmt: skip

BRANCHES = (
    ("1 if a > 20 else tanh(a)", "tanh(a)", "a: real", "different"),
    ("1 if a > 500 else tanh(a)", "tanh(a)", "a: real", "different"),
    ("1 if a > 10^6 else tanh(a)", "tanh(a)", "a: real", "undecided"),
    ("1 if a > 30 else sigma(a)", "sigma(a)", "a: real", "different"),
    ("0 if a < -800 else exp(a)", "exp(a)", "a: real", "different"),
    ("a if a > 40 else softplus(a)", "softplus(a)", "a: real", "different"),
    ("a + 10^-20 relu(a - 30)", "a", "a: real", "different"),
    ("a + 10^-20 relu(a - 3000)", "a", "a: real", "different"),
    ("a + (10^-30) 1[20 < a] 1[a < 20.001]", "a", "a: real", "different"),
    ("a + 10^-30 if 20 < a and a < 20.001 else a", "a", "a: real", "different"),
    ("a + 10^-30 floor(a/100)", "a", "a: real", "different"),
    ("a + 10^-30 max(a, 100)", "a + 10^-28", "a: real", "different"),
    ("a + 10^-30 (abs(a-50) - 50 + a)", "a", "a: real", "different"),
    ("1 if a > 20 else (1 if a > 10 and b > 30 else tanh(a))", "tanh(a)", "a: real; b: real", "different"),
    ("tanh(a) if a < 20 else 1 - 2 exp(-2a)", "tanh(a)", "a: real", "different"),
    ("tanh(a) if a < 20 else 1 - 2/(exp(2a)+1)", "tanh(a)", "a: real", "equal"),
    ("sum_i (1 if x_i > 25 else tanh(x_i))", "sum_i tanh(x_i)", "x: real[n]", "different"),
    ("sum_i relu(x_i) + 10^-25 sum_i 1[x_i > 60]", "sum_i relu(x_i)", "x: real[n]", "different"),
    ("erf(a) if a < 10 else 1", "erf(a)", "a: real", "different"),
)  # fmt: skip

MAGNITUDES = (
    ("exp(-exp(exp(exp(a^2+3))))", "0", "a: real", "undecided"),
    ("exp(-exp(exp(exp(a^2+3))))", "2 exp(-exp(exp(exp(a^2+3))))", "a: real", "undecided"),
    ("cos(2 pi 2^1100 b)", "1", "b: real", "different"),
    ("sin(2 pi 2^1100 b)", "0", "b: real", "different"),
    ("cos(2 pi 2^200 b)", "1", "b: real", "different"),
    ("floor(2^60 b)", "2^60 b", "b: real", "different"),
    ("floor(2^1100 b)", "2^1100 b", "b: real", "different"),
    ("exp(-exp(a^2+100))", "0", "a: real", "different"),
    ("b + exp(-exp(exp(a^2+100)))", "b", "a: real; b: real", "undecided"),
    ("exp(-10^9 (1+a^2))", "0", "a: real", "different"),
    ("(10^-320) a", "2 (10^-320) a", "a: real", "different"),
    ("10^-400 a", "0", "a: real", "different"),
    ("a^1001/2^1000000", "0", "a: probability", "different"),
    ("(1/2)^(10^9) b", "0", "b: real", "different"),
    ("sigma(a)^(10^6)", "0", "a: negative", "different"),
    ("exp(-exp(exp(exp(a^2+3))))+b", "b", "a: real; b: real", "undecided"),
    ("1/(1+exp(exp(exp(exp(a^2+3)))))", "0", "a: real", "undecided"),
    ("tanh(exp(exp(exp(a^2+3))))", "1", "a: real", "undecided"),
    ("erf(exp(exp(a^2+3)))", "1", "a: real", "undecided"),
    ("atan(exp(exp(exp(a^2+3))))", "pi/2", "a: real", "undecided"),
    ("1[exp(-exp(exp(exp(a^2+3)))) > 0]", "0", "a: real", "undecided"),
    ("1[exp(-exp(exp(exp(a^2+3)))) > 0]", "1", "a: real", "equal"),
    ("sign(exp(-exp(exp(exp(a^2+3)))))", "1", "a: real", "equal"),
)  # fmt: skip

PRINTED = (
    ("floor(exp(log p))", "p", "p: positive", "different"),
    ("floor(exp(log p))", "p+1", "p: positive", "different"),
)  # fmt: skip


FURTHER = (
    ("b 1[y_1 = sigma(a)+sigma(-a)]", "b y_1", "a: real; b: real; y: label01[n]", "equal"),
    ("b 1[y_1 = sigma(a)+sigma(-a)]", "0", "a: real; b: real; y: label01[n]", "different"),
    ("sum_i x_i 1[log(y_i+1) >= log(2)]", "0", "x: real[n]; y: label01[n]", "different"),
    ("sum_i x_i 1[log(y_i+1) >= log(2)]", "x^T y", "x: real[n]; y: label01[n]", "equal"),
    ("sum_i x_i 1[log(y_i+1) > log(2)]", "x^T y", "x: real[n]; y: label01[n]", "different"),
    ("b 1[t_1 >= t_1^2 exp(log(1))]", "0", "b: real; t: onehot[K]", "different"),
    ("b 1[sum_k t_k log(p_k) >= log(sum_k t_k p_k)]", "0", "b: real; t: onehot[K]; p: simplex[K]", "undecided"),
    ("b 1[sum_k t_k log(p_k) > log(sum_k t_k p_k)]", "b", "b: real; t: onehot[K]; p: simplex[K]", "undecided"),
    ("b 1[||Q x|| >= ||x||]", "0", "b: real; Q: orthonormal[n,n]; x: real[n]", "different"),
    ("b 1[||Q x|| > ||x||]", "b", "b: real; Q: orthonormal[n,n]; x: real[n]", "different"),
    ("b 1[det(A B) >= det(A) det(B)]", "0", "b: real; A: real[k,k]; B: real[k,k]", "different"),
    ("b floor(sum_k p_k)", "0", "b: real; p: simplex[K]", "different"),
    ("b floor(sum_k p_k)", "b", "b: real; p: simplex[K]", "equal"),
    ("b ceil(sum_k softmax(z)_k)", "2 b", "b: real; z: real[K]", "different"),
    ("b 1[max_i x_i >= x_1] ", "b", "b: real; x: real[n]", "undecided"),
    ("b 1[logsumexp(z) > log(sum_k exp(z_k))]", "b", "b: real; z: real[K]", "different"),
    ("b 1[a/3 3 = a]", "0", "a: real; b: real", "different"),
    ("b 1[a/3 3 != a]", "b", "a: real; b: real", "different"),
    ("b 1[(a+1)^2 >= a^2+2a+1]", "0", "a: real; b: real", "different"),
    ("b 1[(a+1)^2 > a^2+2a+1]", "b", "a: real; b: real", "different"),
    ("b 1[k/7 >= 1]", "b 1[k > 7]", "b: real; k: integer", "different"),
    ("b 1[tanh(k/7) >= tanh(1)]", "b 1[k > 7]", "b: real; k: integer", "different"),
    ("b 1[tanh(k/700) >= tanh(1)]", "b 1[k > 700]", "b: real; k: integer", "different"),
    ("b 1[cos(pi k) = 1]", "0", "b: real; k: integer", "different"),
    ("b 1[sin(pi k) = 0]", "b", "b: real; k: integer", "equal"),
    ("b 1[sin(pi k) > 0]", "b", "b: real; k: integer", "different"),
    ("b floor(log(exp(k)))", "b k", "b: real; k: integer", "equal"),
    ("b floor(log(exp(k)))", "b (k-1)", "b: real; k: integer", "different"),
    ("max(m, sigma(a)+sigma(-a)) b", "b", "a: real; b: real; m: label01", "equal"),
    ("relu(sign(log(m+1) - log(2)) + 1/2) b", "0", "b: real; m: label01", "different"),
    ("x_2 + a floor(2/d)", "x_2", "x: real[d]; a: real", "different"),
    ("x_d + a 1[d=1]", "x_d", "x: real[d]; a: real", "different"),
    ("x_{d-1} + a 1[d=2]", "x_{d-1}", "x: real[d]; a: real", "different"),
    ("x_{d-1} + (10^-20) a 1[d=2]", "x_{d-1}", "x: real[d]; a: real", "different"),
    ("sum_{i=1}^{d-3} x_{i+3} x_i + a 1[d=2]", "sum_{i=1}^{d-3} x_{i+3} x_i", "x: real[d]; a: real", "different"),
    ("sum_{i=1}^{d-1} x_{i+1} x_i + (10^-25) 1[d=1]", "sum_{i=1}^{d-1} x_{i+1} x_i", "x: real[d]; a: real", "different"),
    ("a (1 - 1/n)^200", "0", "a: real; n: size", "different"),
    ("a tanh(n)", "a", "a: real; n: size", "different"),
    ("a tanh(40 n)", "a", "a: real; n: size", "different"),
    ("a tanh(4000 n)", "a", "a: real; n: size", "different"),
    ("a exp(-n^2 - 30)", "0", "a: real; n: size", "different"),
    ("a 1[n = 10^4]", "0", "a: real; n: size", "different"),
    ("a 1[n = 5000]", "0", "a: real; n: size", "different"),
    ("a 1[n = 50000]", "0", "a: real; x: real[n]", "undecided"),
    ("a 1[(n-5000)^2 < 4]", "0", "a: real; n: size", "different"),
    ("a 1[(n-5000)(n-5003) < 0]", "0", "a: real; n: size", "different"),
    ("a 1[sqrt(n) = floor(sqrt(n))]", "0", "a: real; n: size", "different"),
    ("a 1[n/2 = floor(n/2)]", "0", "a: real; n: size", "different"),
    ("a cos(pi n/2)^2", "a 1[n/2 = floor(n/2)]", "a: real; n: size", "equal"),
    ("a 1[sin(n) > 0.999]", "0", "a: real; n: size", "different"),
    ("a 1[sin(n) > 0.99999]", "0", "a: real; n: size", "different"),
    ("a floor(n/1000)", "0", "a: real; n: size", "different"),
    ("a 1[n > 3 d] 1[d > 12]", "0", "a: real; x: real[n]; y: real[d]", "different"),
    ("a 1[n + d + m = 40]", "0", "a: real; x: real[n]; y: real[d]; z: real[m]", "different"),
    ("a 1[n = 2 d] 1[d = 2 m]", "0", "a: real; x: real[n]; y: real[d]; z: real[m]", "different"),
    ("a (n-d)(n-d-1)(n-d+1)", "0", "a: real; x: real[n]; y: real[d]", "different"),
    ("a (n-d-1)(n-d-2)(n-d+1)(n-d+2)(n-d-4)(n-d+4)(n-d)", "0", "a: real; x: real[n]; y: real[d]", "different"),
    ("a (10^-40) (n-d-1)(n-d-2)(n-d+1)(n-d+2)(n-d-4)(n-d+4)(n-d)", "0", "a: real; x: real[n]; y: real[d]", "different"),
    ("x_i + delta_{i,25} a", "x_i", "x: real[n]; a: real; i: index[n]", "different"),
    ("x_i + (10^-30) delta_{i,25} a", "x_i", "x: real[n]; a: real; i: index[n]", "different"),
    ("X_{ij} + (10^-30) 1[i=j] 1[i=3]", "X_{ij}", "X: real[n,n]; i: index[n]; j: index[n]", "different"),
    ("X_{ij} + (10^-30) 1[i + j = 9]", "X_{ij}", "X: real[n,n]; i: index[n]; j: index[n]", "different"),
    ("X_{ij} + 1[i + j = 90]", "X_{ij}", "X: real[n,n]; i: index[n]; j: index[n]", "different"),
    ("X_{ij} + 1[i j = 77]", "X_{ij}", "X: real[n,d]; i: index[n]; j: index[d]", "different"),
    ("prod_{k=1}^{70} (n-k)", "0", "n: size", "undecided"),
    ("prod_{k=1}^{5} (n-k)^13", "0", "n: size", "different"),
    ("det(n I_n - 3 I_n)", "(n-3)^n", "x: real[n]", "equal"),
    ("sigma(a) if a < 40 else 1", "sigma(a)", "a: real", "different"),
    ("sigma(a) if a > -50 else 0", "sigma(a)", "a: real", "different"),
    ("log(1+exp(a)) if a < 800 else a", "softplus(a)", "a: real", "different"),
    ("a if abs(a) < 10^-12 else sin(a)", "sin(a)", "a: real", "different"),
    ("a if abs(a) < 10^-30 else sin(a)", "sin(a)", "a: real", "different"),
    ("1 if p > 1 - 10^-12 else p", "p", "p: probability", "undecided"),
    ("(1 + (10^-20)) q if q > 10^12 else q", "q", "q: positive", "different"),
    ("a + (10^-20) max(0, a-10, 2a-50)", "a", "a: real", "different"),
    ("max_i x_i + (10^-20) 1[x_1 > 50]", "max_i x_i", "x: real[n]", "different"),
    ("sum_i sum_j (10^-30) 1[x_i > x_j + 20]", "0", "x: real[n]", "different"),
    ("leaky_relu(a, 0.1) + (10^-20) 1[a < -90]", "leaky_relu(a, 0.1)", "a: real", "different"),
    ("(a if a > 0 else (0 if a > -40 else (10^-30)))", "relu(a)", "a: real", "different"),
    ("abs(a) + (10^-40) 1[abs(a) > 5] 1[b > 5] 1[c > 5]", "abs(a)", "a: real; b: real; c: real", "different"),
    ("norm(x) + (10^-40) 1[norm(x) > 700]", "norm(x)", "x: real[n]", "different"),
    ("||x|| + (10^-40) 1[||x|| > 700]", "||x||", "x: real[n]", "different"),
    ("||x|| + (10^-40) 1[||x|| < 10^-5]", "||x||", "x: real[n]", "different"),
    ("erf(a) + (10^-40) 1[erf(a) > 0.99999]", "erf(a)", "a: real", "different"),
    ("b + (10^-40) 1[exp(a) > 10^9]", "b", "a: real; b: real", "different"),
    ("b + (10^-40) 1[A_11 > 60]", "b", "A: posdef[k]; b: real", "undecided"),
    ("b + (10^-40) 1[p_1 > 0.98]", "b", "p: simplex[K]; b: real", "undecided"),
    ("f(a) + (10^-30) 1[a>33]", "f(a)", "f: function; a: real", "different"),
    ("a^(10^7)", "0", "a: probability", "different"),
    ("(1 - 10^-30)^n a", "a", "a: real; n: size", "different"),
    ("a/(1+10^-100)", "a", "a: real", "different"),
    ("log(1 + 10^-60 q)", "10^-60 q", "q: positive", "different"),
    ("exp(10^-40 a)", "1", "a: real", "different"),
    ("1/(10^400 + a)", "0", "a: real", "different"),
    ("2^(-10^5) a", "0", "a: real", "different"),
    ("2^(-10^12) a", "0", "a: real", "different"),
    ("(10^-12)^100 a", "2 (10^-12)^100 a", "a: real", "different"),
    ("cosh(a) - exp(a)/2", "0", "a: positive", "different"),
    ("cosh(1000 q + 1000) 2", "exp(1000 q + 1000)", "q: positive", "different"),
    ("sqrt(1 + 10^-80 a^2)", "1", "a: real", "different"),
    ("tan(atan(a) + (10^-60))", "a", "a: real", "different"),
    ("sin(10^300 a)", "sin(10^300 a + 2 pi)", "a: real", "equal"),
    ("sin(10^300 a)", "sin(10^300 a + 1)", "a: real", "different"),
    ("sin(10^30 a) + sin(10^30 a + pi)", "0", "a: real", "equal"),
    ("exp(1000 a) exp(-1000 a)", "1", "a: real", "equal"),
    ("exp(exp(a^2+20)) / exp(exp(a^2+20))", "1", "a: real", "equal"),
    ("(2 exp(exp(a^2+20))) / exp(exp(a^2+20))", "1", "a: real", "different"),
    ("erf(30 + a^2)", "1", "a: real", "different"),
    ("erf(300 + a^2)", "1", "a: real", "undecided"),
)  # fmt: skip


@pytest.mark.parametrize(("student", "truth", "names", "status"), [*TIES, *SMALL_SIZES, *SIZES, *BRANCHES, *MAGNITUDES, *PRINTED, *FURTHER])
def test_a_hidden_difference_is_found_or_said_not_to_be_seen(student: str, truth: str, names: str, status: str) -> None:
    assert compare(student, truth, names).status == status
    assert compare(truth, student, names).status == status


@pytest.mark.parametrize("truth", ["p", "p + 1", "p - 1/2", "2 p", "exp(log p)"])
def test_a_counterexample_shows_values_that_the_formula_has(truth: str) -> None:
    """A floor is a whole number: a ball that holds two of them is none of its values."""
    shown = compare("floor(exp(log p))", truth, "p: positive").evidence.counterexample
    assert shown is not None
    assert float(shown.student).is_integer()


LONG = (
    (" else ".join(f"{k} if a > {200 - k}" for k in range(200)) + " else a", "a", "different"),
    (" else ".join(f"{k} if a > {200 - k}" for k in range(200)) + " else a", " else ".join(f"{k} if a > {200 - k}" for k in range(200)) + " else a", "equal"),
    ("max(" + ", ".join(f"{k} a" for k in range(1, 300)) + ")", "max(a, 299 a)", "undecided"),
    (" ".join(f"(a + {k})" for k in range(600)), " ".join(f"(a + {k})" for k in reversed(range(600))), "equal"),
    ("sum_i x_i", "sum_i x_i^2", "different"),
    ("sum_i tanh(x_i)", "sum_i (1 if x_i > 20 else tanh(x_i))", "undecided"),
)


@pytest.mark.parametrize(("student", "truth", "status"), LONG)
def test_counted_work_ends_long_formulas_and_large_arrays(student: str, truth: str, status: str) -> None:
    """Cases of 200 branches, 300 numbers whose largest is asked, 600 factors, 100,000 entries: seconds at most."""
    assert compare(student, truth, "a: real; x: real[100000]").status == status


@pytest.mark.parametrize(
    ("student", "truth", "names", "shown"),
    [
        ("1 if a > 20 else tanh(a)", "tanh(a)", "a: real", ("1", "0.9999999999999999999999990")),
        ("1 if a > 80 else tanh(a)", "tanh(a)", "a: real", ("1", "1 - 1.18e-104")),
        ("x_1 + a 1[d = 1]", "x_1", "x: real[d]; a: real", ("3", "1")),
        ("b 1[log(m+1) >= log(2)]", "0", "b: real; m: label01", ("-0.25", "0")),
    ],
)
def test_both_values_of_a_counterexample_are_told_apart(student: str, truth: str, names: str, shown: tuple[str, str]) -> None:
    found = compare(student, truth, names).evidence.counterexample
    assert found is not None
    assert (found.student, found.truth) == shown
