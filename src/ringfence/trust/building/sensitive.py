"""Files by which somebody stays in or takes over an image: what a build adds of them must come from a package or the
Dockerfile.

Sources: ld.so(8), pam.conf(5), crontab(5), sshd(8) AUTHORIZED_KEYS, sudoers(5), update-ca-certificates(8),
update-ca-trust(8).
"""

import re

from ringfence.formats.tar import Kind
from ringfence.trust.building.built_image import LayerFile

_PLACES = (
    (r"etc/ld\.so\.preload", "a library that every program loads"),
    (r"etc/ld\.so\.conf(?:\.d/.*)?", "where every program looks for libraries"),
    (r"etc/(?:passwd|shadow|group|gshadow)", "accounts"),
    (r"etc/sudoers(?:\.d/.*)?", "who may become root"),
    (r"etc/pam\.d/.*|etc/pam\.conf|(?:usr/)?lib(?:64)?/(?:[^/]+/)?security/pam_.*", "how people are let in"),
    (r"etc/(?:crontab|anacrontab|cron\..*)|var/spool/cron/.*", "what runs by the clock"),
    (r"etc/systemd/system/.*|(?:usr/)?lib/systemd/system/.*|etc/init\.d/.*", "what is started"),
    (r"(?:.*/)?\.ssh/authorized_keys2?|etc/ssh/.*", "who may log in over SSH"),
    (
        r"etc/ssl/certs/.*|usr/local/share/ca-certificates/.*|etc/pki/ca-trust/.*|usr/share/ca-certificates/.*|etc/ca-certificates/.*",
        "whom TLS believes",
    ),
    (
        r"etc/profile(?:\.d/.*)?|etc/bash\.bashrc|(?:root|home/[^/]+)/\.(?:bashrc|profile|bash_profile|zshrc)",
        "what every shell runs",
    ),
    (
        r"etc/apt/(?:sources\.list.*|trusted\.gpg.*)|etc/apk/(?:keys/.*|repositories)|etc/yum\.repos\.d/.*",
        "whose packages are believed",
    ),
)
_SENSITIVE = tuple((re.compile(pattern), why) for pattern, why in _PLACES)
_SETID = 0o6000
_EXECUTABLE = 0o111


def why(file: LayerFile) -> tuple[str, str] | None:
    """The rule that a file falls under and why it matters; None if it is of no such kind."""
    if file.kind is Kind.DIRECTORY:
        return None
    if file.kind is Kind.FILE and file.mode & _SETID:
        return "privileged-file-added", f"it runs with the rights of its owner (mode {file.mode & 0o7777:o}, uid {file.uid})"
    for pattern, reason in _SENSITIVE:
        if pattern.fullmatch(file.path):
            return "sensitive-file-added", f"it decides {reason}"
    hidden = any(part.startswith(".") and not part.startswith(".wh.") for part in file.path.split("/"))
    if file.kind is Kind.FILE and hidden and file.mode & _EXECUTABLE:
        return "hidden-executable-added", "it can be run, and is hidden from a plain listing"
    if file.kind is Kind.DEVICE:
        return "device-added", "it is a device"
    return None
