"""Services, Ingresses and NetworkPolicies: what reaches a pod from where.

Source: Kubernetes API reference, `core/v1` Service, `networking.k8s.io/v1` Ingress and NetworkPolicy (v1.36); the
annotations of the cloud providers' load balancers from their own documentation (AWS Load Balancer Controller, GKE, AKS).
"""

from collections.abc import Iterator

from ringfence.formats import label_selector
from ringfence.formats.document_tree import Cursor
from ringfence.formats.label_selector import Selector
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location

_INTERNAL = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("true", "0.0.0.0/0"),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ("internal",),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
    "networking.gke.io/load-balancer-type": ("internal",),
    "cloud.google.com/load-balancer-type": ("internal",),
}
EVERY_ADDRESS = ("0.0.0.0/0", "::/0")
"""Blocks of all addresses."""
SNIPPETS = ("configuration-snippet", "server-snippet", "auth-snippet", "stream-snippet", "modsecurity-snippet")
"""Annotations under `nginx.ingress.kubernetes.io/` whose text becomes configuration of ingress-nginx (CVE-2021-25742)."""
INJECTABLE = ("auth-url", "auth-tls-match-cn", "mirror-target", "mirror-host", "permanent-redirect", "temporal-redirect")
"""Those whose text did so where it broke out of its place. Source: CVE-2025-1097, CVE-2025-1098, CVE-2025-24514."""
_BREAKS_OUT = frozenset(";{}#|<>`^\n\r\"'\\")
"""No address or name of a certificate needs one of these unescaped (RFC 3986 section 2)."""
REDIRECTS = ("ssl-redirect", "force-ssl-redirect")
"""Annotations that send plain HTTP to HTTPS."""
_CERTIFICATE_ANNOTATIONS = (
    "alb.ingress.kubernetes.io/certificate-arn",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "networking.gke.io/managed-certificates",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
)


class Service(Fact):
    """A Service. `internal` says that a provider's annotation keeps its load balancer inside; `sources` who may ask.

    `selector` are the labels of the pods it sends to; empty for one whose endpoints somebody else writes.
    """

    namespace: str = ""
    name: str = ""
    type: Maybe[str] = Known("ClusterIP")
    ports: tuple[str, ...] = ()
    external_ips: tuple[str, ...] = ()
    internal: bool = False
    sources: tuple[str, ...] = ()
    selector: Maybe[dict[str, str]] = Known({})
    at: Location = Location()


class Ingress(Fact):
    """An Ingress: the hosts it serves (empty for any), the hosts it has certificates for.

    `backends` names the Services it sends to. `default_certificate` is a `tls` entry without hosts,
    `certificate_annotation` one that a controller reads instead, `risky_annotations` name what a controller puts into its
    own configuration, `redirect_off` that HTTP is served as it is.
    """

    namespace: str = ""
    name: str = ""
    hosts: Maybe[tuple[str, ...]] = Known(())
    tls_hosts: Maybe[tuple[str, ...]] = Known(())
    default_certificate: bool = False
    certificate_annotation: bool = False
    risky_annotations: tuple[str, ...] = ()
    redirect_off: bool = False
    backends: tuple[str, ...] = ()
    at: Location = Location()


class Peer(Fact):
    """Whom a rule of a NetworkPolicy lets in: a block of addresses, or pods by their labels and their namespaces'.

    Without `namespaces` pods of the policy's own namespace are meant, without `pods` all of them.
    """

    block: str = ""
    namespaces: Selector | None = None
    pods: Selector | None = None


class NetworkPolicy(Fact):
    """A NetworkPolicy: whether it selects every pod of its namespace, and the directions it closes.

    `labels` are those a pod must have to be selected, `selects` the whole selector. `open_from` and `open_to` say that a
    rule lets everybody in or out, because it names no peer or every address; `lets_in` has whom the rules name,
    `lets_out` that there is a rule at all.
    """

    namespace: str = ""
    name: str = ""
    selects_all: bool = False
    directions: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    open_from: Maybe[bool] = Known(False)
    open_to: Maybe[bool] = Known(False)
    selects: Selector = Selector()
    lets_in: tuple[Peer, ...] = ()
    lets_out: bool = True
    at: Location = Location()


def service(here: Cursor, namespace: str, name: str) -> Service:
    """The Service at `here`. Raises `Malformed` for a field of the wrong form."""
    spec, annotations = here.get("spec"), here.get("metadata", "annotations")
    kind = spec.get("type")
    ports = spec.get("ports")
    return Service(
        namespace=namespace,
        name=name,
        type=kind.told() or Known("ClusterIP"),
        ports=() if ports.templated else tuple(item.get("port").text() for item in ports.items()),
        external_ips=spec.get("externalIPs").texts(),
        internal=not annotations.templated
        and any(annotations.get(key).text().lower() in values for key, values in _INTERNAL.items()),
        sources=() if spec.get("loadBalancerSourceRanges").templated else spec.get("loadBalancerSourceRanges").texts(),
        selector=_selector(spec.get("selector")),
        at=kind.at if kind.written else here.at,
    )


