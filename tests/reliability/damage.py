#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Damages the newest checkpoint of a killed run and of a finished one, at random places and lengths:
going on must fall back to the one before, say so, and come to the same end."""
import shutil

import runs
from kill import start_and_kill


def damaged(content, random):
    """The bytes after one of the faults that disks and people make, and its name."""
    place = random.randrange(len(content))
    end = min(len(content), place + random.choice((1, 64, 4096)))
    kind = random.choice(("a flipped bit", "zeros", "noise", "a cut end", "an empty file"))
    if kind == "a flipped bit":
        flipped = bytes([content[place] ^ (1 << random.randrange(8))])
        return content[:place] + flipped + content[place + 1:], f"{kind} at {place}"
    if kind == "a cut end":
        return content[:place], f"{kind} at {place}"
    if kind == "an empty file":
        return b"", kind
    middle = bytes(end - place) if kind == "zeros" else random.randbytes(end - place)
    return content[:place] + middle + content[end:], f"{kind} at {place} .. {end}"


def killed_with_two_checkpoints(program, run, place, random):
    while True:
        place.mkdir()
        killed = start_and_kill(program, run, place, random.uniform(0.3, 0.9) * run.seconds)
        # One more that was whole but not yet in its place would become the newest.
        waiting = (place / run.checkpoint / "next.safetensors").exists()
        if killed and not waiting and all((place / name).exists() for name in run.checkpoints()):
            return place / run.checkpoints()[0]
        if killed:
            run.seconds *= 1.1  # perhaps the machine has become slower
        shutil.rmtree(place)


def finished(program, run, place):
    place.mkdir()
    runs.must(program, run.arguments(place))
    return place / run.checkpoints()[0]


def damage_and_go_on(program, run, saved, newest, random):
    content = newest.read_bytes()
    place = saved.with_name("damaged")
    shutil.copytree(saved, place)
    bytes_now, fault = damaged(content, random)
    (place / newest.relative_to(saved)).write_bytes(bytes_now)
    done = runs.call(program, run.arguments(place))
    if done.returncode != 0:
        raise runs.Failure(f"{run.name} with {fault} ended with {done.returncode}: "
                           f"{done.stderr.strip()}")
    if bytes_now != content and "previous.safetensors" not in done.stderr:
        raise runs.Failure(f"{run.name} with {fault} did not say that it went on from the "
                           "previous checkpoint")
    if difference := run.difference(place):
        raise runs.Failure(f"{run.name} with {fault}: {difference}")
    shutil.rmtree(place)


def test(arguments, all_runs, folder, random):
    all_runs = [run for run in all_runs if run.checkpoint]
    for run in all_runs:
        saved = folder / "saved"
        newest = killed_with_two_checkpoints(arguments.program, run, saved, random)
        for _ in range(arguments.faults):
            damage_and_go_on(arguments.program, run, saved, newest, random)
        shutil.rmtree(saved)
        newest = finished(arguments.program, run, saved)
        damage_and_go_on(arguments.program, run, saved, newest, random)
        shutil.rmtree(saved)
    print(f"{(arguments.faults + 1) * len(all_runs)} damaged checkpoints, each passed over for the "
          "one before, 0 differences")


if __name__ == "__main__":
    runs.main(__doc__, test, lambda parser: parser.add_argument(
        "--faults", type=int, default=4,
        help="damaged checkpoints of a killed run for each command (default: 4)"))
