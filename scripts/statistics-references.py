#!/usr/bin/env python3
"""Computes what the statistics of experiments are compared with, by scipy and numpy, and none of our code.

usage: scripts/statistics-references.py            writes Tests/ExperimentationTests/References/statistics.json
       scripts/statistics-references.py --check    computes again and compares; exits 1 when something differs

The confidence sequences are those of confseq as well, to twelve digits; test_statistics_references.py compares with it.
"""
import json
import math
import pathlib
import random
import sys

import numpy as np
from scipy import integrate, optimize, special, stats

TARGET = (pathlib.Path(__file__).resolve().parent.parent / "Tests" / "ExperimentationTests" / "References"
          / "statistics.json")
TOLERANCE = 1e-6


def distributions():
    quantiles = [1e-12, 1e-6, 0.001, 0.025, 0.2, 0.5, 0.8, 0.975, 0.9999]
    chi = [(0.5, 1), (3.84, 1), (10.83, 1), (2, 2), (30, 4), (90, 60), (700, 600)]
    student = [(0.1, 3), (2, 5.5), (-2.5, 30), (1.96, 1e4), (6, 1e7), (0.01, 2e7), (12, 9)]
    beta = [(0.3, 2, 5), (0.5, 0.5, 0.5), (0.04, 41, 961), (0.041, 40_001, 960_001), (0.9999, 300, 0.5), (1e-9, 1, 1e8)]
    return {
        "normal_quantile": [{"x": [p], "value": float(stats.norm.ppf(p))} for p in quantiles],
        "normal_cdf": [{"x": [x], "value": float(stats.norm.cdf(x))} for x in (-30, -8, -1, 0, 0.3, 4)],
        "chi_squared_upper": [{"x": [x, k], "value": float(stats.chi2.sf(x, k))} for x, k in chi],
        "student_two_sided": [{"x": [t, k], "value": float(2 * stats.t.sf(abs(t), k))} for t, k in student],
        "regularized_beta": [{"x": [x, a, b], "value": float(special.betainc(a, b, x))} for x, a, b in beta],
    }


def sequence_inputs():
    return [(alpha, planned, units) for alpha in (0.05, 0.01, 0.2) for planned in (100, 10_000)
            for units in (10, 100, 5_000, 1_000_000)]


def formula(alpha, planned, units):
    """Theorem 2.2 of arXiv 2103.06476 for a standard error of 1, with the exact rho."""
    rho2 = (-special.lambertw(-alpha**2 * math.exp(-1), -1).real - 1) / planned
    return math.sqrt(2 * (units * rho2 + 1) / (units**2 * rho2) * math.log(math.sqrt(units * rho2 + 1) / alpha)) \
        * math.sqrt(units)


def mixture(alpha, planned, units):
    """The same by its definition: the sum at which the mixture of likelihood ratios, integrated over the effect,
    reaches 1 / alpha, with the width of the mixture that makes it reach there soonest at the planned units."""
    def reached(width, total, count):
        precision = count + 1 / width**2
        peak = total / precision
        inside, _ = integrate.quad(lambda x: math.exp(-precision * (x - peak)**2 / 2), peak - 12 / math.sqrt(precision),
                                   peak + 12 / math.sqrt(precision), epsabs=0, epsrel=1e-12)
        return total * peak / 2 + math.log(inside / (width * math.sqrt(2 * math.pi)))

    def bound(width, count):
        return optimize.brentq(lambda total: reached(width, total, count) + math.log(alpha), 0, 100 * math.sqrt(count),
                               xtol=1e-10, rtol=1e-14)

    middle = -0.5 * math.log(planned)
    chosen = optimize.minimize_scalar(lambda width: bound(math.exp(width), planned), method="bounded",
                                      bounds=(middle - 1, middle + 3), options={"xatol": 1e-9})
    return bound(math.exp(chosen.x), units) / math.sqrt(units)


def sequences():
    return [{"alpha": alpha, "planned": planned, "units": units, "multiplier": formula(alpha, planned, units)}
            for alpha, planned, units in sequence_inputs()]


def sample(seed, units, shift):
    """Units as [value, denominator, covariate], from a generator that every version of Python has alike."""
    source = random.Random(seed)
    rows = []
    for _ in range(units):
        covariate = 10 * source.random()
        denominator = 1 + math.floor(8 * source.random())
        value = denominator * (0.3 + 0.2 * source.random()) + 0.4 * covariate + shift
        rows.append([round(value, 6), float(denominator), round(covariate, 6)])
    return rows


