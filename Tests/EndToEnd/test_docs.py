"""README.md and docs/, as a reader would follow them: every command of a page, in order, in one shell, on README's daemon.

A fenced block ```sh is run; ```text behind it is what it must print, times and digests aside (`…` alone on a line stands for
any lines, within a line for any text). Blocks that begin with `# file: NAME` are written first, as the reader would.
```sh elsewhere needs another machine (root, systemd): those are few, and each has a reason. The end of a run prints how
many commands were run. What has no shell blocks is checked elsewhere, as UNIT_TESTED says; a command within a sentence has
to be one that there is.
"""
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest
from support import ROOT, harness

PAGES = {"README.md": ".", "docs/rules.md": "my-shop", "docs/imports.md": ".", "docs/experiments.md": ".",
         "docs/operations.md": ".", "docs/security.md": "."}
# Pages whose snippets are no commands, and what runs those.
UNIT_TESTED = {"docs/lint.md": "LintTests checks what each code refuses and what it accepts",
               "docs/reference.md": "DocumentationTests generates it"}
Block = collections.namedtuple("Block", "kind line text")
# What is another one each time: times, durations, digests, ports, ids.
VARYING = [(r"\b[0-9a-f]{32}\b", "DIGEST"), (r"\b[0-9a-f]{12}\b", "DIGEST"),
           (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME"),
           (r"\b\d+(\.\d+)? (ms|µs|s)\b", "DURATION"), (r"127\.0\.0\.1:\d+", "ADDRESS"), (r" +", " ")]
# Blocks that another machine is needed for, by their first line, and what tests the same.
ELSEWHERE = {"bespoked --config /etc/bespoke/bespoked.yaml": "a file of root's; test_lifecycle.py starts with --config",
             "systemctl stop bespoked          # or however it is run": "systemd; test_restore.py restores",
             "bespokectl --address ops.example:7877 --ca authority.pem --token-file ops.token status":
                 "another host; test_tls.py and test_access.py",
             "umask 077; openssl rand -hex 32 > clone.key": "another daemon; test_clone.py"}
# What the commands of a page must have said, somewhere, beside ending well.
SAYS = {
    "README.md": ["office_trial", "~ office_trial changed", "A better headline"],
    "docs/rules.md": ["not known whether it applies", "its 3 tests pass"],
    "docs/imports.md": ["written"],
    "docs/experiments.md": [
        "looked at at any time", "start_free, 50% of units", "also in another experiment of its layer: 0", "Preview",
        "start_free wins: +", "tasting_signup; 95% at any time", "department not agreed"],
    "docs/operations.md": ["generation 1", "ada"], "docs/security.md": ["web-1", "revoked: "],
}


def blocks(page):
    """The fenced blocks of a page in order."""
    found = []
    fence = None
    for number, line in enumerate((ROOT / page).read_text().split("\n"), 1):
        if fence is None and line.startswith("```"):
            fence = Block(line[3:].strip(), number, [])
        elif fence is not None and line == "```":
            found.append(Block(fence.kind, fence.line, "\n".join(fence.text) + "\n"))
            fence = None
        elif fence is not None:
            fence.text.append(line)
    assert fence is None, f"{page}:{fence.line}: a fence is never closed"
    return found


def commands(text):
    """How many commands a block holds: lines that go on, and loops, are one."""
    joined = re.sub(r"\\\n", " ", text)
    joined = re.sub(r"(?ms)<<'END'.*?^END$", "", joined)
    return len([line for line in re.sub(r"(?ms)^for .*?^done", "for", joined).split("\n") if line.strip()])


def masked(text):
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text)
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))


def matches(shown, printed):
    """Whether what a page shows is what was printed."""
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*") + "\n"
                      for line in masked(shown).split("\n"))
    return re.fullmatch(pattern, masked(printed) + "\n") is not None


@pytest.fixture
def place(tmp_path_factory):
    """A copy of what a clone has, with a daemon as `make run` starts it."""
    folder = pathlib.Path(f"/tmp/bespoke-docs-{os.getpid()}-{time.monotonic_ns()}")
    folder.mkdir()
    for name in ["config", "scripts", "examples", "proto"]:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".bespoke-revision", ".build"))
    (folder / ".build").mkdir()
    (folder / ".build" / "bin").symlink_to(pathlib.Path(harness.binary("bespokectl")).parent)
    environment = {**os.environ, "BESPOKE_LISTEN": "127.0.0.1:0", "BESPOKE_OPERATIONS": "127.0.0.1:0"}
    environment.pop("BINARIES", None)
    log = open(folder / "log.txt", "w+b")
    process = subprocess.Popen(["scripts/run"], cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + harness.START_SECONDS
    while b"Bespoke serves" not in (folder / "log.txt").read_bytes():
        assert process.poll() is None and time.monotonic() < deadline, (folder / "log.txt").read_text()
        time.sleep(0.02)
    yield folder
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=harness.STOP_SECONDS) in (0, 128 + signal.SIGINT), (folder / "log.txt").read_text()
    log.close()
    shutil.rmtree(folder)


