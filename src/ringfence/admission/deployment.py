"""What is put into a cluster so that the webhook runs and is asked: with the least rights, and failing safely.

Refusing fails closed (`failurePolicy: Fail`), and its own namespace is left out, so that it can always start again;
writing defaults fails open, because what was not written is refused by validation. The token is a volume that ends in an
hour. The Secret of certificates is made empty here, so that the webhook needs no right to make Secrets.

Sources: kubernetes.io "Admission Webhook Good Practices"; Kubernetes API reference, `admissionregistration.k8s.io/v1`.
"""

from collections.abc import Iterable, Mapping

from ringfence.formats.pod_security_standard import LATEST
from ringfence.model.fact import Fact

NAME = "ringfence-admission"
PORT = 8443
SECRET = "ringfence-admission-certificates"  # noqa: S105 - the name of an object
USER = 10001
POLICIES = "/etc/ringfence/policies"
_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
WORKLOADS = (
    ("apps", "v1", ("deployments", "daemonsets", "replicasets", "statefulsets")),
    ("batch", "v1", ("jobs", "cronjobs")),
    ("", "v1", ("podtemplates", "replicationcontrollers")),
)
"""Objects with templates of pods, which are warned of and never refused."""

Object = dict[str, object]


class Settings(Fact):
    """What differs from cluster to cluster. `policies` are files by name; `exempt` namespaces are never asked about.

    Numbers may be text that a renderer puts a number in place of.
    """

    namespace: str = "ringfence"
    image: str = "ghcr.io/ringfence/ringfence:latest"
    replicas: int | str = 2
    timeout: int | str = 5
    failure: str = "Fail"
    policies: dict[str, str] = {}
    exempt: tuple[str, ...] = ("kube-system",)


def objects(settings: Settings) -> tuple[Object, ...]:
    """Every object, in the order in which they are applied; the webhook configurations are the last."""
    return (
        _namespace(settings),
        _account(settings),
        *_roles(settings),
        _object("v1", "Secret", SECRET, settings.namespace, type="Opaque"),
        _object("v1", "ConfigMap", f"{NAME}-policies", settings.namespace, data=dict(settings.policies)),
        _deployment(settings),
        _service(settings),
        _budget(settings),
        _network(settings),
        *_configurations(settings),
    )


def _object(version: str, kind: str, name: str, namespace: str = "", /, **rest: object) -> Object:
    labels = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": "ringfence"}
    metadata: Object = {"name": name, **({"namespace": namespace} if namespace else {}), "labels": labels}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def _namespace(settings: Settings) -> Object:
    made = _object("v1", "Namespace", settings.namespace)
    labels = {
        f"pod-security.kubernetes.io/{mode}{part}": value
        for mode in ("enforce", "warn", "audit")
        for part, value in (("", "restricted"), ("-version", f"v1.{LATEST}"))
    }
    metadata = made["metadata"]
    if isinstance(metadata, dict):
        metadata["labels"] = {**metadata["labels"], **labels}
    return made


def _account(settings: Settings) -> Object:
    return _object("v1", "ServiceAccount", NAME, settings.namespace, automountServiceAccountToken=False)


def _roles(settings: Settings) -> tuple[Object, ...]:
    """Its own Secret, its own webhook configurations, the labels of namespaces, and to make events; nothing else."""
    group = "rbac.authorization.k8s.io"
    secret = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [SECRET], "verbs": ["get", "patch"]}
    hooks = {
        "apiGroups": ["admissionregistration.k8s.io"],
        "resources": ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
        "resourceNames": [NAME],
        "verbs": ["get", "patch"],
    }
    namespaces = {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]}
    events = {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]}
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": settings.namespace}

    def bound(kind: str) -> dict[str, object]:
        return {"roleRef": {"apiGroup": group, "kind": kind, "name": NAME}, "subjects": [subject]}

    return (
        _object(f"{group}/v1", "Role", NAME, settings.namespace, rules=[secret]),
        _object(f"{group}/v1", "RoleBinding", NAME, settings.namespace, **bound("Role")),
        _object(f"{group}/v1", "ClusterRole", NAME, rules=[hooks, namespaces, events]),
        _object(f"{group}/v1", "ClusterRoleBinding", NAME, **bound("ClusterRole")),
    )


def _selector() -> dict[str, str]:
    return {"app.kubernetes.io/name": NAME}


def _deployment(settings: Settings) -> Object:
    pod = {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": 30,
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": _selector()},
            }
        ],
        "containers": [_container(settings)],
        "volumes": [
            {"name": "policies", "configMap": {"name": f"{NAME}-policies"}},
            {"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
            {"name": "token", "projected": {"defaultMode": 0o440, "sources": _token()}},
        ],
    }
    template = {"metadata": {"labels": _selector()}, "spec": pod}
    spec = {
        "replicas": settings.replicas,
        "selector": {"matchLabels": _selector()},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "template": template,
    }
    return _object("apps/v1", "Deployment", NAME, settings.namespace, spec=spec)


