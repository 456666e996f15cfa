"""docs/experiments.md, as a reader would follow it: every command, in order, in one shell's environment."""
import pathlib
import re
import shutil
import subprocess

from support import ROOT, harness

PAGE = (ROOT / "docs" / "experiments.md").read_text()


def test_each_command_of_the_guide_does_what_the_guide_says(start, tmp_path):
    daemon = start(rules=ROOT / "config" / "rules")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "bespoke.sock").symlink_to(daemon.admin.removeprefix("unix:"))
    (tmp_path / ".build").mkdir()
    (tmp_path / ".build" / "release").symlink_to(pathlib.Path(harness.binary("bespokectl")).parent)
    shutil.copytree(ROOT / "config" / "rules", tmp_path / "config" / "rules")
    shutil.copytree(ROOT / "config" / "rules", tmp_path / "my-rules")
    for name, text in re.findall(r"```yaml\n# file: (\S+)\n(.*?)```", PAGE, re.DOTALL):
        (tmp_path / name).write_text(text)
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    script = "set -euo pipefail\n" + "\necho '=== next'\n".join(blocks)
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    parts = done.stdout.split("=== next\n")
    assert len(parts) == len(blocks) == 9
    assert "looked at at any time" in parts[1]
    assert "start_free, 50% of units" in parts[2]
    assert "also in another experiment of its layer: 0" in parts[3]
    assert parts[4].startswith("Preview") and "Start free" in parts[4]
    assert "start_free wins: +" in parts[6] and "tasting_signup; 95% at any time" in parts[6]
    assert (tmp_path / "hero_button.svg").read_text().count("<svg") == 1
    assert (tmp_path / "hero_button.csv").read_text().count("\n") == 3
    assert "department not agreed" in parts[7]
