"""Claims as Open Badges that anybody can check: issued, revoked, and the lists and keys to check them by."""
