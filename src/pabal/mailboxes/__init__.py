"""The one mail model behind IMAP, POP3 and JMAP: mailboxes, UIDs, flags, changes."""
