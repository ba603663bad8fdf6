"""The simple commands of a shell script, as far as they can be told without running it.

Source: POSIX.1-2024, Shell Command Language, sections 2.2 (quoting), 2.3 (tokens), 2.7 (redirection), 2.9 (commands).
Functions, loops and conditions are passed through: the commands in them count as commands. What only running would tell
(values of variables, output of substitutions) stays as written.
"""

import re
from collections.abc import Iterator

from ringfence.model.fact import Fact

MAX_TOKENS = 50_000
"""Tokens looked at of one script; what is behind them is left out."""

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_OPERATOR = re.compile(r"\d*(?:&>>?|>>|>&|>\||<&|<<<|<<-?|<>|>|<)|&&|\|\||\|&|;;|[|;&()\n]")
_SUBSTITUTION = re.compile(r"[$<>]\(")
_RESERVED = frozenset({"if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "time"})
_RUNNERS = frozenset(
    {"sudo", "doas", "exec", "command", "env", "nohup", "nice", "ionice", "time", "xargs", "eatmydata", "builtin"}
)

_WITH_VALUE = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C"}),
    "doas": frozenset({"-u", "-C"}),
    "env": frozenset({"-u", "-C"}),
    "nice": frozenset({"-n"}),
    "ionice": frozenset({"-c", "-n"}),
    "xargs": frozenset({"-n", "-P", "-I", "-L", "-d", "-a", "-s"}),
}
"""Options of programs that start others, where the next word is the option's value."""


class ShellCommand(Fact):
    """One command: its words without quotes, assignments before it left out.

    `piped` says that its input is the output of the command before it. `outputs` are files it is redirected into. `through`
    are the programs that start it (`sudo`, `env`).
    """

    words: tuple[str, ...]
    piped: bool = False
    outputs: tuple[str, ...] = ()
    through: tuple[str, ...] = ()

    @property
    def program(self) -> str:
        """The name of the program, without its folder."""
        return self.words[0].rpartition("/")[2] if self.words else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words that are no options, the program left out."""
        return tuple(word for word in self.words[1:] if not word.startswith("-"))

    def has(self, *options: str) -> bool:
        """Whether one of the options is given, alone, with a value (`--name=value`), or among short ones (`-fsSk`)."""
        short = {option[1] for option in options if len(option) == 2}
        return any(
            word in options
            or word.partition("=")[0] in options
            or (word[:1] == "-" and word[1:2] != "-" and not short.isdisjoint(word[1:]))
            for word in self.words[1:]
        )


def commands(script: str) -> tuple[ShellCommand, ...]:
    """The commands in the order in which they stand. Never raises: what is not closed ends with the script."""
    return tuple(_commands(script, 0))


def of_words(words: tuple[str, ...]) -> tuple[ShellCommand, ...]:
    """The command that a list of words starts; of `sh -c SCRIPT` those of the script."""
    if len(words) > 2 and words[0].rpartition("/")[2] in ("sh", "bash", "ash", "dash") and words[1].endswith("c"):
        return commands(words[2])
    return tuple(_command(list(words), piped=False, outputs=[]))


def _commands(script: str, depth: int) -> Iterator[ShellCommand]:
    words: list[str] = []
    outputs: list[str] = []
    inner: list[str] = []
    piped = False
    pending = ""
    for operator, token in _tokens(script):
        if not operator:
            if pending:
                if ">" in pending and not token.startswith("&") and not (pending.endswith(">&") and token.isdigit()):
                    outputs.append(token)
                pending = ""
            else:
                words.append(token)
            inner.extend(_substituted(token))
            continue
        if token[-1] in "<>&|-" and ("<" in token or ">" in token):
            pending = token
            continue
        yield from _command(words, piped=piped, outputs=outputs)
        words, outputs, pending = [], [], ""
        piped = token in ("|", "|&")
    yield from _command(words, piped=piped, outputs=outputs)
    if depth < 4:
        for text in inner:
            yield from _commands(text, depth + 1)


def _command(words: list[str], *, piped: bool, outputs: list[str]) -> Iterator[ShellCommand]:
    """Words to a command: reserved words, assignments and programs that start others are taken off."""
    rest = list(words)
    through: list[str] = []
    while rest:
        name = rest[0].rpartition("/")[2]
        if rest[0] in _RESERVED or _ASSIGNMENT.match(rest[0]):
            rest.pop(0)
        elif name in _RUNNERS and len(rest) > 1:
            through.append(name)
            rest.pop(0)
            while rest and (rest[0].startswith("-") or _ASSIGNMENT.match(rest[0])):
                if rest.pop(0) in _WITH_VALUE.get(name, ()) and rest:
                    rest.pop(0)
        else:
            break
    if rest:
        plain = tuple(_plain(word) for word in rest)
        outside = tuple(_plain(path) for path in outputs)
        yield ShellCommand(words=plain, piped=piped, outputs=outside, through=tuple(through))


def _tokens(script: str) -> Iterator[tuple[bool, str]]:
    """(is it an operator, text). Words keep their quotes."""
    at = count = 0
    while at < len(script) and count < MAX_TOKENS:
        char = script[at]
        if char in " \t\r":
            at += 1
        elif script.startswith("\\\n", at):
            at += 2
        elif char == "#":
            at = _until(script, "\n", at)
        elif script.startswith(("<(", ">("), at):
            end = _close(script, at + 2)
            yield False, script[at:end]
            at = end
        elif seen := _OPERATOR.match(script, at):
            at = seen.end()
            count += 1
            yield True, seen.group()
        else:
            end = _word_end(script, at)
            count += 1
            yield False, script[at:end]
            at = end


def _word_end(script: str, at: int) -> int:
    while at < len(script):
        char = script[at]
        if char == "\\":
            at += 2
        elif char == "'":
            at = _until(script, "'", at + 1) + 1
        elif char == '"':
            at = _double_end(script, at + 1)
        elif char == "`":
            at = _until(script, "`", at + 1) + 1
        elif script.startswith("$(", at):
            at = _close(script, at + 2)
        elif script.startswith("${", at):
            at = _until(script, "}", at + 2) + 1
        elif char in " \t\r\n|;&()<>":
            break
        else:
            at += 1
    return min(at, len(script))


def _until(script: str, mark: str, at: int) -> int:
    found = script.find(mark, at)
    return len(script) if found < 0 else found


def _double_end(script: str, at: int) -> int:
    while at < len(script) and script[at] != '"':
        if script[at] == "\\":
            at += 2
        elif script.startswith("$(", at):
            at = _close(script, at + 2)
        else:
            at += 1
    return at + 1


def _close(script: str, at: int) -> int:
    """Behind the bracket that closes the one opened before `at`."""
    open_ = 1
    while at < len(script) and open_:
        if script[at] == "\\":
            at += 1
        elif script[at] == "'":
            at = _until(script, "'", at + 1)
        elif script[at] in "()":
            open_ += 1 if script[at] == "(" else -1
        at += 1
    return at


def _substituted(word: str) -> Iterator[str]:
    """The scripts of command and process substitutions in a word."""
    at = 0
    while seen := _SUBSTITUTION.search(word, at):
        at = _close(word, seen.end())
        yield word[seen.end() : at - 1]
    ticks = word.split("`")
    yield from ticks[1::2] if len(ticks) > 2 else ()


def _plain(word: str) -> str:
    """A word without its quotes and escapes."""
    if not any(char in word for char in "\\\"'"):
        return word
    found, at, quote = [], 0, ""
    while at < len(word):
        char = word[at]
        if char == "\\" and quote != "'" and at + 1 < len(word):
            found.append("" if word[at + 1] == "\n" else word[at + 1])
            at += 2
            continue
        if char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote = char
        else:
            found.append(char)
        at += 1
    return "".join(found)
