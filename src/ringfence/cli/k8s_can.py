"""Say what somebody may do by the roles of manifests, or who may do something.

ringfence k8s can sa:shop:web --from manifests/                         everything it may do, and through which binding
ringfence k8s can sa:shop:web create pods -n shop --from manifests/     yes or no, and why
ringfence k8s can --who get secrets -n shop --from manifests/           everybody who may

SUBJECT is sa:NAMESPACE:NAME, user:NAME or group:NAME; RESOURCE is pods, pods/exec, deployments.apps, or a path (/metrics).
The roles that every cluster has are taken as given; what everybody has through them is left out without --all.
Exit status: 0 yes, 1 no, 3 no as far as can be told.
"""

import argparse
import json
import sys
from collections.abc import Iterable

from ringfence.cli.command import Command
from ringfence.cli.options import CONFIGURATION
from ringfence.cli.session import Session
from ringfence.engine.storeys import Gathered
from ringfence.errors import WrongUsage
from ringfence.io.world import Target
from ringfence.knowledge.kubernetes_roles import default_roles
from ringfence.layers.kubernetes.evaluate.access import (
    MASTERS,
    Authorizer,
    Decision,
    Grant,
    Identity,
    Request,
    service_account,
)
from ringfence.layers.kubernetes.facts import Facts
from ringfence.report.terminal.words import plain

COMMAND = Command(slug="k8s-can", order=41)
NO, UNTOLD = 1, 3
"""Exit statuses of an answer that is no, and of one that is no as far as can be told."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence k8s can`."""
    add = parser.add_argument
    add("asked", metavar="SUBJECT [VERB RESOURCE[/NAME]]", nargs="+", help="with --who: VERB RESOURCE")
    add("--who", action="store_true", help="everybody who may do it")
    add("--from", dest="origin", metavar="PATH", action="append", help="manifests, a folder, or - (default: .)")
    add("--namespace", "-n", metavar="NAME", default="", help="the namespace asked about (default: the whole cluster)")
    add("--name", metavar="NAME", default="", help="the one object asked about (default: none in particular)")
    add("--group", metavar="NAME", action="append", default=[], help="a further group the subject is in")
    add("--all", action="store_true", help="also what everybody may do by the cluster's own roles")
    add("--format", choices=("table", "json"), default="table")
    add("--quiet", "-q", action="store_true", default=None, help="no talk on standard error")
    add("--config", metavar="FILE", help=f"configuration file (default: {CONFIGURATION}, if it is there)")
    parser.set_defaults(ignore_file=None, output=None, db=None, severity=None, fail_on=None, details=None)


def run(options: argparse.Namespace) -> int:
    """Reads the objects, asks, prints."""
    words = list(options.asked)
    who = None if options.who else _identity(words.pop(0), options.group)
    if len(words) not in ((2,) if options.who else (0, 2)):
        raise WrongUsage("ask with a verb and a resource", mend="see 'ringfence k8s can --help'")
    session = Session(options)
    authorizer = _authorizer(session.gather(Target("manifests", path) for path in options.origin or ["."]))
    for problem in session.problems:
        print(f"ringfence: {plain(f'{problem.where}: {problem.why}')}", file=sys.stderr)
    partial = bool(session.problems)
    if who is None:
        return _print_holders(tuple(authorizer.holders(_request(words, options))), options, partial)
    if words:
        return _print_decision(authorizer.decide(who, _request(words, options)), options, partial)
    return _print_grants(who, authorizer.grants(who), options, partial)


def _identity(text: str, groups: Iterable[str]) -> Identity:
    kind, _, name = text.removeprefix("system:serviceaccount:").partition(":")
    if text.startswith("system:serviceaccount:"):
        kind, name = "sa", f"{kind}:{name}"
    match kind:
        case "sa" if name.count(":") == 1 and all(name.split(":")):
            found = service_account(*name.split(":"))
            return Identity(user=found.user, groups=(*found.groups, *groups))
        case "user" if name:
            return Identity(user=name, groups=("system:authenticated", *groups))
        case "group" if name:
            return Identity(user="", groups=(name, *groups))
        case _:
            raise WrongUsage(f"{text!r} names nobody", mend="give sa:NAMESPACE:NAME, user:NAME or group:NAME")


