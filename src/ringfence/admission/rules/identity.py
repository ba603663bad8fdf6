"""As whom a container runs: user and group ids, further groups, SELinux label."""

from ringfence.admission.broken import Found, Judged, by, listed, of_pod, value_of
from ringfence.formats.admission_policy import IdRule, PodRules, SeLinuxLabel
from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.location import Location


def _allowed(rule: IdRule) -> str:
    return listed([f"{span.min}-{span.max}" for span in rule.ranges])


def _wrong(rule: IdRule | None, number: int | None, what: str) -> str:
    """What is wrong with an id under a rule, as the end of a sentence; empty if nothing is."""
    if rule is None or rule.rule == "RunAsAny":
        return ""
    if number is None:
        return f"must set {what} (allowed: {_allowed(rule)})" if rule.rule == "MustRunAs" else ""
    if any(span.holds(number) for span in rule.ranges):
        return ""
    return f"must not set {what} to {number} (allowed: {_allowed(rule)})"


def run_as_user(rules: PodRules, pod: Judged) -> Found:
    """`runAsUser`: ids in the ranges, or none that is root."""
    rule = rules.run_as_user
    if rule is None or pod.windows:
        return
    for item in pod.containers:
        user = value_of(item.security.run_as_user)
        message = _non_root(item, user) if rule.rule == "MustRunAsNonRoot" else _wrong(rule, user, "runAsUser")
        if message:
            yield by(item, message, item.security.run_as_user.at)


def _non_root(item: PodContainer, user: int | None) -> str:
    refuses = value_of(item.security.run_as_non_root)
    if user == 0:
        return "must not set runAsUser to 0"
    if refuses is False:
        return "must not set runAsNonRoot=false"
    return "" if refuses or user is not None else "must set runAsNonRoot=true or runAsUser other than 0"


def run_as_group(rules: PodRules, pod: Judged) -> Found:
    """`runAsGroup`: ids in the ranges."""
    if pod.windows:
        return
    for item in pod.containers:
        message = _wrong(rules.run_as_group, value_of(item.security.run_as_group), "runAsGroup")
        if message:
            yield by(item, message, item.security.run_as_group.at)


def fs_group(rules: PodRules, pod: Judged) -> Found:
    """`fsGroup`: ids in the ranges."""
    message = "" if pod.windows else _wrong(rules.fs_group, value_of(pod.pod.fs_group), "fsGroup")
    if message:
        yield of_pod(message, pod.pod.fs_group.at)


def supplemental_groups(rules: PodRules, pod: Judged) -> Found:
    """`supplementalGroups`: every id in the ranges, and at least one with `MustRunAs`."""
    rule = rules.supplemental_groups
    if rule is None or pod.windows:
        return
    groups = [value_of(item) for item in pod.pod.supplemental_groups]
    for number in groups or [None]:
        message = _wrong(rule, number, "supplementalGroups")
        if message:
            yield of_pod(message, pod.pod.at)


def se_linux(rules: PodRules, pod: Judged) -> Found:
    """`seLinux`: exactly the label, or none other than those allowed."""
    rule = rules.se_linux
    if rule is None or rule.rule == "RunAsAny" or pod.windows:
        return
    for item in pod.containers:
        own = SeLinuxLabel(
            level=value_of(item.security.selinux_level) or "",
            role=value_of(item.security.selinux_role) or "",
            type=value_of(item.security.selinux_type) or "",
            user=value_of(item.security.selinux_user) or "",
        )
        if rule.rule == "MustRunAs":
            fits = _same(own, rule.labels[0])
        else:
            fits = own == SeLinuxLabel() or any(_within(own, label) for label in rule.labels)
        if not fits:
            allowed = listed([_written(label) for label in rule.labels])
            yield by(item, f"must have SELinux options of {allowed}, not {_written(own)}", _place(item))


def _place(item: PodContainer) -> Location:
    security = item.security
    places = (security.selinux_type, security.selinux_user, security.selinux_role, security.selinux_level)
    return next((place.at for place in places if place.value is not None), security.selinux_type.at)


def _same(one: SeLinuxLabel, other: SeLinuxLabel) -> bool:
    """Whether two labels are the same; the order of categories does not count."""
    parts = (one.role, one.type, one.user, _level(one.level))
    return parts == (other.role, other.type, other.user, _level(other.level))


def _level(text: str) -> tuple[str, frozenset[str]]:
    sensitivity, _, categories = text.partition(":")
    return sensitivity, frozenset(categories.split(","))


def _within(own: SeLinuxLabel, label: SeLinuxLabel) -> bool:
    return all(getattr(own, part) in ("", getattr(label, part)) for part in ("level", "role", "type", "user"))


def _written(label: SeLinuxLabel) -> str:
    return ":".join(part or "*" for part in (label.user, label.role, label.type, label.level))
