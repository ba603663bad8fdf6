"""Clusters for benchmarks, with the shapes that real ones have: few images used often, uneven namespaces, mixed node pools.

Distributions: image reuse and namespace sizes fall off like 1/rank (as in the public Alibaba and Azure cluster traces); a
deployment has 1 to 20 replicas; a few percent of pods are privileged agents, one on each node.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from ringfence.formats.kubernetes_objects import Namespace as Declared
from ringfence.formats.kubernetes_objects import ServiceAccount
from ringfence.formats.kubernetes_rbac import Role, RoleBinding, Rule, Subject
from ringfence.knowledge.runtime_defaults import default_filter
from ringfence.layers.kernel.facts import Facts as KernelFacts
from ringfence.layers.kubernetes.facts import Facts as KubernetesFacts
from ringfence.layers.kubernetes.facts import Pod
from ringfence.layers.runtime.facts import Facts as RuntimeFacts
from ringfence.model.access import AccessRule, Grant
from ringfence.model.component import Component, KernelState
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, Kernel, Lsm, Mount, Sharing
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, known_or
from ringfence.model.linux import ALL_CAPABILITIES, Namespace, mask_of
from ringfence.model.node import (
    Edge,
    EdgeKind,
    Node,
    NodeKind,
    Relations,
    cluster_id,
    component_id,
    host_id,
    identity_id,
    image_id,
    namespace_id,
    permission_id,
    pod_id,
    secret_id,
    workload_id,
)
from ringfence.model.syscall_filter import UNCONFINED
from ringfence.model.workload import SecretRef, Workload, WorkloadId

POOLS = (
    ("6.1.0", "1.1.5", "1.6.20"),
    ("5.15.90", "1.1.12", "1.7.13"),
    ("6.6.30", "1.2.4", "2.0.0"),
    ("5.10.100", "1.1.4", "1.6.8"),
)
"""Node pools: kernel, runc, containerd."""
DAY = "2026-11-24"
DEFAULT = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a cluster is made."""

    workloads: int
    nodes: int