def gradient_variance(function, values, covariance):
    """The delta method by numeric differentiation."""
    slope = optimize.approx_fprime(values, function, 1e-7)
    return float(slope @ covariance @ slope)


def arm_ratio(rows):
    both = np.cov(rows[:, 0], rows[:, 1])
    means = np.array([rows[:, 0].mean(), rows[:, 1].mean()])
    return float(means[0] / means[1]), gradient_variance(lambda m: m[0] / m[1], means, both)


def adjustment(values, covariates):
    """Theta by least squares of the value on one constant per arm and the covariate, and the adjusted values per arm."""
    inputs = np.zeros((sum(map(len, values)), 3))
    inputs[:len(values[0]), 0] = 1
    inputs[len(values[0]):, 1] = 1
    inputs[:, 2] = np.concatenate(covariates)
    theta = float(np.linalg.lstsq(inputs, np.concatenate(values), rcond=None)[0][2])
    return theta, [v - theta * (c - inputs[:, 2].mean()) for v, c in zip(values, covariates)]


def samples():
    control, arm = np.array(sample(7, 300, 0)), np.array(sample(11, 260, 0.5))
    means = np.array([arm[:, 0].mean(), control[:, 0].mean()])
    errors = np.diag([arm[:, 0].var(ddof=1) / len(arm), control[:, 0].var(ddof=1) / len(control)])
    covariates = [control[:, 2], arm[:, 2]]
    theta, adjusted = adjustment([control[:, 0], arm[:, 0]], covariates)
    # A ratio's units, each replaced by what it adds to the ratio of its arm.
    lines = [(rows[:, 0] - rows[:, 0].mean() / rows[:, 1].mean() * rows[:, 1]) / rows[:, 1].mean()
             + rows[:, 0].mean() / rows[:, 1].mean() for rows in (control, arm)]
    ratio_theta, ratio_adjusted = adjustment(lines, covariates)
    ratios = [arm_ratio(rows) for rows in (control, arm)]
    return {
        "control": control.tolist(), "arm": arm.tolist(),
        "difference": float(means[0] - means[1]), "difference_error": float(np.sqrt(errors.sum())),
        "welch": float(stats.ttest_ind(arm[:, 0], control[:, 0], equal_var=False).pvalue),
        "lift": float(means[0] / means[1] - 1),
        "lift_error": math.sqrt(gradient_variance(lambda m: m[0] / m[1] - 1, means, errors)),
        "ratio_means": [mean for mean, _ in ratios], "ratio_variances": [variance for _, variance in ratios],
        "theta": theta, "adjusted_means": [float(a.mean()) for a in adjusted],
        "adjusted_variances": [float(a.var(ddof=1)) for a in adjusted],
        "ratio_theta": ratio_theta, "adjusted_ratio_means": [float(a.mean()) for a in ratio_adjusted],
        "adjusted_ratio_variances": [float(a.var(ddof=1)) for a in ratio_adjusted],
    }


def posteriors():
    found = []
    for n1, s1, n0, s0 in [(100, 12, 100, 8), (1000, 55, 1000, 40), (10, 0, 10, 0), (50_000, 2_100, 50_000, 2_000),
                           (20, 19, 100_000, 90_000), (5, 5, 5, 0)]:
        arm, control = stats.beta(1 + s1, 1 + n1 - s1), stats.beta(1 + s0, 1 + n0 - s0)
        edges = sorted({0.0, 1.0, *(float(d.ppf(p)) for d in (arm, control) for p in (1e-13, 1e-4, 0.2, 0.5, 0.8, 0.9999)),
                        *(float(d.isf(1e-13)) for d in (arm, control))})
        value = sum(integrate.quad(lambda x: arm.pdf(x) * control.cdf(x), low, high, epsabs=1e-13, epsrel=1e-11)[0]
                    for low, high in zip(edges, edges[1:]))
        found.append({"arm": [n1, s1], "control": [n0, s0], "value": value})
    return found


