"""Which policies are for a pod, who may use which, and which exceptions hold."""

from collections.abc import Mapping

from ringfence.admission.attempt import ACCOUNT, Attempt
from ringfence.admission.patterns import any_fits
from ringfence.formats.admission_policy import AdmissionPolicy, Match, PolicyException, Requirement, Selector, Use
from ringfence.model.knowledge import Known, Unknown


def is_for(policy: AdmissionPolicy, attempt: Attempt) -> bool:
    """Whether the policy is for the pod. Labels that were not told select it: a policy is never passed by unseen."""
    match: Match = policy.match
    if match.namespaces and not any_fits(match.namespaces, attempt.namespace):
        return False
    if any_fits(match.except_namespaces, attempt.namespace):
        return False
    if not _selects(match.namespace_selector, attempt.namespace_labels):
        return False
    return _selects(match.pod_selector, attempt.pod.labels)


def _selects(selector: Selector, labels: Known[dict[str, str]] | Unknown) -> bool:
    if isinstance(labels, Unknown):
        return True
    return all(_holds(requirement, labels.value) for requirement in selector.requirements)


def _holds(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
        case _:
            return value is None


def may_use(use: Use, attempt: Attempt) -> bool:
    """Whether the maker of the pod or its service account may use a permit, as RBAC's `use` was asked of both for PSP."""
    if any_fits(use.service_accounts, attempt.account):
        return True
    groups = set(attempt.groups)
    account_groups = {"system:serviceaccounts", f"system:serviceaccounts:{attempt.namespace}", "system:authenticated"}
    if any(any_fits(use.groups, group) for group in groups | account_groups):
        return True
    if any_fits(use.users, f"{ACCOUNT}{attempt.account}"):
        return True
    if not attempt.user:
        return False
    maker = attempt.user.removeprefix(ACCOUNT) if attempt.user.startswith(ACCOUNT) else ""
    return any_fits(use.users, attempt.user) or (bool(maker) and any_fits(use.service_accounts, maker))


def expired(exception: PolicyException, today: str) -> bool:
    """Whether its last day is over; days as YYYY-MM-DD order as text."""
    return bool(exception.until) and exception.until < today


def excepts(exception: PolicyException, attempt: Attempt) -> bool:
    """Whether an exception is for the pod, its images left aside."""
    return (
        (not exception.namespaces or any_fits(exception.namespaces, attempt.namespace))
        and (not exception.names or any_fits(exception.names, attempt.name))
        and (not exception.users or (bool(attempt.user) and any_fits(exception.users, attempt.user)))
        and (not exception.service_accounts or any_fits(exception.service_accounts, attempt.account))
    )
