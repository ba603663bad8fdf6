"""TLS contexts of servers: made of PEM in memory, and given another certificate while connections stand."""

import os
import ssl
import tempfile

from ringfence.errors import UnreadableInput


def server_context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    """A context for TLS 1.2 and newer. Raises `UnreadableInput` for a pair that does not fit together."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    reload(context, certificate, key)
    return context


def reload(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Gives the context another certificate, for connections made from now on. Raises `UnreadableInput`."""
    # OpenSSL's way in is a file; this one has no name once it is read, and is nobody else's.
    with tempfile.NamedTemporaryFile(prefix="ringfence-", dir=_memory(), delete=True) as file:
        file.write(certificate + b"\n" + key)
        file.flush()
        try:
            context.load_cert_chain(file.name)
        except (ssl.SSLError, OSError) as cause:
            mend = "give a PEM certificate and its own private key"
            raise UnreadableInput("is no certificate with its key", where="TLS", mend=mend) from cause


def _memory() -> str | None:
    """A file system in memory, where there is one: a private key is then never written to a disk."""
    return next((path for path in ("/dev/shm",) if os.access(path, os.W_OK)), None)  # noqa: S108 - a file of one's own in it
