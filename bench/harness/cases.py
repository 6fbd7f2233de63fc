"""cases.py - what is measured: lists in bench/cases, and lists of others in ../shared/data.

A line of a list is "when dtype program input..", where `when` is quick (in every run) or full;
the name of the file is the group. Every list is fixed by its checksum in SHA256SUMS.
"""
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import sys

BENCH = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BENCH / "peers"))
from peer import SIZES, Input # noqa: E402

SUMS = BENCH / "cases" / "SHA256SUMS"
SHARED = pathlib.Path(os.environ.get("TSR_BENCH_DATA", BENCH.parent.parent / "shared" / "data"))


@dataclasses.dataclass
class Case:
    group: str
    when: str
    dtype: str
    program: str
    inputs: list
    source: str

    @property
    def key(self):
        return " ".join([self.group, self.dtype, self.program, *self.inputs])

    @property
    def parsed(self):
        return [Input(i, self.dtype) for i in self.inputs]

    @property
    def text(self):
        """The program as workers read it."""
        many = re.fullmatch(r"many\((\d+)\)", self.program)
        chain = re.fullmatch(r"chain\((\w+),(\d+)\)", self.program)
        if chain:
            return f"v={chain[1]}(x);" + f"v={chain[1]}(v);" * (int(chain[2]) - 2) + f"{chain[1]}(v)"
        return many_operations(int(many[1])) if many else self.program

    @property
    def elements(self):
        return max(i.count for i in self.parsed)

    @property
    def modes(self):
        return ["compile"] if self.group == "compile" else ["fresh", "into"]


def many_operations(n):
    """A program of n calls of all kinds, each on what came before, with values that stay small."""
    kinds = ["add({p},y)", "tanh({p})", "mul({p},{q})", "transpose({p},[1,0])", "sub({p},{q})", "maximum({p},y)",
             "sin({p})", "div({p},3)", "reverse({p},[0])", "add({p},mean({p},0))", "square({p})"]
    text, made, k = "v0=add(x,y)", 1, 0
    while made < n - 1:
        call = kinds[k % len(kinds)]
        text += f";v{k + 1}=" + call.format(p=f"v{k}", q=f"v{max(k - 1, 0)}")
        made += call.count("(")
        k += 1
    return text + f";neg(v{k})"


