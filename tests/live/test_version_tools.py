"""Our orders of versions against the tools whose order it is, on thousands of random pairs each.

PEP 440 needs no test of this kind: our key is `packaging`'s own. NuGet's tool is in no registry that tests install from; its
order is held by the documented examples in tests/versions/ladders, as is apk's, whose tool Debian 12 has not.
"""

import functools
import itertools
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ringfence.errors import Malformed
from ringfence.versions import composer, conda, dpkg, go, maven, npm_range, rpm, rubygems, semver

pytestmark = pytest.mark.live

PAIRS = 3_000
MAVEN = Path("/usr/share/java/maven3-artifact.jar")
NODE_MODULES = "/usr/share/nodejs"
COMPOSER_SEMVER = Path("/usr/share/php/Composer/Semver/autoload.php")
Made = Callable[[random.Random], str]


def pick(dice: random.Random, *choices: str) -> str:
    return dice.choice(choices)


def number(dice: random.Random) -> str:
    return dice.choice([*map(str, range(13)), "00", "01", "010", "20240101"])


def dotted(dice: random.Random, most: int = 4) -> str:
    return ".".join(number(dice) for _ in range(dice.randint(1, most)))


def plain(dice: random.Random, most: int = 3) -> str:
    return ".".join(str(dice.randrange(13)) for _ in range(dice.randint(most, most)))


def letters(dice: random.Random, alphabet: str, most: int) -> str:
    return "".join(dice.choice(alphabet) for _ in range(dice.randint(0, most)))


def near(dice: random.Random, made: Made) -> tuple[str, str]:
    """Two versions, half of the time one and a slight change of it: random pairs are decided by their first number."""
    one = made(dice)
    if dice.random() < 0.5:
        return one, made(dice)
    place = dice.randrange(len(one) + 1)
    return one, one[:place] + dice.choice(["", "0", "1", ".0", "a", "-1", "."]) + one[place + dice.randint(0, 1) :]


def pairs(made: Made, key: Callable[[str], Any], seed: int, count: int = PAIRS) -> list[tuple[str, str]]:
    """Random pairs that we take for versions."""
    dice = random.Random(seed)
    found: list[tuple[str, str]] = []
    while len(found) < count:
        pair = near(dice, made)
        try:
            _ = [key(text) for text in pair]
        except Malformed:
            continue
        if not any(" " in text for text in pair):
            found.append(pair)
    return found


def sign(key: Callable[[str], Any], one: str, other: str) -> int:
    return int(key(one) > key(other)) - int(key(one) < key(other))


