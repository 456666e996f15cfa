#!/usr/bin/env python3
"""Writes visitors.csv and accounts.csv: 1,000 rows each of made-up people and companies for config/rules.

usage: config/sample/generate.py [FOLDER]      FOLDER: where to write; this folder when absent

The same bytes come out every time, with any Python from 3.8 on: only random.random() of a seeded generator is used, and no
clock. The first rows are the visitors whom `make demo` asks about; they do not depend on chance.
"""
import csv
import pathlib
import random
import sys

ROWS = 1_000
SEED = 20_261_101

ACCOUNT_COLUMNS = ["id", "company", "domain", "industry", "sic", "employees", "sites", "annual_revenue",
                   "coffee_budget", "country", "region", "contracts", "growth", "referrals"]
VISITOR_COLUMNS = ["id", "account", "title", "department", "seniority", "age", "gender", "marital_status", "children",
                   "income", "interests", "timezone", "product_awareness", "need", "objection", "preferred_format",
                   "cups_a_day", "lifetime_value", "loyalty", "satisfaction", "newsletter", "warranty_ends"]

# Industry: its SIC codes, its weight, and roughly how many people work at one of its companies.
INDUSTRIES = {
    "software": (["7371", "7372", "7374"], 26, (3, 900)),
    "hospitality": (["7011", "7021"], 16, (15, 3_000)),
    "retail": (["5311", "5651", "5961"], 18, (5, 2_500)),
    "health": (["8011", "8062"], 12, (8, 1_800)),
    "education": (["8211", "8221"], 10, (12, 1_200)),
    "logistics": (["4213", "4731"], 10, (10, 1_500)),
    "agency": (["7311", "8742"], 8, (2, 120)),
}
PLACES = [("US", "americas", "America/New_York", 26), ("CA", "americas", "America/Toronto", 6),
          ("BR", "americas", "America/Sao_Paulo", 6), ("GB", "europe", "Europe/London", 14),
          ("DE", "europe", "Europe/Berlin", 13), ("FR", "europe", "Europe/Paris", 10),
          ("PT", "europe", "Europe/Lisbon", 5), ("UA", "europe", "Europe/Kyiv", 5),
          ("JP", "asia_pacific", "Asia/Tokyo", 6), ("AU", "asia_pacific", "Australia/Sydney", 5),
          ("KE", "africa", "Africa/Nairobi", 4)]
NAME_STARTS = ["North", "Silver", "Oak", "Tide", "Marble", "Copper", "Harbour", "Juniper", "Fern", "Granite", "Willow",
               "Amber", "Cedar", "Falcon", "Linden", "Meadow", "Orchard", "Prairie", "Quill", "Raven", "Saffron", "Thistle"]
NAME_ENDS = ["pier", "line", "birch", "water", "gate", "field", "stone", "works", "bridge", "yard", "crest", "mill",
             "port", "wood", "hill", "forge"]
NAME_TAILS = {"software": ["Labs", "Systems", "Cloud"], "hospitality": ["Hotels", "Resorts", "House"],
              "retail": ["Stores", "Market", "& Daughters"], "health": ["Clinic", "Care"],
              "education": ["College", "Academy"], "logistics": ["Freight", "Lines"], "agency": ["Studio", "& Partners"]}
TITLES = {"office": "Office", "operations": "Operations", "finance": "Finance", "it": "IT", "people": "People",
          "other": "Project"}
RANKS = {"owner": "Owner", "c_level": "Chief {} Officer", "vp": "VP {}", "director": "{} Director",
         "manager": "{} Manager", "specialist": "{} Specialist"}
INTERESTS = ["coffee", "cooking", "travel", "cycling", "design", "books", "running", "gardening", "music", "tea"]

