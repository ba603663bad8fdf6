"""A report as a real audit gives it: five layers, every kind of finding, problems, fixes; and the answer to one CVE."""

from typing import TypedDict, Unpack

from ringfence.model.attack import AttackAnswer, AttackPath, OtherOrder, PathStep, PlannedChange
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, Mount, Sharing
from ringfence.model.finding import (
    AffectedPackage,
    Finding,
    FindingKind,
    Problem,
    Severity,
    Shown,
    Storey,
    Suppression,
    Verdict,
    VerdictStatus,
)
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.location import Location
from ringfence.model.package import Package
from ringfence.model.report import (
    SCHEMA,
    BlastRadius,
    ComponentVerdict,
    ConditionResult,
    Fix,
    Impact,
    Report,
    RunStatus,
    Status,
    Target,
    UndecidedCheck,
    WayResult,
    WorkloadVerdict,
)
from ringfence.model.syscall_filter import UNCONFINED
from ringfence.model.workload import SecretRef, Workload, WorkloadId

C, H, M, L, N, U = Severity
MADE_BY = "ringfence 0.1.0"
MADE_AT = "2026-11-24T00:40:00Z"
HOST = "node-1"
IMAGE = "containers-storage:localhost/deb:12"
TREE = "apps/shop"
MANIFESTS = "deploy/"
LAYER = "sha256:6e1d0c8f3a5b7e2d4c6f8a0b2d4e6f8a0c2e4f6a8b0d2f4e6a8c0e2f4a6b8d0c"

_counter = iter(range(1, 1000))


class _Rest(TypedDict, total=False):
    kind: FindingKind
    target: str
    aliases: tuple[str, ...]
    kev: bool
    epss: float
    cvss: str
    verdict: Verdict
    description: str
    remedy: str
    references: tuple[str, ...]
    location: Location
    workload: WorkloadId
    package: AffectedPackage
    evidence: Shown
    suppressed: Suppression


def _finding(layer: Storey, severity: Severity, rule: str, title: str, **more: Unpack[_Rest]) -> Finding:
    more.setdefault("kind", FindingKind.MISCONFIGURATION)
    return Finding(id=f"f{next(_counter):04x}", rule=rule, layer=layer, severity=severity, title=title, **more)


def pod(namespace: str, name: str, container: str, kind: str = "deployment") -> WorkloadId:
    return WorkloadId(namespace=namespace, kind=kind, name=name, container=container)


KERNEL = (
    _finding(
        Storey.KERNEL,
        C,
        "known-kernel-escape",
        "cgroup v1 release_agent lets a container run a program on the host",
        kind=FindingKind.VULNERABILITY,
        target=HOST,
        aliases=("CVE-2022-0492",),
        kev=True,
        epss=0.0731,
        cvss="CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
        verdict=Verdict(
            status=VerdictStatus.REACHABLE, because=("linux 5.10.70 is before 5.10.97 and cgroup v1 is mounted",)
        ),
        remedy="Update the kernel to 5.10.97 or later; until then, run pods with the RuntimeDefault seccomp profile.",
        references=("https://nvd.nist.gov/vuln/detail/CVE-2022-0492",),
    ),
    _finding(
        Storey.KERNEL,
        H,
        "unprivileged-user-namespaces",
        "Every user may make user namespaces",
        target=HOST,
        location=Location(
            path="/proc/sys/kernel/unprivileged_userns_clone", field="sysctl kernel.unprivileged_userns_clone"
        ),
        evidence=Shown(seen=("kernel.unprivileged_userns_clone is 1 and user.max_user_namespaces is 63432",)),
        description="A user namespace gives its maker every capability over what it contains.",
        remedy="Set kernel.unprivileged_userns_clone=0 unless rootless containers are used.",
        references=("https://man7.org/linux/man-pages/man7/user_namespaces.7.html",),
    ),
    _finding(
        Storey.KERNEL,
        M,
        "kernel-pointers-shown",
        "Kernel addresses are shown to unprivileged processes",
        target=HOST,
        location=Location(field="sysctl kernel.kptr_restrict"),
        evidence=Shown(seen=("kernel.kptr_restrict is 0",)),
    ),
    _finding(
        Storey.KERNEL,
        L,
        "io-uring-open",
        "io_uring can be used by every process",
        target=HOST,
        location=Location(field="sysctl kernel.io_uring_disabled"),
        evidence=Shown(seen=("kernel.io_uring_disabled is 0",)),
    ),
)

