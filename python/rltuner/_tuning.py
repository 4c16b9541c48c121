# SPDX-License-Identifier: Apache-2.0
"""Tuning."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from . import _core
from ._dataset import Dataset
from ._model import NoteRNN
from ._options import Bar, goes_on, path_text, resumes, text_of, threads_of, values_of, write_file
from ._rewards import Rewards, reward_tuples
from ._rules import Rules

M = TypeVar("M", bound=NoteRNN)

SECONDS_BETWEEN_SAVES = 30.0


class TuningWarning(RuntimeWarning):
    """A tuning does not do all that its arguments ask for: an argument without effect, a model that
    was tuned before, another length, a KL far from its budget, targets out of reach, a policy that
    plays few different sequences, a damaged checkpoint, a run that was stopped.

    If `warnings.simplefilter("error", rltuner.TuningWarning)` makes it an error, the first one
    stops the run and is raised after all files are written.
    """


def tune(model: NoteRNN | str | os.PathLike[str] = "default", *,
         rules: Rules | str | os.PathLike[str] | None = None, method: str | None = None,
         reward: Rewards | None = None, recipe: str | os.PathLike[str] | None = None,
         match: Dataset | str | os.PathLike[str] | None = None,
         inputs: str | Sequence[str] | None = None, output: str | os.PathLike[str] | None = None,
         resume: bool = False, threads: int | None = None,
         callback: Callable[[dict[str, Any]], bool | None] | None = None,
         progress: bool = True, **options: Any) -> NoteRNN:
    """Tunes a model with rules and rewards; the result stays close to the model.

        model = rltuner.tune("default", method="psi", rules="theory", iterations=200_000, seed=1)

    model     a model, the path of one, or "default" for the bundled Note RNN
    rules     "paper", "theory", "song", a TOML file or `Rules`. None: the recipe's rules, or no
              rules at all if there is a `reward`
    method    "q", "psi", "g", "rl-only" or "pg" (policy gradient), or "match". None: the recipe's
    reward    rewards of your own, see below; they are added to those of the rules
    recipe    a bundled recipe or a TOML file. None: "default", or the paper's settings if `method`
              is another than the method of "default"
    match     a dataset or its file: finds the rules' weights from its training tunes, by the
              method "match", with recipe "song" unless another is given. A recipe with targets
              needs no dataset
    inputs    what the policy hears besides the Note RNN's inputs: "rules" for what the rules look
              at. It then follows the rules better at the same KL. None: the recipe's, if any
    output    folder that gets model.safetensors, recipe.toml, progress.csv and checkpoint/, and
              from "match" rules.toml and matching.json
    resume    continue from OUTPUT/checkpoint, if there is one; a finished run is returned at once.
              The checkpoint does not hold your rewards: give the same ones
    callback  called often, with pg after each update, with a dict: iteration, iterations,
              mean_reward, mean_log_prob, kl_to_prior, entropy (means per event, all but the reward
              in nats) and more; return False to stop
    options   see rltuner.options("tune"): c (the divisor of rewards; small = rewards count more),
              gamma, iterations (events; pg and match end with a whole update), length, bars,
              metre, key, seed, learning_rate ... Rules, and models that hear more than the last
              event, hear melodies in that metre and key

    Returns the tuned model; its `progress` has the records of the run, and after "match" its
    `matched_rules` are the `Rules` with the weights found and its `matching` compares the means of
    the melodies with their targets. A `TuningWarning` says where the run departs from its
    arguments.

    Equal arguments and seed give equal models, byte for byte the same as the command line. Ctrl-C,
    like a callback that returns False, stops the run and saves a checkpoint if there is an output;
    the model so far is returned, with `stopped` True. If Ctrl-C interrupts a reward, the reward is
    called again before the run stops; a second Ctrl-C in a reward raises KeyboardInterrupt.

    Rewards of your own have one of three forms:

        def in_range(events):               # int32 [B, t+1]: B sequences so far
            return (events[:, -1] < 26).astype("float32")      # [B]: what event t of each earns

        @rltuner.per_sequence
        def variety(sequences):             # int32 [B, T]: B finished sequences
            return [len(set(row)) for row in sequences.tolist()]   # [B]: what each earns

        class Alternate:                    # one sequence after another, event by event
            def start(self, length): self.last = None
            def place(self, event):
                reward, self.last = float(event != self.last), event
                return reward

        rltuner.tune("default", rules="theory", reward=[in_range, (variety, 0.1), Alternate()])

    Events are classes: 0 note off, 1 no event, 2 .. 37 note-ons from C3. A pair (reward, weight)
    gives a reward a weight. Functions are called from one thread at a time, with numpy arrays that
    they may keep and change. Method pg asks for whole batches and is by far the fastest; the others
    play one sequence at a time, so B is 1. A result of another shape than [B], or one that is not
    finite, raises `Error`. If the function raises an exception, `tune` raises it with its
    traceback. To measure progress, every method also plays batches of sequences and asks for their
    rewards.
    """
    from ._model import model_of
    return run_tuning(model_of(model), rules=rules, reward=reward, recipe=recipe, output=output,
                      resume=resume, threads=threads, callback=callback, progress=progress,
                      options={"method": method, **options}, match=match, inputs=inputs,
                      ends_with=None)


def run_tuning(model: M, *, rules: Rules | str | os.PathLike[str] | None, reward: Rewards | None,
               recipe: str | os.PathLike[str] | None, output: str | os.PathLike[str] | None,
               resume: bool, threads: int | None,
               callback: Callable[[dict[str, Any]], bool | None] | None, progress: bool,
               options: dict[str, Any], ends_with: int | None,
               match: Dataset | str | os.PathLike[str] | None = None,
               inputs: str | Sequence[str] | None = None) -> M:
    """Runs a tuning. `ends_with`: None for models of melodies, -1 for others without an end."""
    resumes(resume, output)
    rewards = reward_tuples(reward)
    raised: list[TuningWarning] = []

    def warn(line: str) -> None:
        try:
            warnings.warn(line, TuningWarning, stacklevel=4)
        except TuningWarning as warning:  # where warnings are errors
            raised.append(warning)

    if model.method != "note-rnn":
        warn(f"the model was tuned before ({model.method}); starting from its Note RNN")
    name = "" if rules is None and not rewards else \
        None if rules is None or isinstance(rules, Rules) else path_text(rules, "rules")
    text = rules.to_toml() if isinstance(rules, Rules) else None
    folder = Path(path_text(output, "output")) if output else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    at = 0
    with Bar("tune", progress) as bar:

        def told(row: dict[str, Any]) -> bool:
            nonlocal at
            at = row["iteration"]
            bar.update(row["iteration"], row["iterations"],
                       f"reward {row['mean_reward']:.2f}, KL {row['kl_to_prior']:.2f}")
            return goes_on(callback, row) and not raised

        core, rows, stopped, csv, found, achieved = _core.tune(
            model._core, ends_with is None, path_text(recipe or "", "recipe"), name, text,
            match.path if isinstance(match, Dataset) else path_text(match or "", "match"),
            text_of(inputs or ""), rewards, -1 if ends_with is None else ends_with,
            values_of(options), threads_of(threads), folder / "checkpoint" if folder else "",
            SECONDS_BETWEEN_SAVES, bool(resume), told, warn)
    tuned = type(model)(core)
    tuned.progress, tuned.stopped = rows, stopped
    if found:
        tuned.matched_rules, tuned.matching = Rules.from_toml(found), json.loads(achieved)
    if folder:
        write_file(folder / "recipe.toml", tuned.recipe.encode())
        write_file(folder / "progress.csv", csv.encode())
        if found:
            write_file(folder / "rules.toml", found.encode())
            write_file(folder / "matching.json", achieved.encode())
        if not stopped:
            tuned.save(folder / "model.safetensors")
    if stopped:
        warn(f"tuning was stopped at event {at}" + ("; resume=True continues" if folder else ""))
    if raised:
        raise raised[0]
    return tuned
