"""Daemons and channels for the tests. Ports are free ones; every daemon has a data directory of its own."""
import contextlib
import pathlib
import sys

import grpc
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import support  # noqa: E402
from support import harness  # noqa: E402


@pytest.fixture(scope="session")
def daemon():
    """A daemon on config/rules with the sample profiles. Tests that use it leave rules and sample profiles as they are."""
    with harness.Daemon() as started:
        for kind in ("account", "visitor"):
            started.ctl("profiles", "import", harness.SAMPLE / f"{kind}s.csv", "--kind", kind)
        yield started
        code = started.process.poll()
        assert code is None, f"the daemon ended among the tests with code {code}:\n{started.log_text()}"


@pytest.fixture
def start():
    """Starts daemons for one test only: `start(rules=…, arguments=[…])`."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(harness.Daemon(**options))


@pytest.fixture
def channel(daemon):
    with grpc.insecure_channel(daemon.data) as opened:
        yield opened


@pytest.fixture
def admin_channel(daemon):
    with grpc.insecure_channel(daemon.admin) as opened:
        yield opened


@pytest.fixture
def decisions(channel):
    return support.Decisions(channel)


@pytest.fixture
def profiles(channel):
    return support.Profiles(channel)


def pytest_terminal_summary(terminalreporter):
    """How many commands of the documentation were run."""
    counts = [value for report in terminalreporter.getreports("passed") if report.when == "call"
              for name, value in report.user_properties if name == "commands of documentation"]
    if counts:
        pages = ", ".join(f"{page} {count}" for page, count in sorted(counts))
        terminalreporter.write_line(f"documentation: {sum(count for _, count in counts)} commands were run ({pages})")
