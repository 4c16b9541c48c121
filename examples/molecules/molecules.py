# SPDX-License-Identifier: Apache-2.0
"""Tunes a model of molecules, written as SMILES, for drug-likeness; after Sequence Tutor.

    pip install rdkit numpy
    python molecules.py train --output base.model               # 1,000,000 molecules
    python molecules.py learn base.model --output learn_1.model --seed 1
    python molecules.py report base.model learn_1.model --picture molecules.svg

The data are the training molecules of molsets 0.3.1 (MOSES; Polykovskiy et al., 2020). The first
call fetches that package by pip into the user's cache folder; MOLSETS names a copy of its wheel
instead. `--reward published` is the reward that Sequence Tutor's published code gives at the end
of a molecule, which odd molecules satisfy. README.md has the figures of all methods.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import re
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit import Chem, RDConfig, rdBase
from rdkit.Chem import QED, Draw
from rdkit.Chem.rdMolDescriptors import CalcCrippenDescriptors
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator
from rdkit.DataStructs import BulkTanimotoSimilarity

import likelihood
import reinvent
import rltuner

sys.path.append(os.path.join(RDConfig.RDContribDir, "SA_Score"))
import sascorer  # type: ignore[import-not-found]  # noqa: E402

rdBase.DisableLog("rdApp.*")
LENGTH = 60  # the longest molecule of the data has 57 characters, and then its end
END = "\n"
WHEEL = "molsets-0.3.1-py3-none-any.whl"
Judge = Callable[[str, set[str]], float]


# ---- Data


def wheel() -> Path:
    """The wheel of molsets: the one that MOLSETS names, or fetched once, 52 MB."""
    if "MOLSETS" in os.environ:
        return Path(os.environ["MOLSETS"])
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "rltuner"
    if not (cache / WHEEL).exists():
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                        "--dest", str(cache), "molsets==0.3.1"], check=True)
    return cache / WHEEL


def molecules(count: int) -> list[str]:
    """The first `count` training molecules of molsets, in a fixed random order."""
    with zipfile.ZipFile(wheel()) as archive:
        data = archive.read("moses/dataset/data/train.csv.gz")
    with gzip.open(io.BytesIO(data), "rt") as lines:
        smiles = [line.split(",")[0].strip() for line in lines][1:]
    np.random.default_rng(1).shuffle(smiles)
    return smiles[:count]


# ---- Rewards


qed_of: Callable[[Chem.Mol], float] = QED.qed
canonical_of: Callable[[str], str] = Chem.CanonSmiles


def properties(smiles: str) -> tuple[float, float, float, float] | None:
    """QED, SA (1 easy .. 10 hard to make), logP, and by how many atoms the largest ring is above
    six; None if the molecule is not valid."""
    molecule = Chem.MolFromSmiles(smiles) if smiles else None
    if molecule is None:
        return None
    largest = max(map(len, molecule.GetRingInfo().AtomRings()), default=0)
    logp, _ = CalcCrippenDescriptors(molecule)
    return (qed_of(molecule), float(sascorer.calculateScore(molecule)), logp, max(0, largest - 6))


def wanted(smiles: str, seen: set[str]) -> float:
    """Valid, drug-like, easy to make, near the data's logP, and not played before. What is simpler
    than most of the data earns less, since simple molecules repeat one another."""
    found = properties(smiles)
    if found is None:
        return -10
    qed, sa, logp, rings = found
    again = smiles in seen
    seen.add(smiles)
    return (50 * (min(qed, 0.94) - 0.7) - max(0.0, sa - 3) - 3 * max(0.0, 2.3 - sa)
            - max(1.5 - logp, 0.0, logp - 3.5) - rings - 10 * again)


def published(smiles: str, seen: set[str]) -> float:
    """At the end of a valid molecule, the published code's reward, divided by 100."""
    found = properties(smiles)
    if found is None:
        return 0
    qed, sa, logp, rings = found
    carbons = max(map(len, re.findall("[Cc]+", smiles)), default=0)
    short = 200 if len(smiles) < 19 else 25 if len(smiles) < 27.08 else 0
    quality = 5 + 3 * logp - 2 * sa + 40 * qed - 5 * rings
    return (600 + 10 * quality - short - 150 * max(0, carbons - 11)) / 100


JUDGES: dict[str, Judge] = {"wanted": wanted, "published": published}