def _token() -> list[Object]:
    """What a pod finds in place of an automatically mounted token, ending sooner."""
    return [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    ]


def _container(settings: Settings) -> Object:
    exempt = [word for name in settings.exempt for word in ("--exempt-namespace", name)]

    def probe(path: str, **rest: int) -> Object:
        return {"httpGet": {"path": path, "port": PORT, "scheme": "HTTPS"}, "periodSeconds": 10, **rest}

    return {
        "name": "webhook",
        "image": settings.image,
        "imagePullPolicy": "IfNotPresent",
        "args": [
            "admit",
            "serve",
            "--policy",
            POLICIES,
            "--certificates",
            f"secret:{settings.namespace}/{SECRET}",
            "--service",
            f"{NAME}.{settings.namespace}",
            "--listen",
            f"0.0.0.0:{PORT}",
            "--events",
            *exempt,
        ],
        "ports": [{"name": "webhook", "containerPort": PORT}],
        "resources": {
            "requests": {"cpu": "100m", "memory": "96Mi", "ephemeral-storage": "16Mi"},
            "limits": {"cpu": "1", "memory": "256Mi", "ephemeral-storage": "64Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "startupProbe": probe("/healthz", failureThreshold=12),
        "livenessProbe": probe("/healthz", timeoutSeconds=5),
        "readinessProbe": probe("/readyz", timeoutSeconds=2),
        "volumeMounts": [
            {"name": "policies", "mountPath": POLICIES, "readOnly": True},
            {"name": "scratch", "mountPath": "/tmp"},  # noqa: S108 - a volume of its own
            {"name": "token", "mountPath": _ACCOUNT, "readOnly": True},
        ],
    }


def _service(settings: Settings) -> Object:
    port = {"name": "webhook", "port": 443, "targetPort": "webhook"}
    return _object("v1", "Service", NAME, settings.namespace, spec={"selector": _selector(), "ports": [port]})


def _budget(settings: Settings) -> Object:
    spec = {"minAvailable": 1, "selector": {"matchLabels": _selector()}}
    return _object("policy/v1", "PodDisruptionBudget", NAME, settings.namespace, spec=spec)


def _network(settings: Settings) -> Object:
    """In: the port of the webhook, from anywhere, for the API server has no label. Out: names, and what speaks TLS."""

    def ports(*numbers: int, protocol: str = "TCP") -> list[Object]:
        return [{"protocol": protocol, "port": number} for number in numbers]

    spec = {
        "podSelector": {"matchLabels": _selector()},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": ports(PORT)}],
        "egress": [
            {
                "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
                "ports": [*ports(53), *ports(53, protocol="UDP")],
            },
            {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}], "ports": ports(443, 6443)},
        ],
    }
    return _object("networking.k8s.io/v1", "NetworkPolicy", NAME, settings.namespace, spec=spec)


def _configurations(settings: Settings) -> Iterable[Object]:
    outside = {
        "matchExpressions": [
            {
                "key": "kubernetes.io/metadata.name",
                "operator": "NotIn",
                "values": [settings.namespace, *settings.exempt],
            }
        ]
    }
    common: Mapping[str, object] = {
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "timeoutSeconds": settings.timeout,
        "namespaceSelector": outside,
        "matchPolicy": "Equivalent",
    }

    def hook(name: str, path: str, rules: list[Object], **rest: object) -> Object:
        client = {"service": {"name": NAME, "namespace": settings.namespace, "path": path, "port": 443}}
        return {"name": f"{name}.admission.ringfence.io", "clientConfig": client, "rules": rules, **common, **rest}

    pods = _rule("", "v1", ("pods", "pods/ephemeralcontainers"), ("CREATE", "UPDATE"))
    made = [_rule(group, version, names, ("CREATE", "UPDATE")) for group, version, names in WORKLOADS]
    new = _rule("", "v1", ("pods",), ("CREATE",))
    yield _object(
        "admissionregistration.k8s.io/v1",
        "MutatingWebhookConfiguration",
        NAME,
        webhooks=[hook("defaults", "/mutate", [new], failurePolicy="Ignore", reinvocationPolicy="IfNeeded")],
    )
    yield _object(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        NAME,
        webhooks=[
            hook("pods", "/validate", [pods], failurePolicy=settings.failure),
            hook("workloads", "/validate", made, failurePolicy="Ignore"),
        ],
    )


def _rule(group: str, version: str, names: tuple[str, ...], operations: tuple[str, ...]) -> Object:
    return {
        "apiGroups": [group],
        "apiVersions": [version],
        "resources": list(names),
        "operations": list(operations),
        "scope": "Namespaced",
    }
