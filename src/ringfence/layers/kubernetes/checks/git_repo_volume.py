"""A pod has the kubelet clone a repository.

A `gitRepo` volume makes the kubelet run git as root on the node over what it fetches; hooks in the repository ran there
too (CVE-2024-10220). The kind is given up.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="git-repo-volume",
    severity="high",
    kind="misconfiguration",
    remedy="Clone in an init container into an emptyDir.",
    references=("https://nvd.nist.gov/vuln/detail/CVE-2024-10220",),
    aliases=(
        "PSS-restricted",
        "MITRE-T1611",
    ),
)


def check(subject: PodSpec) -> Outcome:
    """Volumes of the kind gitRepo."""
    found = [volume for volume in subject.volumes if volume.kind == "gitRepo"]
    if not found:
        return Holds()
    return Broken(because=f"the kubelet clones a repository for {found[0].name}", at=found[0].at)
