"""Policies that need not be written: the Pod Security Standards at a version, with or without defaults.

`builtin:restricted:v1.30` judges. `builtin:restricted-with-defaults:v1.30` also writes into pods what it asks and they leave
open, and keeps the token of the service account out.
"""

from ringfence.errors import Malformed, WrongUsage
from ringfence.formats.admission_policy import AdmissionPolicy, Defaults
from ringfence.formats.pod_security_standard import standard

PREFIX = "builtin:"
WITH_DEFAULTS = "-with-defaults"


def named(text: str) -> AdmissionPolicy:
    """The policy that `builtin:LEVEL[-with-defaults][:VERSION]` means. Raises `WrongUsage`."""
    level, colon, version = text.removeprefix(PREFIX).partition(":")
    try:
        asked = standard(f"{level.removesuffix(WITH_DEFAULTS)}{colon}{version}")
    except Malformed as fault:
        mend = "give builtin:restricted:v1.30, builtin:baseline:latest or builtin:restricted-with-defaults:v1.30"
        raise WrongUsage(f"{text!r} is no policy of ours", mend=mend) from fault
    defaults = Defaults(automount_service_account_token=False) if level.endswith(WITH_DEFAULTS) else None
    return AdmissionPolicy(name=f"pod-security-{asked.level}", standard=asked, defaults=defaults)
