"""The decision: what a pod breaks of each policy that is for it, which permit lets it pass, and what comes of that.

Policies without `use` must all be kept. Where permits (policies with `use`) are for a pod, it needs one that it may use and
keeps: the first by name, as it was with PodSecurityPolicy. Rules that look at the pod alone are asked first; signatures and
scans only of pods that these let pass.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

import msgspec

from ringfence.admission.attempt import Attempt
from ringfence.admission.broken import Broken, Found, Judged, image_of, judged
from ringfence.admission.evidence import Evidence, NoEvidence
from ringfence.admission.patterns import image_fits
from ringfence.admission.rules import host, identity, images, privileges
from ringfence.admission.selecting import excepts, expired, is_for, may_use
from ringfence.formats.admission_language import POD_FIELDS
from ringfence.formats.admission_policy import AdmissionPolicy, ImageRules, Mode, PodRules, PolicyException
from ringfence.layers.kubernetes.evaluate import pod_security
from ringfence.model.fact import Fact

T = TypeVar("T")
PodRule = Callable[[PodRules, Judged], Found]
ImageRule = Callable[[ImageRules, Judged], Found]
Rule = Callable[[Judged], Found]

POD_RULES: dict[str, PodRule] = {
    "privileged": privileges.privileged,
    "allowPrivilegeEscalation": privileges.privilege_escalation,
    "allowedCapabilities": privileges.capabilities,
    "requiredDropCapabilities": privileges.dropped_capabilities,
    "readOnlyRootFilesystem": privileges.read_only_root,
    "hostNetwork": host.host_network,
    "hostPID": host.host_pid,
    "hostIPC": host.host_ipc,
    "hostPorts": host.host_ports,
    "volumes": host.volumes,
    "allowedHostPaths": host.host_paths,
    "allowedFlexVolumes": host.flex_drivers,
    "allowedCSIDrivers": host.csi_drivers,
    "runAsUser": identity.run_as_user,
    "runAsGroup": identity.run_as_group,
    "fsGroup": identity.fs_group,
    "supplementalGroups": identity.supplemental_groups,
    "seLinux": identity.se_linux,
    "seccompProfiles": privileges.seccomp,
    "appArmorProfiles": privileges.apparmor,
    "allowedProcMountTypes": privileges.proc_mount,
    "allowedSysctls": privileges.sysctls,
    "allowedUnsafeSysctls": privileges.unsafe_sysctls,
    "forbiddenSysctls": privileges.forbidden_sysctls,
    "allowedRuntimeClasses": host.runtime_classes,
    "automountServiceAccountToken": host.token,
    "hostUsers": privileges.host_users,
    "windowsHostProcess": privileges.windows_host_process,
    "allowedProbeHosts": host.probe_hosts,
    "ephemeralContainers": host.ephemeral_containers,
}
"""The rules of `spec.pods`, by the name of their field."""
_ATTRIBUTES = {field.name: field.attribute for field in POD_FIELDS}
IMAGE_RULES: dict[str, ImageRule] = {
    "images.allowed": images.allowed,
    "images.forbidden": images.forbidden,
    "images.forbiddenTags": images.tags,
    "images.digest": images.digest,
}


class Excused(Fact, gc=False):
    """Something broken that an exception lets pass: which one, why, and until when."""

    broken: Broken
    reason: str
    until: str = ""
    where: str = ""


class Judgement(Fact, gc=False):
    """What one policy says. `lapsed` are exceptions that would have helped, and have run out."""

    policy: str
    mode: Mode
    permit: bool = False
    broken: tuple[Broken, ...] = ()
    excused: tuple[Excused, ...] = ()
    lapsed: tuple[str, ...] = ()


class Decision(Fact, gc=False):
    """What comes of the pod. `permit` names the one that let it pass; `denials` are of enforced policies."""

    allowed: bool
    permit: str = ""
    denials: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    audit: tuple[str, ...] = ()
    judgements: tuple[Judgement, ...] = ()


def decide(policies: Iterable[AdmissionPolicy], attempt: Attempt, today: str, evidence: Evidence | None = None) -> Decision:
    """The decision on an attempt, by the policies as they stand. `today` is YYYY-MM-DD."""
    pod = judged(attempt.pod)
    unreadable = pod_security.unreadable(attempt.pod)
    pod = msgspec.structs.replace(pod, unreadable=unreadable) if unreadable else pod
    known = evidence or NoEvidence()
    fitting = sorted((item for item in policies if is_for(item, attempt)), key=lambda item: item.name)
    demands = [item for item in fitting if item.use is None]
    permits = [item for item in fitting if item.use is not None]
    found = [_judgement(policy, attempt, pod, today, _static(policy)) for policy in demands]
    first = _put_together(found, _permitted(permits, attempt, pod, today, None), attempt)
    if not first.allowed or not any(_asks(policy) for policy in fitting):
        return first
    asked = [
        _judgement(policy, attempt, pod, today, {**_static(policy), **_evident(policy, known, today)}) for policy in demands
    ]
    return _put_together(asked, _permitted(permits, attempt, pod, today, known), attempt)


def _asks(policy: AdmissionPolicy) -> bool:
    return policy.images is not None and bool(policy.images.signatures or policy.images.scan)


def asks_evidence(policies: Iterable[AdmissionPolicy]) -> bool:
    """Whether a policy wants to know of signatures or scans, which may take time to find out."""
    return any(_asks(policy) for policy in policies)


def _permitted(
    permits: list[AdmissionPolicy], attempt: Attempt, pod: Judged, today: str, evidence: Evidence | None
) -> list[Judgement] | None:
    """The judgement of the first permit that lets the pod pass, else of all it may use; None where there are none."""
    if not permits:
        return None
    tried = []
    for policy in permits:
        if policy.use is None or not may_use(policy.use, attempt):
            continue
        rules = _static(policy)
        if evidence is not None:
            rules = {**rules, **_evident(policy, evidence, today)}
        judgement = _judgement(policy, attempt, pod, today, rules)
        if not judgement.broken:
            return [judgement]
        tried.append(judgement)
    if not tried:
        who = attempt.user or "nobody in particular"
        said = f"none of {', '.join(policy.name for policy in permits)} may be used by {who} or by {attempt.account}"
        modes = {policy.mode for policy in permits}
        mode = next(item for item in (Mode.ENFORCE, Mode.WARN, Mode.AUDIT) if item in modes)
        return [Judgement(policy="permits", mode=mode, permit=True, broken=(Broken(rule="use", message=said),))]
    return tried


def _put_together(demands: list[Judgement], permits: list[Judgement] | None, attempt: Attempt) -> Decision:
    found = (*demands, *(permits or ()))
    passed = next((item.policy for item in permits or () if not item.broken), "")
    refusing = [item for item in found if item.broken]
    by_mode = {mode: tuple(_sentence(item) for item in refusing if item.mode is mode) for mode in Mode}
    lapsed = tuple(line for item in found for line in item.lapsed)
    # The standard's own webhook treats templates so, too: their pods are judged when a controller makes them.
    enforced = by_mode[Mode.ENFORCE] if attempt.is_pod else ()
    warned = by_mode[Mode.WARN] if attempt.is_pod else (*by_mode[Mode.ENFORCE], *by_mode[Mode.WARN])
    return Decision(
        allowed=not enforced,
        permit=passed,
        denials=enforced,
        warnings=(*warned, *lapsed),
        audit=by_mode[Mode.AUDIT],
        judgements=found,
    )


def _sentence(judgement: Judgement) -> str:
    said = "; ".join(f"[{item.rule}] {item.message}" for item in judgement.broken)
    return f"{'permit' if judgement.permit else 'policy'} {judgement.policy}: {said}"


@lru_cache(maxsize=4096)
def _static(policy: AdmissionPolicy) -> dict[str, Rule]:
    """The rules of a policy that look at the pod alone, by name; those that ask nothing left out."""
    rules: dict[str, Rule] = {"unreadable": _unreadable}
    if policy.standard is not None:
        rules["standard"] = lambda pod: _standard(policy, pod)
    for name, pod_rule in POD_RULES.items():
        if getattr(policy.pods, _ATTRIBUTES[name]) is not None:
            rules[name] = _bound(pod_rule, policy.pods)
    if policy.images is not None:
        for name, image_rule in IMAGE_RULES.items():
            rules[name] = _bound(image_rule, policy.images)
    return rules


def _bound(rule: Callable[[T, Judged], Found], asked: T) -> Rule:
    return lambda pod: rule(asked, pod)


def _evident(policy: AdmissionPolicy, evidence: Evidence, today: str) -> dict[str, Rule]:
    asked = policy.images
    if asked is None:
        return {}
    return {
        "images.signatures": lambda pod: images.signatures(asked, pod, evidence),
        "images.scan": lambda pod: images.scans(asked, pod, evidence, today),
    }


def _unreadable(pod: Judged) -> Found:
    if pod.unreadable:
        yield Broken(rule="unreadable", message=f"pod cannot be judged: {pod.unreadable}")


def _standard(policy: AdmissionPolicy, pod: Judged) -> Found:
    if policy.standard is None:
        return
    for found in pod_security.violations(pod.pod, policy.standard):
        message = f'violates PodSecurity "{policy.standard}": {found.reason} ({found.detail})'
        yield Broken(rule="standard", message=message, at=found.at)


def _judgement(policy: AdmissionPolicy, attempt: Attempt, pod: Judged, today: str, rules: dict[str, Rule]) -> Judgement:
    broken: list[Broken] = []
    excused: list[Excused] = []
    lapsed: list[str] = []
    for name, rule in rules.items():
        found = tuple(rule(pod))
        if not found:
            continue
        left, by = _excepted(name, rule, pod, policy, (attempt, today))
        remaining = set(left)
        broken += [msgspec.structs.replace(item, rule=name) for item in left]
        if by is not None:
            gone = [msgspec.structs.replace(item, rule=name) for item in found if item not in remaining]
            excused += [Excused(broken=item, reason=by.reason, until=by.until, where=str(by.at)) for item in gone]
        lapsed += _lapsed(name, policy, attempt, today) if left else ()
    return Judgement(
        policy=policy.name,
        mode=policy.mode,
        permit=policy.use is not None,
        broken=tuple(broken),
        excused=tuple(excused),
        lapsed=tuple(dict.fromkeys(lapsed)),
    )


def _excepted(
    name: str, rule: Rule, pod: Judged, policy: AdmissionPolicy, asked: tuple[Attempt, str]
) -> tuple[tuple[Broken, ...], PolicyException | None]:
    """What is still broken once the exceptions in force are applied, and the last of them that helped."""
    attempt, today = asked
    left, by, kept = tuple(rule(pod)), None, pod
    for exception in policy.exceptions:
        if expired(exception, today) or not _concerns(exception, name, attempt):
            continue
        if not exception.images:
            return (), exception
        kept = _without(kept, exception)
        now = tuple(rule(kept))
        if len(now) < len(left):
            left, by = now, exception
    return left, by


def _concerns(exception: PolicyException, rule: str, attempt: Attempt) -> bool:
    return (not exception.rules or rule in exception.rules) and excepts(exception, attempt)


def _without(pod: Judged, exception: PolicyException) -> Judged:
    """The pod without the containers whose images an exception is for; what the pod itself says stays."""
    kept = tuple(item for item in pod.containers if not image_fits(exception.images, image_of(item)))
    names = {item.container.identity.container for item in kept}
    own = tuple(item for item in pod.pod.containers if item.container.identity.container in names)
    return Judged(pod=msgspec.structs.replace(pod.pod, containers=own), containers=kept)


def _lapsed(rule: str, policy: AdmissionPolicy, attempt: Attempt, today: str) -> Iterator[str]:
    for exception in policy.exceptions:
        if expired(exception, today) and _concerns(exception, rule, attempt):
            yield f"policy {policy.name}: the exception {exception.reason!r} ran out on {exception.until}"
