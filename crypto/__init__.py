"""Sealing, signing, locking and proving: bytes in, bytes out.

Knows no files, no clock, no environment and nothing of testimonies.
Every malformed input raises a `CryptoError`.
"""
