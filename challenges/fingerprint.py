"""A digest of everything in the source tree that the verdicts of a challenge's solutions hang on.

Small and on the safe side: a change too many costs a grading and nothing else, so whole folders count. Comments, texts
for people and the declared verdicts do not.
"""

import ast
import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import grader
from challenges.judge import model_spec
from challenges.kernels.spec import KernelSpec
from challenges.registry import FOLDER
from challenges.spec import Spec

GRADER = Path(grader.__path__[0])
FOR_PEOPLE = {"title", "summary", "skills", "minutes", "starter"}  # in challenge.toml


def fingerprint(spec: Spec) -> str:
    """Another one as soon as the grader, the challenge's figures or the making of a solution is another."""
    kits = [FOLDER / name for name in sorted(_lenders(spec.id))]
    solves = [solve for kit in kits for solve in kit.glob("solutions/*/solve.py")]
    modules = [FOLDER / "judge.py", FOLDER / "solutions.py", *_files(_items(spec))]
    ours = {*_imported([*modules, *solves]), *(file for kit in kits for file in _kit(kit))}
    parts = [*_digests(GRADER, _grader()), *_digests(FOLDER, ours), _asked(spec), version("onnxruntime")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _items(spec: Spec) -> str:
    """The module that makes what entries are measured on."""
    if isinstance(spec, KernelSpec):
        return f"challenges.kernels.{spec.cases}"
    return f"challenges.datasets.{model_spec(spec).dataset}"


def _asked(spec: Spec) -> str:
    """Rules, targets, data set and the rest of challenge.toml, without comments and texts."""
    tables = tomllib.loads((spec.folder / "challenge.toml").read_text("utf-8"))
    return json.dumps({name: table for name, table in tables.items() if name not in FOR_PEOPLE}, sort_keys=True)


def _grader() -> Iterator[Path]:
    """The grader's source, the device lab's and the sandbox's filters, but not its wording."""
    for kind in ("*.py", "*.bpf", "*.c", "*.cpp", "*.h", "devices/*.toml"):
        yield from GRADER.rglob(kind)


def _lenders(challenge: str) -> set[str]:
    """A challenge and those whose files its solutions use, directly or not: a script that does so names them."""
    everyone = {path.parent.name for path in FOLDER.glob("*/challenge.toml")}
    known, news = set[str](), {challenge}
    while news:
        known |= news
        scripts = [file for name in news for file in _kit(FOLDER / name) if file.suffix == ".py"]
        text = "".join(script.read_text("utf-8") for script in scripts)
        news = {name for name in everyone - known if name in text}
    return known


def _kit(folder: Path) -> Iterator[Path]:
    """What solutions are built from: baselines, scripts of the kit, a kernel's harness and each other's folders."""
    yield from folder.glob("baseline.*")
    yield from folder.glob("kernel/*")
    yield from folder.glob("starter/*.py")
    for path in folder.glob("solutions/**/*"):
        if path.is_file() and path.suffix != ".pyc" and path.name != "solution.toml":
            yield path


def _imported(scripts: Iterable[Path]) -> set[Path]:
    """These scripts, and every module of `challenges` that they import, directly or not."""
    known, news = set[Path](), set(scripts)
    while news:
        known |= news
        modules = {module for script in news for module in _imports(script.read_text("utf-8"))}
        news = {file for module in modules for file in _files(module)} - known
    return known


@cache
def _imports(source: str) -> frozenset[str]:
    """What a script imports, also where that may be a name in a module and not a module."""
    names = set[str]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def _files(module: str) -> list[Path]:
    """Where the source of a module is, if it is one of `challenges`."""
    package, _, rest = module.partition(".")
    if package != FOLDER.name or not rest:
        return []
    path = FOLDER / rest.replace(".", "/")
    return [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]


def _digests(folder: Path, files: Iterable[Path]) -> list[str]:
    """A line for each file: its place and the digest of what it does."""
    return sorted(f"{folder.name}/{file.relative_to(folder).as_posix()} {_digest(file)}" for file in files)


def _digest(file: Path) -> str:
    data = file.read_bytes()
    return hashlib.sha256(_code(data.decode()) if file.suffix == ".py" else data).hexdigest()


@cache
def _code(source: str) -> bytes:
    """Python source without comments, docstrings and layout. A few f-strings look different in another Python."""
    return ast.unparse(_WithoutDocstrings().visit(ast.parse(source))).encode()


class _WithoutDocstrings(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Drop a string that stands alone: nothing uses it."""
        lone = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if lone else node
