"""A real time-stamp authority of our own: OpenSSL's `ts`, with a root and a signing certificate made for the test."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {path}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
EXTENSIONS = "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"


@dataclass(frozen=True)
class TimeAuthority:
    """chain: root certificate and the one that signs, PEM."""

    path: Path
    chain: str

    def answer(self, url: str, body: bytes, content_type: str) -> bytes:
        """Stands where the network would be: the same question, answered by OpenSSL."""
        assert content_type == "application/timestamp-query"
        (self.path / "query").write_bytes(body)
        call = ["openssl", "ts", "-reply", "-config", "ts.cnf", "-queryfile", "query"]
        call += ["-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "reply"]
        subprocess.run(call, cwd=self.path, check=True, capture_output=True)
        return (self.path / "reply").read_bytes()

    def verifies(self, token: bytes, text: bytes) -> bool:
        """What OpenSSL itself says of a time-stamp."""
        (self.path / "token").write_bytes(token)
        (self.path / "text").write_bytes(text)
        call = ["openssl", "ts", "-verify", "-data", "text", "-in", "token", "-CAfile", "root.pem"]
        return subprocess.run(call, cwd=self.path, check=False, capture_output=True).returncode == 0


def make_authority(path: Path) -> TimeAuthority:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl on this machine")
    path.mkdir()
    (path / "ts.cnf").write_text(CONFIG.format(path=path), encoding="ascii")
    (path / "serial").write_text("01\n", encoding="ascii")
    (path / "extensions").write_text(EXTENSIONS, encoding="ascii")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    root = [
        "-x509",
        "-days",
        "36500",
        "-subj",
        "/CN=Root of a test",
        "-keyout",
        "root.key",
        "-out",
        "root.pem",
    ]
    asked = ["-subj", "/CN=Authority of a test", "-keyout", "tsa.key", "-out", "tsa.csr"]
    sign = [
        "-req",
        "-in",
        "tsa.csr",
        "-CA",
        "root.pem",
        "-CAkey",
        "root.key",
        "-CAcreateserial",
        "-days",
        "36500",
    ]
    calls = (
        ["req", *key, *root],
        ["req", *key, *asked],
        ["x509", *sign, "-extfile", "extensions", "-out", "tsa.pem"],
    )
    for call in calls:
        subprocess.run(["openssl", *call], cwd=path, check=True, capture_output=True)
    chain = (path / "root.pem").read_text(encoding="ascii") + (path / "tsa.pem").read_text(encoding="ascii")
    return TimeAuthority(path, chain)