def reward_of(name: str, model: rltuner.SequenceModel) -> Any:
    """A reward of finished sequences."""
    judge, seen = JUDGES[name], set[str]()

    @rltuner.per_sequence
    def reward(sequences: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        return np.array([judge(str(model.decode(row)), seen) for row in sequences])

    return reward


class Level:
    """Makes a model's outputs values to start from, for Psi and Q.

    They hold log p up to a level of each state, log sum exp, of which training asks nothing. An
    event earns the level before it less that after it: a potential, which changes no best policy
    (Ng et al., 1999), and with which the untuned outputs are right where nothing else is earned.
    """

    def __init__(self, model: rltuner.SequenceModel) -> None:
        self.network = reinvent.Network(model.tensors())
        self.end = int(model.encode([END])[0])

    def hear(self, event: int) -> float:
        self.network.step(np.array([event]))
        self.network.steps.clear()
        logits = self.network.h @ self.network.w["output.weight"].T + self.network.w["output.bias"]
        return float(np.logaddexp.reduce(logits[0]))

    def start(self, length: int) -> None:
        self.network.start(1)
        self.level = self.hear(self.end)  # the true priming event is unknown

    def place(self, event: int) -> float:
        before = self.level
        self.level = 0 if event == self.end else self.hear(event)
        return before - self.level


# ---- Commands


def train(options: argparse.Namespace) -> None:
    data = molecules(options.molecules)
    model = rltuner.SequenceModel(vocabulary=sorted(set("".join(data))) + [END], ends_with=END)
    model.train_on(data, held_out=0.002, hidden=options.hidden, iterations=options.iterations,
                   batch=options.batch, steps_per_window=LENGTH, learning_rate=0.02, decay=0.8,
                   decay_steps=2588, recurrent_dropout=0,
                   weight_average=0.9995, evaluation_interval=4000).save(options.output)


def budget_of(model: rltuner.SequenceModel, nats: float) -> float:
    """Nats a character as nats an event of LENGTH, of which those after the end are none."""
    return nats * model.evaluate(length=LENGTH, count=1000)["tokens"] / LENGTH


def tune(options: argparse.Namespace) -> None:
    model = rltuner.SequenceModel.load(options.model)
    reward = reward_of(options.reward, model)
    if options.method == "reinvent":
        reinvent.tune(model, reward, updates=options.iterations // (128 * LENGTH),
                      sigma=1 / options.c, learning_rate=options.learning_rate,
                      seed=options.seed).save(options.output)
        return
    if options.method == "pg":
        own: dict[str, Any] = {"compositions": 128, "reward_floor": -100}
        if options.kl_budget:
            own["kl_budget"] = budget_of(model, options.kl_budget)
        else:  # neither paid for variety nor charged for it
            own |= {"entropy_floor": 0, "entropy_ceiling": 100}
    else:
        own = {"exploration": "boltzmann", "minibatch": 128, "gradient_every": 20, "eta": 0.02,
               "replay_capacity": 50_000}
        if options.method != "g":
            reward = [(Level(model), options.c), reward]
    model.tune(reward=reward, method=options.method, length=LENGTH, c=options.c,
               iterations=options.iterations, learning_rate=options.learning_rate,
               seed=options.seed, progress_every=10**9, **own).save(options.output)


def average(options: argparse.Namespace) -> None:
    """The mean of tuned models' weights, and a way back towards the model before tuning."""
    models = [rltuner.SequenceModel.load(path).tensors() for path in options.models]
    weights = {name: options.share * np.mean([one[name] for one in models], axis=0)
               + (1 - options.share) * models[0]["prior." + name]
               for name in models[0] if not name.startswith("prior.")}
    rltuner.SequenceModel.load(options.models[0]).with_weights(weights).save(options.output)


def best_of(model: rltuner.SequenceModel, n: int, count: int, seed: int) -> list[str]:
    """Of every n molecules, the best by `wanted` beside those chosen before."""
    played = [str(s) for s in model.sample(n * count, length=LENGTH, seed=seed)]
    chosen: list[str] = []
    seen: set[str] = set()
    for first in range(0, n * count, n):
        chosen.append(max(played[first:first + n], key=lambda s: wanted(s, set(seen & {s}))))
        seen.add(chosen[-1])
    return chosen


# The n of best-of-n, how many molecules are learnt, and how often. A large n goes far at once; many
# molecules and few passes keep the model from learning some by heart.
ROUNDS = ((16, 16_000, 5), (4, 24_000, 2), (2, 24_000, 2))


def learn(options: argparse.Namespace) -> None:
    """Round by round, maximum likelihood of the best of n that the model of the round before plays.

    The best of n are near to the model that played them, at most log n - (n - 1) / n nats each.
    """
    model = rltuner.SequenceModel.load(options.model)
    for number, (n, count, epochs) in enumerate(ROUNDS):
        best = best_of(model, n, count, options.seed + 100 * number)
        chosen = [s for s in best if s and Chem.MolFromSmiles(s) is not None]
        model = likelihood.learn(model, chosen, epochs=epochs, learning_rate=0.004,
                                 seed=options.seed)
    model.save(options.output)


def diversity(smiles: Sequence[str]) -> float:
    """1 - the mean Tanimoto similarity of Morgan fingerprints (radius 2, 1,024 bits)."""
    generator = GetMorganGenerator(radius=2, fpSize=1024)
    prints = [generator.GetFingerprint(Chem.MolFromSmiles(s)) for s in smiles]
    return float(1 - np.mean([np.mean(BulkTanimotoSimilarity(one, prints)) for one in prints]))


COLUMNS = ("valid %", "unique %", "novel %", "QED", "SA", "logP", "large rings", "diversity", "KL")


def figures(played: Sequence[str], known: set[str], kl: float) -> dict[str, float]:
    """Means over valid molecules; `unique` is the share of different ones among them, `novel` of
    those that the model was not trained on. Two ways to write a molecule count as one."""
    valid = [(canonical_of(s), p) for s in played if (p := properties(s)) is not None]
    if not valid:
        return dict.fromkeys(COLUMNS, float("nan")) | {"valid %": 0, "KL": kl}
    unique = sorted({s for s, _ in valid})
    qed, sa, logp, rings = np.mean([p for _, p in valid], axis=0)
    some = np.random.default_rng(1).permutation(unique)[:1000]
    return dict(zip(COLUMNS, (
        100 * len(valid) / len(played), 100 * len(unique) / len(valid),
        100 * len(set(unique) - known) / len(unique), qed, sa, logp, rings,
        diversity([str(s) for s in some]), kl)))


class Picture(str):
    """SVG, which a notebook shows."""

    def _repr_svg_(self) -> str:
        return str(self)


def picture(smiles: Sequence[Any], count: int = 8) -> Picture:
    """The first `count` valid molecules, drawn."""
    valid = [(s, p) for s in smiles if (p := properties(str(s))) is not None][:count]
    draw: Any = Draw.MolsToGridImage
    return Picture(draw([Chem.MolFromSmiles(s) for s, _ in valid], molsPerRow=4,
                        subImgSize=(220, 160), useSVG=True,
                        legends=[f"QED {p[0]:.2f}, logP {p[2]:.1f}" for _, p in valid]))


def report(options: argparse.Namespace) -> None:
    known = set(molecules(options.molecules))
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    played: list[str] = []
    for path in options.models:
        model = rltuner.SequenceModel.load(path)
        stem, seed = re.fullmatch(r"(.*?)(?:_(\d+))?", Path(path).stem).groups()  # type: ignore
        measured = model.evaluate(length=LENGTH, count=2000)
        played = [str(s) for s in model.sample(options.count, length=LENGTH, seed=int(seed or 1))]
        kl = measured["kl_per_token"]
        rows[stem].append(figures(played, known, kl))
        if options.best_of:
            n = options.best_of
            # At most this: of the best of n from what the model plays. How far the best of a tuned
            # model are from the untuned one is not known.
            kl = (np.log(n) - (n - 1) / n) / measured["tokens"] if kl < 1e-6 else float("nan")
            played = best_of(model, n, options.count, int(seed or 1))
            rows[f"{stem}, best of {n}"].append(figures(played, known, kl))
    print("| model | seeds | " + " | ".join(rows[stem][0]) + " |")
    print("|---|---|" + "---|" * len(rows[stem][0]))
    for name, seeds in rows.items():
        cells = []
        for key in seeds[0]:
            values = [one[key] for one in seeds]
            digits = 1 if key.endswith("%") else 2 if key in ("SA", "logP") else 3
            cells.append(f"{np.mean(values):.{digits}f}" + (
                f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""))
        print(f"| {name} | {len(seeds)} | " + " | ".join(cells) + " |")
    if options.picture:
        Path(options.picture).write_text(picture(played), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    add = commands.add_parser("train")
    add.set_defaults(run=train)
    add.add_argument("--output", required=True)
    add.add_argument("--molecules", type=int, default=1_000_000)
    add.add_argument("--hidden", type=int, default=256)
    add.add_argument("--batch", type=int, default=32)
    add.add_argument("--iterations", type=int, default=44_000)
    add = commands.add_parser("tune")
    add.set_defaults(run=tune)
    add.add_argument("model")
    add.add_argument("--output", required=True)
    add.add_argument("--method", default="pg", choices=["q", "psi", "g", "pg", "reinvent"])
    add.add_argument("--reward", default="wanted", choices=list(JUDGES))
    add.add_argument("--kl-budget", type=float, default=0.08,
                     help="for pg, nats a character; 0: c stays as it is")
    add.add_argument("--c", type=float, default=4,
                     help="divisor of the reward; a large one stays near the data")
    add.add_argument("--learning-rate", type=float, default=1e-3)
    add.add_argument("--iterations", type=int, default=3_456_000, help="characters played")
    add.add_argument("--seed", type=int, default=1)
    add = commands.add_parser("learn")
    add.set_defaults(run=learn)
    add.add_argument("model")
    add.add_argument("--output", required=True)
    add.add_argument("--seed", type=int, default=1)
    add = commands.add_parser("average")
    add.set_defaults(run=average)
    add.add_argument("models", nargs="+")
    add.add_argument("--output", required=True)
    add.add_argument("--share", type=float, default=1.03,
                     help="of the tuned weights; the rest is of those before tuning")
    add = commands.add_parser("report")
    add.set_defaults(run=report)
    add.add_argument("models", nargs="+", help="files; NAME_1, NAME_2 are seeds of one row")
    add.add_argument("--count", type=int, default=10_000)
    add.add_argument("--molecules", type=int, default=1_000_000)
    add.add_argument("--best-of", type=int, help="also the best of so many of each model")
    add.add_argument("--picture", help="SVG with eight molecules of the last model")
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