def _request(words: list[str], options: argparse.Namespace) -> Request:
    verb, target = words
    if target.startswith("/"):
        return Request(verb=verb, path=target)
    resource, slash, part = target.partition("/")
    kind, _, group = resource.partition(".")
    return Request(verb=verb, group=group, resource=f"{kind}{slash}{part}", namespace=options.namespace, name=options.name)


def _authorizer(gathered: tuple[Gathered, ...]) -> Authorizer:
    """What the manifests say; the cluster's own roles and bindings where these do not say it themselves."""
    facts = [item.facts for item in gathered if isinstance(item.facts, Facts)]
    roles = [role for item in facts for role in item.roles]
    bindings = [binding for item in facts for binding in item.bindings]
    own = default_roles()
    named = {(role.kind, role.namespace, role.name) for role in roles}
    bound = {(binding.kind, binding.namespace, binding.name) for binding in bindings}
    roles += [role for role in own.roles if (role.kind, role.namespace, role.name) not in named]
    bindings += [item for item in own.bindings if (item.kind, item.namespace, item.name) not in bound]
    return Authorizer(roles, bindings)


def _print_decision(decision: Decision, options: argparse.Namespace, partial: bool) -> int:
    if options.format == "json":
        by = _as_json(decision.by) if decision.by else None
        print(json.dumps({"allowed": decision.allowed, "by": by, "not_told": list(decision.unread)}, indent=2))
    elif decision.allowed:
        print(plain(f"yes: {_through(decision.by)}" if decision.by else f"yes: {MASTERS} may do everything"))
    else:
        print("no")
        for line in decision.unread:
            print(f"  not told: {plain(line)}")
    if decision.allowed:
        return 0
    return UNTOLD if partial or decision.unread else NO


def _print_holders(found: tuple[Grant, ...], options: argparse.Namespace, partial: bool) -> int:
    shown = tuple(grant for grant in found if options.all or not grant.binding.builtin)
    if options.format == "json":
        print(json.dumps([_as_json(grant) for grant in shown], indent=2))
    else:
        for grant in shown:
            print(plain(f"{grant.subject.kind} {grant.subject.username}: {_through(grant)}"))
        if not shown:
            print("nobody" if options.all else "nobody but the cluster's own (--all names them)")
    return UNTOLD if partial else 0 if shown else NO


def _print_grants(who: Identity, grants: tuple[Grant, ...], options: argparse.Namespace, partial: bool) -> int:
    shown = tuple(grant for grant in grants if options.all or not grant.binding.builtin)
    if options.format == "json":
        print(json.dumps([_as_json(grant) for grant in shown], indent=2))
    else:
        scope = None
        for grant in shown:
            if grant.namespace != scope:
                scope = grant.namespace
                print(plain(f"in namespace {scope}" if scope else "everywhere"))
            print(f"  {plain(_rule(grant))}  ({plain(_through(grant))})")
        if not shown:
            print(plain(f"{who.user or who.groups[0]} may do nothing but what everybody may (--all names it)"))
    return UNTOLD if partial else 0


def _rule(grant: Grant) -> str:
    rule = grant.rule
    verbs = ", ".join(rule.verbs)
    if rule.non_resource_urls:
        return f"{verbs}: {', '.join(rule.non_resource_urls)}"
    resources = ", ".join(
        f"{resource}.{group}" if group else resource for group in rule.api_groups for resource in rule.resources
    )
    names = f" named {', '.join(rule.resource_names)}" if rule.resource_names else ""
    return f"{verbs}: {resources}{names}"


def _through(grant: Grant) -> str:
    binding = f"{grant.namespace}/{grant.binding.name}" if grant.namespace else grant.binding.name
    at = f", {grant.binding.at}" if grant.binding.at.path else ""
    return f"{grant.binding.kind} {binding} gives {grant.role.kind} {grant.role.name} to {grant.subject.username}{at}"


def _as_json(grant: Grant) -> dict[str, object]:
    rule = grant.rule
    return {
        "subject": {"kind": grant.subject.kind, "name": grant.subject.username},
        "namespace": grant.namespace,
        "verbs": list(rule.verbs),
        "groups": list(rule.api_groups),
        "resources": list(rule.resources),
        "names": list(rule.resource_names),
        "paths": list(rule.non_resource_urls),
        "role": f"{grant.role.kind}/{grant.role.name}",
        "binding": f"{grant.binding.kind}/{grant.binding.name}",
        "builtin": grant.binding.builtin,
        "at": {"path": grant.binding.at.path, "line": grant.binding.at.line},
    }
