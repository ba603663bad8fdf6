"""A pod may use private images that another pod's credentials fetched.

Once an image lies on a node, any pod there can be started from it without credentials. AlwaysPullImages asks the registry
each time.

It makes every start depend on the registry, which many clusters do not want.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, has
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-pulls-cached-images",
    severity="negligible",
    kind="misconfiguration",
    remedy="Add AlwaysPullImages to `--enable-admission-plugins` where tenants share nodes.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.11",),
)


def check(subject: Component) -> Outcome:
    """What `--enable-admission-plugins` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "enable-admission-plugins",
        lambda value: has(value, "AlwaysPullImages"),
        "images on a node are for everybody",
    )