def run(page, folder):
    """Runs a page's blocks; returns what each printed, with its end code, by its line."""
    files = folder / PAGES[page]
    script = ["export BESPOKE_ADDRESS=unix:$PWD/run/bespoke.sock PATH=$PWD/.build/bin:$PATH XDG_CONFIG_HOME=$PWD",
              "trap 'echo \"=== $?\"' EXIT"]
    for block in blocks(page):
        name = re.match(r"# file: (\S+)\n", block.text)
        if name:
            path = files / name.group(1)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text if path.suffix == ".yaml" else block.text.split("\n", 1)[1])
        elif block.kind == "sh":
            kept = [line for line in block.text.split("\n") if not line.startswith("make ")]
            script += ["set -euo pipefail", *kept, "set +x", f"echo '=== {block.line} done'"]
    done = subprocess.run(["bash", "-c", "exec 2>&1\n" + "\n".join(script)], cwd=folder, capture_output=True, text=True,
                          timeout=300)
    printed = re.split(r"=== (\d+) done\n", done.stdout)
    last = printed[-2] if len(printed) > 1 else "the first"
    assert done.returncode == 0, f"{page}, behind the block of line {last}:\n{printed[-1]}"
    return dict(zip(map(int, printed[1::2]), printed[0::2]))


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_works_and_prints_what_is_shown(page, place, request):
    printed = run(page, place)
    found = blocks(page)
    count = sum(commands(block.text) for block in found if block.kind == "sh")
    request.node.user_properties.append(("commands of documentation", (page, count)))
    assert len(printed) == len([block for block in found if block.kind == "sh"]) > 0
    everything = "".join(printed.values())
    assert [words for words in SAYS[page] if words not in everything] == [], everything
    for before, block in zip(found, found[1:]):
        if before.kind == "sh" and block.kind == "text":
            assert matches(block.text, printed[before.line]), f"{page}:{block.line} shows other than\n{printed[before.line]}"


@pytest.mark.parametrize("page", PAGES)
def test_no_command_of_a_page_hides_outside_of_a_block_that_is_run(page):
    text = re.sub(r"(?ms)^```.*?^```$", "", (ROOT / page).read_text())
    assert not re.findall(r"(?m)^    (?:\S*bespoke\S*|make|export) .*$", text)


def all_pages():
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]
    return sorted(str(page.relative_to(ROOT)) for page in found)


def test_few_blocks_are_for_another_machine_each_with_a_reason():
    found = [block.text.split("\n")[0] for page in PAGES for block in blocks(page) if block.kind == "sh elsewhere"]
    assert sorted(found) == sorted(ELSEWHERE)


def test_every_block_of_every_page_is_accounted_for():
    """A shell block is run, what it must print is compared, a file is written; nothing else stands in a fence."""
    left = []
    for page in all_pages():
        before = None
        for block in blocks(page):
            is_file = re.match(r"# (file|before|after): ", block.text)
            is_run = block.kind in ("sh", "sh elsewhere") or block.kind == "text" and before is not None and before.kind == "sh"
            if page not in UNIT_TESTED and not (page in PAGES and (is_run or is_file)):
                left.append(f"{page}:{block.line}: ```{block.kind}")
            before = block
    assert left == []


def test_commands_within_sentences_are_there(tmp_path):
    """`bespokectl tokens create web-1 --role decide` in a sentence: such a command, and each of its flags."""
    named = {text for page in all_pages() if page != "CHANGELOG.md"
             for text in re.findall(r"`(bespoke(?:ctl|d) [^`]+)`", (ROOT / page).read_text())}
    pages = {}
    for text in sorted(named):
        program, *words = text.split()
        path = []
        for word in words:
            if not re.fullmatch(r"[a-z]+", word):
                break
            path.append(word)
        # A word may be an argument: a shorter path is the command then.
        while (program, *path) not in pages:
            help_text = subprocess.run([harness.binary(program), *path, "--help"], capture_output=True, text=True,
                                       timeout=harness.COMMAND_SECONDS, check=False)
            if help_text.returncode == 0 or not path:
                pages[(program, *path)] = help_text.stdout
            else:
                path.pop()
        assert path or not words or not words[0].isalpha() or words[0].isupper(), text
        for flag in re.findall(r"--[a-z-]+", text):
            assert flag in pages[(program, *path)], text
    assert len(named) >= 15


def test_make_targets_that_a_page_names_are_there():
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    for page in all_pages():
        # Outside of blocks "make" at the start of a line may be a word of a sentence.
        start = r"(?:^|`)" if page in PAGES else "`"
        assert set(re.findall(start + r"make ([a-z][a-z-]*)", (ROOT / page).read_text(), re.M)) <= targets, page


@pytest.mark.parametrize("shown, printed, same", [
    ("a\n…\nb\n", "a\nx\ny\nb\n", True), ("a\n…\nb\n", "a\nb\n", True), ("a\nb\n", "a\nx\nb\n", False),
    ("took 3 ms\n", "took 17 ms\n", True), ("took … of 3\n", "took two of 3\n", True), ("3 rows\n", "4 rows\n", False)])
def test_shown_output_is_compared(shown, printed, same):
    assert matches(shown, printed) is same
