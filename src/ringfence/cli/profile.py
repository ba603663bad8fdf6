"""Least-privilege profiles out of recordings: make, join, compare, check, explain, try out.

  ringfence profile seccomp generate RECORDING ...        the least filter for what was recorded
  ringfence profile seccomp merge PROFILE ...             what any of them allows
  ringfence profile seccomp diff PROFILE PROFILE          calls answered differently, CVEs opened and shut off
  ringfence profile seccomp check PROFILE [--against RECORDING]   would it stop the workload; what is it worth
  ringfence profile seccomp explain PROFILE RECORDING     who needs each call, and what it opens
  ringfence profile seccomp lint PROFILE ...              mistakes
  ringfence profile caps generate RECORDING ...           the capabilities needed, with the evidence
  ringfence profile caps check RECORDING ...              which of those given are used, and which are missing
  ringfence profile apparmor generate RECORDING ...       an AppArmor profile
  ringfence profile selinux generate RECORDING ...        an SELinux policy (CIL)
  ringfence profile files RECORDING ...                   what must be writable under a read-only root
  ringfence profile unused RECORDING ... --root FOLDER    packages whose files were never opened
  ringfence profile verify PROFILE --image REF --test COMMAND     starts it for real and says what was refused

Recordings come from 'ringfence record'.
"""

import argparse
import sys
from typing import TYPE_CHECKING

from ringfence.cli.command import Command
from ringfence.errors import WrongUsage

if TYPE_CHECKING:
    from ringfence.model.recording import Recording