def checksum(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sums():
    return {name: digest for digest, name in (line.split() for line in SUMS.read_text().splitlines())}


def shared_lists():
    return [SHARED / "tenferro_cpu_cases.json", *sorted((SHARED / "permute").glob("*.json"))]


def write_sums():
    """Of all lists that are here; those of ../shared/data keep theirs when it is not."""
    known = {n: d for n, d in sums().items() if n.startswith("shared/")} if SUMS.exists() else {}
    known.update({p.name: checksum(p) for p in (BENCH / "cases").glob("*.txt")})
    known.update({f"shared/{p.name}": checksum(p) for p in shared_lists() if p.exists()})
    SUMS.write_text("".join(f"{d}  {n}\n" for n, d in sorted(known.items())))


def read_list(path):
    found = []
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            found.append(Case(path.stem, words[0], words[1], words[2], words[3:], path.name))
    return found


def own():
    return [c for path in sorted((BENCH / "cases").glob("*.txt")) for c in read_list(path)]


# ---- lists of others ----

def permuted(group, when, source, dtype, dims, strides, axes):
    name = "x=" + "x".join(map(str, dims)) + ("@" + ",".join(map(str, strides)) if strides else "")
    return Case(group, when, dtype, f"transpose(x,[{','.join(map(str, axes))}])", [name], source)


def in_c_order(axes):
    """A permutation of axes counted from the fastest, as one counted from the slowest."""
    return [len(axes) - 1 - a for a in reversed(axes)]


def tenferro_permutes(path):
    """out[i..] = src[i_perm..], so axis m of src is axis perm[m] of out; both in Fortran's order."""
    for c in json.loads(path.read_text())["patterns"]:
        axes = [c["perm"].index(k) for k in range(len(c["perm"]))]
        strides = c["src_layout"].get("strides")
        yield permuted("permute", "quick", path.name, c["dtype"], c["shape"][::-1], strides and strides[::-1],
                       in_c_order(axes))


def hptt_permutes(path):
    """B[i_perm[0]..] = A[i_0..]: axis k of B is axis perm[k] of A; f32, as published."""
    for n, c in enumerate(json.loads(path.read_text())["cases"]):
        yield permuted("permute", "quick" if n % 4 == 0 else "full", path.name, "f32", c["size"][::-1], None,
                       in_c_order(c["perm"]))


# The program of an operation, with names of its inputs: x y z of its shape, p q positive ones.
TENFERRO = dict(
    add="add(x,y)", sub="sub(x,y)", mul="mul(x,y)", div="div(x,y)", maximum="maximum(x,y)", minimum="minimum(x,y)",
    rem="rem(x,p)", neg="neg(x)", abs="abs(x)", sign="sign(x)", compare_lt="lt(x,y)", clamp="clamp(-0.5,x,0.5)",
    select="where(lt(x,y),x,y)", exp="exp(x)", log="log(p)", sin="sin(x)", cos="cos(x)", tanh="tanh(x)", sqrt="sqrt(p)",
    rsqrt="rsqrt(p)", pow="pow(p,1.5)", expm1="expm1(x)", log1p="log1p(p)", chain_log1p_exp_mul="log1p(exp(mul(x,y)))",
    conj="conj(x)", act_erf="erf(x)", act_sigmoid="sigmoid(x)", act_silu="silu(x)", act_softplus="softplus(x)",
    act_gelu="gelu(x)", transpose="transpose(x,[1,0])", reverse="reverse(x,[0])", tril="tril(x,0)", triu="triu(x,0)",
    extract_diagonal="diagonal(x,0)", embed_diagonal="diag(x,0)", cast_f64_f32="cast(x,f32)",
    add_chain10="add(add(add(add(add(add(add(add(add(add(x,y),y),y),y),y),y),y),y),y),y)",
    gather="take(x,i,0)", norm_fro="norm(x)")
# By suite, and for some operations by operation.
TENFERRO_GROUPS = dict(elementwise="elementwise", reduction="reduce", indexing="index", structural="index",
                       complex="elementwise", perf_issues="rows", small_work="small",
                       transpose="permute", norm_fro="reduce", tanh_chain="elementwise")


def tenferro_special(c, shape):
    """Program and inputs of the operations whose numbers stand in the case."""
    op, n, s = c["op"], shape[0], "x".join(map(str, shape))
    x = f"x={s}"
    if op.startswith("reduce_"):
        axis = "" if c.get("axis", "all") == "all" else f",{c['axis']}"
        return f"{op[7:].removesuffix('_all')}(x{axis})", [x]
    if op in ("softmax", "log_softmax", "layer_norm", "rms_norm"):
        return f"{op}(x,{c.get('axis', 0)})", [x]
    if op == "tanh_chain":
        return f"chain(tanh,{c['k']})", [x]
    if op == "slice":
        return f"slice(x,[{c['start']}],[{c['stop']}],[{c['step']}])", [x]
    if op == "dynamic_slice":
        return f"dynamic_slice(x,i,[{c['size']}])", [x, f"i=1%{c['start']}"]
    if op == "dynamic_update_slice":
        return "dynamic_update_slice(x,y,i)", [x, f"y={c['update']}", f"i=1%{c['start']}"]
    if op == "pad":
        return f"pad(x,[{c['low']}],[{c['high']}])", [x]
    if op == "concatenate":
        return "concatenate(x,y,0)", [f"x={n}", f"y={shape[1]}"]
    if op == "scatter":
        return "scatter_set(x,i,y)", [x, f"i={n}^{n}", f"y={n}"]
    if op == "gather":
        return "take(x,i,0)", [x, f"i={n}^{n}"]
    if op in ("broadcast_in_dim", "reshape_materialize"):
        return f"{op.split('_')[0]}(x,[{','.join(map(str, c['to']))}])", [x]
    if op == "take_along_axis":
        return "take_along_axis(x,i,0)", [x, f"i={s}%{n}"]
    return None


def tenferro_cases(path):
    for c in json.loads(path.read_text())["cases"]:
        op = c["op"]
        group = TENFERRO_GROUPS.get(op, TENFERRO_GROUPS.get(c["suite"]))
        made = tenferro_special(c, c["shape"])
        if not group or not (made or op in TENFERRO):
            continue # contractions, linear algebra and Fourier transforms are measured elsewhere
        if not made:
            s = "x".join(map(str, c["shape"]))
            names = sorted(set(re.findall(r"\b[xypi]\b", TENFERRO[op])))
            made = TENFERRO[op], [f"{n}={s}" + ("+" if n == "p" else "") for n in names]
        when = "quick" if group in ("index", "small") or op in ("exp", "add", "log", "tanh", "sum") else "full"
        yield Case(group, when, c["dtype"], *made, path.name)


def shared():
    """Cases of ../shared/data, and a sentence when it is not there."""
    if not SHARED.is_dir():
        return [], "../shared/data is not here: its permutes and tenferro's cases are left out"
    found = []
    for path in shared_lists():
        read = dict(hptt_29=hptt_permutes, tenferro_patterns=tenferro_permutes).get(path.stem, tenferro_cases)
        found += read(path)
    return found, None


def verify():
    """The names of lists that are not those of SHA256SUMS."""
    known = sums()
    paths = {p.name: p for p in (BENCH / "cases").glob("*.txt")}
    paths.update({f"shared/{p.name}": p for p in shared_lists() if p.exists()})
    return sorted(name for name, path in paths.items() if known.get(name) != checksum(path))


def select(full, only, pattern, alone=None):
    """The cases of a run, each once, in the order of groups; those of one file if it is given."""
    others, sentence = ([], None) if alone else shared()
    found = {}
    for c in (read_list(alone) if alone else own()) + others:
        if (c.when == "full" and not full) or (only and c.group not in only):
            continue
        if pattern and not re.search(pattern, c.key):
            continue
        found.setdefault(c.key, c)
    return sorted(found.values(), key=lambda c: c.group), sentence


def output_bytes(shape, dtype):
    n = SIZES[dtype]
    for d in shape:
        n *= d
    return n