RUNTIME = (
    _finding(
        Storey.RUNTIME,
        H,
        "known-runtime-escape",
        "runc leaks a file descriptor of the host into the container",
        kind=FindingKind.VULNERABILITY,
        target=HOST,
        aliases=("CVE-2024-21626",),
        verdict=Verdict(status=VerdictStatus.UNDECIDED, because=("the version of /usr/local/bin/runc could not be read",)),
        remedy="Update runc to 1.1.12 or later.",
    ),
    _finding(
        Storey.RUNTIME,
        C,
        "privileged-container",
        "Container is privileged",
        target=HOST,
        workload=WorkloadId(name="ci-runner-7f9c"),
        evidence=Shown(seen=("it was started with --privileged: all 41 capabilities, every device, no seccomp filter",)),
        remedy="Grant the single capability it needs with --cap-add.",
    ),
    _finding(
        Storey.RUNTIME,
        H,
        "docker-socket-mounted",
        "The engine's socket is mounted",
        target=HOST,
        workload=WorkloadId(name="ci-runner-7f9c"),
        evidence=Shown(seen=("/run/docker.sock of the host is at /var/run/docker.sock, writable",)),
    ),
    *(
        _finding(
            Storey.RUNTIME,
            M,
            "no-new-privileges-off",
            "A setuid file can raise privileges",
            target=HOST,
            workload=WorkloadId(name=name),
            evidence=Shown(seen=("no_new_privs is not set",)),
            remedy="Start it with --security-opt no-new-privileges.",
        )
        for name in ("ci-runner-7f9c", "db", "web", "cache", "mail", "metrics-exporter")
    ),
)

IMAGES = (
    _finding(
        Storey.IMAGE,
        C,
        "secret-in-layer",
        "A secret is in a layer",
        kind=FindingKind.SECRET,
        target=IMAGE,
        location=Location(
            path="root/.aws/credentials",
            line=2,
            layer_digest=LAYER,
            layer_index=1,
            deleted=True,
            in_base=False,
            created_by="/bin/sh -c cp credentials /root/.aws/ && aws s3 sync s3://assets /srv",
        ),
        evidence=Shown(seen=("AWS access key AKIA************WXYZ",)),
        remedy="Revoke the key; mount it at build time with --mount=type=secret.",
    ),
    _finding(
        Storey.IMAGE,
        H,
        "secret-in-environment",
        "A secret is in the image's environment",
        kind=FindingKind.SECRET,
        target=IMAGE,
        location=Location(field="config.Env[2]"),
        evidence=Shown(seen=("DB_PASSWORD holds 16 characters that look random",)),
    ),
    _finding(
        Storey.IMAGE,
        H,
        "secret-in-history",
        "A secret is in the build history",
        kind=FindingKind.SECRET,
        target=IMAGE,
        location=Location(field="history[3].created_by", layer_index=3),
        evidence=Shown(seen=("curl -H 'Authorization: Bearer eyJh****'",)),
    ),
    *(
        _finding(
            Storey.IMAGE,
            M,
            "setuid-file",
            "A setuid file",
            target=IMAGE,
            location=Location(path=path, layer_index=0, layer_digest=LAYER, in_base=True),
            evidence=Shown(seen=(f"{path} is setuid root",)),
        )
        for path in ("usr/bin/chfn", "usr/bin/chsh", "usr/bin/gpasswd", "usr/bin/mount", "usr/bin/newgrp", "usr/bin/passwd")
    ),
    _finding(
        Storey.IMAGE,
        L,
        "package-manager-left",
        "A package manager is in the image",
        kind=FindingKind.BLOAT,
        target=IMAGE,
        location=Location(path="usr/bin/apt-get", layer_index=0, layer_digest=LAYER, in_base=True),
        evidence=Shown(seen=("apt 2.6.1 and dpkg 1.21.22 are installed",)),
    ),
    _finding(
        Storey.IMAGE,
        M,
        "runs-as-root",
        "The image runs as root",
        target=IMAGE,
        location=Location(field="config.User"),
        evidence=Shown(seen=("no USER is set, so the first process is uid 0",)),
    ),
)

