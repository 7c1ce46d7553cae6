"""Postfix, alone or before Dovecot, as sides: private configurations, high ports, default durability.

One Postfix and one Dovecot serve all three: the recipient's domain picks the way.  ``mdbox`` goes to
Dovecot's LMTP with a connection for each message (Postfix's default), ``cached`` keeps those
connections open, ``maildir`` is filed by Postfix's own virtual(8).
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from bench.accounting import Account
from bench.process import free_port, port_is_open, wait_until
from bench.sides import ACCOUNTS, account_names
from bench.status import Counters

DOMAINS = ("mdbox", "cached", "maildir")
NAMES = {
    "mdbox": "Postfix → Dovecot mdbox",
    "cached": "Postfix → Dovecot mdbox, LMTP connections cached",
    "maildir": "Postfix → Maildir",
}
OWNER = 5000  # a user id that owns the mail, without a name on this machine
WITHIN = 180.0  # seconds until a batch must be there
QUEUES = ("maildrop", "incoming", "active")

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/state
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mail.bench.test
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_client_connection_count_limit = 0
smtpd_client_event_limit_exceptions = 127.0.0.0/8
in_flow_delay = 0
default_process_limit = 100
virtual_alias_maps = hash:{folder}/conf/aliases
virtual_mailbox_domains = maildir
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = hash:{folder}/conf/mailboxes
virtual_uid_maps = static:{owner}
virtual_gid_maps = static:{owner}
virtual_mailbox_limit = 0
mailbox_size_limit = 0
relay_domains = mdbox cached
transport_maps = inline:{{ {{ mdbox = lmtp:inet:127.0.0.1:{lmtp} }}, {{ cached = kept:inet:127.0.0.1:{lmtp} }} }}
lmtp_destination_recipient_limit = 1
kept_destination_recipient_limit = 1
"""
MASTER = """
127.0.0.1:{port} inet n - n - 100 smtpd
pickup    unix  n - n 60  1 pickup
cleanup   unix  n - n -   0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n -   - trivial-rewrite
bounce    unix  - - n -   0 bounce
defer     unix  - - n -   0 bounce
trace     unix  - - n -   0 bounce
verify    unix  - - n -   1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -   - proxymap
proxywrite unix - - n -   1 proxymap
smtp      unix  - - n -   - smtp
relay     unix  - - n -   - smtp
lmtp      unix  - - n -   - lmtp
kept      unix  - - n -   - lmtp -o lmtp_connection_cache_destinations=static:all
virtual   unix  - n n -   - virtual
error     unix  - - n -   - error
retry     unix  - - n -   - error
discard   unix  - - n -   - discard
anvil     unix  - - n -   1 anvil
scache    unix  - - n -   1 scache
postlog   unix-dgram n - n - 1 postlogd
"""
DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
default_vsz_limit = 1024M
default_client_limit = 5000
default_process_limit = 500
first_valid_uid = 100
first_valid_gid = 100
mail_max_userip_connections = 5000
mailbox_list_index = yes
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={folder}/home/%d-%n mail=mdbox:~/mail
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
  service_count = 0
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
  process_min_avail = 4
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""


class Peers:
    """One Postfix and one Dovecot, started; ``sides`` are the ways through them."""

    def __init__(self, folder: Path, addresses: int) -> None:
        if os.geteuid() != 0:
            raise SystemExit("the peers must be started as root: Postfix and Dovecot change their users themselves")
        self.port, self.imap, self._lmtp = free_port(), free_port(), free_port()
        self._postfix, self._dovecot = folder / "postfix", folder / "dovecot"
        folder.chmod(0o755)
        self._write_postfix(addresses)
        self._write_dovecot()
        self.account = Account("peers")
        self.processes = [
            self._start(["dovecot", "-F", "-c", str(self._dovecot / "dovecot.conf")]),
            self._start(["postfix", "-c", str(self._postfix / "conf"), "start-fg"]),
        ]
        self.account.roots = [process.pid for process in self.processes]
        wait_until(lambda: all(map(port_is_open, (self.port, self.imap, self._lmtp))), 30)

    def sides(self) -> list[PostfixSide]:
        return [PostfixSide(self, domain) for domain in DOMAINS]

    def queued(self) -> int:
        return sum(len(files) for queue in QUEUES for _, _, files in os.walk(self._postfix / "queue" / queue))

    def maildir_files(self) -> int:
        return sum(1 for _ in (self._postfix / "mail").glob("*/new/*"))

    def stop(self) -> None:
        subprocess.run(["postfix", "-c", str(self._postfix / "conf"), "stop"], check=True, capture_output=True)
        self.processes[0].send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(30)
        self.account.close()

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            [*self.account.prefix, *command], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )

    def _write_postfix(self, addresses: int) -> None:
        for part in ("conf", "queue", "state", "mail"):
            (self._postfix / part).mkdir(parents=True)
        subprocess.run(["chown", "postfix", str(self._postfix / "state")], check=True)
        os.chown(self._postfix / "mail", OWNER, OWNER)
        conf = self._postfix / "conf"
        (conf / "main.cf").write_text(MAIN.format(folder=self._postfix, lmtp=self._lmtp, owner=OWNER))
        (conf / "master.cf").write_text(MASTER.format(port=self.port))
        aliases = [
            f"{number}u@{domain} u{number % ACCOUNTS:02d}@{domain}"
            for domain in DOMAINS
            for number in range(addresses + 1)
        ]
        (conf / "aliases").write_text("\n".join(aliases) + "\n")
        boxes = [f"{name} {name.partition('@')[0]}/" for name in account_names("maildir")]
        (conf / "mailboxes").write_text("\n".join(boxes) + "\n")
        for table in ("aliases", "mailboxes"):
            subprocess.run(["postmap", "-c", str(conf), f"hash:{conf / table}"], check=True)

    def _write_dovecot(self) -> None:
        for part in ("run", "state", "home"):
            (self._dovecot / part).mkdir(parents=True)
        os.chown(self._dovecot / "home", OWNER, OWNER)
        text = DOVECOT.format(folder=self._dovecot, imap=self.imap, lmtp=self._lmtp, owner=OWNER)
        (self._dovecot / "dovecot.conf").write_text(text)


class PostfixSide:
    """One way through Postfix.

    A batch is there when Postfix's queue is empty: then LMTP or virtual(8) has answered for every
    message.  Looking into the queue costs the peer nothing; it is counted over IMAP after the clock stopped.
    """

    def __init__(self, peers: Peers, domain: str) -> None:
        self._peers, self.domain = peers, domain
        self.name, self.port, self.account = NAMES[domain], peers.port, peers.account
        self._before = 0

    def roots(self) -> list[int]:
        return self.account.roots

    def prepare(self, messages: int) -> None:
        self._before = self._count()

    def wait_filed(self, messages: int) -> None:
        wait_until(lambda: self._peers.queued() == 0, WITHIN, every=0.005)

    def verify(self, messages: int) -> None:
        there = self._count() - self._before
        assert there == messages, f"{self.name}: {there} of {messages} messages are there"

    def stop(self) -> None:
        """The peers end together."""

    def _count(self) -> int:
        if self.domain == "maildir":
            return self._peers.maildir_files()
        counters = Counters(self._peers.imap, account_names(self.domain))
        try:
            return counters.total()
        finally:
            counters.close()
