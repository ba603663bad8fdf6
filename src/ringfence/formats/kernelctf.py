"""What Google's kernelCTF publishes of a submission that won: the CVE, and what a working local root needed.

Metadata only; the programs beside it are never read. Source: google/security-research, kernelctf/metadata.schema.v3.json
(versions 1 and 2 write the same under `vulnerability`).
"""

import msgspec

from ringfence.errors import Malformed
from ringfence.model.fact import Fact


class _Requirements(msgspec.Struct, frozen=True):
    attack_surface: tuple[str, ...] | str = ()
    capabilities: tuple[str, ...] | str = ()
    kernel_config: tuple[str, ...] | str = ()


class _Vulnerability(msgspec.Struct, frozen=True):
    cve: str
    summary: str = ""
    patch_commit: str | tuple[str, ...] = ""
    requirements: _Requirements = _Requirements()


class _Metadata(msgspec.Struct, frozen=True):
    vulnerability: _Vulnerability
    submission_ids: tuple[str, ...] | str = ()


class Submission(Fact):
    """A submission: its ids (`exp52`) and needs, as kernelCTF writes them (`userns`, `CAP_NET_ADMIN`, `CONFIG_BPF`)."""

    cve: str
    ids: tuple[str, ...]
    attack_surface: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    kernel_config: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(dict.fromkeys((*self.attack_surface, *self.capabilities, *self.kernel_config)))


def parse(data: bytes) -> Submission:
    """A submission's metadata.json. Raises `Malformed`."""
    try:
        found = msgspec.json.decode(data, type=_Metadata)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("kernelCTF metadata", str(cause)) from cause
    about = found.vulnerability
    if not about.cve.startswith("CVE-"):
        raise Malformed("kernelCTF metadata", f"its CVE is {about.cve[:40]!r}")
    needs = about.requirements
    return Submission(
        cve=about.cve,
        ids=_words(found.submission_ids),
        attack_surface=_words(needs.attack_surface),
        capabilities=_words(needs.capabilities),
        kernel_config=_words(needs.kernel_config),
    )


def _words(value: tuple[str, ...] | str) -> tuple[str, ...]:
    found = (value,) if isinstance(value, str) else value
    return tuple(word for word in found if word)
