"""A build step installs without checking what it gets.

An option tells the package manager or the downloader to take packages without a signature, or from a server without a
valid certificate. Whoever is between the builder and the server decides what is in the image.
"""

import re

from ringfence.layers.image.evaluate import alike
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="unverified-install",
    severity="high",
    kind="misconfiguration",
    remedy=("Take the option away; add the publisher's key or certificate authority instead."),
    references=(
        "https://manpages.debian.org/apt-secure",
        "https://www.cisecurity.org/benchmark/docker",
    ),
    aliases=("CIS-4.11",),
)

_UNCHECKED = re.compile(
    r"--allow-unauthenticated\b|--force-yes\b|AllowInsecureRepositories=(?:true|1)|--allow-untrusted\b|--nogpgcheck\b|"
    r"--no-gpg-checks?\b|\bgpgcheck=0|--no-check-certificate\b|\bcurl\b[^|&;]*\s(?:--insecure\b|-[a-zA-Z]*k\b)|"
    r"--trusted-host\b|\bstrict-ssl false\b|NODE_TLS_REJECT_UNAUTHORIZED=0|http\.sslVerify[= ]false|"
    r"GIT_SSL_NO_VERIFY=(?:1|true)"
)


def check(subject: Facts) -> Outcome:
    """Whether a layer was made so, by its line of history."""
    return alike.made_by(subject, lambda _, step: _UNCHECKED.search(step))