def asked(command: Sequence[str], lines: Iterator[str] | list[str], **environment: str) -> list[str]:
    done = subprocess.run(
        command,
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr[:1000]
    return done.stdout.split("\n")[:-1]


def agree(held: list[tuple[str, str]], said: list[str], key: Callable[[str], Any]) -> None:
    """The tool's answers are -1, 0, 1, or `none` where it does not take one of them for a version."""
    assert len(held) == len(said)
    judged = [(pair, answer) for pair, answer in zip(held, said, strict=True) if answer != "none"]
    wrong = [(pair, answer, sign(key, *pair)) for pair, answer in judged if int(answer) != sign(key, *pair)]
    assert len(judged) > len(held) // 3, "the tool hardly knows these"
    assert not wrong, wrong[:10]


needs = functools.partial(pytest.mark.skipif)


@needs(shutil.which("dpkg") is None, reason="dpkg is not here to be asked")
def test_dpkg() -> None:
    held = pairs(
        lambda dice: (
            f"{pick(dice, '', '0:', '1:')}{dice.randrange(4)}{letters(dice, '019az.+~', 6)}"
            f"{pick(dice, '', '-' + dice.choice('019az') + letters(dice, '019az.+~', 4))}"
        ),
        dpkg.key,
        1,
        1_500,
    )
    script = (
        "while read a b; do if ! dpkg --validate-version -- $a || ! dpkg --validate-version -- $b; then echo none;"
        " elif dpkg --compare-versions $a lt $b; then echo -1;"
        " elif dpkg --compare-versions $a eq $b; then echo 0; else echo 1; fi; done 2>/dev/null"
    )
    agree(held, asked(["bash", "-c", script], [" ".join(pair) for pair in held]), dpkg.key)


@needs(shutil.which("rpm") is None, reason="rpm is not here to be asked")
def test_rpm() -> None:
    held = pairs(lambda dice: dice.choice("0129ab") + letters(dice, "0129abz.+~^_", 7), rpm.key, 2)
    said: list[str] = []
    for start in range(0, len(held), 150):
        part = held[start : start + 150]
        script = "".join(f"print(rpm.vercmp([[{one}]],[[{other}]])..' ')" for one, other in part)
        done = subprocess.run(["rpm", "--eval", f"%{{lua:{script}}}"], capture_output=True, text=True, check=True)
        said.extend(done.stdout.split())
    agree(held, said, rpm.key)


def semantic(dice: random.Random) -> str:
    before = ".".join(pick(dice, "0", "1", "10", "alpha", "beta", "rc", "a-1") for _ in range(dice.randint(1, 3)))
    return f"{plain(dice)}{pick(dice, '', '-' + before)}{pick(dice, '', '', '+build.1')}"


has_node = needs(
    shutil.which("node") is None or not Path(NODE_MODULES, "semver").is_dir(), reason="node with node-semver is not here"
)


@has_node
def test_npm_versions() -> None:
    held = pairs(semantic, semver.key, 3)
    program = (
        "const s=require('semver');require('fs').readFileSync(0,'utf8').trim().split('\\n').forEach(l=>{"
        "const [a,b]=l.split(' ');console.log(s.valid(a)&&s.valid(b)?s.compare(a,b):'none')})"
    )
    said = asked(["node", "-e", program], [" ".join(pair) for pair in held], NODE_PATH=NODE_MODULES)
    agree(held, said, semver.key)


def npm_expression(dice: random.Random) -> str:
    def partial() -> str:
        numbers = [str(dice.randrange(4)) if dice.random() < 0.85 else dice.choice("x*") for _ in range(dice.randint(1, 3))]
        before = (
            dice.choice(["-0", "-beta", "-rc.1"]) if len(numbers) == 3 and "x" not in numbers and dice.random() < 0.2 else ""
        )
        return ".".join(numbers) + (before if "*" not in numbers else "")

    def simple() -> str:
        return f"{pick(dice, '^', '~', '>', '>=', '<', '<=', '=', '')}{pick(dice, '', ' ')}{partial()}"

    def conjunction() -> str:
        if dice.random() < 0.15:
            return f"{partial()} - {partial()}"
        return " ".join(simple() for _ in range(dice.randint(1, 2)))

    return " || ".join(conjunction() for _ in range(dice.randint(1, 3)))


@has_node
def test_npm_ranges() -> None:
    dice = random.Random(4)
    held = [
        (
            npm_expression(dice),
            f"{dice.randrange(5)}.{dice.randrange(5)}.{dice.randrange(5)}{pick(dice, '', '', '-beta', '-rc.1', '-0')}",
        )
        for _ in range(PAIRS)
    ]
    program = (
        "const s=require('semver');require('fs').readFileSync(0,'utf8').trim().split('\\n').forEach(l=>{"
        "const [r,v]=l.split('\\t');console.log(s.validRange(r)===null?'none':s.satisfies(v,r,{includePrerelease:true}))})"
    )
    said = asked(["node", "-e", program], ["\t".join(pair) for pair in held], NODE_PATH=NODE_MODULES)
    mine = [str(any(item.has(version) for item in npm_range.intervals(text))).lower() for text, version in held]
    wrong = [
        (pair, theirs, ours) for pair, theirs, ours in zip(held, said, mine, strict=True) if theirs not in ("none", ours)
    ]
    assert not wrong, (len(wrong), wrong[:10])
    assert {"true", "false"} <= set(said)


@needs(shutil.which("java") is None or not MAVEN.is_file(), reason="java with Maven's maven-artifact is not here")
def test_maven() -> None:
    """As versions are written: of separators in a row, and an underscore, Maven 3.8 and its specification differ."""
    words = (
        "-alpha",
        "-a1",
        "-beta.2",
        "-rc",
        "-cr1",
        "-SNAPSHOT",
        ".Final",
        ".GA",
        "-sp",
        ".jre8",
        "-jre",
        "-1",
        ".0",
        "-m3",
    )
    bases = [dotted(random.Random(seed)) for seed in range(40)]
    dice = random.Random(5)
    made = [dice.choice(bases) + "".join(dice.choice(words) for _ in range(dice.randint(0, 2))) for _ in range(2 * PAIRS)]
    held = list(zip(made[::2], made[1::2], strict=True))
    said: list[str] = []
    for start in range(0, len(held), 500):
        part = held[start : start + 500]
        # It tells how each argument compares with the one before it.
        done = subprocess.run(
            ["java", "-cp", str(MAVEN), "org.apache.maven.artifact.versioning.ComparableVersion", *itertools.chain(*part)],
            capture_output=True,
            text=True,
            check=True,
        )
        told = [line.strip() for line in done.stdout.splitlines() if re.match(r"\s+\S+ [<=>]+ \S+$", line)]
        said.extend({"<": "-1", "==": "0", ">": "1"}[line.split()[1]] for line in told[::2])
    agree(held, said, maven.key)


@needs(shutil.which("ruby") is None, reason="ruby is not here to be asked")
def test_rubygems() -> None:
    held = pairs(
        lambda dice: dotted(dice) + pick(dice, "", ".a", ".rc1", ".pre.0", ".b.0.c", "-x", "-1.y", "a1"), rubygems.key, 6
    )
    program = (
        "STDIN.each_line{|l| a,b=l.split; puts(Gem::Version.correct?(a)&&Gem::Version.correct?(b) ?"
        " (Gem::Version.new(a)<=>Gem::Version.new(b)) : 'none')}"
    )
    agree(held, asked(["ruby", "-e", program], [" ".join(pair) for pair in held]), rubygems.key)


@needs(shutil.which("php") is None or not COMPOSER_SEMVER.is_file(), reason="php with composer/semver is not here")
def test_composer() -> None:
    held = pairs(
        lambda dice: (
            f"{pick(dice, '', 'v')}{plain(dice, dice.randint(1, 4))}"
            f"{pick(dice, '', '-alpha', 'b2', '-RC1', '-p1', '.stable', '-beta.3')}{pick(dice, '', '', '-dev')}"
        ),
        composer.key,
        7,
    )
    program = (
        f"require '{COMPOSER_SEMVER}';$p=new Composer\\Semver\\VersionParser();"
        "while(($l=fgets(STDIN))!==false){list($a,$b)=explode(' ',trim($l));try{$x=$p->normalize($a);$y=$p->normalize($b);"
        'echo (Composer\\Semver\\Comparator::lessThan($x,$y)?-1:(Composer\\Semver\\Comparator::equalTo($x,$y)?0:1)),"\\n";}'
        'catch(Exception $e){echo "none\\n";}}'
    )
    agree(held, asked(["php", "-r", program], [" ".join(pair) for pair in held]), composer.key)


def test_conda() -> None:
    rattler = pytest.importorskip("rattler", reason="py-rattler is not here to be asked")
    held = pairs(
        lambda dice: (
            pick(dice, "", "1!")
            + dotted(dice)
            + pick(dice, "", "a1", "dev", ".post1", "rc2", ".dev0", "_x")
            + pick(dice, "", "+1")
        ),
        conda.key,
        8,
    )

    def said(one: str, other: str) -> str:
        try:
            a, b = rattler.Version(one), rattler.Version(other)
        except Exception as cause:  # noqa: BLE001 - its own error, whatever it is called
            return "none" if "version" in type(cause).__name__.lower() else str(cause)
        return str((a > b) - (a < b))

    agree(held, [said(*pair) for pair in held], conda.key)


GO = """package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/semver"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		pair := strings.Split(in.Text(), " ")
		if semver.IsValid(pair[0]) && semver.IsValid(pair[1]) {
			fmt.Println(semver.Compare(pair[0], pair[1]))
		} else {
			fmt.Println("none")
		}
	}
}
"""


@needs(shutil.which("go") is None, reason="go is not here to be asked")
def test_go(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(GO)
    (tmp_path / "go.mod").write_text("module asked\n\ngo 1.18\n\nrequire golang.org/x/mod v0.17.0\n")
    ready = subprocess.run(["go", "mod", "tidy"], cwd=tmp_path, capture_output=True, text=True, check=False)
    if ready.returncode:
        pytest.skip(f"golang.org/x/mod could not be had: {ready.stderr[-200:]}")
    subprocess.run(["go", "build", "-o", "asked", "."], cwd=tmp_path, check=True)
    held = pairs(
        lambda dice: f"v{plain(dice)}{pick(dice, '', '-rc.1', '-0.20191109021931-daa7c04131f5', '-pre.0', '+incompatible')}",
        go.key,
        9,
    )
    agree(held, asked([str(tmp_path / "asked")], [" ".join(pair) for pair in held]), go.key)
