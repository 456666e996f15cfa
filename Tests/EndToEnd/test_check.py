"""`bespoked check`: what keeps the daemon from its work, named with what to do, without a daemon and without a change."""
import os
import subprocess

from support import harness


def check(*arguments, prefix=()):
    done = subprocess.run([*prefix, harness.binary("bespoked"), "check", *arguments], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_a_folder_that_served_is_fine_also_while_it_does(start):
    daemon = start()
    code, text = check("--data-directory", daemon.directory)
    assert (code, "in use by process" in text) == (0, True), text
    assert daemon.stop() == 0
    code, text = check("--data-directory", daemon.directory)
    assert (code, "opens" in text) == (0, True), text


def test_what_is_wrong_is_named_with_what_to_do(start, tmp_path):
    code, text = check("--data-directory", tmp_path / "none")
    assert code == 1 and "A start makes an empty one" in text
    daemon = start()
    assert daemon.stop() == 0
    os.chmod(daemon.directory, 0o755)
    code, text = check("--data-directory", daemon.directory)
    assert code == 1 and "chmod 0700" in text
    os.chmod(daemon.directory, 0o700)
    code, text = check("--data-directory", daemon.directory, prefix=["prlimit", "--nofile=300:300"])
    assert code == 1 and "LimitNOFILE" in text
    (daemon.directory / "journal" / "CURRENT").write_text("MANIFEST-999999\n")
    code, text = check("--data-directory", daemon.directory)
    assert code == 1 and "bespoked restore" in text
    (daemon.directory / "journal" / "CURRENT").unlink()
    code, text = check("--data-directory", daemon.directory)
    assert code == 1 and "is not there" in text
