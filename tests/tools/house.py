"""The rules of the house that no other tool checks: ``python -m tests.tools.house``, part of ``make check``.

Sizes of functions and files, as many lines of test as of source, a docstring that opens every module,
and words that have no place here: paths of one machine, hosts of package registries.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUNCTION_LINES = 80  # none is longer
LONG_FUNCTION_LINES = 60  # at most LONG_FUNCTIONS of all are longer
LONG_FUNCTIONS = 0.01
FILE_LINES = 700
# Written in pieces, so that this file keeps its own rule.
FORBIDDEN = re.compile(
    "|".join(
        (
            "/" + r"work/",
            "/" + r"root/",
            "/" + r"home/[a-z]",
            r"registry\." + "npmjs",
            r"pypi" + r"\.org/simple",
            r"files\." + "pythonhosted",
            r"index-" + r"url\s*=",
        )
    )
)
TEXT = {".py", ".md", ".toml", ".txt", ".in", ".sql", ".sh", ".mk", ".html", ".js", ".css", ".mjs", ".json", ""}


@dataclass(frozen=True)
class Function:
    where: str
    lines: int


def main() -> int:
    files = tracked()
    complaints = [*words(files), *shapes(files), *balance(files)]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


def tracked(root: Path = ROOT) -> list[Path]:
    """What is, or is about to be, part of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [root / name for name in listed if (root / name).is_file()]


def words(files: list[Path]) -> Iterator[str]:
    for file in files:
        if file.suffix in TEXT and file.name != "LICENSE":
            for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
                if found := FORBIDDEN.search(line):
                    yield f"{file}:{number}: {found.group()!r} has no place in the repository"


def shapes(files: list[Path]) -> Iterator[str]:
    """Sizes, and the docstring a module opens with."""
    functions: list[Function] = []
    for file in files:
        if file.suffix != ".py":
            continue
        text = file.read_text()
        yield from _file_shape(file, text)
        functions += functions_of(file, text)
    yield from (f"{long.where}: {long.lines} lines" for long in functions if long.lines > FUNCTION_LINES)
    long = sorted((each for each in functions if each.lines > LONG_FUNCTION_LINES), key=lambda each: -each.lines)
    if len(long) > LONG_FUNCTIONS * len(functions):
        yield f"{len(long)} of {len(functions)} functions have more than {LONG_FUNCTION_LINES} lines: " + ", ".join(
            f"{each.where} ({each.lines})" for each in long
        )


def _file_shape(file: Path, text: str) -> Iterator[str]:
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"{file}: {lines} lines, more than {FILE_LINES}"
    if text.strip() and ast.get_docstring(ast.parse(text)) is None:
        yield f"{file}:1: the module does not say what it promises"


def functions_of(file: Path, text: str) -> list[Function]:
    """Each function with its length, docstring not counted."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
            found.append(Function(f"{file}:{node.lineno} {node.name}", lines))
    return found


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if ast.get_docstring(node) is None or first.end_lineno is None:
        return 0
    return first.end_lineno - first.lineno + 1


def balance(files: list[Path]) -> Iterator[str]:
    """As many lines of test as of source."""
    source = lines_below(files, ROOT / "src")
    tests = lines_below(files, ROOT / "tests")
    if tests < source:
        yield f"{tests} lines of test for {source} lines of source"


def lines_below(files: list[Path], folder: Path) -> int:
    return sum(
        1
        for file in files
        if file.suffix == ".py" and file.is_relative_to(folder)
        for line in file.read_text().splitlines()
        if line.strip()
    )


if __name__ == "__main__":
    sys.exit(main())
