# SPDX-License-Identifier: Apache-2.0
"""Tunes a trained sequence model with rewards, without forgetting the data.

    import rltuner
    model = rltuner.tune("default", method="psi", iterations=100_000)
    rltuner.generate(model, count=1)[0].save("melody.mid")

Start with `help(rltuner.tune)`, which describes rewards of your own. There is also:

    Dataset, NoteRNN    melodies from MIDI files; a model trained on them
    Rules               the built-in rules and their weights
    generate, evaluate  melodies that a model plays, and their metrics
    SequenceModel       models of any tokens, with or without an end symbol
    options             all options of a call, with range, default and help

Equal seeds give equal results, byte for byte the same as the command line. Wrong input raises
`rltuner.Error`, a `ValueError`. A run that does not do all that it was asked for warns with
`rltuner.TuningWarning`.
"""

from ._core import Error, __version__
from ._dataset import Dataset
from ._melody import Melody, generate
from ._model import NoteRNN, evaluate
from ._options import options
from ._rewards import Reward, per_event, per_sequence
from ._rules import Rules
from ._sequence import SequenceModel
from ._tuning import TuningWarning, tune

__all__ = [
    "Dataset", "Error", "Melody", "NoteRNN", "Reward", "Rules", "SequenceModel",
    "TuningWarning", "__version__", "evaluate", "generate", "options", "per_event", "per_sequence",
    "tune",
]
