"""An Ingress serves HTTP beside HTTPS.

Turning the redirect off lets whoever stands in between keep a visitor on HTTP, and read what they type.
"""

from ringfence.formats.kubernetes_network import Ingress
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="ingress-serves-plain-http",
    severity="low",
    kind="misconfiguration",
    remedy="Leave `ssl-redirect` on.",
    references=("https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/",),
    aliases=("MITRE-T1557",),
)


def check(subject: Ingress) -> Outcome:
    """Whether the redirect to HTTPS is turned off."""
    if not subject.redirect_off:
        return Holds()
    return Broken(because=f"{subject.name} turns the redirect to HTTPS off", at=subject.at)
