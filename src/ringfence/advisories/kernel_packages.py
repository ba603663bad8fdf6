"""Which packages are built from the kernel's source: an image has no kernel, so their CVEs are the host's business."""

import re

from ringfence.advisories.names import family
from ringfence.model.package import Package

_KERNELS = {
    # Source packages of Debian (linux, linux-signed-amd64) and Ubuntu (linux-aws, linux-hwe-6.8, linux-meta-gcp).
    "Debian": re.compile(r"linux(?:-signed(?:-[a-z0-9]+)?|-latest|-[0-9.]+)?"),
    "Ubuntu": re.compile(
        r"linux(?:-(?:aws|azure|bluefield|fips|gcp|gke|gkeop|hwe|ibm|intel|iot|kvm|laptop|lowlatency|lts|meta|nvidia|oem"
        r"|oracle|raspi|raspi2|restricted|riscv|signed|snapdragon|starfive|ti|xilinx)(?:[-.0-9a-z]*)?|-[0-9.]+)?"
    ),
    "Alpine": re.compile(r"linux-(?:headers|lts|virt|edge|rpi|stable|firmware-none)(?:-dev)?"),
    "rpm": re.compile(r"kernel(?:-.+)?|bpftool|perf|python3-perf"),
}
_RPM = frozenset(
    {"Red Hat", "AlmaLinux", "Rocky Linux", "Amazon Linux", "Oracle Linux", "SUSE", "openSUSE", "Photon OS", "Azure Linux"}
)
_RPM_IDS = frozenset(
    {
        "rhel",
        "centos",
        "fedora",
        "almalinux",
        "rocky",
        "ol",
        "amzn",
        "sles",
        "opensuse-leap",
        "photon",
        "azurelinux",
        "mariner",
    }
)


def is_kernel(package: Package) -> bool:
    """Whether a package is the kernel, its headers or its own tools, by the name of its source."""
    name = family(package.ecosystem)
    form = _KERNELS.get("rpm" if name in _RPM or name in _RPM_IDS else name)
    return form is not None and form.fullmatch(package.advisory_name) is not None