KUBERNETES = (
    _finding(
        Storey.KUBERNETES,
        C,
        "host-path-writable",
        "A path of the host is mounted writable",
        target=MANIFESTS,
        workload=pod("monitoring", "node-agent", "agent", "daemonset"),
        location=Location(path="deploy/monitoring/node-agent.yaml", line=41, field="spec.template.spec.volumes[0].hostPath"),
        evidence=Shown(seen=("/ of the host is mounted at /host, writable",)),
        remedy="Mount the directories it reads, read-only.",
    ),
    _finding(
        Storey.KUBERNETES,
        H,
        "wildcard-rbac",
        "A role grants everything",
        target=MANIFESTS,
        location=Location(path="deploy/rbac.yaml", line=12, field="rules[0].verbs"),
        evidence=Shown(seen=('ClusterRole ops-admin grants ["*"] on ["*"] to 3 service accounts',)),
    ),
    _finding(
        Storey.KUBERNETES,
        H,
        "host-namespace-shared",
        "A namespace of the host is shared",
        target=MANIFESTS,
        workload=pod("monitoring", "node-agent", "agent", "daemonset"),
        location=Location(path="deploy/monitoring/node-agent.yaml", line=19, field="spec.template.spec.hostPID"),
        evidence=Shown(seen=("hostPID and hostNetwork are true",)),
    ),
    _finding(
        Storey.KUBERNETES,
        M,
        "secret-in-environment-variable",
        "A Secret is handed over in the environment",
        target=MANIFESTS,
        workload=pod("shop", "checkout", "api"),
        location=Location(path="deploy/shop/checkout.yaml", line=33, field="spec.template.spec.containers[0].env[1]"),
        evidence=Shown(seen=("STRIPE_KEY comes from Secret payment-keys",)),
    ),
    *(
        _finding(
            Storey.KUBERNETES,
            M,
            "seccomp-unconfined",
            "No seccomp profile is asked for",
            target=MANIFESTS,
            workload=pod("shop", name, container),
            location=Location(path=f"deploy/shop/{name}.yaml", line=20, field="spec.template.spec.securityContext"),
            evidence=Shown(seen=("seccompProfile is not set and the kubelet's default is Unconfined",)),
            remedy="Set securityContext.seccompProfile.type to RuntimeDefault.",
        )
        for name, container in (
            ("checkout", "api"),
            ("cart", "api"),
            ("search", "indexer"),
            ("web", "nginx"),
            ("web", "sidecar"),
        )
    ),
    _finding(
        Storey.KUBERNETES,
        N,
        "no-network-policy",
        "No network policy selects the pods",
        target=MANIFESTS,
        location=Location(path="deploy/shop/namespace.yaml", line=1),
        evidence=Shown(seen=("namespace shop has 5 workloads and no NetworkPolicy",)),
    ),
)


def _vulnerable(  # noqa: PLR0917 - a row of a table, read as one
    name: str, version: str, fixed: str, cve: str, severity: Severity, kev: bool = False, epss: float = 0.0004
) -> Finding:
    return _finding(
        Storey.APPLICATION,
        severity,
        "vulnerable-dependency",
        f"{name} has a hole",
        kind=FindingKind.VULNERABILITY,
        target=TREE,
        aliases=(cve, f"GHSA-{cve[-5:].lower()}"),
        location=Location(path="apps/shop/requirements.txt", line=7),
        package=AffectedPackage(purl=f"pkg:pypi/{name}@{version}", name=name, version=version, fixed_version=fixed),
        remedy=f"Update {name} to {fixed} or later." if fixed else "",
        references=(f"https://osv.dev/vulnerability/{cve}",),
        kev=kev,
        epss=epss,
    )


