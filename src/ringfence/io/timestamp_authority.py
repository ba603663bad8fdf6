"""A time stamp authority, asked over HTTP.

Source: RFC 3161, 3.4. Only https, except on this machine: a time stamp is checked anyway, but who signs when is nobody's
business.
"""

from ringfence.errors import LimitExceeded, Unavailable
from ringfence.io.http import CONNECT_SECONDS, LOOPBACK, READ_SECONDS

MAX_BYTES = 256 * 1024
"""Bytes of an answer."""


def ask(url: str, query: bytes) -> bytes:
    """The answer to a time stamp query, unchecked. Raises `Unavailable`."""
    import httpx  # noqa: PLC0415 - 40 ms that only a run with network needs

    try:
        target = httpx.URL(url)
        if target.scheme != "https" and not (target.scheme == "http" and target.host in LOOPBACK):
            raise Unavailable("is not https", where=url, mend="only https is used, except locally")
        headers = {"Content-Type": "application/timestamp-query", "User-Agent": "ringfence"}
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        local = target.host in LOOPBACK
        with (
            httpx.Client(timeout=timeout, follow_redirects=False, trust_env=not local) as client,
            client.stream("POST", target, content=query, headers=headers) as answer,
        ):
            if answer.status_code != 200:
                raise Unavailable(f"answered with status {answer.status_code}", where=url, mend="try later, or another")
            data = bytearray()
            for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > MAX_BYTES:
                    raise LimitExceeded("bytes of a time stamp", MAX_BYTES, where=url)
            return bytes(data)
    except (httpx.HTTPError, httpx.InvalidURL) as cause:
        raise Unavailable(f"does not answer: {str(cause) or type(cause).__name__}", where=url, mend="try later") from cause
