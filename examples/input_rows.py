# SPDX-License-Identifier: Apache-2.0
"""What a model of rltuner is fed, for other runtimes: the rows of the first weights that are summed.

    rows = InputRows(encoding, length=64, metre=(3, 4))
    rows.after([])        # K rows to say event 0 with; the last event is then `primer`
    rows.after([14, 1])   # and to say event 2 with

`encoding` is the JSON in the metadata of the model file or of the ONNX graph, parsed. A one-hot
vector of width(encoding) for each of the K rows, summed, is the network's input. For a melody in
one metre; docs/formats.md lists the blocks.
"""

METRES = [(4, 4), (2, 4), (3, 4), (2, 2), (6, 8), (3, 8), (9, 8), (12, 8), (5, 4), (7, 8), (6, 4),
          (3, 2), (5, 8), (7, 4), (4, 2)]
PAPER = {"lowest_pitch": 48, "highest_pitch": 83, "steps_per_quarter": 4, "inputs": ["event"]}


def widths(encoding):
    """The rows of each block, in order."""
    encoding = PAPER | encoding
    classes = 3 + encoding["highest_pitch"] - encoding["lowest_pitch"]
    of_name = {"event": classes, "position": 8 * encoding["steps_per_quarter"],
               "metre": len(METRES) + 1, "bars_left": 17, "mode": 2, "lookback": classes + 1,
               "agreement": 6, "autocorrelation": 13}
    of_name |= dict.fromkeys(("highest", "lowest", "leap"), 2 * (classes - 2) + 1)
    return [of_name[name.rstrip("_12348")] for name in encoding["inputs"]]


def extreme(events, choose):
    """The highest or lowest note, and whether it was played once."""
    notes = [event for event in events if event >= 2]
    return 2 * (choose(notes) - 2) + (notes.count(choose(notes)) == 1) if notes else None


def open_leap(events):
    """The note that an open leap left, and whether it went up."""
    up, left, last = None, None, None
    for event in (event for event in events if event >= 2):
        if last is not None and abs(event - last) >= 7:
            if up is None:
                up, left = event > last, last
            elif up != (event > last):
                up = None
        elif up is not None and (event <= left if up else event >= left):
            up = None
        last = event
    return None if up is None else 2 * (left - 2) + up


def tenths(events, lag):
    """The autocorrelation of the classes, in tenths above -0.6."""
    count, total = len(events), sum(events)
    variance = count * sum(event**2 for event in events) - total**2
    if variance == 0:
        return None
    pairs = zip(events, events[lag:])
    products = sum((count * a - total) * (count * b - total) for a, b in pairs)
    return (10 * products + 6 * count * variance) // (count * variance)


FOLLOWED = {"highest": lambda events: extreme(events, max),
            "lowest": lambda events: extreme(events, min), "leap": open_leap}


class InputRows:
    """Of one melody of `length` events; `pickup` is the number of steps before its first bar."""

    def __init__(self, encoding, length=32, metre=(4, 4), pickup=0, minor=False, primer=0):
        self.encoding = PAPER | encoding
        self.widths = widths(encoding)
        self.length, self.metre, self.pickup, self.minor = length, metre, pickup, minor
        self.primer = primer
        steps = 4 * self.encoding["steps_per_quarter"] * metre[0] // metre[1]
        self.bar_steps = max(1, steps)

    def bar(self, step):
        return (step - self.pickup) // self.bar_steps

    def back(self, events, step, bars):
        """The class so many bars before a step; None if there is none."""
        before = step - bars * self.bar_steps
        return events[before] if before >= 0 else None

    def agreeing(self, events, bars):
        count = 0
        for step in reversed(range(len(events))):
            if events[step] != self.back(events, step, bars):
                break
            count += 1
        return count

    def after(self, events):
        step = len(events)
        position = (step - self.pickup) % self.bar_steps
        left = self.bar(max(0, self.length - 1)) - self.bar(step)
        rows, first = [], 0
        for name, width in zip(self.encoding["inputs"], self.widths):
            bars = int(name[-1]) if name[-1].isdigit() else 0
            if name == "event":
                row = events[-1] if events else self.primer
            elif name == "position":
                row = min(position, width - 1)
            elif name == "metre":
                row = METRES.index(self.metre) if self.metre in METRES else width - 1
            elif name == "bars_left":
                row = min(max(0, left), width - 1)
            elif name == "mode":
                row = int(self.minor)
            elif name.startswith("lookback"):
                row = self.back(events, step, bars)
                row = width - 1 if row is None else row
            elif name in FOLLOWED:
                row = FOLLOWED[name](events)
                row = width - 1 if row is None else row
            elif name.startswith("autocorrelation"):
                row = tenths(events, bars)
                row = width - 1 if row is None else min(max(0, row), width - 2)
            else:
                row = min(self.agreeing(events, bars).bit_length(), width - 1)
            rows.append(first + row)
            first += width
        return rows