# The visitors of `make demo`: an office manager, a hotel group's head of operations, a home barista, a founder without
# a budget, and one who shares nothing.
SHOWN_ACCOUNTS = [
    {"id": "a0001", "company": "Marlow, Finch & Co", "domain": "marlow-finch.example", "industry": "software", "sic": "7372",
     "employees": 140, "sites": 2, "annual_revenue": 18_500_000, "coffee_budget": 14_000, "country": "GB",
     "region": "europe", "contracts": "cleaning|plants", "growth": 0.31, "referrals": 1},
    {"id": "a0002", "company": "Tidewater Hotels", "domain": "tidewater.example", "industry": "hospitality", "sic": "7011",
     "employees": 860, "sites": 9, "annual_revenue": 61_000_000, "coffee_budget": 185_000, "country": "PT",
     "region": "europe", "contracts": "laundry", "growth": 0.08, "referrals": 0},
    {"id": "a0003", "company": "Two Desks", "domain": "two-desks.example", "industry": "software", "sic": "7371",
     "employees": 4, "sites": 1, "annual_revenue": 120_000, "coffee_budget": 400, "country": "US", "region": "americas",
     "growth": 1.9, "referrals": 0},
]
SHOWN_VISITORS = [
    {"id": "v0001", "account": "a0001", "title": "Head of Office, EMEA", "department": "office", "seniority": "manager",
     "age": 38, "timezone": "Europe/London", "product_awareness": "high", "need": "task", "objection": "price",
     "preferred_format": "tasting", "satisfaction": 4.2, "newsletter": "true"},
    {"id": "v0002", "account": "a0002", "title": "Chief Operations Officer", "department": "operations",
     "seniority": "c_level", "age": 51, "timezone": "Europe/Lisbon", "product_awareness": "medium", "need": "need",
     "objection": "risk", "preferred_format": "call"},
    {"id": "v0003", "age": 34, "marital_status": "married", "children": 0, "income": 92_000, "interests": "coffee|travel",
     "timezone": "America/New_York", "product_awareness": "high", "need": "purchase", "objection": "taste",
     "preferred_format": "video", "cups_a_day": 4, "lifetime_value": 640.5, "loyalty": "gold", "satisfaction": 4.8,
     "newsletter": "true"},
    {"id": "v0004", "account": "a0003", "title": "Founder", "department": "other", "seniority": "owner", "age": 27,
     "timezone": "America/New_York", "product_awareness": "high", "need": "purchase", "objection": "price",
     "cups_a_day": 6},
    {"id": "v0005", "age": 45, "income": 71_000, "interests": "coffee|books", "timezone": "Europe/Berlin",
     "product_awareness": "medium", "need": "need", "cups_a_day": 3, "newsletter": "false"},
]


