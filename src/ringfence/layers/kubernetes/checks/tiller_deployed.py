"""Helm's old server runs in the cluster.

Tiller, the server side of Helm 2, does what anyone who reaches its port asks, usually as cluster-admin, and asks for no
credentials. Helm 2 ended in 2020.
"""

from ringfence.formats.kubernetes_container import Container
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="tiller-deployed",
    severity="critical",
    kind="misconfiguration",
    remedy="Move to Helm 3 or later and delete Tiller.",
    references=("https://helm.sh/docs/topics/v2_v3_migration/",),
    aliases=(
        "KSV-0102",
        "CKV_K8S_34",
        "MITRE-T1610",
    ),
)


def check(subject: Container) -> Outcome:
    """The image's name."""
    match subject.image:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(image) if "tiller" in image.rpartition("/")[2].partition(":")[0]:
            return Broken(because=f"{image} is Tiller", at=subject.at)
        case Known():
            return Holds()
