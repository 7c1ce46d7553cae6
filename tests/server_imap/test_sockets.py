"""Real sockets and a client made by others."""

from __future__ import annotations

import asyncio
import imaplib

from pabal.server.imap import ImapContext
from tests.access.imap.messages import MIXED, PLAIN


def sign_in(port: int) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", port, timeout=20)
    client.login("kim@example.org", "secret")
    return client


def mail_through_imaplib(port: int) -> list[bytes]:
    with sign_in(port) as client:
        assert client.append("INBOX", "(\\Seen)", None, PLAIN)[0] == "OK"
        assert client.append("INBOX", None, imaplib.Time2Internaldate(0), MIXED)[0] == "OK"
        assert client.select("INBOX") == ("OK", [b"2"])
        assert client.search(None, "UNSEEN") == ("OK", [b"2"])
        _, fetched = client.fetch("1:2", "(RFC822)")
        assert client.store("1", "+FLAGS", "\\Deleted")[0] == "OK"
        assert client.expunge() == ("OK", [b"1"])
        return [part[1] for part in fetched if isinstance(part, tuple)]


async def test_imaplib_reads_what_it_appended(port: int) -> None:
    assert await asyncio.to_thread(mail_through_imaplib, port) == [PLAIN, MIXED]


def large_message_both_ways(port: int) -> bool:
    message = b"Subject: large\r\n\r\n" + bytes(range(32, 127)) * 40_000 + b"\r\n"
    with sign_in(port) as client:
        assert client.append("INBOX", None, None, message)[0] == "OK"
        client.select("INBOX", readonly=True)
        _, fetched = client.fetch("1", "(BODY[])")
        part = fetched[0]
        return isinstance(part, tuple) and part[1] == message


async def test_a_large_message_goes_through_a_file_and_back_in_pieces(port: int, context: ImapContext) -> None:
    assert await asyncio.to_thread(large_message_both_ways, port)
    assert list(context.spool.iterdir()) == []  # nothing is left of it


async def test_a_client_that_hangs_up_in_the_middle_of_a_message_files_nothing(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"a LOGIN kim@example.org x\r\nb APPEND INBOX {900000+}\r\n" + b"x" * 400_000)
    await writer.drain()
    writer.write_eof()
    assert b"b OK" not in await reader.read()
    writer.close()

    def count() -> tuple[str, list[bytes | None]]:
        with sign_in(port) as client:
            return client.select("INBOX")

    assert await asyncio.to_thread(count) == ("OK", [b"0"])
