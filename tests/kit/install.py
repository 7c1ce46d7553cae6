"""Installs the other people's mail programs that tests and benchmarks talk to: ``python -m tests.kit.install``.

Debian packages by apt-get, Exim unpacked beside them (it conflicts with Postfix), npm packages into
build/node.  It may run again at any time and is quick when everything is there.  No installed service
is started.  What cannot be installed is an error: a missing peer is a failed proof, not a skipped one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / "build"
PROGRAMS = {
    "postfix": "/usr/sbin/smtp-source",
    "dovecot-imapd": "/usr/lib/dovecot/imap",
    "dovecot-pop3d": "/usr/lib/dovecot/pop3",
    "dovecot-lmtpd": "/usr/lib/dovecot/lmtp",
    "swaks": "/usr/bin/swaks",
    "neomutt": "/usr/bin/neomutt",
    "isync": "/usr/bin/mbsync",
    "tmux": "/usr/bin/tmux",
    "telnet": "/usr/bin/telnet",
    "netcat-openbsd": "/usr/bin/nc.openbsd",
    "curl": "/usr/bin/curl",
    "strace": "/usr/bin/strace",
    "libnet-ssleay-perl": "/usr/share/doc/libnet-ssleay-perl",
    "libio-socket-ssl-perl": "/usr/share/perl5/IO/Socket/SSL.pm",
}
EXIM = ("exim4-daemon-light", "exim4-base")
NODE_PACKAGES = ("imapflow@1",)
NODE_AT_LEAST = 20
POLICY = Path("/usr/sbin/policy-rc.d")
DO_NOT_START = "#!/bin/sh\n# No service is started by its installation.\nexit 101\n"


def main() -> None:
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install_debian_packages()
        unpack_exim()
        install_node_packages()


def install_debian_packages() -> None:
    missing = [package for package, sign in PROGRAMS.items() if not Path(sign).exists()]
    node = [] if shutil.which("node") and shutil.which("npm") else ["nodejs", "npm"]
    if not missing and not node:
        return
    with services_stay_down():
        apt("update")
        apt("install", "--yes", "--no-install-recommends", *missing, *node)


@contextlib.contextmanager
def services_stay_down() -> Iterator[None]:
    """Debian asks policy-rc.d before a package starts its service (Debian Policy §9.3.3)."""
    if POLICY.exists():
        yield
        return
    run("tee", str(POLICY), given=DO_NOT_START, privileged=True)
    run("chmod", "755", str(POLICY), privileged=True)
    try:
        yield
    finally:
        run("rm", "-f", str(POLICY), privileged=True)


def unpack_exim() -> Path:
    """Exim's root below build/; its daemon is ROOT/usr/sbin/exim4."""
    root = BUILD / "exim"
    if (root / "usr/sbin/exim4").exists():
        return root
    cache = BUILD / "debs"
    cache.mkdir(exist_ok=True)
    if not all(list(cache.glob(f"{package}_*.deb")) for package in EXIM):
        apt("update")
        run("apt-get", "download", *EXIM, within=cache)
    for package in EXIM:
        run("dpkg", "-x", str(max(cache.glob(f"{package}_*.deb"))), str(root))
    return root


def install_node_packages() -> None:
    folder = BUILD / "node"
    folder.mkdir(exist_ok=True)
    wanted = list(NODE_PACKAGES)
    if node_version() < NODE_AT_LEAST:
        wanted.append(f"node@{NODE_AT_LEAST}")
    if not all((folder / "node_modules" / name.partition("@")[0]).is_dir() for name in wanted):
        run("npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder), *wanted)


def node() -> str:
    """The node program to use: the one in build/node where the system's is too old."""
    newer = BUILD / "node/node_modules/.bin/node"
    return str(newer) if newer.exists() else "node"


def node_version() -> int:
    """The system's major version."""
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.removeprefix("v").partition(".")[0])


def apt(*arguments: str) -> None:
    run("apt-get", "-q", "-o", "DPkg::Lock::Timeout=600", *arguments, privileged=True)


def run(*command: str, privileged: bool = False, given: str = "", within: Path | None = None) -> None:
    """Run quietly; on failure say what it said."""
    if privileged and os.geteuid() != 0:
        command = ("sudo", "-n", *command)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, input=given, capture_output=True, text=True, env=environment, cwd=within)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
