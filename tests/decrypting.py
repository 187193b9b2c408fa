"""Every page of a SQLCipher 4 file in clear, free pages included, by the file format and not by the library."""

from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE_BYTES = 4096
RESERVED_BYTES = 80
"""Initialisation vector (16) and HMAC-SHA-512 (64)."""


def decrypted(file: Path, key: str) -> bytes:
    """key: as SQLCipher takes a raw one, `x'…'`; the first 32 bytes encrypt."""
    raw = bytes.fromhex(key[2:-1])[:32]
    sealed = file.read_bytes()
    pages = []
    for start in range(0, len(sealed), PAGE_BYTES):
        page = sealed[start : start + PAGE_BYTES]
        vector = page[PAGE_BYTES - RESERVED_BYTES :][:16]
        cipher = Cipher(algorithms.AES(raw), modes.CBC(vector)).decryptor()
        pages.append(cipher.update(page[16 if start == 0 else 0 : PAGE_BYTES - RESERVED_BYTES]))
    return b"".join(pages)
