"""The security module logs what it should refuse.

SELinux in permissive mode, or an AppArmor profile in complain mode, lets everything through and writes a line. It looks
like protection in every listing.

It is wanted while a policy is being made.
"""

from ringfence.layers.kernel.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="policy-only-logs",
    severity="medium",
    kind="misconfiguration",
    remedy="Run `setenforce 1` and set SELINUX=enforcing in /etc/selinux/config; for AppArmor run `aa-enforce PROFILE`.",
    references=(
        "https://docs.kernel.org/admin-guide/LSM/index.html",
        "https://gitlab.com/apparmor/apparmor/-/wikis/Documentation",
    ),
)


def check(facts: Facts) -> Outcome:
    """SELinux as a whole; AppArmor profile by profile, which is milder."""
    match facts.policy:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(policy) if policy.selinux == "permissive":
            return Broken(because="SELinux is permissive", at=Location(path="/sys/fs/selinux/enforce"))
        case Known(policy) if policy.complaining:
            names = ", ".join(policy.complaining[:5]) + (" ..." if len(policy.complaining) > 5 else "")
            return Broken(
                because=f"{len(policy.complaining)} AppArmor profiles only complain: {names}",
                at=Location(path="/sys/kernel/security/apparmor/profiles"),
                evidence=policy.complaining,
                severity=Severity.LOW,
            )
        case Known(_):
            return Holds()