def ingress(here: Cursor, namespace: str, name: str) -> Ingress:
    """The Ingress at `here`. Raises `Malformed` for a field of the wrong form."""
    spec, annotations = here.get("spec"), here.get("metadata", "annotations")
    tls, rules = spec.get("tls"), spec.get("rules")
    entries = () if tls.templated else tls.items()
    return Ingress(
        namespace=namespace,
        name=name,
        hosts=_hosts(rules, tuple(item.get("host") for item in (() if rules.templated else rules.items()))),
        tls_hosts=_hosts(tls, tuple(host for entry in entries for host in entry.get("hosts").items())),
        default_certificate=any(not entry.get("hosts").items() for entry in entries),
        certificate_annotation=not annotations.templated
        and any(annotations.get(key).written for key in _CERTIFICATE_ANNOTATIONS),
        risky_annotations=() if annotations.templated else tuple(_risky(annotations)),
        backends=tuple(dict.fromkeys(_backends(spec, rules))),
        redirect_off=not annotations.templated
        and any(annotations.get(f"nginx.ingress.kubernetes.io/{name}").text() == "false" for name in REDIRECTS),
        at=here.at,
    )


def _selector(here: Cursor) -> Maybe[dict[str, str]]:
    if here.templated:
        return Unknown(f"{here.field} is a template that was not rendered")
    return Known({key: value.text() for key, value in here.entries()})


def _backends(spec: Cursor, rules: Cursor) -> Iterator[str]:
    places = [spec.get("defaultBackend")]
    for rule in () if rules.templated else rules.items():
        paths = rule.get("http", "paths")
        places += [path.get("backend") for path in (() if paths.templated else paths.items())]
    for place in places:
        # `serviceName` is how networking.k8s.io/v1beta1 wrote it.
        name = place.get("service", "name").text() or place.get("serviceName").text()
        if name:
            yield name


def _risky(annotations: Cursor) -> Iterator[str]:
    for key, value in annotations.entries():
        prefix, _, name = key.rpartition("/")
        if prefix != "nginx.ingress.kubernetes.io":
            continue
        if name in SNIPPETS or (name in INJECTABLE and not _BREAKS_OUT.isdisjoint(value.text())):
            yield name


def _hosts(listed: Cursor, hosts: tuple[Cursor, ...]) -> Maybe[tuple[str, ...]]:
    if listed.templated or any(host.templated for host in hosts):
        return Unknown(f"{listed.field} holds a template that was not rendered")
    return Known(tuple(host.text() for host in hosts))


def network_policy(here: Cursor, namespace: str, name: str) -> NetworkPolicy:
    """The NetworkPolicy at `here`. Raises `Malformed` for a field of the wrong form."""
    spec = here.get("spec")
    selector = spec.get("podSelector")
    # Without policyTypes a policy closes ingress, and egress if it has egress rules.
    implied = ("Ingress", "Egress") if spec.get("egress").written else ("Ingress",)
    return NetworkPolicy(
        namespace=namespace,
        name=name,
        selects_all=not selector.templated
        and not list(selector.get("matchLabels").entries())
        and not selector.get("matchExpressions").items(),
        directions=spec.get("policyTypes").texts() or implied,
        labels={} if selector.templated else {key: value.text() for key, value in selector.get("matchLabels").entries()},
        open_from=_open(spec.get("ingress"), "from"),
        open_to=_open(spec.get("egress"), "to"),
        selects=label_selector.selector(selector),
        lets_in=tuple(_peers(spec.get("ingress"))),
        lets_out=spec.get("egress").templated or bool(spec.get("egress").items()),
        at=here.at,
    )


def _peers(listed: Cursor) -> Iterator[Peer]:
    for rule in () if listed.templated else listed.items():
        sources = Cursor(None) if rule.templated else rule.get("from")
        for peer in () if sources.templated else sources.items():
            if not peer.templated:
                spaces, pods = peer.get("namespaceSelector"), peer.get("podSelector")
                yield Peer(
                    block=peer.get("ipBlock", "cidr").text(),
                    namespaces=label_selector.selector(spaces) if spaces.written else None,
                    pods=label_selector.selector(pods) if pods.written else None,
                )


def _open(listed: Cursor, side: str) -> Maybe[bool]:
    """Whether one of the rules has no peers, or a block of every address."""
    if listed.templated:
        return Unknown(f"{listed.field} is a template that was not rendered")
    for rule in listed.items():
        if rule.templated or rule.get(side).templated:
            return Unknown(f"{rule.field} is a template that was not rendered")
        peers = rule.get(side).items()
        if not peers:
            return Known(True)
        for peer in peers:
            block = Cursor(None) if peer.templated else peer.get("ipBlock", "cidr")
            if block.text() in EVERY_ADDRESS or _selects_all(peer):
                return Known(True)
    return Known(False)


def _selects_all(peer: Cursor) -> bool:
    """Whether a peer is every pod of every namespace."""
    if peer.templated or peer.get("ipBlock").written or not peer.get("namespaceSelector").written:
        return False
    return not any(
        list(peer.get(name, "matchLabels").entries()) or peer.get(name, "matchExpressions").items()
        for name in ("namespaceSelector", "podSelector")
    )
