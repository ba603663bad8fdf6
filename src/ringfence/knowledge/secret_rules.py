"""The rules by which secrets are known, from `secret_rules.json`; each names the document its form is taken from."""

import platform
import zlib
from functools import lru_cache

from ringfence.formats import typed_json
from ringfence.formats.secret_patterns import SecretRules, SecretScanner
from ringfence.io import packaged
from ringfence.io.result_cache import ResultCache

_FILE = "knowledge/secret_rules.json"


def load() -> SecretRules:
    """The rules that ship with Ringfence."""
    return typed_json.decode(packaged.read(_FILE), SecretRules, "secret rules")


@lru_cache(maxsize=2)
def scanner(cache: ResultCache | None = None) -> SecretScanner:
    """A scanner with these rules, made once; with a `cache` what was compiled is kept for the next run."""
    key = f"secret prefilter {packaged.fingerprint(_FILE, 'formats')} {platform.machine()}"
    kept = cache.get(key) if cache is not None else None
    whole = _unpacked(kept or b"")
    made = SecretScanner(load(), kept=whole)
    if cache is not None and not whole and (data := made.kept()):
        cache.put(key, zlib.crc32(data).to_bytes(4, "big") + data)
    return made


def _unpacked(kept: bytes) -> bytes:
    """What was kept, if every bit of it still stands: what compiled it checks less."""
    data = kept[4:]
    return data if data and zlib.crc32(data).to_bytes(4, "big") == kept[:4] else b""
