"""The kubelet may drop events.

A limit on events protects the API server, and lets an intruder hide one event in a flood of others. 0 means no limit.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, least
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-drops-events",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `eventRecordQPS` to 0 or to what your nodes make.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=("CIS-4.2.9",),
)


def check(subject: Component) -> Outcome:
    """What `--event-qps` says, or its default."""
    return asked(
        subject,
        "kubelet",
        "event-qps",
        lambda value: value is None or value == "0" or least(value, 5),
        "events above a low rate are dropped",
    )
