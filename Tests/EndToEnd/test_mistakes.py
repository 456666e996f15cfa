"""Tests/Mistakes/Commands/*.md: what somebody types, and the first lines of what he is told, with the exit code.

`RECORD_MISTAKES=1` writes what is said today, to be read before it is committed.
"""
import os
import re
import subprocess

import pytest
from support import ROOT, harness

FOLDER = ROOT / "Tests" / "Mistakes"
PAGES = sorted((FOLDER / "Commands").glob("*.md"))
TABLE = FOLDER / "README.md"
TABLE_STARTS = "<!-- What follows is written by RECORD_MISTAKES=1. -->\n"
LINES = 8
# Words of libraries, of the language and of the system that nobody who types a command should have to read.
RAW = ["bind(descriptor", "SocketAddressError", "failedToLoad", "NIOSSL", "NIOCore", "NIOPosix", "BoringSSL", "handshakeFailed",
       "errno", "Error Domain", "YamlError", "Fatal error", "Optional(", "ChannelError", "connect(", "SSL routines"]


def entries(page):
    """Title, files, commands and answer of each entry."""
    found = []
    fence = None
    for line in page.read_text().splitlines():
        if fence is not None and line == "```":
            kind, text = fence
            fence = None
            if kind == "sh":
                found[-1]["commands"] = "\n".join(text)
            elif not kind:
                found[-1]["answer"] = text
            else:
                found[-1]["files"][kind.split()[1]] = "".join(part + "\n" for part in text)
        elif fence is not None:
            fence[1].append(line)
        elif line.startswith("```"):
            fence = (line[3:], [])
        elif line.startswith("## "):
            found.append({"page": page, "title": line[3:], "files": {}, "commands": "", "answer": []})
    return found


ALL = [entry for page in PAGES for entry in entries(page)]


@pytest.fixture(scope="module")
def world(daemon, tmp_path_factory):
    """The variables of the table: a daemon, another with TLS, and the sample rules."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "server.pem", folder / "server.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                    "2", "-subj", "/CN=shop.example", "-addext", "subjectAltName=DNS:shop.example", "-keyout", str(key), "-out",
                    str(certificate)], check=True, capture_output=True)
    flags = ["--tls-certificate", str(certificate), "--tls-key", str(key), "--admin-listen", "127.0.0.1:0"]
    with harness.Daemon(arguments=flags) as encrypted:
        yield {"RULES": str(harness.RULES), "ADMIN": daemon.admin, "DATA": daemon.data, "OPERATIONS": daemon.operations,
               "DIRECTORY": str(daemon.directory), "TLS": encrypted.addresses["remote_admin"],
               "CERTIFICATE": str(certificate), "KEY": str(key)}


def run(entry, folder, world):
    """The first lines of what is said, and the last command's exit code."""
    for name, text in entry["files"].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    environment = {"PATH": f"{harness.BINARIES}:{os.environ['PATH']}", "HOME": str(folder), "BESPOKE_ADDRESS": world["ADMIN"],
                   "BESPOKE_DATA_DIRECTORY": str(folder / "data"), **world}
    result = subprocess.run(["bash", "-c", entry["commands"]], cwd=folder, env=environment, capture_output=True, text=True,
                            timeout=60)
    said = result.stdout + result.stderr
    for name, value in sorted([*world.items(), ("HERE", str(folder))], key=lambda pair: -len(pair[1])):
        said = said.replace(value, "$" + name)
    said = said.replace(str(ROOT), "$ROOT").replace(os.uname().nodename, "$HOST")
    said = re.sub(r"(?m)^\d{4}-\d\d-\d\dT[0-9:.]+Z", "$TIME", re.sub(r"\b[0-9a-f]{32}\b", "$REVISION", said))
    return [line.rstrip() for line in said.splitlines()[:LINES]] + [f"exit {result.returncode}"]


