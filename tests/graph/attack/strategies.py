"""Small stacks of any shape: containers with any confinement on known or unknown hosts, identities with any bindings."""

from hypothesis import strategies as st

from ringfence.knowledge.runtime_defaults import default_filter
from ringfence.model.access import AccessRule, Grant
from ringfence.model.component import Component, KernelState
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, Kernel, Lsm, Mount, Sharing
from ringfence.model.knowledge import Known, Unknown
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
    namespace_id,
    permission_id,
    secret_id,
    workload_id,
)
from ringfence.model.syscall_filter import UNCONFINED
from ringfence.model.workload import Workload, WorkloadId

NOT_TOLD = Unknown("not told")
SPACES = ("shop", "pay")
ACCOUNTS = tuple(f"system:serviceaccount:{space}:{name}" for space in SPACES for name in ("web", "job"))
PATHS = ("/", "/etc", "/var/log", "/proc/sys/kernel", "/run/containerd/containerd.sock", "/srv/data")
MASKS = st.sampled_from(
    [
        0,
        mask_of(("SYS_ADMIN",)),
        mask_of(("SYS_MODULE", "CHOWN")),
        mask_of(("SYS_PTRACE", "DAC_READ_SEARCH")),
        ALL_CAPABILITIES,
    ]
)


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """A value, or not told."""
    return st.one_of(values.map(Known), st.just(NOT_TOLD))


def sets_of(mask: int) -> CapabilitySets:
    return CapabilitySets(effective=mask, permitted=mask, bounding=mask)


CONFINEMENTS = st.builds(
    Confinement,
    privileged=maybe(st.booleans()),
    uid=maybe(st.sampled_from([0, 1000])),
    uid_map=maybe(st.just(HOST_IDS)),
    capabilities=maybe(MASKS.map(sets_of)),
    no_new_privileges=maybe(st.booleans()),
    syscalls=maybe(
        st.sampled_from([UNCONFINED, default_filter("containerd", 0), default_filter("docker", ALL_CAPABILITIES)])
    ),
    namespaces=maybe(
        st.fixed_dictionaries(
            {
                kind: st.sampled_from([Sharing.OWN, Sharing.HOST])
                for kind in (Namespace.PID, Namespace.NETWORK, Namespace.CGROUP)
            }
        ).map(lambda some: {Namespace.USER: Sharing.HOST, **some})
    ),
    lsm=maybe(st.sampled_from([Lsm(module="none"), Lsm(module="apparmor", label="x", enforcing=True)])),
    mounts=maybe(
        st.lists(
            st.builds(Mount, source=st.sampled_from(PATHS), destination=st.just("/mnt"), read_only=st.booleans()),
            max_size=2,
            unique_by=lambda mount: mount.source,
        ).map(tuple)
    ),
    kernel=maybe(st.sampled_from([Kernel.HOST, Kernel.HOST, Kernel.GUEST])),
)

RULES = st.builds(
    AccessRule,
    verbs=st.sampled_from([("get",), ("create",), ("create", "bind"), ("impersonate",), ("patch",), ("*",)]),
    groups=st.sampled_from([("",), ("rbac.authorization.k8s.io",), ("*",)]),
    resources=st.sampled_from(
        [
            ("pods",),
            ("pods/exec",),
            ("secrets",),
            ("clusterrolebindings", "clusterroles"),
            ("rolebindings", "clusterroles"),
            ("users",),
            ("serviceaccounts/token",),
            ("*",),
        ]
    ),
    names=st.sampled_from([(), (), (), ("db",)]),
)


@st.composite
def grants(draw: st.DrawFn) -> tuple[Grant, str]:
    """Something bound to an account."""
    number = draw(st.integers(0, 99))
    namespace = draw(st.sampled_from(["", *SPACES]))
    grant = Grant(
        role=f"Role/{number}",
        binding=f"Binding/{number}",
        namespace=namespace,
        rules=tuple(draw(st.lists(RULES, min_size=1, max_size=2))),
        builtin=draw(st.booleans()),
    )
    return grant, draw(st.sampled_from(ACCOUNTS))


