"""Turn old PodSecurityPolicies into admission policies, and say what does not mean exactly the same.

kubectl get psp,clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml | ringfence admit import-psp - > policies.yaml

FILE holds policy/v1beta1 PodSecurityPolicy objects, and the roles and bindings that let people `use` them. The policies go
to standard output, the notes to standard error (--report FILE: there, as JSON). Exit status: 0 done, 3 an object was not
read.
"""

import argparse
import json
import sys

from ringfence.cli.command import Command
from ringfence.cli.files import read_bytes, write_bytes
from ringfence.errors import Malformed, UnreadableInput
from ringfence.formats import admission_language, kubernetes_objects, kubernetes_rbac, yaml_lines, yaml_stream
from ringfence.formats.document_tree import Cursor
from ringfence.formats.kubernetes_rbac import Role, RoleBinding
from ringfence.io import stdin
from ringfence.report.terminal.words import plain

COMMAND = Command(slug="admit-import-psp", order=44)
PARTIAL = 3
"""Exit status when an object could not be read."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence admit import-psp`."""
    add = parser.add_argument
    add("file", metavar="FILE", nargs="+", help="PodSecurityPolicies, roles and bindings; - for standard input")
    add("--report", metavar="FILE", help="write what changed its meaning there, as JSON")
    add("--quiet", "-q", action="store_true", help="say nothing on standard error")


def run(options: argparse.Namespace) -> int:
    """Reads, converts, prints."""
    from ringfence.admission import psp_import

    policies: list[Cursor] = []
    roles: list[Role] = []
    bindings: list[RoleBinding] = []
    faults: list[str] = []
    for path in options.file:
        data = stdin.read(yaml_lines.MAX_BYTES) if path == "-" else read_bytes(path, yaml_lines.MAX_BYTES)
        try:
            for tree in yaml_lines.read(data):
                for here in kubernetes_objects.objects(tree, path):
                    if psp_import.is_psp(here):
                        policies.append(here)
                    else:
                        _role(here, roles, bindings, faults)
        except Malformed as fault:
            raise UnreadableInput(fault.wrong, where=path) from fault
    if not policies:
        raise UnreadableInput("holds no PodSecurityPolicy", where=", ".join(options.file), mend="see --help")
    done = psp_import.imported(policies, roles, bindings)
    sys.stdout.write(yaml_stream.write(admission_language.write(item) for item in done.policies))
    notes = [{"policy": item.policy, "field": item.field, "changed": item.said} for item in done.notes]
    if options.report:
        write_bytes(options.report, json.dumps(notes, indent=2).encode() + b"\n")
    elif not options.quiet:
        for item in done.notes:
            print(f"ringfence: {plain(f'{item.policy}: {item.field}: {item.said}')}", file=sys.stderr)
    for line in faults:
        print(f"ringfence: not read: {plain(line)}", file=sys.stderr)
    return PARTIAL if faults else 0


def _role(here: Cursor, roles: list[Role], bindings: list[RoleBinding], faults: list[str]) -> None:
    named = kubernetes_objects.name_of(here)
    try:
        if named.kind in ("Role", "ClusterRole"):
            roles.append(kubernetes_rbac.role(here, named.namespace))
        elif named.kind in ("RoleBinding", "ClusterRoleBinding"):
            bindings.append(kubernetes_rbac.binding(here, named.namespace))
    except Malformed as fault:
        faults.append(f"{here.path}: {fault.wrong}")
