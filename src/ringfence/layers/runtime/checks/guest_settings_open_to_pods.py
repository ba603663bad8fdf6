"""A pod may choose what its virtual machine is made of.

Kata lets pods change settings by annotation where `enable_annotations` names them. A pattern that covers the path of the
hypervisor, of its helpers or of the guest's kernel lets whoever may create a pod have a program of his choice run on the
host as root (CVE-2020-27151).

Settings of size (`default_vcpus`, `default_memory`) are what annotations are for.
"""

import re

from ringfence.layers.runtime.facts import Guest
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="guest-settings-open-to-pods",
    severity="high",
    kind="misconfiguration",
    remedy="Name in `enable_annotations` only settings of size, and the one allowed program in `valid_hypervisor_paths`.",
    references=(
        "https://github.com/kata-containers/kata-containers/blob/main/docs/how-to/how-to-set-sandbox-config-kata.md",
        "https://nvd.nist.gov/vuln/detail/CVE-2020-27151",
    ),
)

PROGRAMS = ("path", "jailer_path", "ctlpath", "virtio_fs_daemon", "file_mem_backend", "vhost_user_store_path")
PARTS = ("kernel", "image", "initrd", "firmware", "kernel_params")
"""Annotations (io.katacontainers.config.hypervisor.NAME) that name what runs on the host, and what runs in the guest."""


def check(guest: Guest) -> Outcome:
    """Each pattern against the settings that matter; one that is no pattern decides nothing."""
    try:
        patterns = [re.compile(item[:200]) for item in guest.config.annotations]
    except re.error as cause:
        return Undecided(why=f"enable_annotations has {cause.pattern!r}, which is no pattern")
    programs = [name for name in PROGRAMS if any(item.fullmatch(name) for item in patterns)]
    parts = [name for name in PARTS if any(item.fullmatch(name) for item in patterns)]
    if not programs and not parts:
        return Holds()
    return Broken(
        because=f"pods may set {', '.join(programs + parts)} of their virtual machine",
        at=Location(path=guest.at.path, field="enable_annotations"),
        evidence=(f"valid_hypervisor_paths: {', '.join(guest.config.valid_paths) or 'none'}",),
        severity=None if programs else Severity.MEDIUM,
    )
