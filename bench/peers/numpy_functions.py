"""numpy_functions.py - the functions of cases, by NumPy; also what outputs are checked with."""
import math

import numpy as np

try:
    from scipy.special import erf
except ImportError:
    erf = np.vectorize(math.erf, otypes=[float])

DTYPES = dict(f32=np.float32, f64=np.float64, c64=np.complex64, c128=np.complex128, i64=np.int64,
              i32=np.int32, bool=np.bool_)


def axes(a):
    return tuple(a) if isinstance(a, list) else a


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def centred(x, a):
    d = x - x.mean(axis=axes(a), keepdims=True)
    return d, 1 / np.sqrt((d * d).mean(axis=axes(a), keepdims=True) + 1e-5)


def layer_norm(x, a):
    d, r = centred(x, a)
    return d * r


def rms_norm(x, a):
    return x / np.sqrt((x * x).mean(axis=axes(a), keepdims=True) + 1e-5)


def logsumexp(x, a=None, keepdims=False):
    m = x.max(axis=axes(a), keepdims=True)
    s = np.log(np.exp(x - m).sum(axis=axes(a), keepdims=True)) + m
    return s if keepdims else s.reshape(np.max(x, axis=axes(a)).shape)


def softmax(x, a):
    e = np.exp(x - x.max(axis=axes(a), keepdims=True))
    return e / e.sum(axis=axes(a), keepdims=True)


def log_softmax(x, a):
    return x - logsumexp(x, a, True)


def gelu(x):
    return 0.5 * x * (1 + erf(x * math.sqrt(0.5)))


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def dense(x, out=None):
    if out is None:
        return np.array(x, order="C", copy=True)
    np.copyto(out, x)
    return out


def diag(x, k):
    y = np.zeros(x.shape + x.shape[-1:], x.dtype)
    i = np.arange(x.shape[-1])
    y[..., i, i] = x
    return y


def dynamic_update_slice(x, y, i):
    z = x.copy()
    z[tuple(slice(s, s + n) for s, n in zip(i, y.shape))] = y
    return z


def scatter_set(x, i, y):
    z = x.copy()
    z[i] = y
    return z


def scatter_add(x, i, y):
    z = x.copy()
    np.add.at(z, i, y)
    return z


def slices(start, limit, step):
    return tuple(slice(*s) for s in zip(start, limit, step or [None] * len(start)))


