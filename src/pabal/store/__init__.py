"""The storage interface and its drivers: rows and blobs."""
