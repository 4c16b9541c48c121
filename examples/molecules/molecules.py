# SPDX-License-Identifier: Apache-2.0
"""Tunes a model of molecules, written as SMILES, for drug-likeness; after Sequence Tutor.

    pip install rdkit numpy && pip install --no-deps molsets==0.3.1
    python molecules.py train --output molecules.model                  # 250,000 molecules
    python molecules.py tune molecules.model --method pg --output pg.model
    python molecules.py report molecules.model pg.model --picture molecules.svg

The data are the training molecules of molsets (MOSES; Polykovskiy et al., 2020), which the package
brings; nothing of them is copied. `--reward published` is the reward of Sequence Tutor's published
code, which trivial molecules satisfy.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.metadata
import os
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem, Crippen, Draw, QED, RDConfig
from rdkit.DataStructs import BulkTanimotoSimilarity

import rltuner

sys.path.append(os.path.join(RDConfig.RDContribDir, "SA_Score"))
import sascorer  # noqa: E402

RDLogger.DisableLog("rdApp.*")
LENGTH = 60  # the longest molecule of the data has 57 characters, and then its end
END = "\n"


def molecules(count: int) -> list[str]:
    """The first `count` training molecules of molsets, in a fixed random order."""
    for file in importlib.metadata.files("molsets") or []:
        if file.name in ("train.csv", "train.csv.gz"):
            path = str(file.locate())
            opened = gzip.open(path, "rt") if path.endswith("gz") else open(path)
            with opened as lines:
                smiles = [line.split(",")[0].strip() for line in lines][1:]
            np.random.default_rng(1).shuffle(smiles)
            return smiles[:count]
    raise SystemExit("molsets brings no train.csv; expected version 0.3.1")


def ring_penalty(molecule: Chem.Mol) -> int:
    """How far the largest ring is above six atoms."""
    return max(0, max(map(len, molecule.GetRingInfo().AtomRings()), default=0) - 6)


def properties(smiles: str) -> tuple[float, float, float, float] | None:
    """QED, SA, logP and ring penalty of a valid molecule."""
    molecule = Chem.MolFromSmiles(smiles) if smiles else None
    if molecule is None:
        return None
    return (QED.qed(molecule), sascorer.calculateScore(molecule), Crippen.MolLogP(molecule),
            ring_penalty(molecule))


def wanted(smiles: str, seen: set[str]) -> float:
    """Valid, drug-like, easy to make, near the data's logP, and not played before."""
    found = properties(smiles)
    if found is None:
        return -10
    qed, sa, logp, rings = found
    again = smiles in seen
    seen.add(smiles)
    return (20 * min(qed, 0.94) - max(0, sa - 2.5) - abs(np.clip(logp, 1.5, 3.5) - logp)
            - rings - 5 * again)


def published(smiles: str, seen: set[str]) -> float:
    """At the end of a valid molecule, the published code's reward, divided by 100."""
    found = properties(smiles)
    if found is None:
        return 0
    qed, sa, logp, rings = found
    carbons = max(map(len, "".join(c if c in "Cc" else " " for c in smiles).split()), default=0)
    short = 200 if len(smiles) < 19 else 25 if len(smiles) < 27.08 else 0
    quality = 5 + 3 * logp - 2 * sa + 40 * qed - 5 * rings
    return (600 + 10 * quality - short - 150 * max(0, carbons - 11)) / 100


def reward_of(name: str, model: rltuner.SequenceModel) -> Any:
    """A reward of finished sequences."""
    judge, seen = {"wanted": wanted, "published": published}[name], set[str]()

    @rltuner.per_sequence
    def reward(sequences: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        return np.array([judge(str(model.decode(row)), seen) for row in sequences])

    return reward


def train(options: argparse.Namespace) -> None:
    data = molecules(options.molecules)
    model = rltuner.SequenceModel(vocabulary=sorted(set("".join(data))) + [END], ends_with=END)
    model.train_on(data, held_out=0.01, hidden=options.hidden, iterations=options.iterations,
                   batch=options.batch, steps_per_window=LENGTH, learning_rate=0.003,
                   recurrent_dropout=0).save(options.output)


def tune(options: argparse.Namespace) -> None:
    model = rltuner.SequenceModel.load(options.model)
    model.tune(reward=reward_of(options.reward, model), method=options.method, length=LENGTH,
               c=options.c, iterations=options.iterations, learning_rate=options.learning_rate,
               seed=options.seed, compositions=128, reward_floor=-100).save(options.output)


def report(options: argparse.Namespace) -> None:
    known = set(molecules(options.molecules))
    print("| model | valid | unique | novel | QED | SA | logP | rings | diversity | KL |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for path in options.models:
        model = rltuner.SequenceModel.load(path)
        played = [str(s) for s in model.sample(options.count, length=LENGTH)]
        valid = [(s, p) for s in played if (p := properties(s)) is not None]
        unique = {s for s, _ in valid}
        means = np.mean([p for _, p in valid], axis=0)
        prints = [AllChem.GetMorganFingerprintAsBitVect(Chem.MolFromSmiles(s), 2, 1024)
                  for s in sorted(unique)[:1000]]
        alike = np.mean([np.mean(BulkTanimotoSimilarity(one, prints)) for one in prints])
        kl = model.evaluate(length=LENGTH, count=options.count)["kl_per_token"]
        print(f"| {path} | {len(valid) / len(played):.1%} | {len(unique) / len(valid):.1%} "
              f"| {len(unique - known) / len(unique):.1%} | {means[0]:.3f} | {means[1]:.2f} "
              f"| {means[2]:.2f} | {means[3]:.3f} | {1 - alike:.3f} | {kl:.3f} |")
        if options.picture:
            with open(options.picture, "w", encoding="utf-8") as file:
                file.write(Draw.MolsToGridImage([Chem.MolFromSmiles(s) for s, _ in valid[:12]],
                                                molsPerRow=4, useSVG=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    add = commands.add_parser("train")
    add.set_defaults(run=train)
    add.add_argument("--output", required=True)
    add.add_argument("--molecules", type=int, default=250_000)
    add.add_argument("--hidden", type=int, default=256)
    add.add_argument("--batch", type=int, default=128)
    add.add_argument("--iterations", type=int, default=8000)
    add = commands.add_parser("tune")
    add.set_defaults(run=tune)
    add.add_argument("model")
    add.add_argument("--output", required=True)
    add.add_argument("--method", default="pg", choices=["q", "psi", "g", "rl-only", "pg"])
    add.add_argument("--reward", default="wanted", choices=["wanted", "published"])
    add.add_argument("--c", type=float, default=2,
                     help="divisor of the reward; a large one stays near the data")
    add.add_argument("--learning-rate", type=float, default=5e-4)
    add.add_argument("--iterations", type=int, default=2_000_000, help="characters played")
    add.add_argument("--seed", type=int, default=1)
    add = commands.add_parser("report")
    add.set_defaults(run=report)
    add.add_argument("models", nargs="+")
    add.add_argument("--count", type=int, default=10_000)
    add.add_argument("--molecules", type=int, default=250_000)
    add.add_argument("--picture", help="SVG with twelve molecules of the last model")
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
