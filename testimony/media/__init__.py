"""Copies of files with parts made unrecognisable: bytes in, bytes out. Knows no testimony, no key and no page."""
