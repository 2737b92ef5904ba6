"""A container engine's seccomp profile as the kernel takes it: what the engine does, for what ours has in it."""

import tempfile
from typing import IO, Any

import pyseccomp

COMPARE = {"SCMP_CMP_EQ": pyseccomp.EQ, "SCMP_CMP_LT": pyseccomp.LT, "SCMP_CMP_MASKED_EQ": pyseccomp.MASKED_EQ}


def compiled(profile: dict[str, Any]) -> IO[bytes]:
    """The filter for this machine's own system calls, in a file. Calls that libseccomp does not know are left out."""
    made = pyseccomp.SyscallFilter(pyseccomp.ERRNO(profile["defaultErrnoRet"]))
    for rule in profile["syscalls"]:
        action = pyseccomp.ALLOW if rule["action"] == "SCMP_ACT_ALLOW" else pyseccomp.ERRNO(rule["errnoRet"])
        conditions = [
            pyseccomp.Arg(one["index"], COMPARE[one["op"]], one["value"], one.get("valueTwo", 0))
            for one in rule.get("args", [])
        ]
        for name in filter(is_known, rule["names"]):
            made.add_rule(action, name, *conditions)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    made.export_bpf(file)
    file.seek(0)
    return file


def is_known(name: str) -> bool:
    """Whether this machine has such a call."""
    try:
        number: int = pyseccomp.resolve_syscall(pyseccomp.system_arch(), name)
    except ValueError:
        return False
    return number >= 0
