"""A pytest plugin: branch coverage of model, mime and protocol, measured in every worker, with a lower bound.

It starts when it is imported, before any test pulls in what it measures, and leaves one data file per
process in a folder of this run, so that runs side by side do not mix.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

import coverage
import pytest

AT_LEAST = 95.0  # percent of lines and branches together
_FOLDER = "PURE_COVERAGE_FOLDER"  # handed to the workers through the environment

_folder = Path(os.environ.setdefault(_FOLDER, tempfile.mkdtemp(prefix="pure-coverage-")))
_measuring = coverage.Coverage(data_file=str(_folder / "data"), data_suffix=True)
# A worker that got no test of a package is no news.
_measuring.set_option("run:disable_warnings", ["module-not-imported", "no-data-collected"])
_measuring.start()
_verdict: list[str] = []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    _measuring.stop()
    _measuring.save()
    if hasattr(session.config, "workerinput"):
        return
    percent, table = _total()
    shutil.rmtree(_folder, ignore_errors=True)
    _verdict.append(table)
    _verdict.append(f"branch coverage of model, mime and protocol: {percent:.1f} %, at least {AT_LEAST:.0f} % asked")
    whole_suite = not session.config.args or session.config.args == session.config.getini("testpaths")
    if whole_suite and exitstatus == pytest.ExitCode.OK and percent < AT_LEAST:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("coverage")
    for text in _verdict:
        terminalreporter.write_line(text)


def _total() -> tuple[float, str]:
    """All processes together: the percentage, and the files that are not whole."""
    whole = coverage.Coverage(data_file=str(_folder / "data"), data_suffix=False)
    whole.combine([str(_folder)], keep=True)
    text = io.StringIO()
    percent = whole.report(file=text, skip_covered=True, show_missing=True)
    return percent, text.getvalue()
