# SPDX-License-Identifier: Apache-2.0
"""Short runs of the program that its reliability tests disturb."""
import argparse
import dataclasses
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@dataclasses.dataclass
class Run:
    """A command that writes to one folder and can be gone on with."""
    name: str
    command: list       # of the program, without --output and --resume
    output: str         # the value of --output, below the run's folder
    results: list       # the files that must not depend on what happened on the way
    checkpoint: str = ""  # the folder of its checkpoints, if it has one
    journal: str = ""     # or the file that it resumes from
    seconds: float = 0  # that it takes undisturbed
    size: int = 0       # of all that it leaves, bytes on a disk with blocks of 4 KiB
    expected: dict = dataclasses.field(default_factory=dict)  # result -> bytes

    def arguments(self, folder):
        """The command line in `folder`: the same whether anything was saved yet or not."""
        line = [*self.command, "--output", folder / self.output, "--quiet", "--resume"]
        return [str(part) for part in line]

    def checkpoints(self):
        if not self.checkpoint:
            return ()
        return f"{self.checkpoint}/newest.safetensors", f"{self.checkpoint}/previous.safetensors"

    def difference(self, folder):
        """None, or which result in `folder` is not that of the undisturbed run."""
        for name, expected in self.expected.items():
            path = folder / name
            if not path.exists():
                return f"{name} is missing"
            if path.read_bytes() != expected:
                return f"{name} differs from that of the undisturbed run"
        return None


class Failure(Exception):
    """What a test found wrong, as one line."""


def options(description):
    """A parser of what every reliability test takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/rltuner",
                        help="default: build/release/rltuner")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9),
                        help="of the random moments and places (default: a new one)")
    return parser


def call(program, arguments, **more):
    return subprocess.run([str(program), *arguments], text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def must(program, arguments):
    done = call(program, [str(argument) for argument in arguments])
    if done.returncode != 0:
        raise Failure(f"rltuner {' '.join(map(str, arguments))} ended with {done.returncode}: "
                      f"{done.stderr.strip()}")


def prepare(program, folder):
    """Makes a dataset and a small Note RNN, and runs every run once undisturbed."""
    dataset, model = folder / "dataset.safetensors", folder / "note_rnn.safetensors"
    collection = folder / "collection"
    subprocess.run([sys.executable, ROOT / "tools/dirty_collection", collection, "--files", "1500"],
                   check=True, stdout=subprocess.DEVNULL)
    must(program, ["dataset", ROOT / "tests/data/midi/tricky", "--minimum-bars", 0,
                   "--minimum-unique-pitches", 1, "--held-out", 0.3, "--output", dataset])
    network = ["--hidden", 12, "--batch", 16, "--threads", 1]
    must(program, ["train", dataset, *network, "--iterations", 50, "--output", model])
    tune = ["tune", "--model", model, "--threads", 1, "--checkpoint-every", 1000]
    tuned = ["model.safetensors", "recipe.toml", "progress.csv", "checkpoint/newest.safetensors"]
    runs = [
        Run("train", ["train", dataset, *network, "--iterations", 600, "--evaluation-interval", 50,
                      "--checkpoint-interval", 20],
            "model.safetensors",
            ["model.safetensors", "model.safetensors.checkpoint/newest.safetensors"],
            checkpoint="model.safetensors.checkpoint"),
        Run("tune q", [*tune, "--method", "q", "--iterations", 30000, "--replay-capacity", 2000,
                       "--progress-every", 5000],
            "out", [f"out/{name}" for name in tuned], checkpoint="out/checkpoint"),
        Run("tune pg", [*tune, "--method", "pg", "--iterations", 60000, "--compositions", 16,
                        "--progress-every", 20000],
            "out", [f"out/{name}" for name in tuned], checkpoint="out/checkpoint"),
        Run("dataset", ["dataset", collection, "--threads", 2], "dataset.safetensors",
            ["dataset.safetensors"], journal="dataset.safetensors.journal"),
        Run("reproduce", ["reproduce", "--quick", "--model", model, "--methods", "q,pg", "--c", 1,
                          "--seeds", 1, "--iterations", 10000, "--compositions", 200,
                          "--sweep-compositions", 100, "--baselines", "mask=key", "best-of=4",
                          "--threads", 2],
            "out", [f"out/{name}" for name in ("report.html", "table1.csv", "frontier.csv",
                                               "figure2.csv", "log_z.csv", "exact.csv")]),
    ]
    for run in runs:
        undisturbed = folder / "undisturbed"
        undisturbed.mkdir()
        before = os.times()
        must(program, run.arguments(undisturbed))
        run.seconds = os.times().elapsed - before.elapsed
        run.size = sum(path.stat().st_size + 4096 for path in undisturbed.rglob("*"))
        run.expected = {name: (undisturbed / name).read_bytes() for name in run.results}
        shutil.rmtree(undisturbed)
    return runs


def main(description, test, add_options=lambda parser: None):
    """Runs `test(arguments, runs, folder, random)`; its lines are the report."""
    parser = options(description)
    add_options(parser)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="rltuner-reliability-") as name:
        folder = pathlib.Path(name)
        try:
            runs = prepare(arguments.program, folder)
            test(arguments, runs, folder, random.Random(arguments.seed))
        except Failure as failure:
            sys.exit(f"FAILED: {failure}")