COMMAND = Command(slug="profile", order=71)
GATE_FAILED = 1
FIELDS_HELP = "kubernetes:VERSION: what names the profile in a pod, by version"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ringfence profile`."""
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    _seccomp(kinds.add_parser("seccomp", help="system calls").add_subparsers(dest="verb", required=True, metavar="VERB"))
    caps = kinds.add_parser("caps", help="capabilities").add_subparsers(dest="verb", required=True, metavar="VERB")
    generate = caps.add_parser("generate", help="the capabilities needed")
    generate.add_argument("file", nargs="+", metavar="RECORDING")
    generate.add_argument("--form", choices=("text", "podman", "kubernetes"), default="text")
    check = caps.add_parser("check", help="which of those given are used, and which are missing")
    check.add_argument("file", nargs="+", metavar="RECORDING")
    check.add_argument("--given", metavar="NAMES", help="capabilities, with commas between (default: those of --default)")
    check.add_argument("--default", metavar="ENGINE", default="podman", help="the engine whose defaults are meant")
    for kind, said in (
        ("apparmor", "files, sockets, signals"),
        ("selinux", "capabilities and ports over container-selinux"),
    ):
        made = kinds.add_parser(kind, help=said).add_subparsers(dest="verb", required=True, metavar="VERB")
        generate = made.add_parser("generate", help="out of recordings")
        generate.add_argument("file", nargs="+", metavar="RECORDING")
        generate.add_argument("--name", default="ringfence", help="the profile's name")
        generate.add_argument("--output", "-o", metavar="FILE", help="where it goes (default: standard output)")
        generate.add_argument("--form", default="", metavar="FORM", help=FIELDS_HELP)
        generate.add_argument("--container", default="", metavar="NAME", help="the container that the fields are for")
    files = kinds.add_parser("files", help="what must be writable under a read-only root")
    files.add_argument("file", nargs="+", metavar="RECORDING")
    files.set_defaults(verb="")
    unused = kinds.add_parser("unused", help="packages whose files were never opened, with their bytes")
    unused.add_argument("file", nargs="+", metavar="RECORDING")
    unused.add_argument("--root", metavar="FOLDER", required=True, help="the image's file system ('podman image mount')")
    unused.set_defaults(verb="")
    _verify(kinds.add_parser("verify", help="starts an image under a profile and says what was refused"))


def _verify(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", metavar="PROFILE")
    add("command", nargs="*", metavar="COMMAND", help="the container's command (after --), the image's own if none")
    add("--image", metavar="REF", required=True)
    add("--test", metavar="COMMAND", default="", help="run here while $RINGFENCE_CONTAINER is up; must succeed")
    add("--times", metavar="N", type=int, default=1, help="start it so often: not every start makes the same calls")
    add("--recording", metavar="FILE", help="what the profile was made of")
    add("--runtime", metavar="NAME", default="", help="OCI runtime that podman shall use")
    add("--option", metavar="WORD", action="append", default=[], help="a word for 'podman run' (--option=--cap-drop=ALL)")
    parser.set_defaults(verb="")


def _seccomp(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    made = verbs.add_parser("generate", help="the least filter for what was recorded")
    made.add_argument("file", nargs="*", metavar="RECORDING")
    made.add_argument("--static", metavar="PROGRAM", action="append", default=[], help="and what this file can reach")
    made.add_argument("--library", metavar="FILE", action="append", default=[], help="with --static: loaded by name")
    made.add_argument("--root", metavar="FOLDER", default="/", help="with --static: the file system the paths are in")
    made.add_argument("--risky", action="store_true", help="with --static: allow unseen dangerous calls too")
    made.add_argument("--arguments", choices=("none", "safe", "strict"), default="safe", help="how far arguments are tested")
    made.add_argument("--form", default="oci", metavar="FORM", help=f"oci (default), operator, or {FIELDS_HELP}")
    made.add_argument("--container", default="", metavar="NAME", help="the container that the fields are for")
    made.add_argument("--name", default="ringfence", help="the profile's name")
    merge = verbs.add_parser("merge", help="what any of them allows")
    merge.add_argument("file", nargs="+", metavar="PROFILE")
    diff = verbs.add_parser("diff", help="calls answered differently")
    diff.add_argument("file", nargs=2, metavar="PROFILE")
    check = verbs.add_parser("check", help="would it stop the workload; what is it worth")
    check.add_argument("file", metavar="PROFILE")
    check.add_argument("--against", metavar="RECORDING", action="append", default=[])
    check.add_argument("--default", metavar="ENGINE", default="podman", help="compare with its default (default: podman)")
    explain = verbs.add_parser("explain", help="who needs each call, and what it opens")
    explain.add_argument("file", metavar="PROFILE")
    explain.add_argument("recording", metavar="RECORDING", nargs="+")
    lint = verbs.add_parser("lint", help="mistakes")
    lint.add_argument("file", nargs="+", metavar="PROFILE")
    for verb in (made, merge):
        verb.add_argument("--output", "-o", metavar="FILE", help="where it goes (default: standard output)")
    for verb in (made, explain):
        verb.add_argument("--runtime", metavar="NAME", default="runc", help="the OCI runtime it is for (default: runc)")
        verb.add_argument("--runtime-version", metavar="VERSION", default="", help="default: the newest known")


def run(options: argparse.Namespace) -> int:
    """Does one of the verbs."""
    verbs = {
        ("seccomp", "generate"): _generate,
        ("seccomp", "merge"): _merge,
        ("seccomp", "diff"): _diff,
        ("seccomp", "check"): _check,
        ("seccomp", "explain"): _explain,
        ("seccomp", "lint"): _lint,
        ("caps", "generate"): _capabilities,
        ("caps", "check"): _check_capabilities,
        ("apparmor", "generate"): _apparmor,
        ("selinux", "generate"): _selinux,
        ("files", ""): _files,
        ("unused", ""): _unused,
        ("verify", ""): _tried,
    }
    return verbs[options.kind, options.verb](options)


def _generate(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_recordings
    from ringfence.engine import profiles
    from ringfence.formats import seccomp_document
    from ringfence.record.coverage import warnings

    if _named_in_a_pod(options, ("oci", "operator")):
        return 0
    if not options.file and not options.static:
        raise WrongUsage("there is nothing to make it of", where="generate", mend="give a recording, or --static PROGRAM")
    recording = read_recordings(options.file)
    static = _static(options, recording) if options.static else ()
    runtime = options.runtime, options.runtime_version
    made = profiles.seccomp_of(recording, options.name, runtime, options.arguments, static)
    data = seccomp_document.oci(made) if options.form == "oci" else seccomp_document.operator(made, options.name)
    _put(options.output, data)
    for warning in warnings(recording):
        print(f"ringfence: warning: {warning}", file=sys.stderr)
    return 0


def _static(options: argparse.Namespace, recording: "Recording") -> tuple[str, ...]:
    """The calls to allow besides those recorded, and a word about each tier on standard error."""
    from ringfence.cli.extras import needs

    with needs("static"):
        from ringfence.engine.static_calls import tiers

    found = tiers(options.static, options.root, recording, options.library)
    say = f"{len(found.seen)} calls seen and reachable, {len(found.unseen)} only reachable (allowed)"
    print(f"ringfence: {say}, {len(found.risky)} of them dangerous", file=sys.stderr)
    for name in found.risky:
        fate = "allowed" if options.risky else "refused; --risky allows it"
        print(f"ringfence: dangerous and never seen: {name}, in {found.places[name]} ({fate})", file=sys.stderr)
    if found.unexplained and options.file:
        print(f"ringfence: seen, but not in these files: {', '.join(found.unexplained)}", file=sys.stderr)
    for name in found.missing:
        print(f"ringfence: warning: the library {name} is not there: what it calls is not known", file=sys.stderr)
    if found.unresolved:
        print(f"ringfence: warning: {len(found.unresolved)} places make calls whose number is not told", file=sys.stderr)
    return found.unseen + (found.risky if options.risky else ())


def _merge(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_profile
    from ringfence.engine import profiles
    from ringfence.formats import seccomp_document

    _put(options.output, seccomp_document.oci(profiles.merged([read_profile(path)[1] for path in options.file], "merged")))
    return 0


def _diff(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_profile
    from ringfence.engine import profiles

    before, after = (read_profile(path)[1] for path in options.file)
    marks = {"denied": "-", "allowed": "+", "depends": "~"}
    for item in profiles.differences(before, after):
        told = "on other arguments" if item.conditions else f"{item.before.value} -> {item.after.value}"
        print(f"{marks[item.after.value]} {item.name}: {told}")
    one, other = (set(profiles.compared(item, "podman").closed) for item in (before, after))
    for sign, found in (("shut off", other - one), ("opened", one - other)):
        if found:
            print(f"kernel CVEs {sign}: {', '.join(sorted(found))}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_profile, read_recordings
    from ringfence.engine import profiles

    _, filter_ = read_profile(options.file)
    held = None
    stopped = False
    if options.against:
        recording = read_recordings(options.against)
        held = profiles.capability_mask(recording)
        for item in profiles.refused(recording, filter_):
            stopped = stopped or not item.harmless
            print(f"{'note' if item.harmless else 'stops'} {item.name}: {item.because}")
    told = profiles.compared(filter_, options.default, held)
    print(f"calls allowed: {told.allowed}, by {told.default}: {told.allowed_by_default}")
    known = len(told.closed) + len(told.open)
    print(
        f"kernel CVEs shut off: {len(told.closed)} of {known} known here, by {told.default}: {len(told.closed_by_default)}"
    )
    if told.open:
        print(f"still open: {', '.join(told.open)}")
    return GATE_FAILED if stopped else 0


def _explain(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_profile, read_recordings
    from ringfence.engine import profiles

    _, filter_ = read_profile(options.file)
    recording = read_recordings(options.recording)
    for item in profiles.explained(recording, filter_, (options.runtime, options.runtime_version)):
        by = ", ".join(item.executables) or ("the container runtime" if item.runtime else "nobody seen")
        when = f" ({', '.join(item.phases)})" if item.phases else ""
        opens = f"  opens {', '.join(item.opens)}" if item.opens else ""
        print(f"{item.name:<24}{by}{when}{opens}")
    return 0


def _lint(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_profile
    from ringfence.engine import profiles

    worst = 0
    for path in options.file:
        for fault in profiles.faults(*read_profile(path)):
            print(f"{path}: {fault.severity}: {fault.said} [{fault.rule}]")
            worst = worst or int(fault.severity == "error")
    return worst


def _capabilities(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_recordings
    from ringfence.errors import UnreadableInput
    from ringfence.model.knowledge import Known
    from ringfence.record.profiles.capabilities import needs

    found = needs(read_recordings(options.file))
    if not isinstance(found, Known):
        raise UnreadableInput(found.reason, where=options.file[0], mend="record again as root, with eBPF")
    names = [item.name.removeprefix("CAP_") for item in found.value.needed]
    if options.form == "podman":
        print(" ".join(["--cap-drop=ALL", *(f"--cap-add={name}" for name in names)]))
    elif options.form == "kubernetes":
        print(f"capabilities:\n  drop: [ALL]\n  add: [{', '.join(names)}]")
    else:
        for item in found.value.needed:
            print(f"{item.name:<24}used by {', '.join(item.executables)} in {', '.join(item.calls)}")
        for item in found.value.refused:
            print(f"{item.name:<24}not had, and gone without, by {', '.join(item.executables)} in {', '.join(item.calls)}")
        print("every other capability was never used", file=sys.stderr)
    return 0


def _check_capabilities(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_recordings
    from ringfence.engine import profiles
    from ringfence.errors import UnreadableInput
    from ringfence.model.linux import mask_of, names_of

    needed = profiles.capability_mask(read_recordings(options.file))
    if needed is None:
        raise UnreadableInput("it did not see capabilities", where=options.file[0], mend="record again as root, with eBPF")
    names = [name for name in (options.given or "").split(",") if name.strip()]
    given = mask_of(names) if options.given is not None else profiles.default_mask(options.default)
    for name in names_of(needed & ~given):
        print(f"missing {name}")
    for name in names_of(given & ~needed):
        print(f"never used {name}")
    return GATE_FAILED if needed & ~given else 0


def _apparmor(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_recordings
    from ringfence.record.profiles.apparmor import generate

    if _named_in_a_pod(options):
        return 0
    _put(options.output, generate(read_recordings(options.file), options.name).encode())
    return 0


def _selinux(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_recordings
    from ringfence.record.profiles.selinux import generate

    if _named_in_a_pod(options):
        return 0
    _put(options.output, generate(read_recordings(options.file), options.name).encode())
    return 0


def _files(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_recordings
    from ringfence.errors import UnreadableInput
    from ringfence.model.knowledge import Known
    from ringfence.record.profiles.writable import places

    found = places(read_recordings(options.file))
    if not isinstance(found, Known):
        raise UnreadableInput(found.reason, where=options.file[0], mend="record again as root, with eBPF")
    for place in found.value:
        given = "--read-only gives it" if place.by_default else f"--tmpfs={place.path} or a volume"
        print(f"{place.path:<32}{place.files} files, by {', '.join(place.executables)}: {given}")
    return 0


def _unused(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_recordings
    from ringfence.engine.unused_files import never_opened

    found = never_opened(read_recordings(options.file), options.root)
    print(f"{'package':<40}{'opened':>14}{'unused':>12}")
    for item in found:
        print(f"{item.name:<40}{f'{item.opened} of {item.files}':>14}{item.unused_bytes / 1024 / 1024:>9.1f} MB")
    whole = [item for item in found if not item.opened]
    size = sum(item.unused_bytes for item in whole) / 1024 / 1024
    print(f"nothing of {len(whole)} packages ({size:.1f} MB) was opened; what was not exercised was not opened either")
    return 0


def _tried(options: argparse.Namespace) -> int:
    from ringfence.cli.files import read_bytes, read_recording
    from ringfence.engine import recording, verifying
    from ringfence.formats.typed_json import MAX_BYTES

    profile = options.file, read_bytes(options.file, MAX_BYTES)
    before = read_recording(options.recording) if options.recording else None
    image = recording.image(options.image, tuple(options.command), tuple(options.option), options.runtime)
    failed = 0
    for count in range(1, options.times + 1):
        trial, _ = verifying.verify(image, profile, options.test, before)
        for line in verifying.lacking(trial):
            print(line)
        if not trial.started:
            print(f"start {count}: it did not come up (exit status {trial.container_status})")
        failed += not trial.passed
    print(f"{options.times - failed} of {options.times} starts passed")
    return GATE_FAILED if failed else 0


def _named_in_a_pod(options: argparse.Namespace, others: tuple[str, ...] = ("",)) -> bool:
    """Writes the fields of a pod instead of the profile, if they are what is asked for. `others` are the other forms."""
    if options.form in others:
        return False
    from ringfence.record.profiles.kubernetes_fields import Kind, fields, version

    form, _, cluster = options.form.partition(":")
    if form != "kubernetes" or not cluster:
        mend = " or ".join([*filter(None, others), "kubernetes:VERSION"])
        raise WrongUsage("there is no such form", where=options.form, mend=f"write {mend}")
    _put(options.output, fields(Kind(options.kind), options.name, version(cluster), options.container).encode())
    return True


def _put(path: str | None, data: bytes) -> None:
    from ringfence.cli.files import write_bytes

    if path:
        write_bytes(path, data)
    else:
        sys.stdout.write(data.decode())
