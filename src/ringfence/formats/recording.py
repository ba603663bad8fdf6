"""Recordings as files: JSON in the form of `model.recording.Recording`, with a digest over its content.

The digest tells a file that was cut or edited from one that was recorded. Whoever edits on purpose takes the line away.
"""

import hashlib

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.recording import SCHEMA, Recording

MAX_BYTES = 256 * 1024 * 1024
"""Most that is read of one recording; 100,000 files are about 15 MB."""


class _Header(msgspec.Struct):
    schema: str = ""


class _Document(msgspec.Struct):
    recording: Recording
    schema: str = SCHEMA
    digest: str = ""


def encode(recording: Recording) -> bytes:
    """The file: indented, in a fixed order, with its digest."""
    document = _Document(recording=recording, digest=_digest(recording))
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def decode(data: bytes) -> Recording:
    """The recording in a file. Raises `Malformed`, or `LimitExceeded` past `MAX_BYTES`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a recording", MAX_BYTES)
    try:
        schema = msgspec.json.decode(data, type=_Header).schema
        if schema != SCHEMA:
            mend = "record again, or use the version of ringfence that wrote it"
            raise Malformed("recording", f"its schema is {schema[:60]!r}, not {SCHEMA!r}", mend=mend)
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("recording", str(cause), mend="record again") from cause
    if document.digest and document.digest != _digest(document.recording):
        mend = "record again; if you edited it on purpose, take its digest away"
        raise Malformed("recording", "its digest does not fit its content", mend=mend)
    return document.recording


def _digest(recording: Recording) -> str:
    return f"sha256:{hashlib.sha256(msgspec.json.encode(recording, order='deterministic')).hexdigest()}"
