"""`/proc/cmdline`: the words a kernel was started with.

Source: Linux lib/cmdline.c `next_arg`: words are parted by white space, double quotes hold a value with spaces together.
"""

from ringfence.errors import LimitExceeded

MAX_BYTES = 64 * 1024
"""Bytes of one command line; the kernels' own limits (COMMAND_LINE_SIZE) are 2,048 to 4,096."""


def parse(data: bytes) -> tuple[str, ...]:
    """The words in order, their quotes taken off. Raises `LimitExceeded` past `MAX_BYTES`, nothing else."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a kernel command line", MAX_BYTES)
    words: list[str] = []
    word: list[str] = []
    quoted = False
    for char in data.decode("utf-8", "replace").strip("\0\n"):
        if char == '"':
            quoted = not quoted
        elif char.isspace() and not quoted:
            words.append("".join(word))
            word = []
        else:
            word.append(char)
    return tuple(item for item in (*words, "".join(word)) if item)
