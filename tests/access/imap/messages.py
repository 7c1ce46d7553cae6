"""Messages that tests put into mailboxes."""

PLAIN = (
    b"From: Kim <kim@example.org>\r\nTo: lee@example.org\r\nSubject: Test subject\r\n"
    b"Date: Sun, 1 Feb 2026 10:00:00 +0900\r\nMessage-ID: <a@example.org>\r\n\r\ntest content\r\n"
)
KOREAN = (
    b"From: =?utf-8?B?6rmA7LKg7IiY?= <kim@example.org>\r\nSubject: =?utf-8?B?7ZWc6riAIOygnOuqqQ==?=\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n7YyM67Cc7J20IOyYqOuLpA==\r\n"
)
MIXED = (
    b"Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nfirst\r\n"
    b"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\naGFsbG8A\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nTo: x@example.org\r\n\r\ninner body\r\n"
    b"--b--\r\n"
)
