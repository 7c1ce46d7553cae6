"""Runs the tests as ``make test`` does: in parallel, with branch coverage of the packages that do no I/O.

``python -m tests.tools.run [-n JOBS] [pytest arguments]``.  The plugin ``tests.tools.pure_coverage`` measures in
every process and makes the run fail below its bound; pytest's own summary stays the last line.
"""

from __future__ import annotations

import sys

import pytest

ARGUMENTS = [
    "-p",
    "tests.tools.pure_coverage",
    "--durations=10",
    "--durations-min=0.5",
    "-m",
    "not long",
    "--dist=worksteal",
]

if __name__ == "__main__":
    sys.exit(pytest.main([*ARGUMENTS, *sys.argv[1:]]))