def record(page, answers):
    """Writes each entry's answer behind its last fence."""
    kept, blocks = [], []
    fence = None
    for line in page.read_text().splitlines():
        if fence is None and line.startswith("## "):
            blocks.append([])
        part = blocks[-1] if blocks else kept
        if line.startswith("```") and (fence is None or line == "```"):
            isAnswer = fence == "" or fence is None and line == "```"
            fence = line[3:] if fence is None else None
            if isAnswer:
                continue
        if fence != "":
            part.append(line)
    for block, answer in zip(blocks, answers, strict=True):
        while block[-1] == "":
            block.pop()
        kept += [*block, "", "```", *answer, "```", ""]
    page.write_text("\n".join(kept))


@pytest.mark.parametrize("entry", ALL, ids=[entry["title"] for entry in ALL])
def test_a_mistake_is_answered_with_what_where_and_how(entry, tmp_path, world):
    said = run(entry, tmp_path, world)
    assert said == entry["answer"]
    assert not [word for word in RAW if any(word in line for line in said)]


@pytest.mark.skipif("RECORD_MISTAKES" not in os.environ, reason="only when asked to write the table")
def test_recorded(tmp_path, world):
    for page in PAGES:
        answers = []
        for number, entry in enumerate(entries(page)):
            folder = tmp_path / f"{page.stem}-{number}"
            folder.mkdir()
            answers.append(run(entry, folder, world))
        record(page, answers)


# --- All of them as one table -----------------------------------------------------------------------------------------

def rows(page):
    """Of each entry of a page what was done, what was written, what is said, and what helps."""
    for part in re.split(r"(?m)^## ", page.read_text())[1:]:
        title, _, body = part.partition("\n")
        fences = re.findall(r"(?ms)^```([^\n]*)\n(.*?)^```$", body)
        answer = [text for info, text in fences if not info][-1].splitlines()
        typed = [text.splitlines()[-1] for info, text in fences if info == "sh"]
        shown = [line.partition(" | ")[2].strip() for line in answer if re.match(r" *\d+ \| ", line)]
        said = re.sub(r"^(\S+:\d+:\d+: (error|warning)\[[a-z-]+\]|bespokectl|bespoked|Error): ", "", answer[0])
        helps = [line.strip().removeprefix("help: ") for line in answer if line.startswith("  help: ")]
        yield title, (typed or shown or [""])[0], said, (helps or [""])[0]


def cell(text, is_code=False):
    text = "".join(letter if letter.isprintable() else "·" for letter in text if letter != "\0")
    text = text if len(text) <= 160 else text[:159] + "…"
    if is_code and text:
        fence = "``" if "`" in text else "`"
        text = f"{fence} {text} {fence}" if "`" in text else fence + text + fence
    return text.replace("|", "\\|")


def table():
    """All pages, one behind the other."""
    text = ""
    for page in sorted([*FOLDER.glob("[0-9]*.md"), *PAGES]):
        heading = page.read_text().partition("\n")[0].removeprefix("# ")
        text += f"\n### [{heading}]({page.relative_to(FOLDER)})\n\n"
        text += "| mistake | written | what is said | how to mend it |\n|---|---|---|---|\n"
        for title, written, said, helps in rows(page):
            text += f"| {cell(title)} | {cell(written, is_code=True)} | {cell(said)} | {cell(helps)} |\n"
    return text


@pytest.mark.skipif("RECORD_MISTAKES" not in os.environ, reason="only when asked to write the table")
def test_recorded_as_a_table():
    TABLE.write_text(TABLE.read_text().partition(TABLE_STARTS)[0] + TABLE_STARTS + table())


def test_the_table_names_mistakes_that_the_pages_have():
    known = {cell(title) for page in [*FOLDER.glob("[0-9]*.md"), *PAGES] for title, *_ in rows(page)}
    listed = re.findall(r"(?m)^\| (.*?) \| ", TABLE.read_text().partition(TABLE_STARTS)[2])
    listed = [title for title in listed if title != "mistake"]
    assert [title for title in listed if title not in known] == []
    assert len(listed) >= 400


def test_there_are_enough_mistakes():
    pages = sorted((ROOT / "Tests" / "Mistakes").rglob("*.md"))
    assert sum(line.startswith("## ") for page in pages for line in page.read_text().splitlines()) >= 300
    assert len(ALL) >= 90
