"""The Helm chart of the admission webhook: the same objects as `ringfence admit manifests`, with values in their places."""

import re

from ringfence import __version__
from ringfence.admission import builtin, deployment
from ringfence.admission.deployment import Settings
from ringfence.formats import admission_language, yaml_stream

FOLDER = "deploy/helm/ringfence-admission"
EXEMPT, POLICIES = "EXEMPT-NAMESPACES", "POLICIES"
"""What stands in the objects where a list or a mapping of values comes."""

CHART = f"""apiVersion: v2
name: ringfence-admission
description: Admission webhook of Ringfence, the successor of PodSecurityPolicy
type: application
version: {__version__}
appVersion: {__version__}
kubeVersion: ">=1.25.0-0"
"""
VALUES = """# Written by `make gen`. An image with ringfence and its extra `admission`; name it by digest in production.
image: ghcr.io/ringfence/ringfence:{version}
replicas: 2
# How long the API server waits for an answer, 1 to 30 seconds.
timeoutSeconds: 5
# Fail refuses pods while no webhook answers; Ignore lets them pass.
failurePolicy: Fail
# Namespaces that are never asked about; the release's own never is.
exemptNamespaces:
- kube-system
# AdmissionPolicy files by name. docs/admission.md describes the language.
policies:
  pod-security-restricted.yaml: |
{policy}"""


def files() -> dict[str, bytes]:
    """Every file of the chart by its path in the repository."""
    (policy,) = (yaml_stream.write([admission_language.write(builtin.named("builtin:restricted-with-defaults"))]),)
    indented = "".join(f"    {line}" for line in policy.splitlines(keepends=True))
    made = {
        "Chart.yaml": CHART,
        "values.yaml": VALUES.format(version=__version__, policy=indented),
        "templates/webhook.yaml": _templates(),
    }
    return {f"{FOLDER}/{name}": text.encode() for name, text in made.items()}


def _templates() -> str:
    settings = Settings(
        namespace="{{ .Release.Namespace }}",
        image="{{ .Values.image }}",
        replicas="{{ .Values.replicas }}",
        timeout="{{ .Values.timeoutSeconds }}",
        failure="{{ .Values.failurePolicy }}",
        policies={POLICIES: ""},
        exempt=(EXEMPT,),
    )
    # The namespace is Helm's to make (--create-namespace).
    text = yaml_stream.write(item for item in deployment.objects(settings) if item["kind"] != "Namespace")
    text = re.sub(r"'(\{\{ \.Values\.(?:replicas|timeoutSeconds) \}\})'", r"\1", text)
    text = text.replace(f"data:\n  {POLICIES}: ''\n", "data:\n{{ toYaml .Values.policies | indent 2 }}\n")
    return re.sub(
        rf"((?: *- --exempt-namespace\n)?)( *)- {EXEMPT}\n",
        r"{{- range .Values.exemptNamespaces }}\n\1\2- {{ . }}\n{{- end }}\n",
        text,
    )