APPLICATION = (
    _vulnerable("jinja2", "2.10", "2.10.1", "CVE-2019-10906", H),
    _vulnerable("jinja2", "2.10", "2.11.3", "CVE-2020-28493", M),
    _vulnerable("jinja2", "2.10", "3.1.3", "CVE-2024-22195", M),
    _vulnerable("jinja2", "2.10", "3.1.4", "CVE-2024-34064", M),
    _vulnerable("urllib3", "1.26.4", "1.26.5", "CVE-2021-33503", H),
    _vulnerable("urllib3", "1.26.4", "1.26.17", "CVE-2023-43804", M),
    _vulnerable("pyyaml", "5.3", "5.4", "CVE-2020-14343", C, kev=True, epss=0.12),
    _vulnerable("leftpad-of-a-very-long-name-that-never-ends", "0.0.1", "", "CVE-2025-99999", U),
    _finding(
        Storey.APPLICATION,
        L,
        "card-number-logged",
        "A card number is logged",
        kind=FindingKind.PRIVACY,
        target=TREE,
        location=Location(path="apps/shop/src/checkout/handlers/payment.py", line=88),
        evidence=Shown(seen=("logger.info formats request.card_number",)),
        suppressed=Suppression(by=".ringfence-ignore:4", reason="the test handler, never deployed", until="2027-03-31"),
    ),
)

FIXES = (
    Fix(
        change="Update linux-image-amd64 to 5.10.97-1 or later and reboot node-1",
        removes=(KERNEL[0].id, KERNEL[2].id),
        cost=3,
        risk_removed=48.0,
    ),
    Fix(
        change="Start ci-runner-7f9c without --privileged and without the engine's socket",
        removes=tuple(item.id for item in RUNTIME[1:4]),
        cost=2,
        risk_removed=31.5,
    ),
    Fix(
        change="Mount only /var/log, read-only, in daemonset monitoring/node-agent and drop hostPID "
        "(deploy/monitoring/node-agent.yaml:19)",
        removes=tuple(item.id for item in KUBERNETES[:3]),
        cost=2,
        risk_removed=24.0,
    ),
    Fix(
        change="Revoke the AWS key and mount it at build time: RUN --mount=type=secret,id=aws",
        removes=(IMAGES[0].id,),
        cost=2,
        risk_removed=16.0,
    ),
    Fix(
        change="Set seccompProfile RuntimeDefault in deploy/shop",
        removes=tuple(item.id for item in KUBERNETES[4:9]),
        cost=5,
        risk_removed=12.5,
    ),
    Fix(change="Update jinja2 to 3.1.4", removes=tuple(item.id for item in APPLICATION[:4]), cost=1, risk_removed=9.0),
)

RUNNER = Workload(
    identity=WorkloadId(name="ci-runner-7f9c"),
    node=HOST,
    running=True,
    image="localhost/ci:latest",
    container_id="4f0d9c2b7a6e",
    engine="podman",
    oci_runtime="runc",
    pids=(4711,),
    secrets=(SecretRef(name="registry-token", via="env"),),
    confinement=Confinement(
        privileged=Known(True),
        uid=Known(0),
        uid_map=Known(HOST_IDS),
        capabilities=Known(CapabilitySets(effective=0x1FFFFFFFFFF, bounding=0x1FFFFFFFFFF)),
        no_new_privileges=Known(False),
        syscalls=Known(UNCONFINED),
        namespaces=Known({Namespace.PID: Sharing.HOST, Namespace.NETWORK: Sharing.OWN}),
        lsm=Unknown("/proc/4711/attr/current could not be read"),
        mounts=Known((Mount(source="/run/docker.sock", destination="/var/run/docker.sock"),)),
    ),
)

