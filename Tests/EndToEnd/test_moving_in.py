"""W15, W16, W42: whoever moves in from another system keeps every visitor in the arm they have.

The real daemon's assignments against GrowthBook's own Python SDK, and against the formulas of Unleash and flagd."""
import json
import os
import random

import growthbook.core
import pytest
import support
from support import CALL_SECONDS, decision

# How many assignments are compared; MOVING_IN_ASSIGNMENTS=3000000 for all that were promised.
ASSIGNMENTS = int(os.environ.get("MOVING_IN_ASSIGNMENTS", "30000"))
BATCH = 50

WEIGHTS = {
    "halves": [0.5, 0.5],
    "sevens": [0.7, 0.1, 0.1, 0.1],
    "thirds": [0.33, 0.33, 0.33],
    "falling": [0.7, 0.2, 0.1],
    "tenths": [0.1] * 10,
    "below": [0.495, 0.495],
    "above": [0.505, 0.505],
    "more": [0.34, 0.33, 0.34],
    "one_to_two": [1 / 3, 2 / 3],
}
COUNTED = {"halves": [1, 1], "thirds": [1, 1, 1], "falling": [7, 2, 1], "tenths": [1] * 10, "percents": [33, 33, 34],
           "large": [100_003, 3, 900_001], "with_none": [0, 5, 0, 2]}
SALTS = ["hero", "s-1", "Größe", "кнопка", "ボタン", "🙂/🙃", "x" * 767]
LONG = "s" * 1_100


def murmur3(data, seed=0):
    """MurmurHash3 x86 32. Source: A. Appleby, SMHasher (public domain)."""
    def scrambled(block):
        block = block * 0xCC9E2D51 & 0xFFFFFFFF
        return (block << 15 | block >> 17) * 0x1B873593 & 0xFFFFFFFF
    value = seed
    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        value ^= scrambled(int.from_bytes(data[start:start + 4], "little"))
        value = ((value << 13 | value >> 19) * 5 + 0xE6546B64) & 0xFFFFFFFF
    if whole < len(data):
        value ^= scrambled(int.from_bytes(data[whole:], "little"))
    value ^= len(data)
    value = (value ^ value >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    value = (value ^ value >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return value ^ value >> 16


def fnv1a(data):
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def over_bytes(version, salt, unit):
    """GrowthBook's two formulas over UTF-8."""
    if version == 1:
        return fnv1a((unit + salt).encode()) % 1_000 / 1_000
    return fnv1a(str(fnv1a((salt + unit).encode())).encode()) % 10_000 / 10_000


def growthbook_arm(version, is_over_bytes, salt, weights, coverage, unit):
    position = over_bytes(version, salt, unit) if is_over_bytes else growthbook.core.gbhash(salt, unit, version)
    return growthbook.core.chooseVariation(position, growthbook.core.getBucketRanges(len(weights), coverage, weights))


def first_above(position, uppers):
    return next((index for index, upper in enumerate(uppers) if position < upper), -1)


def cumulative(weights):
    sums, total = [], 0.0
    for weight in weights:
        total += weight
        sums.append(total)
    return sums


def unleash_arm(salt, weights, unit):
    bucket = murmur3(f"{salt}:{unit}".encode(), 86028157) % sum(weights) + 1
    return next(index for index, upper in enumerate(cumulative(weights)) if bucket <= upper)


def flagd_v1_arm(salt, weights, unit):
    value = murmur3((salt + unit).encode())
    bucket = abs(value - (value >> 31 << 32)) / 2147483647 * 100
    return first_above(bucket, cumulative([weight / sum(weights) * 100 for weight in weights]))


def flagd_v2_arm(salt, weights, unit):
    return first_above(murmur3((salt + unit).encode()) * sum(weights) >> 32, cumulative(weights))


def experiments():
    """Name, what stands in the rules, and the arm of a unit by the other system."""
    seeded = random.Random(15)
    for hash_name, version in (("growthbook_v1", 1), ("growthbook_v2", 2)):
        for name, weights in WEIGHTS.items():
            for text in ("utf16", "utf8"):
                salt, coverage = seeded.choice(SALTS), seeded.choice([1, 1, 0.5, 0.07])
                yield (f"{hash_name}_{name}_{text}",
                       {"hash": hash_name, "text": text, "salt": salt, "traffic": coverage}, weights,
                       lambda unit, v=version, b=text == "utf8", s=salt, w=weights, c=coverage:
                       growthbook_arm(v, b, s, w, c, unit))
    for hash_name, arm in (("unleash", unleash_arm), ("flagd_v1", flagd_v1_arm), ("flagd_v2", flagd_v2_arm)):
        for name, weights in COUNTED.items():
            salt = seeded.choice(SALTS)
            yield (f"{hash_name}_{name}", {"hash": hash_name, "salt": salt}, weights,
                   lambda unit, a=arm, s=salt, w=weights: a(s, w, unit))
    yield ("long_salt", {"hash": "flagd_v2", "salt": LONG}, [1, 1, 1], lambda unit: flagd_v2_arm(LONG, [1, 1, 1], unit))


def units(count):
    seeded = random.Random(42)
    letters = ["abcdefghijklmnopqrstuvwxyz0123456789-_@.", "äöüßéèñçøå", "абвгдежзиклмн", "漢字仮名交", "🙂🙃🚀𝒳", " /:\"'\\"]
    for number in range(count):
        alphabet = letters[0] if number % 2 else "".join(letters)
        yield f"{number:x}" + "".join(seeded.choice(alphabet) for _ in range(seeded.randint(0, 40)))


@pytest.fixture
def rules(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    content = {"experiments": {
        name: keys | {"arms": {f"arm_{index}": {"weight": weight} for index, weight in enumerate(weights)}}
        for name, keys, weights, _ in experiments()}}
    (folder / "rules.yaml").write_text(json.dumps(content, ensure_ascii=False))
    return folder


def test_W15_W16_W42_nobody_who_moves_in_gets_another_arm(start, rules):
    daemon = start(rules=rules)
    others = list(experiments())
    compared, different, seen = 0, [], {}
    wanted = iter(units(ASSIGNMENTS // len(others) + 1))
    with support.grpc.insecure_channel(daemon.data) as channel:
        decisions = support.Decisions(channel)
        while batch := [unit for _, unit in zip(range(BATCH), wanted)]:
            request = decision.BatchDecideRequest(requests=[decision.DecideRequest(visitor_id=unit) for unit in batch])
            answers = decisions.BatchDecide(request, timeout=CALL_SECONDS)
            for unit, answer in zip(batch, answers.responses, strict=True):
                found = {item.experiment: int(item.arm.removeprefix("arm_")) for item in answer.assignments}
                for name, _, _, arm in others:
                    compared += 1
                    seen.setdefault(name, set()).add(found.get(name, -1))
                    if found.get(name, -1) != arm(unit):
                        different.append((name, unit, found.get(name, -1), arm(unit)))
    assert compared >= ASSIGNMENTS and different[:5] == [] and len(different) == 0
    assert all(len(arms) > 1 for arms in seen.values()), seen
    print(f"{compared} assignments compared, {len(different)} differ")
