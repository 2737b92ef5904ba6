"""Shut the door from inside: put a seccomp filter on the whole process, for good."""

import ctypes
import platform

from grader.sandbox import policy

SECCOMP_SET_MODE_FILTER = 1
SECCOMP_FILTER_FLAG_TSYNC = 1  # every thread, also those that an import has started
INSTRUCTION_BYTES = 8


class _Program(ctypes.Structure):
    """struct sock_fprog of <linux/filter.h>."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def apply(name: str) -> None:
    """Apply the filter `name` of `policy/bpf`. Needs no_new_privs. Raises OSError if the kernel refuses it."""
    code = policy.bpf(name)
    program = _Program(len(code) // INSTRUCTION_BYTES, code)
    libc = ctypes.CDLL(None, use_errno=True)
    number = policy.SECCOMP_SYSCALL[platform.machine()]
    if libc.syscall(number, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), f"the kernel refused the filter {name}")