FUNCTIONS = dict(
    {name: getattr(np, name) for name in
     ("abs add conj cos exp expm1 log log1p maximum minimum sign sin sqrt square tanh").split()},
    sub=np.subtract, mul=np.multiply, div=np.divide, neg=np.negative, pow=np.power, rem=np.fmod,
    lt=np.less, erf=erf, gelu=gelu, sigmoid=sigmoid, softplus=softplus,
    relu=lambda x: np.maximum(x, 0), silu=lambda x: x * sigmoid(x), rsqrt=lambda x: 1 / np.sqrt(x),
    where=np.where, clamp=lambda a, x, b, out=None: np.clip(x, a, b, out=out),
    sum=lambda x, a=None, out=None: np.sum(x, axis=axes(a), out=out),
    prod=lambda x, a=None, out=None: np.prod(x, axis=axes(a), out=out),
    max=lambda x, a=None, out=None: np.max(x, axis=axes(a), out=out),
    min=lambda x, a=None, out=None: np.min(x, axis=axes(a), out=out),
    mean=lambda x, a=None, out=None: np.mean(x, axis=axes(a), out=out),
    var=lambda x, a=None, out=None: np.var(x, axis=axes(a), out=out),
    norm=lambda x, a=None: np.sqrt(np.sum(np.abs(x)**2, axis=axes(a))),
    argmax=lambda x, a, out=None: np.argmax(x, axis=a, out=out),
    logsumexp=logsumexp, softmax=softmax, log_softmax=log_softmax, layer_norm=layer_norm,
    rms_norm=rms_norm,
    transpose=lambda x, a, out=None: dense(x.transpose(a), out),
    reverse=lambda x, a, out=None: dense(np.flip(x, axes(a)), out),
    slice=lambda x, start, limit, step=None, out=None: dense(x[slices(start, limit, step)], out),
    broadcast=lambda x, s, out=None: dense(np.broadcast_to(x, s), out),
    reshape=lambda x, s, out=None: dense(x.reshape(s), out),
    diagonal=lambda x, k, out=None: dense(np.diagonal(x, k, -2, -1), out), diag=diag,
    tril=lambda x, k: np.tril(x, k), triu=lambda x, k: np.triu(x, k),
    pad=lambda x, low, high: np.pad(x, list(zip(low, high))),
    concatenate=lambda x, y, a, out=None: np.concatenate((x, y), a, out=out),
    cast=lambda x, dtype, out=None: dense(x.astype(dtype), out),
    dynamic_slice=lambda x, i, sizes: x[tuple(slice(s, s + n) for s, n in zip(i, sizes))].copy(),
    dynamic_update_slice=dynamic_update_slice, scatter_set=scatter_set, scatter_add=scatter_add,
    take=lambda x, i, a, out=None: np.take(x, i, a, out=out),
    take_along_axis=lambda x, i, a: np.take_along_axis(x, i, a),
    sort=lambda x, a: np.sort(x, a, kind="stable"), argsort=lambda x, a: np.argsort(x, a, kind="stable"),
    cumsum=lambda x, a, out=None: np.cumsum(x, a, out=out), **DTYPES)

# Functions of one element each: a sample of the output needs only a sample of the inputs.
ELEMENTWISE = set(("abs add sub mul div neg pow rem conj cos exp expm1 log log1p maximum minimum sign sin "
                   "sqrt rsqrt square tanh erf gelu sigmoid softplus relu silu lt where clamp cast "
                   "f32 f64 c64 c128").split())

# Functions that compute nothing: they need no wider elements to be right.
MOVES = set(("transpose reverse slice broadcast reshape diagonal diag tril triu pad concatenate dynamic_slice "
             "dynamic_update_slice scatter_set take take_along_axis sort argsort max min argmax").split())


# ---- gradients, in closed form: grad(f)(x, w) = J^T w ----

def total(x, a):
    return x.sum(axis=axes(a), keepdims=True)


def softmax_grad(x, w, a):
    y = softmax(x, a)
    return y * (w - total(w * y, a))


def layer_norm_grad(x, w, a):
    d, r = centred(x, a)
    y = d * r
    m = lambda v: v.mean(axis=axes(a), keepdims=True)
    return r * (w - m(w) - y * m(w * y))


def rms_norm_grad(x, w, a):
    r = 1 / np.sqrt((x * x).mean(axis=axes(a), keepdims=True) + 1e-5)
    return r * w - x * r**3 * (w * x).mean(axis=axes(a), keepdims=True)


GRADIENTS = dict(
    softmax=softmax_grad, layer_norm=layer_norm_grad, rms_norm=rms_norm_grad,
    log_softmax=lambda x, w, a: w - softmax(x, a) * total(w, a),
    sigmoid=lambda x, w: w * sigmoid(x) * (1 - sigmoid(x)),
    gelu=lambda x, w: w * (0.5 * (1 + erf(x * math.sqrt(0.5))) + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)))


def loaded(item, folder):
    """An input as an array with the case's strides; bf16 becomes f32."""
    bits = np.fromfile(f"{folder}/{item.name}.bin", np.uint16 if item.dtype == "bf16" else DTYPES[item.dtype])
    if item.dtype == "bf16":
        bits = (bits.astype(np.uint32) << 16).view(np.float32)
    return np.lib.stride_tricks.as_strided(bits, item.dims, [s * bits.itemsize for s in item.strides])
