#!/usr/bin/env python3
"""dlpack.py BUILD - tensors that NumPy sees, and arrays that we see, through DLPack capsules.

The libraries are used as another language's binding would: by ctypes, from the build tree.
"""
import ctypes as c
import pathlib
import sys

try:
    import numpy as np
    np.from_dlpack
except (ImportError, AttributeError):
    print("no NumPy with from_dlpack here")
    sys.exit(77)

build = pathlib.Path(sys.argv[1])


def load(name):
    return c.CDLL(str(build / f"lib{name}" / f"libtsr-{name}.so"), mode=c.RTLD_GLOBAL)


core, coreops, tensor, cpu, internalops, runtime = map(
    load, ["tensor-core", "coreops", "tensor", "cpu", "internalops", "runtime"])
core.tsr_error_message.restype = c.c_char_p


class List(c.Structure):
    _fields_ = [("data", c.c_void_p), ("n", c.c_size_t)]


def ok(status):
    if status:
        sys.exit(core.tsr_error_message().decode())


py = c.pythonapi
py.PyCapsule_New.restype = c.py_object
py.PyCapsule_New.argtypes = [c.c_void_p, c.c_char_p, c.c_void_p]
py.PyCapsule_GetPointer.restype = c.c_void_p
py.PyCapsule_GetPointer.argtypes = [c.py_object, c.c_char_p]
py.PyCapsule_SetName.argtypes = [c.py_object, c.c_char_p]
USED = b"used_dltensor"  # outlives the capsules that have it for a name


class Lent:
    """What NumPy asks for when it is given a tensor of ours."""

    def __init__(self, handle):
        self.handle = handle

    def __dlpack_device__(self):
        return (1, 0)

    def __dlpack__(self, stream=None):
        made = c.c_void_p()
        ok(tensor.tsr_tensor_to_dlpack_legacy(self.handle, c.byref(made)))
        return py.PyCapsule_New(made, b"dltensor", None)


def taken(device, array):
    """An array of NumPy's as a tensor of ours."""
    capsule = array.__dlpack__()
    out = c.c_void_p()
    ok(tensor.tsr_tensor_from_dlpack_legacy(
        device, c.c_void_p(py.PyCapsule_GetPointer(capsule, b"dltensor")), c.byref(out)))
    py.PyCapsule_SetName(capsule, USED)
    return out


layer = (c.c_void_p * 1)(c.cast(cpu.tsr_cpu_register, c.c_void_p).value)
rt, device = c.c_void_p(), c.c_void_p()
ok(runtime.tsr_runtime_create(List(c.cast(layer, c.c_void_p), 1), c.byref(rt)))
ok(runtime.tsr_runtime_device(rt, b"cpu", c.byref(device)))

n = 0
for dtype in ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
              "float32", "float64", "complex64", "complex128"]:
    base = np.arange(2 * 3 * 4).reshape(2, 3, 4).astype(dtype)
    for array in [base, base.T, base[::-1, :, ::2], base[:, 1:2], base[:0], base[0, 0, 1:2].reshape(())]:
        ours = taken(device, array)
        back = np.from_dlpack(Lent(ours))
        tensor.tsr_tensor_release(ours)
        assert back.dtype == array.dtype and back.shape == array.shape, (dtype, back, array)
        assert (back == array).all(), (dtype, back, array)
        if array.size:
            assert np.shares_memory(back, array)
        del back
        n += 1
runtime.tsr_runtime_release(rt)
print(f"{n} arrays there and back, none copied")
