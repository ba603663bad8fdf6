"""A download does not check who answers.

With `--insecure`, `--no-check-certificate` and the like anybody on the way from the build to the server decides what is
installed. That it happens inside the company network is no help against whoever is inside too.

Legitimate where the content is checked against a digest in the same step, and even there the switch is not needed: add
the company's certificate authority instead.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="certificate-check-off",
    severity="high",
    kind="misconfiguration",
    remedy="Take the switch out; install the missing authority (`ca-certificates`, `--cacert`, `SSL_CERT_FILE`).",
    references=(
        "https://curl.se/docs/sslcerts.html",
        "https://owasp.org/www-community/attacks/Manipulator-in-the-middle_attack",
    ),
)


def check(subject: BuildStep) -> Outcome:
    """Whether some command is told not to check certificates."""
    for command in subject.commands:
        for programs, words in SWITCHES:
            seen = next((word for word in command.words[1:] if word in words), None)
            if command.program in programs and seen:
                return Broken(because=f"{command.program} is told {seen}: certificates are not checked", at=subject.at)
        if command.program == "curl" and command.has("-k"):
            return Broken(because="curl is told -k: certificates are not checked", at=subject.at)
        joined = " ".join(command.words)
        if setting := next((each for each in SETTINGS if each in joined), ""):
            return Broken(because=f"{setting} is set: certificates are not checked", at=subject.at)
    return Holds()


PIP = frozenset({"pip", "pip3", "pipx", "uv"})
SWITCHES = (
    (frozenset({"curl"}), frozenset({"--insecure", "--proxy-insecure"})),
    (frozenset({"wget", "wget2"}), frozenset({"--no-check-certificate"})),
    (PIP, frozenset({"--trusted-host", "--allow-insecure-host"})),
    (frozenset({"conda", "mamba"}), frozenset({"--insecure", "-k"})),
    (frozenset({"helm"}), frozenset({"--insecure-skip-tls-verify"})),
)
"""Switches that turn the check off. Source: each program's manual."""
SETTINGS = (
    "http.sslVerify=false",
    "http.sslVerify false",
    "strict-ssl false",
    "strict-ssl=false",
    "Verify-Peer=false",
    "Verify-Peer false",
    "sslverify=false",
    "sslverify=0",
    "ssl_verify false",
    "GIT_SSL_NO_VERIFY=1",
    "NODE_TLS_REJECT_UNAUTHORIZED=0",
    "global.trusted-host",
)
"""Settings that do the same, as they stand in a command. Source: git-config(1), npm, apt-transport-https(1), dnf.conf(5)."""
