"""scripts/tidy finds what it is for: each planted fault is reported at its line, and clean code is not."""
import importlib.machinery
import importlib.util

import pytest
from support import ROOT


@pytest.fixture(scope="module")
def tidy():
    loader = importlib.machinery.SourceFileLoader("tidy", str(ROOT / "scripts" / "tidy"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("tidy", loader))
    loader.exec_module(module)
    return module


FAULTS = {
    "an import of another target's library": ("GRPC", "internal import CNghttp2\n", [1]),
    "an import without access level": ("GRPC", "import NIOCore\n", [1]),
    "Foundation on the path between read and write": ("Wire", "internal import Foundation\n", [1]),
    "a force-try": ("Daemon", "func a() {\n    let x = try! b()\n}\n", [2]),
    "a declaration without docs": ("Daemon", "/// Said.\npackage struct A {\n    package func b() {}\n}\n", [3]),
    "sendability without proof": ("Daemon", "\nfinal class A: @unchecked Sendable {}\n", [2]),
    "a long function": ("Daemon", "func a() {\n" + "    b()\n" * 69 + "}\n", [1]),
    "a long file": ("Daemon", "let a = 1\n" * 601, [1]),
}
CLEAN = {
    "words in strings and comments": ("Daemon", 'let a = "try! \\(b("as!")) fatalError()" // try!\n/* as! */\n', []),
    "a multi-line string": ("Daemon", 'let a = """\n    import X try! { \\(c { $0 })\n    """\nlet b = #"\\("#\n', []),
    "a library in its own target": ("HTTP2", "internal import CNghttp2\n", []),
    "a function at the limit": ("Daemon", "func a() {\n" + "    b()\n" * 68 + "}\n", []),
    "a requirement without body, then a long type": (
        "Daemon",
        "protocol A {\n    func b(c: Int)\n    var d: Int { get }\n}\nstruct E {\n" + "    let f = 1\n" * 80 + "}\n", []),
    "docs above attributes": ("Daemon", "/// Said.\n@inlinable\n@discardableResult\npackage func a() {}\n", []),
    "a written proof": ("Daemon", "// Sendable, because it never changes.\nfinal class A: @unchecked Sendable {}\n", []),
}


@pytest.mark.parametrize("target, source, lines", [*FAULTS.values(), *CLEAN.values()], ids=[*FAULTS, *CLEAN])
def test_each_fault_is_reported_at_its_line_and_nothing_else(tidy, target, source, lines):
    found = list(tidy.check_swift(ROOT / "Sources" / target / "A.swift", source, tidy.read_walls()[0]))
    assert [line for line, _ in found] == lines, found


def test_the_walls_are_whole_and_arrows_go_down(tidy, tmp_path, monkeypatch):
    assert tidy.read_walls()[1] == []
    table = tidy.WALLS.read_text(encoding="utf-8")
    for before, after, words in [
            ("CEL               CRE2", "CEL               Ruleset CRE2", "CEL stands above Ruleset: arrows go down only"),
            ("Telemetry  ", "Telemetries", "there is no target Telemetries below Sources"),
            ("Telemetry  ", "# ", "Telemetry has no row")]:
        assert before in table
        (tmp_path / "imports.txt").write_text(table.replace(before, after), encoding="utf-8")
        monkeypatch.setattr(tidy, "WALLS", tmp_path / "imports.txt")
        assert words in [found for _, found in tidy.read_walls()[1]]


def test_an_engine_knows_no_transport_and_a_door_no_store(tidy):
    walls, _ = tidy.read_walls()

    def reached(target):
        return {target} | {found for module in walls.get(target, ()) for found in reached(module)}

    transport = {"GRPC", "HTTP2", "Wire", "Messages", "CBespokeProto", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL"}
    assert {"Ledger", "Store"} <= reached("Engine") and not reached("Engine") & transport
    # A door reaches what is stored through the engine's use cases only.
    assert "Engine" in walls["GRPCDoor"] and not set(walls["GRPCDoor"]) & {"Store", "Ledger", "CRocksDB"}


def test_leftovers_are_found_in_any_file(tidy):
    assert [line for line, _ in tidy.check_any("a\n# TO" + "DO: later\n")] == [2]


def test_an_import_that_package_swift_does_not_declare_is_found(tidy):
    lines = ["internal import CEL", "internal import NIOCore", "package import Model", "internal import GRPC"]
    dependencies = {"CEL": set(), "GRPC": set(), "Model": set(), "Daemon": {"CEL", "Model"}}
    assert [line for line, _ in tidy.check_arrows("Daemon", lines, dependencies)] == [4]
