"""What a caged process can see: an empty root with the interpreter, its libraries and this package, all read-only."""

import os
import platform
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from io import FileIO
from pathlib import Path

import grader

PACKAGES = ("numpy", "msgspec", "onnx", "onnxruntime", "ai_edge_litert", "flatbuffers", "ml_dtypes", "torch")
GRADER_PARENT = "/karui"  # inside; the repository's own place is nobody's business
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
CPU_FOLDER = "/sys/devices/system/cpu"
CPU_FACTS = ("/proc/cpuinfo", *(f"{CPU_FOLDER}/{name}" for name in ("possible", "present", "online", "kernel_max")))
SETPRIV = "/usr/bin/setpriv"
MACHINE_LIBRARIES = ("/usr/lib64", f"/usr/lib/ld-linux-{platform.machine()}.so.1")


@dataclass(frozen=True, slots=True)
class View:
    """The file system of one job. binds: outside path -> inside path; data: inside path -> content."""

    binds: dict[str, str]
    data: dict[str, bytes] = field(repr=False)

    def showing(self, path: str) -> "View":
        """This view with one more path in it."""
        return View({**self.binds, path: path}, self.data)


@cache
def python_view() -> View:
    """What a Python job sees."""
    package = Path(grader.__file__).parent
    binds = {path: path for path in _outermost([*interpreter_paths(), *library_paths(), *package_roots()])}
    return View({**binds, str(package): f"{GRADER_PARENT}/{package.name}"}, cpu_facts())


def native_view(binds: Mapping[str, str]) -> View:
    """What a program sees that is not ours: the system's libraries, and what it was given."""
    libraries = {path: path for path in _outermost(library_paths())}
    return View({**libraries, **{str(Path(outside).absolute()): inside for outside, inside in binds.items()}}, {})


def executable() -> str:
    """The real interpreter behind a virtual environment's link."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def interpreter_paths() -> list[str]:
    """The interpreter, its standard library, and its shared library where it has one."""
    paths = [executable(), *(sysconfig.get_path(kind, vars=_base()) for kind in ("stdlib", "platstdlib"))]
    folder, name = sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME")
    if sysconfig.get_config_var("Py_ENABLE_SHARED") and folder and name:
        paths.append(str(Path(folder) / name))
    return paths


def _base() -> dict[str, str]:
    return {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}


def library_paths() -> list[str]:
    """The system's shared libraries and nothing else of /usr."""
    triplet = sysconfig.get_config_var("MULTIARCH")
    multiarch = f"/usr/lib/{triplet}"
    return [multiarch if triplet and Path(multiarch).is_dir() else "/usr/lib", *MACHINE_LIBRARIES]


@cache
def package_roots() -> list[str]:
    """The folders from which this process itself would import the runtimes."""
    specs = [find_spec(name) for name in PACKAGES]
    return sorted({str(Path(spec.origin).resolve().parents[1]) for spec in specs if spec and spec.origin})


@cache
def cpu_facts() -> dict[str, bytes]:
    """Copies of what runtimes read about the processor; without them they warn and choose slower code."""
    return {path: Path(path).read_bytes() for path in CPU_FACTS if Path(path).exists()}


def _outermost(paths: Iterable[str]) -> list[str]:
    """Existing paths, without those that lie in another of them."""
    existing = sorted({path for path in paths if Path(path).exists()})
    return [path for path in existing if not any(path.startswith(f"{other}/") for other in existing)]


def mount_options(view: View, data: Mapping[str, FileIO], tmp_mib: int) -> Iterator[str]:
    """Bubblewrap's options for a view. The order matters: /tmp first, or it would hide what lies under it."""
    yield from ("--size", str(tmp_mib << 20), "--perms", "1777", "--tmpfs", "/tmp")  # noqa: S108
    for folder in _ancestors([*view.binds.values(), *view.data, *DEVICES]):
        yield from ("--perms", "0755", "--dir", folder)
    for outside, inside in view.binds.items():
        yield from ("--ro-bind", outside, inside)
    for device in DEVICES:
        yield from ("--dev-bind", device, device)
    for inside, file in data.items():
        # An emulator looks whether its program may be executed
        yield from ("--perms", "0555", "--ro-bind-data", str(file.fileno()), inside)
    for link in ("/lib", "/lib64"):
        if Path(link).is_symlink():
            yield from ("--symlink", str(Path(link).readlink()), link)
    yield from ("--remount-ro", "/", "--chdir", "/tmp")  # noqa: S108


def _ancestors(paths: Iterable[str]) -> list[str]:
    """Every folder above the paths, outermost first; made one by one, or they would be readable by root alone."""
    folders = {str(folder) for path in paths for folder in Path(path).parents}
    return sorted(folders - {"/", "/tmp"})  # noqa: S108
