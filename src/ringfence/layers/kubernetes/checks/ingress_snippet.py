"""An Ingress writes into its controller's configuration.

Text of these annotations becomes part of ingress-nginx's configuration: whoever may write an Ingress reads the
controller's token and with it all Secrets of the cluster (CVE-2021-25742, CVE-2025-1097, CVE-2025-1098, CVE-2025-24514).
"""

from ringfence.formats.kubernetes_network import Ingress
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="ingress-snippet",
    severity="high",
    kind="misconfiguration",
    remedy="Take the annotations out and turn snippets off in the controller.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2021-25742",
        "https://nvd.nist.gov/vuln/detail/CVE-2025-1098",
    ),
    aliases=(
        "KCV-0093",
        "CKV_K8S_153",
    ),
)


def check(subject: Ingress) -> Outcome:
    """The annotations whose text becomes configuration."""
    if not subject.risky_annotations:
        return Holds()
    return Broken(because=f"{subject.name} sets {', '.join(subject.risky_annotations)}", at=subject.at)