PACKAGES = tuple(
    Package(
        purl=f"pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-12",
        name=name,
        version=version,
        ecosystem="Debian:12",
        arch="amd64",
        layer_digest=LAYER,
        locations=(Location(path="var/lib/dpkg/status", layer_index=0),),
    )
    for name, version in (("apt", "2.6.1"), ("bash", "5.2.15-2+b7"), ("libc6", "2.36-9+deb12u9"))
)

PATHS = (
    AttackPath(
        start="code in shop/deployment/web/nginx",
        goal="root of node-1",
        steps=(
            PathStep(
                source="outside",
                target="code in shop/deployment/web/nginx",
                technique="exploit-application",
                title="Exploit the application from outside",
                attack=("T1190",),
                because=("reachable from the internet", "CVE-2024-4577 in php"),
                cuts=("Upgrade php in shop/web:1.4",),
            ),
            PathStep(
                source="code in shop/deployment/web/nginx",
                target="root of node-1",
                technique="load-kernel-module",
                title="Load a module into the host's kernel",
                attack=("T1611", "T1547.006"),
                because=("CAP_SYS_MODULE is held",),
                missing=("kernel.modules_disabled is not known",),
                cuts=("Drop CAP_SYS_MODULE from shop/deployment/web/nginx",),
            ),
        ),
        likelihood=0.21,
        effort=10.0,
        certain=False,
        alike=3,
    ),
)
ATTACK = AttackAnswer(
    starts=4,
    goals=2,
    starts_open=4,
    goals_open=1,
    certain=0,
    plan=(
        PlannedChange(
            change="Drop CAP_SYS_MODULE from shop/deployment/web/nginx",
            kind="drop-capability",
            target="shop/deployment/web/nginx",
            detail="CAP_SYS_MODULE",
            effort=1.0,
            starts_open=1,
            goals_open=1,
        ),
    ),
    effort=1.0,
    bound=1.0,
    exact=True,
    uncut=1,
    compared=(OtherOrder(by="cvss", changes=0, effort=0.0, starts_open=4, goals_open=1),),
    vertices=3,
    steps=5,
)

SAMPLE = Report(
    schema=SCHEMA,
    made_by=MADE_BY,
    made_at=MADE_AT,
    target=Target(kind="audit", ref=HOST),
    status=Status(
        result=RunStatus.PARTIAL,
        problems=(
            Problem(
                where="/run/containerd/containerd.sock", why="permission denied", mend="run as root to see its containers"
            ),
            Problem(where="advisories", why="there is no store of advisories for Go", mend="run `ringfence db update`"),
        ),
    ),
    findings=(*KERNEL, *RUNTIME, *IMAGES, *KUBERNETES, *APPLICATION),
    packages=PACKAGES,
    workloads=(RUNNER,),
    undecided=(
        UndecidedCheck(
            rule="seccomp-unconfined",
            why="the node's kubelet configuration (seccompDefault) was not collected",
            subjects=("shop/cronjob/report/main", "shop/job/migrate/main"),
        ),
        UndecidedCheck(
            rule="apparmor-unconfined",
            why="the node's kubelet configuration (seccompDefault) was not collected",
            subjects=("shop/cronjob/report/main",),
        ),
        UndecidedCheck(
            rule="kernel-end-of-life", why="6.1.0-custom is no release that a support table lists", subjects=(HOST,)
        ),
    ),
    fixes=FIXES,
    paths=PATHS,
    attack=ATTACK,
    risk=160.0,
    hidden=3,
)


def _conditions(seccomp: bool | None) -> tuple[ConditionResult, ...]:
    filtered = {
        True: "no seccomp filter is loaded",
        False: "the podman default profile answers EPERM to unshare without CAP_SYS_ADMIN",
        None: "the kubelet's seccompDefault is not known",
    }
    return (
        ConditionResult(condition="runs on the host's kernel", met=True, because="no Kata or gVisor runtime class"),
        ConditionResult(condition="a cgroup v1 hierarchy can be had", met=True, because="node-1 mounts cgroups as hybrid"),
        ConditionResult(condition="uid 0 that is the host's root", met=True, because="uid 0, no user namespace of its own"),
        ConditionResult(
            condition="unshare(CLONE_NEWUSER|CLONE_NEWCGROUP) gets through the filter",
            met=seccomp,
            because=filtered[seccomp],
            control="" if seccomp else "seccomp",
        ),
        ConditionResult(
            condition="no LSM denies mount", met=True, because="AppArmor is not loaded on node-1, SELinux is disabled"
        ),
    )


