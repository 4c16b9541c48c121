#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a model against what other runtimes make of it.

FOLDER holds model.safetensors, model.onnx and expected.json: events [T][B], or rows
[T][B * inputs] of a network with context, and our logits [T][B][V]. Exit code 0: the same to 1e-5; 1: not; 77: the runtime is not here, with the reason.

A runtime is used where it is: in python3's own packages, or in a virtual environment that
`check_runtimes.py --fetch ENVIRONMENTS` has filled before: onnxruntime (about 100 MB) below
ENVIRONMENTS, mido and music21 (about 300 MB) too, PyTorch (about 1 GB) where bench/compare puts it.
"""
import json
import os
import pathlib
import subprocess
import sys

SKIPPED = 77
TOLERANCE = 1e-5
PACKAGES = {"onnxruntime": ["onnxruntime", "numpy"], "torch": ["torch", "safetensors", "numpy"],
            "notation": ["mido", "music21"]}  # of tests/evaluation/check_notation.py


def skip(reason):
    print(reason)
    sys.exit(SKIPPED)


def has_packages(python, packages):
    command = [python, "-c", "import " + ", ".join(packages)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def make_environment(folder, packages):
    """A virtual environment with the packages; skips the test if they cannot be had."""
    import fcntl
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / (folder.name + ".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        python = folder / "bin" / "python"
        if python.exists() and has_packages(python, packages):
            return python
        for command in ([sys.executable, "-m", "venv", folder],
                        [python, "-m", "pip", "install", "--quiet", "--timeout", "10",
                         "--retries", "1", "--disable-pip-version-check", *packages]):
            try:
                run = subprocess.run(command, capture_output=True, text=True, timeout=150,
                                     check=False)
            except (subprocess.TimeoutExpired, OSError) as error:
                skip(f"{' and '.join(packages)} could not be fetched: {error}")
            if run.returncode != 0:
                lines = (run.stderr or run.stdout).strip().splitlines() or ["no reason given"]
                skip(f"{' and '.join(packages)} could not be fetched: {lines[-1]}")
        return python


def find_python(runtime, environments, fetches=False):
    packages = PACKAGES[runtime]
    if has_packages(sys.executable, packages):
        return sys.executable
    if runtime != "torch":
        return make_environment(environments / runtime, packages)
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
    import torch_without_cuda
    if not torch_without_cuda.is_there():
        if not fetches:
            skip("PyTorch is not here; check_runtimes.py --fetch fetches it (about 1 GB)")
        try:
            torch_without_cuda.install()
        except (OSError, subprocess.CalledProcessError) as error:
            skip(f"PyTorch could not be fetched: {error}")
    os.environ |= torch_without_cuda.variables()
    return torch_without_cuda.PYTHON


def logits_of_onnxruntime(folder, events):
    import numpy as np
    import onnxruntime
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    events = np.array(events)
    fed = "event" if events.ndim == 2 else "rows"
    inputs = {fed: events}
    for value in session.get_inputs():
        if value.name != fed:
            layers, _, hidden = value.shape
            inputs[value.name] = np.zeros((layers, events.shape[1], hidden), np.float32)
    whole = session.run(None, inputs)

    # One step at a time, with the state handed on, must say the same.
    names = [output.name for output in session.get_outputs()]
    steps = []
    for step in inputs.pop(fed):
        outputs = dict(zip(names, session.run(None, {fed: step[None], **inputs})))
        steps.append(outputs["logits"][0])
        inputs = {name: outputs[name.replace("initial", "final")] for name in inputs}
    difference = np.abs(np.array(steps) - whole[0]).max()
    if difference > TOLERANCE:
        sys.exit(f"step by step differs from all at once by {difference}")
    return whole[0]


def logits_of_torch(folder, events):
    import torch
    from safetensors.torch import load_file
    weights = load_file(folder / "model.safetensors")

    def network(prefix):
        mine = {k[len(prefix):]: v for k, v in weights.items() if k.startswith(prefix)}
        hidden = mine["output.weight"].shape[1]
        layers = sum(k.startswith("lstm.weight_hh") for k in mine)
        width = mine["lstm.weight_ih_l0"].shape[1]
        lstm = torch.nn.LSTM(width, hidden, layers)
        lstm.load_state_dict({k[5:]: v for k, v in mine.items() if k.startswith("lstm.")})
        one_hot = torch.nn.functional.one_hot(torch.tensor(events), width).float()
        if one_hot.ndim == 4:
            one_hot = one_hot.sum(2)
        return lstm(one_hot)[0] @ mine["output.weight"].T + mine["output.bias"]

    with torch.no_grad():
        logits = network("")
        if "prior.output.weight" in weights:
            logits = logits + torch.log_softmax(network("prior."), -1)
    return logits.numpy()


def fetch(environments):
    for runtime in PACKAGES:
        try:
            find_python(runtime, environments, fetches=True)
        except SystemExit:
            print(f"so the tests that compare with {runtime} will be skipped")
    return 0


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--fetch":
        return fetch(pathlib.Path(sys.argv[2]))
    if len(sys.argv) < 4:
        sys.exit("usage: check_runtimes.py onnxruntime|torch FOLDER ENVIRONMENTS | --fetch "
                 "ENVIRONMENTS")
    runtime, folder, environments = sys.argv[1], *map(pathlib.Path, sys.argv[2:4])
    if len(sys.argv) == 4:
        python = find_python(runtime, environments)
        os.execv(python, [str(python), __file__, *sys.argv[1:4], "run"])
    import numpy as np
    expected = json.loads((folder / "expected.json").read_text())
    compute = logits_of_torch if runtime == "torch" else logits_of_onnxruntime
    events, inputs = expected["events"], expected["inputs"]
    if inputs > 1:
        events = np.array(events).reshape(len(events), -1, inputs).tolist()
    logits = compute(folder, events)
    difference = np.abs(logits - np.array(expected["logits"])).max()
    print(f"{runtime}: largest difference {difference:.2g} over {logits.size} logits")
    return 0 if difference <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
