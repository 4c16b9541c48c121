#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fills the disk (a small tmpfs) under every long command: the error must be one line and exit code 2,
nothing half-written may stay, and after room is made the run must go on to the same end.
Needs root, for the tmpfs; is skipped without."""
import contextlib
import os
import subprocess
import sys

import runs

SKIPPED = 77
BLOCK = 4096


@contextlib.contextmanager
def small_disk(place, size):
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)
        place.rmdir()


def fill(place, free):
    """Leaves about `free` bytes of room."""
    state = os.statvfs(place)
    taken = max(0, state.f_bavail * state.f_frsize - free)
    with open(place / "filler", "wb") as file:
        file.write(bytes(taken))


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "filler"]


def check_refusal(run, done, place):
    lines = done.stderr.strip().splitlines()
    if done.returncode != 2 or len(lines) != 1 or "No space left" not in lines[0]:
        raise runs.Failure(f"{run.name} on a full disk ended with {done.returncode} and "
                           f"{done.stderr.strip()!r}")
    for path in files_below(place):
        if path.name.startswith(".rltuner-") or path.stat().st_size == 0:
            raise runs.Failure(f"{run.name} on a full disk left {path.name} half-written")


def test(arguments, all_runs, folder, random):
    refused = 0
    for run in all_runs:
        for fill_number in range(arguments.fills):
            with small_disk(folder / "disk", 3 * run.size + 2_000_000) as place:
                blocks = random.randrange(1, max(2, run.size // BLOCK))
                free = blocks * BLOCK if fill_number > 0 else 0
                fill(place, free)
                done = runs.call(arguments.program, run.arguments(place))
                if done.returncode != 0:
                    check_refusal(run, done, place)
                    refused += 1
                (place / "filler").unlink()
                runs.must(arguments.program, run.arguments(place))
                if difference := run.difference(place):
                    raise runs.Failure(f"{run.name} after a full disk with {free} bytes: "
                                       f"{difference}")
    if refused == 0:
        raise runs.Failure("no disk was small enough")
    print(f"{refused} runs met a full disk, all went on to the same end")


if __name__ == "__main__":
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"],
                                           stderr=subprocess.DEVNULL).returncode != 0:
        print("skipped: mounting a small tmpfs needs root")
        sys.exit(SKIPPED)
    if "RLTUNER_OWN_MOUNTS" not in os.environ:
        # Mounts of its own, which end with the process whatever ends it.
        os.execvpe("unshare", ["unshare", "--mount", sys.executable, *sys.argv],
                   {**os.environ, "RLTUNER_OWN_MOUNTS": "1"})
    runs.main(__doc__, test, lambda parser: parser.add_argument(
        "--fills", type=int, default=2,
        help="full disks for each command, the first without any room (default: 2)"))
