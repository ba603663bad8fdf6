"""Nobody can look into a container of this image, and it says nothing by itself.

Without a shell nobody enters a container to see what is wrong, which is as it should be: then it must tell from
outside. This image declares no health check, opens no port that metrics are usually read from, and says nowhere that
it logs to standard output. It is legitimate for a job that runs and ends, and where the orchestrator's manifest has
the probes.
"""

import re

from ringfence.layers.image.facts import Facts, ImageConfig
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="no-way-to-observe",
    severity="low",
    kind="misconfiguration",
    remedy=(
        "Serve `/metrics` for Prometheus and EXPOSE its port (Grafana shows it); write one JSON object a line to standard "
        "output, which collectors for Loki or Elasticsearch pick up (Alloy, Fluent Bit, Filebeat), and say so in a label; "
        "declare a HEALTHCHECK whose program is in the image, or probes in the manifest. To look inside: `kubectl debug -it "
        "POD --image=busybox --target=CONTAINER`, or `docker run -it --pid=container:NAME --network=container:NAME busybox`."
    ),
    references=(
        "https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/#ephemeral-container",
        "https://prometheus.io/docs/instrumenting/exposition_formats/",
        "https://grafana.com/docs/loki/latest/send-data/",
        "https://www.elastic.co/guide/en/beats/filebeat/current/running-on-kubernetes.html",
    ),
    confidence="medium",
)

METRICS_PORTS = range(9090, 10_000)
"""Prometheus itself, and where its exporters listen (github.com/prometheus/prometheus/wiki/Default-port-allocations)."""

_METRICS = re.compile(r"(?:^|[./_-])(?:metrics|prometheus)(?:$|[./_-])", re.IGNORECASE)
_LOGS = re.compile(r"(?:^|[./_-])(?:logs?|logging)(?:$|[./_-])", re.IGNORECASE)


def check(subject: Facts) -> Outcome:
    """Whether it has neither a shell nor any of the three."""
    if isinstance(subject.config, Unknown):
        return Undecided(why=subject.config.reason)
    if any(item.kind == "shell" for item in subject.tools) or _tells(subject.config.value):
        return Holds()
    whole = subject.seen_whole
    if isinstance(whole, Unknown):
        return Undecided(why=whole.reason)
    return Broken(
        because="there is no shell, no HEALTHCHECK, no port for metrics, and no label that tells of metrics or logs",
        at=Location(field="config"),
    )


def _tells(config: ImageConfig) -> bool:
    ports = {port.partition("/")[0] for port in config.exposed_ports}
    metrics = any(port.isdecimal() and len(port) < 6 and int(port) in METRICS_PORTS for port in ports)
    return config.has_health_check or metrics or any(_METRICS.search(name) or _LOGS.search(name) for name in config.labels)
