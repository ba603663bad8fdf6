"""The entry point: finds the command, loads only that, and turns our errors into one line and an exit status."""

import os
import sys
from typing import TYPE_CHECKING

from ringfence import __version__
from ringfence.errors import RingfenceError, WrongUsage

if TYPE_CHECKING:
    import argparse

WRONG = 2
"""Exit status of wrong usage or unreadable input."""
INTERRUPTED = 130
"""Exit status after Ctrl-C: 128 + SIGINT, as shells say it."""


def main(words: list[str] | None = None) -> int:
    """Runs one command line and gives its exit status. `words` are the arguments, the program's own by default."""
    words = sys.argv[1:] if words is None else words
    if words == ["--version"]:
        print(f"ringfence {__version__}")
        return 0
    try:
        status = _run(words)
        sys.stdout.flush()
    except RingfenceError as fault:
        print(f"ringfence: {_printable(fault.diagnostics())}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong, and Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _run(words: list[str]) -> int:
    # Late, because they cost more than `--version` may.
    import argparse

    from ringfence.engine.index import plugin

    named = [word for word in words if not word.startswith("-")][:2]
    name = named[0] if named else ""
    # A command of two words (`k8s can`) is the plug-in that joins them with a dash.
    found = (plugin("COMMAND", "-".join(named)) if len(named) == 2 else None) or plugin("COMMAND", name)
    if found is None:
        parser = _front_page()
        if name:
            raise WrongUsage(f"there is no command {name!r}", mend="see 'ringfence --help'")
        parser.parse_args(words)
        parser.print_help()
        return WRONG if not words else 0
    module = found.load()
    parser = argparse.ArgumentParser(
        prog=f"ringfence {found.slug.replace('-', ' ', 1)}",
        description=(module.__doc__ or "").strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.arguments(parser)
    rest = list(words)
    for word in named if found.slug == "-".join(named) else [name]:
        rest.remove(word)
    options = parser.parse_args(rest)
    status: int = module.run(options)
    return status


def _front_page() -> "argparse.ArgumentParser":
    import argparse

    from ringfence.engine.index import plugins

    commands = sorted(plugins("COMMAND"), key=lambda item: str(item.fields["order"]).zfill(4))
    width = max(len(item.slug) for item in commands) + 2
    listing = "\n".join(f"  {item.slug.replace('-', ' ', 1):<{width}}{item.title}" for item in commands)
    parser = argparse.ArgumentParser(
        prog="ringfence",
        usage="ringfence COMMAND [OPTION ...]",
        description="Secures a container stack as one thing: kernel, images, runtimes, Kubernetes, application.",
        epilog=f"commands:\n{listing}\n\n'ringfence COMMAND --help' tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ringfence {__version__}")
    return parser


def _printable(text: str) -> str:
    """Without control characters: names out of a hostile target must not drive the terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


if __name__ == "__main__":
    sys.exit(main())
