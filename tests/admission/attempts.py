"""Pods and policies for the tests of admission."""

import json
from typing import Any

from ringfence.admission.answering import sift
from ringfence.admission.attempt import Attempt
from ringfence.formats import admission_language, admission_review
from ringfence.formats.admission_policy import AdmissionPolicy
from ringfence.formats.admission_review import Review

TODAY = "2026-06-01"
DEMANDS_OF_PERMITS: dict[str, object] = {
    "privileged": False,
    "hostNetwork": False,
    "hostPID": False,
    "hostIPC": False,
    "volumes": ["*"],
    "allowPrivilegeEscalation": True,
    "allowedCapabilities": [],
}
"""What a permit has to say."""


def policy(name: str = "p", **spec: object) -> AdmissionPolicy:
    """A policy of this `spec`."""
    head = {"apiVersion": "ringfence.io/v1alpha1", "kind": "AdmissionPolicy", "metadata": {"name": name}}
    (found,) = admission_language.read(json.dumps({**head, "spec": spec}).encode(), "p.yaml")
    return found


def permit(name: str, use: dict[str, object], **pods: object) -> AdmissionPolicy:
    """A permit that allows nothing of the node but what `pods` says."""
    return policy(name, use=use, pods={**DEMANDS_OF_PERMITS, **pods})


def pod(spec: dict[str, Any] | None = None, container: dict[str, Any] | None = None, **metadata: object) -> dict[str, Any]:
    """A pod of one container."""
    containers = [{"name": "c", "image": "registry.example/app:1", **(container or {})}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", **metadata},
        "spec": {"containers": containers, **(spec or {})},
    }


def review(value: dict[str, Any] | None, **request: object) -> Review:
    """A request to make `value` in the namespace `shop`, by `ann` of the group `dev`."""
    asked = {
        "uid": "705ab4f5",
        "operation": "CREATE",
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "namespace": "shop",
        "userInfo": {"username": "ann", "groups": ["dev", "system:authenticated"]},
        "object": value,
    }
    return admission_review.parse(admission_review.request({**asked, **request}))


def attempt(value: dict[str, Any], **request: object) -> Attempt:
    """The attempt of a request."""
    (found,) = sift(review(value, **request)).attempts
    return found