def granted(grant: Grant, who: str) -> Relations:
    """One binding. Its id is of all it says, so that two of one name never take each other's place."""
    key = permission_id(grant.role, f"{grant.binding} {grant!r}")
    return Relations(
        nodes=(Node(id=key, kind=NodeKind.PERMISSION, label=grant.role, grant=grant),),
        edges=(Edge(source=identity_id(who), target=key, kind=EdgeKind.HOLDS),),
    )


def host(name: str, kernel: str, runc: str) -> Relations:
    """A host with a kernel and runc."""
    state = KernelState(
        node=name,
        release=Known(kernel),
        config=Known({"CONFIG_USER_NS": "y"}),
        sysctls={"user.max_user_namespaces": Known("100"), "kernel.modules_disabled": Known("0")},
        lsms=Known(()),
        cgroups=Known("hybrid"),
    )
    nodes = [Node(id=host_id(name), kind=NodeKind.HOST, label=name, kernel=state)]
    edges = []
    for part, version in (("linux", kernel), ("runc", runc)):
        component = Component(name=part, node=name, version=Known(version))
        nodes.append(Node(id=component_id(name, part), kind=NodeKind.COMPONENT, label=component.label, component=component))
        edges.append(Edge(source=host_id(name), target=component_id(name, part), kind=EdgeKind.HAS))
    return Relations(nodes=tuple(nodes), edges=tuple(edges))


def running(number: int, confinement: Confinement, where: str, space: str, who: str) -> Relations:
    """A container with a token and a secret; on a host, or (empty) not scheduled."""
    identity = WorkloadId(namespace=space, kind="Pod", name=f"p{number}", container="c")
    workload = Workload(
        identity=identity,
        confinement=confinement,
        node=where,
        container_id=f"{number}" if where else "",
        oci_runtime="runc" if where else "",
    )
    key = workload_id(workload)
    edges = [
        Edge(source=key, target=cluster_id(""), kind=EdgeKind.IN_CLUSTER),
        Edge(source=key, target=namespace_id(space), kind=EdgeKind.IN_NAMESPACE),
        Edge(source=key, target=identity_id(who), kind=EdgeKind.ACTS_AS),
        Edge(source=key, target=secret_id(space, "db"), kind=EdgeKind.READS, because="env"),
    ]
    if where:
        edges.append(Edge(source=key, target=host_id(where), kind=EdgeKind.RUNS_ON))
        edges.append(Edge(source=key, target=component_id(where, "runc"), kind=EdgeKind.STARTED_BY))
    nodes = (
        Node(id=key, kind=NodeKind.WORKLOAD, label=str(identity), what=workload),
        Node(id=cluster_id(""), kind=NodeKind.CLUSTER, label="c"),
        Node(id=secret_id(space, "db"), kind=NodeKind.SECRET, label=f"{space}/db"),
        Node(id=namespace_id(space), kind=NodeKind.NAMESPACE, label=space),
        *(Node(id=identity_id(name), kind=NodeKind.IDENTITY, label=name) for name in ACCOUNTS),
    )
    members = (
        Edge(source=identity_id(name), target=namespace_id(name.split(":")[2]), kind=EdgeKind.IN_NAMESPACE)
        for name in ACCOUNTS
    )
    return Relations(nodes=nodes, edges=(*edges, *members))


@st.composite
def stacks(draw: st.DrawFn) -> tuple[Relations, ...]:
    """The parts of a small stack, one a thing in it."""
    hosts = [host("n1", "5.10.90", "1.1.5"), host("n2", "6.18.44", "1.3.4")]
    parts = hosts[: draw(st.integers(0, 2))]
    places = ["", *(f"n{number + 1}" for number in range(len(parts)))]
    for number in range(draw(st.integers(1, 3))):
        where = draw(st.sampled_from(places))
        parts.append(
            running(number, draw(CONFINEMENTS), where, draw(st.sampled_from(SPACES)), draw(st.sampled_from(ACCOUNTS)))
        )
    return (*parts, *(granted(*item) for item in draw(st.lists(grants(), max_size=3, unique_by=lambda item: item[0].role))))
