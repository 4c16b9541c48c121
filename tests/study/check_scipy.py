#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the rank tests or sign-flip tests in a JSON file with SciPy's.

Exit code 0: the same to 1e-9; 1: not; 77: SciPy is not here.
"""
import json
import sys

try:
    from scipy import stats
except ImportError:
    print("SciPy is not installed")
    sys.exit(77)


def differs(name, ours, theirs):
    if abs(ours - theirs) <= 1e-9 * max(1, abs(theirs)):
        return False
    print(f"{name}: {ours}, SciPy has {theirs}")
    return True


wrong = 0
with open(sys.argv[1]) as file:
    cases = json.load(file)
for case in cases:
    if "values" in case:
        values = [v for v in case["values"] if v != 0]
        test = stats.permutation_test((values,), lambda x, axis: abs(x.sum(axis=axis)),
                                      permutation_type="samples", n_resamples=10**6,
                                      alternative="greater", vectorized=True)
        wrong += differs("p of sign flips", case["p"], test.pvalue)
        if all(abs(v) == 1 for v in values):
            p = stats.binomtest(values.count(1), len(values)).pvalue
            wrong += differs("p of the sign test", case["p"], p)
        continue
    groups = case["groups"]
    h, p = stats.kruskal(*groups)
    wrong += differs("H", case["h"], h) + differs("p of H", case["p"], p)
    u, p = stats.mannwhitneyu(groups[0], groups[1], alternative="two-sided", method="asymptotic",
                              use_continuity=True)
    wrong += differs("U", case["u"], u) + differs("p of U", case["u_p"], p)
print(f"{len(cases)} cases")
sys.exit(1 if wrong or not cases else 0)
