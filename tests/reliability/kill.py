#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills every long command (SIGKILL) at random moments, goes on until it ends, and compares every
result byte for byte with that of a run that nobody disturbed."""
import shutil
import subprocess

import runs


def start_and_kill(program, run, folder, delay):
    """True if it was killed, False if it had come to its end. If it did so from its beginning, it
    takes less than `delay`, whatever it took when it was timed on a machine that stood still."""
    is_whole = not any(folder.iterdir())
    process = subprocess.Popen([str(program), *run.arguments(folder)], text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    try:
        _, errors = process.communicate(timeout=delay)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    if process.returncode != 0:
        raise runs.Failure(f"{run.name} ended with {process.returncode}: {errors.strip()}")
    if is_whole and delay is not None:
        run.seconds = min(run.seconds, delay)
    return False


def left_over(folder, run):
    """Files that are no checkpoint beside one, what a run goes on from, files begun."""
    whole = {folder / name for name in run.checkpoints()}
    checkpoints = set((folder / run.checkpoint).iterdir()) if run.checkpoint else set()
    begun = {path for path in folder.rglob(".rltuner-*")}
    journals = {folder / run.journal} if run.journal else set()
    return [path.name for path in (checkpoints - whole) | begun | journals if path.exists()]


def killed_and_ended(program, run, folder, most, random):
    """Kills one run up to `most` times, lets it end and compares; returns the number of kills."""
    folder.mkdir()
    kills = 0
    while start_and_kill(program, run, folder,
                         random.uniform(0, 0.4 * run.seconds) if kills < most else None):
        kills += 1
    if difference := run.difference(folder):
        raise runs.Failure(f"{run.name}: {difference}")
    if names := left_over(folder, run):
        raise runs.Failure(f"{run.name}: {', '.join(names)} left behind")
    shutil.rmtree(folder)
    return kills


def test(arguments, all_runs, folder, random):
    ended, counts = 0, []
    for run in all_runs:
        wanted, kills = -(-arguments.kills // len(all_runs)), 0
        while kills < wanted:
            kills += killed_and_ended(arguments.program, run, folder / "killed", wanted - kills,
                                      random)
            ended += 1
        counts.append(f"{kills} in {run.name}")
    print(f"{', '.join(counts)}: {ended} runs that were killed came to their end, 0 differences")


if __name__ == "__main__":
    runs.main(__doc__, test, lambda parser: parser.add_argument(
        "--kills", type=int, default=12, help="at least so many (default: 12)"))
