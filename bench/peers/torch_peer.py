"""torch_peer.py - PyTorch as a peer: eager, with its own fused functions where it has them."""
import torch
import torch.nn.functional as F
from peer import Missing, Peer, function_of, mapped, sample_step, serve

DTYPES = dict(bf16=torch.bfloat16, f32=torch.float32, f64=torch.float64, c64=torch.complex64,
              c128=torch.complex128, i64=torch.int64, i32=torch.int32, bool=torch.bool)
NAMES = {v: k for k, v in DTYPES.items()}


def dense(x, out=None):
    return x.clone(memory_format=torch.contiguous_format) if out is None else out.copy_(x)


def reduced(f):
    return lambda x, a=None, out=None: f(x) if a is None else f(x, a, out=out) if out is not None else f(x, a)


def last(x, a):
    return a in (-1, x.ndim - 1, [-1], [x.ndim - 1])


def layer_norm(x, a):
    if last(x, a):
        return F.layer_norm(x, x.shape[-1:], eps=1e-5)
    var, mean = torch.var_mean(x, a, correction=0, keepdim=True)
    return (x - mean) * torch.rsqrt(var + 1e-5)


def rms_norm(x, a):
    if last(x, a):
        return F.rms_norm(x, x.shape[-1:], eps=1e-5)
    return x * torch.rsqrt((x * x).mean(a, keepdim=True) + 1e-5)


def slices(start, limit, step):
    return tuple(slice(*s) for s in zip(start, limit, step or [None] * len(start)))


def window(i, sizes):
    return tuple(slice(s, s + n) for s, n in zip(i.tolist(), sizes))


def dynamic_update_slice(x, y, i):
    z = x.clone()
    z[window(i, y.shape)] = y
    return z


def pad(x, low, high):
    return F.pad(x, [n for pair in reversed(list(zip(low, high))) for n in pair])


def logsumexp(x, a=None):
    return torch.logsumexp(x, tuple(range(x.ndim)) if a is None else a)


FUNCTIONS = dict(
    {name: getattr(torch, name) for name in
     ("abs add conj cos div erf exp expm1 log log1p lt maximum minimum mul neg pow relu rsqrt sigmoid sign sin "
      "sqrt square sub tanh where argmax tril triu").split()},
    conj=lambda x, out=None: torch.conj_physical(x, out=out), rem=torch.fmod, gelu=F.gelu, silu=F.silu,
    softplus=F.softplus, clamp=lambda a, x, b, out=None: torch.clamp(x, a, b, out=out),
    sum=reduced(torch.sum), prod=reduced(torch.prod), max=reduced(torch.amax), min=reduced(torch.amin),
    mean=reduced(torch.mean), var=lambda x, a=None: torch.var(x, a, correction=0), logsumexp=logsumexp,
    norm=lambda x, a=None: torch.linalg.vector_norm(x, dim=a),
    softmax=F.softmax, log_softmax=F.log_softmax, layer_norm=layer_norm, rms_norm=rms_norm,
    transpose=lambda x, a, out=None: dense(x.permute(a), out),
    reverse=lambda x, a: torch.flip(x, a),
    slice=lambda x, start, limit, step=None, out=None: dense(x[slices(start, limit, step)], out),
    broadcast=lambda x, s, out=None: dense(x.broadcast_to(s), out),
    reshape=lambda x, s, out=None: dense(x.reshape(s), out),
    diagonal=lambda x, k, out=None: dense(torch.diagonal(x, k, -2, -1), out),
    diag=lambda x, k: torch.diag_embed(x, k), pad=pad,
    concatenate=lambda x, y, a, out=None: torch.cat((x, y), a, out=out),
    cast=lambda x, dtype, out=None: x.to(dtype) if out is None else out.copy_(x),
    dynamic_slice=lambda x, i, sizes: x[window(i, sizes)].clone(), dynamic_update_slice=dynamic_update_slice,
    take=lambda x, i, a, out=None: torch.index_select(x, a, i, out=out),
    take_along_axis=lambda x, i, a, out=None: torch.gather(x, a, i, out=out),
    scatter_add=lambda x, i, y: x.index_add(0, i, y), scatter_set=lambda x, i, y: x.index_copy(0, i, y),
    sort=lambda x, a: torch.sort(x, dim=a, stable=True)[0], argsort=lambda x, a: torch.argsort(x, dim=a, stable=True),
    cumsum=lambda x, a, out=None: torch.cumsum(x, a, out=out), **DTYPES)


class Torch(Peer):
    name = "PyTorch"

    def __init__(self, threads):
        super().__init__(threads)
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)

    def about(self):
        return dict(version=f"PyTorch {torch.__version__}", threads=torch.get_num_threads())

    def prepare(self, folder, dtype, program, inputs):
        self.args = [torch.frombuffer(mapped(i, folder), dtype=DTYPES[i.dtype]).clone()
                     .as_strided(i.dims, i.strides) for i in inputs]
        names = [i.name for i in inputs]
        self.gradient = program.startswith("grad(")
        if self.gradient:
            program = program[5:-1]
            self.x, self.w = (self.args[names.index(n)] for n in "xw")
            self.x.requires_grad_()
        torch.set_grad_enabled(self.gradient)
        self.f, self.f_into = function_of(program, names, FUNCTIONS)
        self.out = self.once().detach().contiguous()
        flat = self.out.reshape(-1)[::sample_step(self.out.numel())].clone()
        flat.view(torch.uint8).numpy().tofile(self.output(folder, "torch"))
        return dict(dtype=NAMES[self.out.dtype], shape=list(self.out.shape))

    def once(self):
        if not self.gradient:
            return self.f(*self.args)
        return torch.autograd.grad(self.f(*self.args), self.x, self.w)[0]

    def runner(self, mode):
        f, f_into, args, out = self.f, self.f_into, self.args, self.out
        if mode == "fresh" and self.gradient:
            return self.once
        if mode == "fresh":
            return lambda: f(*args)
        if mode == "into" and not self.gradient:
            try:
                f_into(*args, out)
            except TypeError:
                raise Missing("PyTorch's function takes no output")
            return lambda: f_into(*args, out)
        raise Missing("PyTorch gives no gradient into an output" if mode == "into" else "PyTorch is eager here")

    def clear(self):
        self.args = self.out = self.x = self.w = None


if __name__ == "__main__":
    serve(Torch)