class Chance:
    """Choices that depend on nothing but the seed."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def share(self):
        return self._random.random()

    def happens(self, probability):
        return self._random.random() < probability

    def whole(self, low, high):
        """A whole number, both ends included."""
        return low + int(self._random.random() * (high - low + 1))

    def skewed(self, low, high):
        """A whole number, small ones more often."""
        return low + int(self._random.random() ** 3 * (high - low + 1))

    def one_of(self, values):
        return values[self.whole(0, len(values) - 1)]

    def weighted(self, pairs):
        at = self._random.random() * sum(weight for _, weight in pairs)
        for value, weight in pairs:
            at -= weight
            if at < 0:
                return value
        return pairs[-1][0]

    def some_of(self, values, probability):
        return [value for value in values if self.happens(probability)]


def account(number, chance):
    industry = chance.weighted([(name, weight) for name, (_, weight, _) in INDUSTRIES.items()])
    codes, _, (fewest, most) = INDUSTRIES[industry]
    country, region, _ = chance.weighted([(place[:3], place[3]) for place in PLACES])
    start, end = chance.one_of(NAME_STARTS), chance.one_of(NAME_ENDS)
    employees = chance.skewed(fewest, most)
    revenue = employees * chance.whole(40, 260) * 1_000
    row = {"id": f"a{number:04}", "company": f"{start}{end} {chance.one_of(NAME_TAILS[industry])}",
           "domain": f"{start.lower()}{end}-{number}.example", "industry": industry, "country": country, "region": region,
           "employees": employees, "annual_revenue": revenue}
    if chance.happens(0.8):
        row["sic"] = chance.one_of(codes)
    if chance.happens(0.85):
        row["coffee_budget"] = employees * chance.whole(30, 160)
    if chance.happens(0.7):
        row["sites"] = 1 + employees // chance.whole(60, 400)
    if chance.happens(0.5):
        row["contracts"] = "|".join(chance.some_of(["cleaning", "laundry", "plants", "vending", "water"], 0.3))
    if chance.happens(0.6):
        row["growth"] = round(chance.share() * 0.7 - 0.1, 2)
    if chance.happens(0.5):
        row["referrals"] = chance.skewed(0, 5)
    # What is not known is left empty, as in every real file.
    for column in ["employees", "annual_revenue"]:
        if chance.happens(0.06):
            del row[column]
    return row


def visitor(number, accounts, chance):
    row = {"id": f"v{number:04}", "timezone": chance.weighted([(place[2], place[3]) for place in PLACES])}
    works = chance.happens(0.62)
    if works:
        row["account"] = chance.one_of(accounts)["id"]
        row["department"] = chance.weighted([("office", 24), ("operations", 20), ("finance", 14), ("it", 12),
                                             ("people", 14), ("other", 16)])
        row["seniority"] = chance.weighted([("owner", 6), ("c_level", 8), ("vp", 6), ("director", 16), ("manager", 38),
                                            ("specialist", 26)])
        row["title"] = RANKS[row["seniority"]].format(TITLES[row["department"]])
    if not works or chance.happens(0.3):
        row["age"] = chance.whole(19, 74)
        row["gender"] = chance.weighted([("female", 48), ("male", 48), ("other", 4)])
        row["marital_status"] = chance.weighted([("single", 38), ("married", 52), ("other", 10)])
        row["children"] = chance.skewed(0, 4)
        row["income"] = chance.skewed(18, 260) * 1_000
        row["interests"] = "|".join(chance.some_of(INTERESTS, 0.25))
        row["cups_a_day"] = chance.skewed(0, 8)
    row["product_awareness"] = chance.weighted([("none", 14), ("low", 22), ("medium", 36), ("high", 28)])
    row["need"] = chance.weighted([("unaware", 20), ("need", 34), ("task", 28), ("purchase", 18)])
    if chance.happens(0.7):
        row["objection"] = chance.one_of(["price", "time", "taste", "risk"])
    if chance.happens(0.6):
        row["preferred_format"] = chance.one_of(["guide", "video", "tasting", "call"])
    if chance.happens(0.35):
        row["lifetime_value"] = chance.skewed(2_000, 300_000) / 100
        row["loyalty"] = chance.weighted([("none", 60), ("silver", 28), ("gold", 12)])
        row["satisfaction"] = round(1 + chance.share() * 4, 1)
        row["warranty_ends"] = (f"20{chance.whole(26, 28)}-{chance.whole(1, 12):02}-{chance.whole(1, 28):02}"
                                "T00:00:00Z")
    row["newsletter"] = "true" if chance.happens(0.4) else "false"
    return row


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent
    chance = Chance(SEED)
    accounts = SHOWN_ACCOUNTS + [account(number, chance) for number in range(len(SHOWN_ACCOUNTS) + 1, ROWS + 1)]
    visitors = SHOWN_VISITORS + [visitor(number, accounts, chance) for number in range(len(SHOWN_VISITORS) + 1, ROWS + 1)]
    write(folder / "accounts.csv", ACCOUNT_COLUMNS, accounts)
    write(folder / "visitors.csv", VISITOR_COLUMNS, visitors)


if __name__ == "__main__":
    main()
