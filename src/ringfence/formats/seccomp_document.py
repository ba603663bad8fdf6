"""A seccomp filter written down: as OCI JSON, or as the custom resource of the Security Profiles Operator.

Kubernetes takes the first from a node's disk (`type: Localhost`).

Sources: OCI runtime specification, config-linux.md "Seccomp"; the operator's `SeccompProfile`,
api/seccompprofile/v1beta1/seccompprofile_types.go, whose fields have the same names.
"""

import msgspec

from ringfence.model.syscall_filter import ArgumentCondition, Comparison, SyscallFilter, SyscallRule

Document = dict[str, object]


def oci(filter_: SyscallFilter) -> bytes:
    """`linux.seccomp` of a `config.json`, which podman, docker, containerd and the kubelet take as a file."""
    return msgspec.json.format(msgspec.json.encode(_document(filter_)), indent=1) + b"\n"


def operator(filter_: SyscallFilter, name: str) -> bytes:
    """A `SeccompProfile` of the Security Profiles Operator. JSON, which is YAML too."""
    resource = {
        "apiVersion": "security-profiles-operator.x-k8s.io/v1beta1",
        "kind": "SeccompProfile",
        "metadata": {"name": name},
        "spec": {key: value for key, value in _document(filter_).items() if key != "defaultErrnoRet"},
    }
    return msgspec.json.format(msgspec.json.encode(resource), indent=1) + b"\n"


def _document(filter_: SyscallFilter) -> Document:
    written: Document = {"defaultAction": filter_.default_action}
    if filter_.default_errno is not None:
        written["defaultErrnoRet"] = filter_.default_errno
    if filter_.architectures:
        written["architectures"] = list(filter_.architectures)
    written["syscalls"] = [_rule(rule) for rule in filter_.rules]
    return written


def _rule(rule: SyscallRule) -> Document:
    written: Document = {"names": list(rule.names), "action": rule.action}
    if rule.errno is not None:
        written["errnoRet"] = rule.errno
    if rule.conditions:
        written["args"] = [_condition(item) for item in rule.conditions]
    return written


def _condition(item: ArgumentCondition) -> Document:
    written: Document = {"index": item.index, "value": item.value, "op": item.op.value}
    if item.op is Comparison.MASKED_EQUAL:
        written["valueTwo"] = item.value_two
    return written