def _judged(workload: WorkloadId, status: VerdictStatus, because: str, seccomp: bool | None = None) -> WorkloadVerdict:
    verdict = Verdict(status=status, because=(because,))
    absent = status is VerdictStatus.ABSENT
    ways = (
        ()
        if absent
        else (WayResult(name="mount cgroup v1 in a new user namespace", status=verdict, conditions=_conditions(seccomp)),)
    )
    return WorkloadVerdict(workload=workload, node="node-2" if absent else HOST, verdict=verdict, ways=ways, running=True)


def impact(defaults: int) -> Impact:
    """The answer for a reachable workload, `defaults` mitigated ones, an undecided and an absent one."""
    return Impact(
        confidence="medium",
        doubt="the branch that had it first is not told",
        cve="CVE-2022-0492",
        title="cgroup v1 release_agent lets a container run a program on the host",
        gain="node",
        severity="high",
        components=(
            ComponentVerdict(
                node="node-2", component="linux 6.1.119", affected=False, because="has the fix, which came in 5.17"
            ),
            ComponentVerdict(
                node=HOST, component="linux 5.10.70", affected=True, because="before 5.10.97, the first of 5.10 with the fix"
            ),
            ComponentVerdict(
                node="edge-3", component="linux of unknown version", affected=None, because="uname was not collected"
            ),
        ),
        workloads=(
            *(
                _judged(
                    pod("shop", f"service-{number}", "main"),
                    VerdictStatus.MITIGATED,
                    "seccomp denies unshare",
                    seccomp=False,
                )
                for number in range(1, defaults + 1)
            ),
            _judged(WorkloadId(name="ci-runner-7f9c"), VerdictStatus.REACHABLE, "every precondition is met", seccomp=True),
            _judged(pod("shop", "report", "main", "cronjob"), VerdictStatus.UNDECIDED, "a fact is missing"),
            _judged(
                pod("billing", "ledger", "db", "statefulset"), VerdictStatus.ABSENT, "linux 6.1.119 on node-2 has the fix"
            ),
        ),
        radius=BlastRadius(
            workloads_seen=defaults + 3,
            reachable=1,
            mitigated=defaults,
            absent=1,
            undecided=1,
            nodes_lost=1,
            workloads_lost=defaults + 2,
            namespaces_lost=2,
            secrets_lost=4,
            engines_sharing=2,
        ),
        remedy="Update the kernel of node-1 to 5.10.97 or later; until then keep the default seccomp profile everywhere.",
        sources=(
            "https://nvd.nist.gov/vuln/detail/CVE-2022-0492",
            "https://git.kernel.org/linus/24f6008564183aa120d07c03d9289519c2fe02af",
        ),
        would_flip=("seccompDefault: true on node-1 would make shop/cronjob/report/main mitigated.",),
    )


def asked(defaults: int) -> Report:
    """What `ringfence impact` gives."""
    return Report(
        schema=SCHEMA,
        made_by=MADE_BY,
        made_at=MADE_AT,
        target=Target(kind="stack", ref="saved.json"),
        status=Status(result=RunStatus.SUCCEEDED),
        workloads=(RUNNER,),
        impacts=(impact(defaults),),
    )


IMAGE_REPORT = Report(
    schema=SCHEMA,
    made_by=MADE_BY,
    made_at=MADE_AT,
    target=Target(kind="image", ref=IMAGE, digest=LAYER),
    status=Status(result=RunStatus.SUCCEEDED),
    findings=IMAGES,
    packages=PACKAGES,
)
