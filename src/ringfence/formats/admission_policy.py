"""What may be asked of pods at admission: the values that an `AdmissionPolicy` is made of. `admission_language` reads them.

Every field of a PodSecurityPolicy has its place under `pods` or `defaults`, under the name that it had there. None means
that nothing is asked. Source of the fields: Kubernetes API reference, `policy/v1beta1` PodSecurityPolicySpec (v1.24), and
the fields that pods have gained since.
"""

from enum import StrEnum

from ringfence.formats.pod_security_standard import Standard
from ringfence.model.fact import Fact
from ringfence.model.finding import Severity
from ringfence.model.location import Location

GROUP = "ringfence.io"
VERSION = f"{GROUP}/v1alpha1"
KIND = "AdmissionPolicy"
ANY = "*"
"""In a list of what is allowed: everything."""


class Mode(StrEnum):
    """What comes of a pod that breaks a policy: it is refused, its maker is warned, or it is noted in the audit log."""

    ENFORCE = "enforce"
    WARN = "warn"
    AUDIT = "audit"


class Span(Fact):
    """Whole numbers from `min` to `max`, both included."""

    min: int
    max: int

    def holds(self, number: int) -> bool:
        """Whether the number lies in it."""
        return self.min <= number <= self.max


class IdRule(Fact):
    """Which user or group ids: `RunAsAny`, `MustRunAs`, `MayRunAs` (if set) or `MustRunAsNonRoot` (users only)."""

    rule: str
    ranges: tuple[Span, ...] = ()


class HostPath(Fact):
    """A path of the host that volumes may show, with all below it; `read_only` asks that every mount of it is so."""

    prefix: str
    read_only: bool = False


class SeLinuxLabel(Fact):
    """`seLinuxOptions`; of those allowed, an empty part takes any value only where the rule says so (`SeLinuxRule`)."""

    level: str = ""
    role: str = ""
    type: str = ""
    user: str = ""


class SeLinuxRule(Fact):
    """`RunAsAny`; `MustRunAs`: exactly the one label; `MayRunAs`: none, or one that has no part another than a label's."""

    rule: str
    labels: tuple[SeLinuxLabel, ...] = ()


class PodRules(Fact):
    """What pods are held to. Lists are of what is allowed.

    Profiles are `RuntimeDefault`, `Localhost/NAME`, `Unconfined`, and `Unset` where nothing is said.
    """

    privileged: bool | None = None
    allow_privilege_escalation: bool | None = None
    allowed_capabilities: tuple[str, ...] | None = None
    required_drop_capabilities: tuple[str, ...] | None = None
    read_only_root_filesystem: bool | None = None
    host_network: bool | None = None
    host_pid: bool | None = None
    host_ipc: bool | None = None
    host_ports: tuple[Span, ...] | None = None
    volumes: tuple[str, ...] | None = None
    allowed_host_paths: tuple[HostPath, ...] | None = None
    allowed_flex_volumes: tuple[str, ...] | None = None
    allowed_csi_drivers: tuple[str, ...] | None = None
    run_as_user: IdRule | None = None
    run_as_group: IdRule | None = None
    fs_group: IdRule | None = None
    supplemental_groups: IdRule | None = None
    se_linux: SeLinuxRule | None = None
    seccomp_profiles: tuple[str, ...] | None = None
    app_armor_profiles: tuple[str, ...] | None = None
    allowed_proc_mount_types: tuple[str, ...] | None = None
    allowed_sysctls: tuple[str, ...] | None = None
    allowed_unsafe_sysctls: tuple[str, ...] | None = None
    forbidden_sysctls: tuple[str, ...] | None = None
    allowed_runtime_classes: tuple[str, ...] | None = None
    automount_service_account_token: bool | None = None
    host_users: bool | None = None
    windows_host_process: bool | None = None
    allowed_probe_hosts: tuple[str, ...] | None = None
    ephemeral_containers: bool | None = None


class SignatureRule(Fact):
    """Of images that match `images`, `at_least` of the public keys in the files `keys` vouch.

    `predicate` asks for an attestation of that type in place of a signature.
    """

    images: tuple[str, ...]
    keys: tuple[str, ...]
    at_least: int = 1
    predicate: str = ""


class ScanRule(Fact):
    """What the last scan of an image by its digest may have found: nothing of `fail_on` or worse, and no secret.

    `unscanned` says whether an image without a scan, or with one older than `max_age_days`, may run.
    """

    fail_on: Severity | None = None
    secrets: bool = True
    unscanned: bool = False
    max_age_days: int = 0


class ImageRules(Fact):
    """What images are held to. Patterns are of full names (`registry.example/team/*`), `*` crossing slashes."""

    allowed: tuple[str, ...] | None = None
    forbidden: tuple[str, ...] = ()
    forbidden_tags: tuple[str, ...] = ()
    digest: bool = False
    signatures: tuple[SignatureRule, ...] = ()
    scan: ScanRule | None = None


class ImageProfile(Fact):
    """What containers of some images get in place of the general defaults: what was recorded of them."""

    images: tuple[str, ...]
    seccomp_profile: str = ""
    app_armor_profile: str = ""
    add_capabilities: tuple[str, ...] = ()
    writable_paths: tuple[str, ...] = ()


class Defaults(Fact):
    """What is written into pods where they say nothing. Nothing that a pod says is overruled."""

    add_capabilities: tuple[str, ...] = ()
    drop_capabilities: tuple[str, ...] = ()
    allow_privilege_escalation: bool | None = None
    read_only_root_filesystem: bool | None = None
    writable_paths: tuple[str, ...] = ()
    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    run_as_group: int | None = None
    fs_group: int | None = None
    supplemental_groups: tuple[int, ...] = ()
    se_linux: SeLinuxLabel | None = None
    seccomp_profile: str = ""
    app_armor_profile: str = ""
    runtime_class: str = ""
    automount_service_account_token: bool | None = None
    host_users: bool | None = None
    profiles: tuple[ImageProfile, ...] = ()


class Requirement(Fact):
    """One expression of a label selector: `key` `In`, `NotIn`, `Exists` or `DoesNotExist`."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


class Selector(Fact):
    """Labels that must be there; empty selects everything."""

    requirements: tuple[Requirement, ...] = ()


class Match(Fact):
    """Which pods a policy is for: all that is given must hold. Names are patterns in which `*` stands for anything."""

    namespaces: tuple[str, ...] = ()
    except_namespaces: tuple[str, ...] = ()
    namespace_selector: Selector = Selector()
    pod_selector: Selector = Selector()


class Use(Fact):
    """Who may use a permit: the maker of the pod by name or group, or the pod's service account (`NAMESPACE:NAME`)."""

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    service_accounts: tuple[str, ...] = ()


class PolicyException(Fact):
    """What a policy lets pass, why, and until which day (YYYY-MM-DD, that day included; empty: for ever).

    All selectors that are given must match; `rules` are names of rules (`privileged`), `images` the containers meant.
    """

    reason: str
    until: str = ""
    rules: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    service_accounts: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    at: Location = Location()


class AdmissionPolicy(Fact, cache_hash=True):
    """One policy. With `use` it is a permit: a pod needs one that it may use and keeps. Without, all it is for keep it."""

    name: str
    mode: Mode = Mode.ENFORCE
    description: str = ""
    match: Match = Match()
    use: Use | None = None
    standard: Standard | None = None
    pods: PodRules = PodRules()
    images: ImageRules | None = None
    defaults: Defaults | None = None
    exceptions: tuple[PolicyException, ...] = ()
    at: Location = Location()
