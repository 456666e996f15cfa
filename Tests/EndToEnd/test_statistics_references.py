"""The committed references of the statistics are what scipy, numpy and confseq compute; the Swift tests compare with them."""
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


@pytest.mark.parametrize("part", ["distributions", "samples", "posteriors", "sample_ratios", "plans"])
def test_the_committed_references_are_computed_again(references, committed, part):
    assert list(references.differences(committed[part], references.PARTS[part]())) == []


def test_the_confidence_sequences_are_those_of_confseq(references, committed):
    assert list(references.differences(committed["sequences"], references.sequences())) == []


def test_the_confidence_sequences_are_those_of_the_published_theorem(references, committed):
    assert len(committed["sequences"]) == len(references.sequence_inputs())
    for case in committed["sequences"]:
        assert math.isclose(
            case["multiplier"], references.formula(case["alpha"], case["planned"], case["units"]), rel_tol=1e-9), case


def test_a_difference_is_found(references, committed):
    changed = json.loads(json.dumps(committed))
    changed["plans"][0]["units"] += 1
    assert len(list(references.differences(changed, committed))) == 1
