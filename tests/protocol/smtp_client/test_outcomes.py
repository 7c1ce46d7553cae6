"""What we say became of each recipient is what the next hop did (RFC 5321 §3.3, §4.5.3.1.10, §6.1; RFC 2033 §4.2).

A next hop is played by a small model that answers every command by chance and remembers for whom it took the
message.  It may break off at any moment; then we may not know, but must never say delivered for what it refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from pabal.protocol.smtp_client import State, TransactionDone
from tests.protocol.smtp_client.dialogue import MESSAGE, Client

EXTENSIONS = (
    "250 8BITMIME\r\n",
    "250 PIPELINING\r\n",
    "250-PIPELINING\r\n250 CHUNKING\r\n",
    "250 CHUNKING\r\n",
)
#: What the model does at a step: takes it, refuses it for now or for good, has no room, breaks off.
CHOICES = st.lists(st.sampled_from("yyyyyyntfx4"), max_size=40)
REPLIES = {
    "n": b"550 5.1.1 No\r\n",
    "t": b"450 4.2.0 Later\r\n",
    "f": b"452 4.5.3 Full\r\n",
    "4": b"421 4.3.2 Bye\r\n",
}


class NextHop:
    """Reads what the client says, says what chance wants."""

    def __init__(self, choices: list[str], *, lmtp: bool) -> None:
        self.choices: Iterator[str] = iter(choices)
        self.lmtp = lmtp
        self.octets = b""
        self.accepted: list[str] = []
        self.taken: list[str] = []  # for whom we took the message and said so, or tried to
        self.refused: list[str] = []
        self.chunk_failed: bytes | None = None
        self.in_data = False
        self.mail = False
        self.gone = False
        self.commands: list[str] = []

    def hear(self, octets: bytes) -> bytes:
        """What is said to all that can be answered; b"" for a hop that is gone."""
        self.octets += octets
        said = b""
        while not self.gone and (unit := self._unit()) is not None:
            said += self._data(unit) if self.in_data else self._command(unit.decode())
        return said

    def _unit(self) -> bytes | None:
        end = b"\r\n.\r\n" if self.in_data else b"\r\n"
        unit, found, rest = (b"\r\n" * self.in_data + self.octets).partition(end)
        if not found:
            return None
        self.octets = rest
        return unit

    def _choice(self, yes: bytes) -> bytes:
        choice = next(self.choices, "y")
        self.gone = choice in "x4"
        return b"" if choice == "x" else REPLIES.get(choice, yes)

    def _command(self, line: str) -> bytes:
        self.commands.append(line)
        match line.split(" ")[0]:
            case "RSET":
                self.accepted.clear()
                return b"250 OK\r\n"
            case "MAIL":
                said = self._choice(b"250 OK\r\n")
                self.mail = said.startswith(b"250")
                return said
            case "RCPT" if not self.mail:
                return b"503 MAIL first\r\n"
            case "RCPT":
                return self._rcpt(line)
            case "DATA":
                return self._start_of_data()
            case "BDAT":
                return self._chunk(line)
        return self._choice(b"250 OK\r\n")

    def _rcpt(self, line: str) -> bytes:
        name = line.partition("<")[2].partition("@")[0]
        said = self._choice(b"250 OK\r\n")
        (self.accepted if said.startswith(b"250") else self.refused).append(name)
        return said

    def _start_of_data(self) -> bytes:
        said = self._choice(b"354 Go\r\n") if self.accepted else b"503 Nobody\r\n"
        self.in_data = said.startswith(b"354")
        return said

    def _data(self, text: bytes) -> bytes:
        self.in_data = False
        assert text.removeprefix(b"\r\n") + b"\r\n" == MESSAGE.replace(b"\r\n.", b"\r\n..")
        return self._verdict()

    def _verdict(self) -> bytes:
        groups = [[name] for name in self.accepted] if self.lmtp else [self.accepted]
        said = b""
        for names in groups:
            reply = b"" if self.gone else self._choice(b"250 Taken\r\n")
            (self.taken if reply.startswith(b"250") else self.refused).extend(names)
            said += reply
        self.accepted = []
        return said

    def _chunk(self, line: str) -> bytes:
        size = int(line.split(" ")[1])
        content, self.octets = self.octets[:size], self.octets[size:]
        if not line.endswith("LAST"):
            assert content == MESSAGE
            said = self._choice(b"250 Octets\r\n")
            self.chunk_failed = None if said.startswith(b"250") else said
            return said
        if self.chunk_failed is None:
            return self._verdict()
        self.refused += self.accepted
        self.accepted, self.chunk_failed = [], None
        return b"503 No\r\n"


def play(client: Client, hop: NextHop) -> list[TransactionDone]:
    """Send to four recipients and then to the rest, until nobody is left or the connection is over."""
    rest = ["a", "b", "c", "d"]
    done: list[TransactionDone] = []
    while rest and client.session.state is State.READY:
        client.send(*rest)
        while client.session.state not in (State.READY, State.CLOSED):
            said = hop.hear(client.session.data_to_send())
            assert said or hop.gone, "nobody speaks"
            client.hear(*([said] if said else []), *([b""] if hop.gone else []))
        done.append(client.done)
        assert len(client.done.rest) < len(rest)
        rest = client.rest
    return done


@given(CHOICES, st.sampled_from(EXTENSIONS), st.booleans())
@settings(max_examples=400, deadline=None)
def test_delivered_is_what_the_next_hop_took_and_nothing_else(choices: list[str], hello: str, lmtp: bool) -> None:
    client, hop = Client(hello=hello, lmtp=lmtp), NextHop(choices, lmtp=lmtp)
    done = play(client, hop)
    outcomes = [each for one in done for each in one.outcomes]
    names = [each.recipient.forward_path.local_part for each in outcomes]
    assert sorted(names + [each.forward_path.local_part for each in done[-1].rest]) == ["a", "b", "c", "d"]
    assert [name for name, each in zip(names, outcomes, strict=True) if each.result.value == "delivered"] == hop.taken


@given(CHOICES.map(lambda choices: [choice for choice in choices if choice not in "x4"]), st.sampled_from(EXTENSIONS))
@settings(max_examples=150, deadline=None)
def test_a_connection_that_holds_is_ready_again_and_leaves_no_rest(choices: list[str], hello: str) -> None:
    client, hop = Client(hello=hello), NextHop(choices, lmtp=False)
    done = play(client, hop)
    assert client.session.state is State.READY
    assert done[-1].rest == ()
    permanent = {name for one in done for name in _named(one, "permanent")}
    assert permanent <= {"a", "b", "c", "d"} - set(hop.taken)


def _named(done: TransactionDone, result: str) -> list[str]:
    return [each.recipient.forward_path.local_part for each in done.outcomes if each.result.value == result]


@given(CHOICES)
@settings(max_examples=100, deadline=None)
def test_without_pipelining_one_command_is_said_at_a_time(choices: list[str]) -> None:
    client, hop = Client(hello=EXTENSIONS[0]), NextHop(choices, lmtp=False)
    client.send("a", "b")
    while client.session.state is State.ENVELOPE:
        said = client.session.data_to_send()
        assert said.count(b"\r\n") == 1
        replies = hop.hear(said)
        client.hear(*([replies] if replies else []), *([b""] if hop.gone else []))
