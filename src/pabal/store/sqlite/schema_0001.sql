-- Schema 1.  Global tables first, then per account, account_id leading every key.
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE domain (
  name TEXT PRIMARY KEY,            -- A-labels, lower case
  strict INTEGER NOT NULL,          -- 1: an unknown address is refused (sandbox domains made on the fly: 0)
  created_at INTEGER NOT NULL       -- Unix seconds, as all times
) WITHOUT ROWID;
CREATE TABLE account (
  account_id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,        -- its first address, folded: kim@example.org
  password_hash TEXT,               -- argon2id; NULL: any password opens it (sandbox)
  scram TEXT,                       -- salt, iterations, keys of SCRAM-SHA-256; NULL: none
  admin INTEGER NOT NULL DEFAULT 0,
  quota INTEGER,                    -- octets; NULL: no bound
  created_at INTEGER NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 1, -- part of each JMAP state
  next_id INTEGER NOT NULL DEFAULT 1,   -- for mailboxes, emails, threads, blobs
  mod_seq INTEGER NOT NULL DEFAULT 1,
  octets INTEGER NOT NULL DEFAULT 0,    -- of all emails
  emails INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE address (
  domain TEXT NOT NULL, local_part TEXT NOT NULL,  -- folded
  account_id INTEGER,               -- NULL: an alias, its targets in alias_target
  PRIMARY KEY (domain, local_part)
) WITHOUT ROWID;
CREATE INDEX address_of_account ON address (account_id);
CREATE TABLE alias_target (
  domain TEXT NOT NULL, local_part TEXT NOT NULL, target TEXT NOT NULL,
  PRIMARY KEY (domain, local_part, target)
) WITHOUT ROWID;

CREATE TABLE mailbox (
  account_id INTEGER NOT NULL, mailbox_id INTEGER NOT NULL,
  name TEXT NOT NULL,               -- whole path in Unicode NFC, delimiter /
  role TEXT,                        -- inbox sent drafts junk trash archive captured
  uid_validity INTEGER NOT NULL, uid_next INTEGER NOT NULL DEFAULT 1,
  highest_mod_seq INTEGER NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0, unseen INTEGER NOT NULL DEFAULT 0, octets INTEGER NOT NULL DEFAULT 0,
  subscribed INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (account_id, mailbox_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX mailbox_by_name ON mailbox (account_id, name);
CREATE TABLE email (
  account_id INTEGER NOT NULL, email_id INTEGER NOT NULL,
  thread_id INTEGER NOT NULL, blob_id INTEGER NOT NULL,
  prefix BLOB NOT NULL,             -- Return-Path and Received of this recipient; stands before the blob
  size INTEGER NOT NULL,            -- prefix and blob, octets
  internal_date INTEGER NOT NULL,
  intake_id TEXT,                   -- of the acceptance that filed it; NULL: APPEND
  form_version INTEGER NOT NULL, summary BLOB NOT NULL,
  PRIMARY KEY (account_id, email_id)
);  -- with a rowid: its rows are wide, and appended one after another whoever they are for, which writes
    -- 1.5 pages for a message instead of 4
CREATE INDEX email_of_thread ON email (account_id, thread_id);
CREATE TABLE placement (
  account_id INTEGER NOT NULL, mailbox_id INTEGER NOT NULL, uid INTEGER NOT NULL,
  email_id INTEGER NOT NULL, mod_seq INTEGER NOT NULL,
  flags INTEGER NOT NULL,           -- bits: 1 \Seen 2 \Answered 4 \Flagged 8 \Deleted 16 \Draft
  keywords TEXT NOT NULL DEFAULT '',-- sorted, one space between
  save_date INTEGER NOT NULL,
  PRIMARY KEY (account_id, mailbox_id, uid)
) WITHOUT ROWID;
CREATE INDEX placement_of_email ON placement (account_id, email_id);
CREATE INDEX placement_changed ON placement (account_id, mailbox_id, mod_seq);
CREATE INDEX placement_deleted ON placement (account_id, mailbox_id, (flags & 8)) WHERE flags & 8 = 8;
CREATE TABLE tombstone (            -- a placement that was expunged
  account_id INTEGER NOT NULL, mailbox_id INTEGER NOT NULL, mod_seq INTEGER NOT NULL, uid INTEGER NOT NULL,
  email_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, mailbox_id, mod_seq, uid)
) WITHOUT ROWID;
CREATE TABLE thread_key (           -- crc of a message-id and base subject -> the thread that has it
  account_id INTEGER NOT NULL, key INTEGER NOT NULL, thread_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, key, thread_id)
) WITHOUT ROWID;
CREATE TABLE blob (
  account_id INTEGER NOT NULL, blob_id INTEGER NOT NULL,
  segment INTEGER NOT NULL, position INTEGER NOT NULL, size INTEGER NOT NULL, checksum INTEGER NOT NULL,
  dying_since INTEGER,              -- NULL: live
  PRIMARY KEY (account_id, blob_id)
) WITHOUT ROWID;
