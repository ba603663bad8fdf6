"""What a recording says of a workload, as defaults for the containers of its image."""

from ringfence.formats.admission_policy import AdmissionPolicy, Defaults, ImageProfile, Match
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.recording import Access, Recording
from ringfence.record.profiles.capabilities import needs
from ringfence.record.profiles.writable import places


class Recorded(Fact):
    """The policy, and what the recording could not tell, or what people must look at."""

    policy: AdmissionPolicy
    untold: tuple[str, ...] = ()


def recorded(recording: Recording, name: str, images: tuple[str, ...], seccomp: str, limits: Match) -> Recorded:
    """A policy whose defaults give the images what was seen to be needed, and no more.

    `seccomp` is a profile as `Localhost/NAME`, or empty for the runtime's default; `limits` says for which pods. What was
    not told is not taken away: without capabilities none is dropped, without files the root stays writable.
    """
    untold = []
    capabilities: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    match needs(recording):
        case Known(found):
            drop = ("ALL",)
            capabilities = tuple(item.name.removeprefix("CAP_") for item in found.needed)
        case Unknown(reason):
            untold.append(f"capabilities: {reason}")
    paths: tuple[str, ...] = ()
    read_only = None
    match places(recording):
        case Known(written):
            read_only = True
            paths = tuple(place.path for place in written)
            untold += [
                f"{path}: files of the image are read there, which an emptyDir hides" for path in _hidden(recording, paths)
            ]
        case Unknown(reason):
            untold.append(f"written files: {reason}")
    profile = ImageProfile(images=images, seccomp_profile=seccomp, add_capabilities=capabilities, writable_paths=paths)
    defaults = Defaults(
        drop_capabilities=drop,
        allow_privilege_escalation=False,
        read_only_root_filesystem=read_only,
        seccomp_profile="RuntimeDefault",
        profiles=(profile,),
    )
    what = ", ".join(dict.fromkeys(run.subject for run in recording.runs)) or "a workload"
    said = f"made of a recording of {what}"[:200]
    return Recorded(
        policy=AdmissionPolicy(name=name, description=said, match=limits, defaults=defaults), untold=tuple(untold)
    )


def _hidden(recording: Recording, paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths below which files were read that the workload never wrote: they came with the image."""
    uses = recording.files.value if isinstance(recording.files, Known) else ()
    made = {use.path for use in uses if use.access in (Access.WRITE, Access.CHANGE)}
    own = [use.path for use in uses if use.path not in made and not use.relative and not use.directory]
    return tuple(path for path in paths if any(name.startswith(f"{path.rstrip('/')}/") for name in own))
