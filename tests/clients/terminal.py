"""A program on a terminal of its own, by tmux: press keys, read the screen."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from pathlib import Path
from types import TracebackType

WITHIN = 30.0  # seconds


class Terminal:
    """``with Terminal("neomutt", "-F", file, home=folder) as terminal``; its server ends with the block."""

    def __init__(self, *command: str, home: Path) -> None:
        self._socket = str(home / "tmux")
        self._environment = os.environ | {"HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", shlex.join(command))

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._tmux("kill-server", check=False)

    def press(self, *keys: str) -> None:
        """Keys by tmux's names: ``Enter``, ``q``, ``C-c``."""
        self._tmux("send-keys", *keys, check=False)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", check=False)

    def wait_for(self, text: str) -> str:
        """The first screen that shows ``text``."""
        end = time.monotonic() + WITHIN
        while text not in (screen := self.screen()):
            assert time.monotonic() < end, f"{text!r} never came; the screen:\n{screen}"
            time.sleep(0.05)
        return screen

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        command = ["tmux", "-S", self._socket, *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=check, env=self._environment, timeout=60
        ).stdout