def sample_ratios():
    inputs = [([5000, 5000], [1, 1]), ([5000, 5200], [1, 1]), ([5000, 5300], [1, 1]), ([3010, 990, 2005], [3, 1, 2]),
              ([0, 9], [1, 1])]
    found = []
    for units, weights in inputs:
        expected = np.array(weights) / sum(weights) * sum(units)
        statistic, value = stats.chisquare(units, expected)
        shares = np.array(weights) / sum(weights)
        against = [stats.dirichlet_multinomial.logpmf(units, concentration * shares, sum(units))
                   for concentration in (10, 100, 1_000, 10_000, 100_000)]
        evidence = special.logsumexp(against) - math.log(len(against)) - stats.multinomial.logpmf(units, sum(units), shares)
        found.append({"units": units, "weights": weights, "statistic": float(statistic), "p": float(value),
                      "log_evidence": float(evidence)})
    return found


def rates():
    """Differences and lifts of rates at any time: a lift's ends are where the interval of arm - (1 + lift) * control
    reaches 0, found by bisection, not by the closed formula."""
    found = []
    planned, alpha = 10_000, 0.05
    for n1, s1, n0, s0 in [(1_000, 60, 1_000, 40), (100, 0, 9_900, 200), (50_000, 2_600, 50_000, 2_000),
                           (300, 290, 20_000, 15_000)]:
        multiplier = formula(alpha, planned, n1 + n0 + 4)
        (arm, arm_variance), (control, control_variance) = (
            ((s + 1) / (n + 2), (s + 1) * (n - s + 1) / (n + 2) ** 2 / (n + 1)) for n, s in ((n1, s1), (n0, s0)))

        def beyond(lift):
            ratio = 1 + lift
            return (arm - ratio * control) ** 2 - multiplier**2 * (arm_variance + ratio**2 * control_variance)

        half = multiplier * math.sqrt(arm_variance + control_variance)
        middle = arm / control - 1
        found.append({"arm": [n1, s1], "control": [n0, s0], "difference": [arm - control - half, arm - control + half],
                      "lift": [max(-1.0, optimize.brentq(beyond, middle - 10, middle, xtol=1e-14)),
                               optimize.brentq(beyond, middle, middle + 10, xtol=1e-14)]})
    return found


def plans():
    """The units at which the power, written out, reaches what is asked: found by bisection, not by the closed formula."""
    found = []
    for baseline, lift, alpha, power, arms in [(0.04, 0.1, 0.05, 0.8, 2), (0.04, -0.1, 0.05, 0.8, 2), (0.2, 0.05, 0.01, 0.9, 2),
                                               (0.5, 0.02, 0.05, 0.8, 4), (0.001, 0.5, 0.1, 0.95, 3)]:
        changed, share = baseline * (1 + lift), alpha / (arms - 1)
        middle = (baseline + changed) / 2
        pooled = math.sqrt(2 * middle * (1 - middle))
        own = math.sqrt(baseline * (1 - baseline) + changed * (1 - changed))

        def missing(units, threshold, null):
            return stats.norm.sf((threshold * null - math.sqrt(units) * abs(changed - baseline)) / own) - power

        always = math.sqrt(-special.lambertw(-share**2 * math.exp(-1), -1).real)
        once = optimize.brentq(missing, 1, 1e12, (stats.norm.isf(share / 2), pooled), xtol=1e-6)
        any_time = optimize.brentq(missing, 1, 1e12, (always, own), xtol=1e-6)
        found.append({"baseline": baseline, "lift": lift, "alpha": alpha, "power": power, "arms": arms,
                      "units": math.ceil(once), "units_at_any_time": math.ceil(any_time)})
    return found


PARTS = {"distributions": distributions, "sequences": sequences, "samples": samples, "posteriors": posteriors,
         "sample_ratios": sample_ratios, "rates": rates, "plans": plans}


def differences(committed, computed, where=""):
    """Yields every place at which two references differ by more than rounding."""
    if isinstance(computed, dict) and isinstance(committed, dict):
        for key in sorted({*computed, *committed}):
            yield from differences(committed.get(key), computed.get(key), f"{where}/{key}")
    elif isinstance(computed, list) and isinstance(committed, list) and len(computed) == len(committed):
        for index, pair in enumerate(zip(committed, computed)):
            yield from differences(*pair, f"{where}/{index}")
    elif not (isinstance(computed, (int, float)) and isinstance(committed, (int, float))
              and math.isclose(computed, committed, rel_tol=TOLERANCE, abs_tol=1e-300)):
        yield f"{where}: committed {committed}, computed {computed}"


def main():
    computed = {name: compute() for name, compute in PARTS.items()}
    if "--check" in sys.argv[1:]:
        found = list(differences(json.loads(TARGET.read_text()), computed))
        print("\n".join(found) or "the references are what scipy and numpy say")
        return 1 if found else 0
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(computed, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
