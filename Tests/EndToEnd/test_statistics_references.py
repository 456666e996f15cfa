"""The committed references of the statistics are what scipy and numpy compute; the Swift tests compare with them."""
import importlib.util
import json
import math
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def references():
    path = ROOT / "scripts" / "statistics-references.py"
    specification = importlib.util.spec_from_file_location("statistics_references", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def committed(references):
    return json.loads(references.TARGET.read_text())


def test_every_part_is_committed(references, committed):
    assert sorted(committed) == sorted(references.PARTS)


@pytest.mark.parametrize("part", ["distributions", "sequences", "samples", "posteriors", "sample_ratios", "rates", "plans"])
def test_the_committed_references_are_computed_again(references, committed, part):
    assert list(references.differences(committed[part], references.PARTS[part]())) == []


def test_the_confidence_sequences_are_those_of_confseq(references, committed):
    """confseq is built from source by scripts/install-dependencies, and left out where that fails.

    confseq chooses its rho from the planned units by an approximation of the exact choice; it is given those for which
    its choice is the exact one.
    """
    boundaries = pytest.importorskip("confseq.boundaries")
    for case in committed["sequences"]:
        alpha, planned, units = case["alpha"], case["planned"], case["units"]
        exact = -references.special.lambertw(-alpha**2 * math.exp(-1), -1).real - 1
        doubled = -2 * math.log(alpha)
        given = planned * (doubled + math.log(1 + doubled)) / exact
        bound = boundaries.normal_mixture_bound(units, alpha, given, alpha, False)
        assert math.isclose(case["multiplier"], bound / math.sqrt(units), rel_tol=1e-12), case


def test_the_confidence_sequences_are_where_the_integrated_mixture_rejects(references, committed):
    for case in committed["sequences"]:
        integrated = references.mixture(case["alpha"], case["planned"], case["units"])
        assert math.isclose(case["multiplier"], integrated, rel_tol=1e-6), (case, integrated)


def test_the_confidence_sequences_are_those_of_the_published_theorem(references, committed):
    assert len(committed["sequences"]) == len(references.sequence_inputs())
    for case in committed["sequences"]:
        assert math.isclose(
            case["multiplier"], references.formula(case["alpha"], case["planned"], case["units"]), rel_tol=1e-9), case


def test_a_difference_is_found(references, committed):
    changed = json.loads(json.dumps(committed))
    changed["plans"][0]["units"] += 1
    assert len(list(references.differences(changed, committed))) == 1