def relations(size: Size, seed: int = 7) -> Relations:
    """The nodes and edges of one made-up cluster; the same for the same size and seed."""
    dice = random.Random(seed)  # noqa: S311 - a benchmark must be the same each time
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    hosts = [f"node-{number:04}" for number in range(size.nodes)]
    for number, host in enumerate(hosts):
        for node, edge in _host(host, POOLS[number * len(POOLS) // size.nodes]):
            nodes[node.id] = node
            edges.extend(edge)
    cluster = Node(id=cluster_id(""), kind=NodeKind.CLUSTER, label="the cluster")
    nodes[cluster.id] = cluster
    namespaces = [f"team-{number}" for number in range(max(4, size.workloads // 200))]
    for name in namespaces:
        level = dice.choice(("none", "baseline", "restricted", "none"))
        labels = (("pod-security", level),)
        nodes[namespace_id(name)] = Node(id=namespace_id(name), kind=NodeKind.NAMESPACE, label=name, labels=labels)
    for node, found in _workloads(size, hosts, namespaces, dice):
        nodes.setdefault(node.id, node)
        edges.extend(found)
    for node, found in _permissions(namespaces, dice):
        nodes.setdefault(node.id, node)
        edges.extend(found)
    return Relations(nodes=tuple(nodes.values()), edges=tuple(edges))


def facts_by_node(size: Size, seed: int = 7) -> Iterator[tuple[str, tuple[tuple[str, Fact], ...]]]:
    """The same cluster as facts of each node, by storey, and then those of the cluster's own objects."""
    made = relations(size, seed)
    places: dict[str, list[Workload]] = {}
    parts: dict[str, list[Component]] = {}
    for node in made.nodes:
        if node.what is not None:
            places.setdefault(node.what.node, []).append(_as_pod(node.what))
        elif node.component is not None:
            parts.setdefault(node.component.node, []).append(node.component)
    for node in made.nodes:
        if node.kernel is not None:
            linux, *others = parts[node.label]
            kernel = KernelFacts(collected_on=DAY, kernel=node.kernel, component=linux)
            runtime = RuntimeFacts(
                collected_on=DAY, node=node.label, components=tuple(others), workloads=tuple(places.get(node.label, ()))
            )
            yield node.label, (("kernel", kernel), ("runtime", runtime))
    yield "cluster", (("kubernetes", _objects(made)),)


def _as_pod(workload: Workload) -> Workload:
    """As a node names it: by its pod, not by the Deployment that made it."""
    name = f"{workload.identity.name}-{workload.container_id}"
    return replace(workload, identity=replace(workload.identity, kind="Pod", name=name))


def _objects(made: Relations) -> KubernetesFacts:
    """What a cluster tells of itself: pods with the ids of their containers, accounts, roles and bindings."""
    account = {edge.source: edge.target.rpartition(":")[2] for edge in made.edges if edge.kind is EdgeKind.ACTS_AS}
    secret = {edge.source: edge.target.rpartition("/")[2] for edge in made.edges if edge.kind is EdgeKind.READS}
    workloads, pods, accounts, roles, bindings = [], [], {}, [], []
    for node in made.nodes:
        if node.what is not None:
            workload = _as_pod(node.what)
            workloads.append(
                Workload(
                    identity=workload.identity,
                    confinement=Confinement(),
                    node=workload.node,
                    running=True,
                    container_id=workload.container_id,
                    image=workload.image,
                    secrets=(SecretRef(name=secret[node.id], via="env"),),
                )
            )
            own = replace(workload.identity, container="")
            made_by = f"Deployment/{node.what.identity.name}"
            pods.append(Pod(identity=own, service_account=account[node.id], token_mounted=Known(True), made_by=made_by))
            accounts[own.namespace, account[node.id]] = ServiceAccount(namespace=own.namespace, name=account[node.id])
    holders = {edge.target: edge.source.split(":")[-2:] for edge in made.edges if edge.kind is EdgeKind.HOLDS}
    for node in made.nodes:
        grant = node.grant
        if grant is not None:
            _, space, name = grant.role.split("/")
            kind = "" if grant.namespace else "Cluster"
            rules = tuple(Rule(verbs=item.verbs, api_groups=item.groups, resources=item.resources) for item in grant.rules)
            roles.append(
                Role(kind=f"{kind}Role", namespace="" if kind else space, name=f"{space}-{name}", rules=Known(rules))
            )
            subject = Subject(kind="ServiceAccount", namespace=holders[node.id][0], name=holders[node.id][1])
            bindings.append(
                RoleBinding(
                    kind=f"{kind}RoleBinding",
                    namespace="" if kind else space,
                    name=f"{space}-{name}",
                    role_kind=f"{kind}Role",
                    role_name=Known(f"{space}-{name}"),
                    subjects=Known((subject,)),
                )
            )
    levels = {node.label: dict(node.labels)["pod-security"] for node in made.nodes if node.kind is NodeKind.NAMESPACE}
    spaces = (
        Declared(name=name, labels=Known({} if level == "none" else {"pod-security.kubernetes.io/enforce": level}))
        for name, level in levels.items()
    )
    return KubernetesFacts(
        path="cluster",
        workloads=tuple(workloads),
        pods=tuple(pods),
        service_accounts=tuple(accounts.values()),
        roles=tuple(roles),
        bindings=tuple(bindings),
        namespaces=tuple(spaces),
    )


def _host(name: str, pool: tuple[str, str, str]) -> Iterator[tuple[Node, list[Edge]]]:
    kernel, runc, containerd = pool
    state = KernelState(
        node=name,
        release=Known(kernel),
        config=Known(dict.fromkeys(("CONFIG_USER_NS", "CONFIG_CGROUPS", "CONFIG_NF_TABLES", "CONFIG_IO_URING"), "y")),
        sysctls={
            "user.max_user_namespaces": Known("96365"),
            "kernel.unprivileged_userns_clone": Known(""),
            "kernel.apparmor_restrict_unprivileged_userns": Known(""),
            "kernel.modules_disabled": Known("0"),
        },
        lsms=Known(("apparmor",)),
        cgroups=Known("v2"),
    )
    yield Node(id=host_id(name), kind=NodeKind.HOST, label=name, kernel=state), []
    for component, version in (("linux", kernel), ("runc", runc), ("containerd", containerd)):
        calls = ("runc",) if component == "containerd" else ()
        part = Component(name=component, node=name, version=Known(version), calls=calls)
        key = component_id(name, component)
        found = [Edge(source=host_id(name), target=key, kind=EdgeKind.HAS)]
        if calls:
            found.append(Edge(source=key, target=component_id(name, "runc"), kind=EdgeKind.CALLS))
        yield Node(id=key, kind=NodeKind.COMPONENT, label=part.label, component=part), found


def _confinements() -> tuple[tuple[Confinement, int], ...]:
    """The kinds of confinement with how often each is met."""
    mask = mask_of(DEFAULT)
    spaces = {**dict.fromkeys(Namespace, Sharing.OWN), Namespace.USER: Sharing.HOST, Namespace.TIME: Sharing.HOST}
    plain = Confinement(
        privileged=Known(False),
        uid=Known(0),
        uid_map=Known(HOST_IDS),
        gid_map=Known(HOST_IDS),
        capabilities=Known(CapabilitySets(effective=mask, permitted=mask, bounding=mask)),
        no_new_privileges=Known(False),
        syscalls=Known(default_filter("containerd", mask)),
        namespaces=Known(spaces),
        lsm=Known(Lsm(module="apparmor", label="cri-containerd.apparmor.d", enforcing=True)),
        mounts=Known(()),
        kernel=Known(Kernel.HOST),
    )

    def but(**changed: object) -> Confinement:
        return Confinement(**{**{name: getattr(plain, name) for name in Confinement.__struct_fields__}, **changed})

    everything = CapabilitySets(effective=ALL_CAPABILITIES, permitted=ALL_CAPABILITIES, bounding=ALL_CAPABILITIES)
    nothing = CapabilitySets(bounding=0)
    open_ = but(syscalls=Known(UNCONFINED), lsm=Known(Lsm(module="none")))
    host_pid = {**spaces, Namespace.PID: Sharing.HOST}
    return (
        (plain, 40),
        (but(uid=Known(1000), capabilities=Known(nothing), no_new_privileges=Known(True)), 30),
        (open_, 20),
        (but(kernel=Known(Kernel.GUEST)), 3),
        (but(mounts=Known((Mount(source="/var/log", destination="/var/log"),))), 2),
        (but(mounts=Known((Mount(source="/run/containerd/containerd.sock", destination="/run/c.sock"),))), 1),
        (
            but(
                capabilities=Known(everything),
                privileged=Known(True),
                syscalls=Known(UNCONFINED),
                lsm=Known(Lsm(module="none")),
            ),
            2,
        ),
        (
            but(
                capabilities=Known(everything),
                privileged=Known(True),
                syscalls=Known(UNCONFINED),
                namespaces=Known(host_pid),
            ),
            1,
        ),
    )


def _workloads(
    size: Size, hosts: list[str], namespaces: list[str], dice: random.Random
) -> Iterator[tuple[Node, list[Edge]]]:
    kinds = _confinements()
    confinements, weights = [item for item, _ in kinds], [weight for _, weight in kinds]
    images = [f"registry.example/app-{number}:1.{number % 9}" for number in range(max(10, size.workloads // 60))]
    image_weights = [1 / (rank + 1) for rank in range(len(images))]
    space_weights = [1 / (rank + 1) for rank in range(len(namespaces))]
    for image in images:
        yield Node(id=image_id(image), kind=NodeKind.IMAGE, label=image), []
    made, number = 0, 0
    while made < size.workloads:
        number += 1
        namespace = dice.choices(namespaces, space_weights)[0]
        image = dice.choices(images, image_weights)[0]
        confinement = dice.choices(confinements, weights)[0]
        for replica in range(min(dice.choice((1, 1, 2, 2, 3, 3, 5, 10, 20)), size.workloads - made)):
            yield from _pod(namespace, number, replica, image, confinement, dice.choice(hosts))
            made += 1


def _pod(
    namespace: str, number: int, replica: int, image: str, confinement: Confinement, host: str
) -> Iterator[tuple[Node, list[Edge]]]:
    identity = WorkloadId(namespace=namespace, kind="Deployment", name=f"app-{number}", container="main")
    volume = f"/var/lib/kubelet/pods/{number:08x}-{replica}/volumes/kubernetes.io~projected/token"
    mounts = (*known_or(confinement.mounts, ()), Mount(source=volume, destination="/var/run/secrets", read_only=True))
    confinement = replace(confinement, mounts=Known(mounts))
    workload = Workload(
        identity=identity,
        confinement=confinement,
        node=host,
        running=True,
        image=image,
        container_id=f"{number}-{replica}",
        engine="containerd",
        oci_runtime="runc",
    )
    key = workload_id(workload)
    account = f"system:serviceaccount:{namespace}:app-{number % 40}"
    group = pod_id(namespace, "Deployment", f"app-{number}") + f"@{replica}"
    secret = secret_id(namespace, f"s-{number % 30}")
    yield Node(id=group, kind=NodeKind.POD, label=f"{namespace}/app-{number}"), []
    yield Node(id=secret, kind=NodeKind.SECRET, label=f"{namespace}/s-{number % 30}"), []
    yield (
        Node(id=identity_id(account), kind=NodeKind.IDENTITY, label=account),
        [Edge(source=identity_id(account), target=namespace_id(namespace), kind=EdgeKind.IN_NAMESPACE)]
        if not replica
        else [],
    )
    yield (
        Node(id=key, kind=NodeKind.WORKLOAD, label=str(identity), what=workload),
        [
            Edge(source=key, target=host_id(host), kind=EdgeKind.RUNS_ON),
            Edge(source=key, target=component_id(host, "containerd"), kind=EdgeKind.STARTED_BY),
            Edge(source=key, target=component_id(host, "runc"), kind=EdgeKind.STARTED_BY),
            Edge(source=key, target=cluster_id(""), kind=EdgeKind.IN_CLUSTER),
            Edge(source=key, target=namespace_id(namespace), kind=EdgeKind.IN_NAMESPACE),
            Edge(source=key, target=group, kind=EdgeKind.PART_OF),
            Edge(source=key, target=image_id(image), kind=EdgeKind.USES_IMAGE),
            Edge(source=key, target=secret, kind=EdgeKind.READS, because="env"),
            Edge(source=key, target=identity_id(account), kind=EdgeKind.ACTS_AS),
        ],
    )


def _permissions(namespaces: list[str], dice: random.Random) -> Iterator[tuple[Node, list[Edge]]]:
    """Most accounts have little; a few in each namespace can do what leads on, and some have it in the whole cluster."""
    rules = (
        (("get", "list"), ("pods", "configmaps")),
        (("get",), ("secrets",)),
        (("create",), ("pods/exec",)),
        (("create",), ("pods",)),
        (("*",), ("*",)),
    )
    for namespace in namespaces:
        for number in range(8):
            verbs, resources = dice.choices(rules, (60, 20, 10, 8, 1))[0]
            everywhere = dice.random() < 0.02
            rule = AccessRule(verbs=verbs, groups=("*",) if verbs == ("*",) else ("",), resources=resources)
            name = f"r-{number}"
            grant = Grant(
                role=f"Role/{namespace}/{name}",
                binding=f"RoleBinding/{namespace}/{name}",
                namespace="" if everywhere else namespace,
                rules=(rule,),
            )
            key = permission_id(grant.role, grant.binding)
            who = f"system:serviceaccount:{namespace}:app-{number}"
            found = [
                Edge(source=identity_id(who), target=key, kind=EdgeKind.HOLDS, because=grant.binding),
                Edge(source=identity_id(who), target=namespace_id(namespace), kind=EdgeKind.IN_NAMESPACE),
            ]
            yield Node(id=identity_id(who), kind=NodeKind.IDENTITY, label=who), []
            yield Node(id=key, kind=NodeKind.PERMISSION, label=name, grant=grant), found
