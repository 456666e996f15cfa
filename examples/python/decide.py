#!/usr/bin/env python3
"""Asks Bespoke what one visitor should see, with grpcio and stubs made from proto/.

usage: examples/python/decide.py [HOST:PORT] [VISITOR]      needs: pip install grpcio grpcio-tools
"""
import importlib
import pathlib
import sys
import tempfile

import grpc
import grpc_tools
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parent.parent.parent / "proto"
TIMEOUT_SECONDS = 2.0


def make_stubs(folder):
    """Writes the Python stubs into a folder. A project of your own does this once, when it is built."""
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    files = [str(path) for path in sorted((PROTO / "bespoke").rglob("*.proto"))]
    if protoc.main(["protoc", f"-I{PROTO}", f"-I{well_known}", f"--python_out={folder}", f"--grpc_python_out={folder}", *files]):
        sys.exit("the stubs could not be made from proto/")
    sys.path.insert(0, folder)
    return (importlib.import_module("bespoke.v1.decision_pb2"), importlib.import_module("bespoke.v1.decision_pb2_grpc"))


def main():
    address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7878"
    visitor = sys.argv[2] if len(sys.argv) > 2 else "v0001"
    with tempfile.TemporaryDirectory() as folder:
        messages, services = make_stubs(folder)
    request = messages.DecideRequest(
        visitor_id=visitor,
        page=messages.Page(url="https://www.kaffa.example/?utm_term=espresso", language="en"),
        consent=messages.Consent(granted=["personalisation"]))
    # One channel serves all threads of a process: make it once and keep it.
    with grpc.insecure_channel(address) as channel:
        try:
            answer = services.DecisionServiceStub(channel).Decide(request, timeout=TIMEOUT_SECONDS)
        except grpc.RpcError as error:
            # A page must not wait for its adverts: show the default instead.
            sys.exit(f"no decision from {address}: {error.code().name}: {error.details()}")
    print(f"{visitor}: {answer.icp.title or 'no ideal customer profile matches'}")
    for placement in answer.placements:
        source = placement.campaign or "default"
        print(f"  {placement.placement} ({source}): {' / '.join(placement.fields[name] for name in sorted(placement.fields))}")


if __name__ == "__main__":
    main()
