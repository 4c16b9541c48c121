# SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of bench/compare: prints one JSON object per line.

tune: the plain loop that one would write for the same experiment, without rules (the reward is
log p alone): an event through the Q-network and the Note RNN, a transition into the replay memory,
every fifth event a gradient step of Double Q-learning with Adam, clipping and the target network.
train: nn.LSTM, one iteration of back-propagation through time, batch 128, 128 steps.
"""
import argparse
import json
import random
import statistics
import time

import torch
from torch import nn

VOCABULARY, HIDDEN = 38, 100
REPLAY, MINIBATCH, GRADIENT_EVERY, LENGTH = 100_000, 32, 5, 32
GAMMA, ETA, CLIP = 0.5, 0.01, 5.0


class EventRnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(VOCABULARY, HIDDEN)
        self.output = nn.Linear(HIDDEN, VOCABULARY)

    def forward(self, events, h, c):
        h, c = self.cell(nn.functional.one_hot(events, VOCABULARY).float(), (h, c))
        return self.output(h), h, c


class TuningLoop:
    def __init__(self, compiled):
        torch.manual_seed(1)
        random.seed(1)
        self.q, self.target, self.note_rnn = EventRnn(), EventRnn(), EventRnn()
        self.target.load_state_dict(self.q.state_dict())
        self.note_rnn.load_state_dict(self.q.state_dict())
        self.adam = torch.optim.Adam(self.q.parameters(), lr=1e-3, fused=True)
        self.parameters = list(self.q.parameters())
        self.target_parameters = list(self.target.parameters())
        # One row per transition: event, action, reward, whether the sequence continues; h, c, and
        # both after it.
        self.memory = torch.zeros(REPLAY, 4 + 4 * HIDDEN)
        self.played = 0
        self.act, self.loss_of = self.plain_act, self.plain_loss
        if compiled:
            self.act = torch.compile(self.plain_act)
            self.loss_of = torch.compile(self.plain_loss)
        self.start_composition()

    def start_composition(self):
        self.event = torch.randint(VOCABULARY, (1,))
        self.states = [torch.zeros(1, HIDDEN) for _ in range(4)]

    def fill_memory(self):
        """As after REPLAY events: rltuner's loop is measured with a full memory, too."""
        self.memory.uniform_(-1, 1)
        self.memory[:, :2] = torch.randint(VOCABULARY, (REPLAY, 2)).float()
        self.memory[:, 3] = (torch.arange(REPLAY) % LENGTH != LENGTH - 1).float()
        self.played = REPLAY

    def plain_act(self, event, h, c, note_h, note_c):
        values, h, c = self.q(event, h, c)
        logits, note_h, note_c = self.note_rnn(event, note_h, note_c)
        return values.argmax(1), torch.log_softmax(logits, 1), h, c, note_h, note_c

    def plain_loss(self, events, actions, rewards, going_on, h, c, next_h, next_c):
        with torch.no_grad():
            best = self.q(actions, next_h, next_c)[0].argmax(1, keepdim=True)
            worth = self.target(actions, next_h, next_c)[0].gather(1, best).squeeze(1)
            wanted = rewards + GAMMA * going_on * worth
        values = self.q(events, h, c)[0].gather(1, actions.unsqueeze(1)).squeeze(1)
        return ((values - wanted) ** 2).mean()

    def learn(self):
        rows = torch.randint(min(self.played, REPLAY), (MINIBATCH,))
        facts, h, c, next_h, next_c = self.memory[rows].split([4] + 4 * [HIDDEN], dim=1)
        events, actions, rewards, going_on = facts.unbind(1)
        loss = self.loss_of(events.long(), actions.long(), rewards, going_on, h, c, next_h, next_c)
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, CLIP)
        self.adam.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.target_parameters, self.parameters, ETA)

    def play(self, iterations):
        for _ in range(iterations):
            slot = self.played % REPLAY
            with torch.no_grad():
                action, log_p, *after = self.act(self.event, *self.states)
            if random.random() < 0.1:
                action = torch.randint(VOCABULARY, (1,))
            last = self.played % LENGTH == LENGTH - 1
            facts = torch.tensor([[self.event.item(), action.item(), log_p[0, action].item(),
                                   0.0 if last else 1.0]])
            torch.cat((facts, *self.states[:2], *after[:2]), 1, out=self.memory[slot:slot + 1])
            self.event, self.states = action, after
            self.played += 1
            if last:
                self.start_composition()
            if self.played % GRADIENT_EVERY == 0 and self.played >= MINIBATCH:
                self.learn()


class Training:
    BATCH, STEPS = 128, 128

    def __init__(self):
        torch.manual_seed(1)
        self.lstm, self.output = nn.LSTM(VOCABULARY, HIDDEN), nn.Linear(HIDDEN, VOCABULARY)
        self.parameters = [*self.lstm.parameters(), *self.output.parameters()]
        self.adam = torch.optim.Adam(self.parameters, lr=0.01, fused=True)
        self.events = torch.randint(VOCABULARY, (self.STEPS + 1, self.BATCH))

    def iterate(self):
        inputs = nn.functional.one_hot(self.events[:-1], VOCABULARY).float()
        hidden, _ = self.lstm(inputs)
        loss = nn.functional.cross_entropy(self.output(hidden).flatten(0, 1),
                                           self.events[1:].flatten())
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, CLIP)
        self.adam.step()


def measure(run, seconds, clock):
    """The median time of one run, in seconds."""
    times, total = [], 0.0
    while total < seconds or len(times) < 3:
        start = clock()
        run()
        times.append(clock() - start)
        total += times[-1]
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0],
                                     epilog=__doc__.split("\n\n")[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", choices=["tune", "tune-compiled", "train"])
    parser.add_argument("--seconds", type=float, default=3, help="to measure (default: 3)")
    parser.add_argument("--threads", type=int, default=1,
                        help="of PyTorch (default: 1, timed by its processor time; more are timed "
                        "by the wall's clock)")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    clock = time.process_time if arguments.threads == 1 else time.perf_counter
    if arguments.workload == "train":
        training = Training()
        training.iterate()
        value, unit = measure(training.iterate, arguments.seconds, clock) * 1e3, "ms/iteration"
    else:
        slice_ = 200
        loop = TuningLoop(arguments.workload == "tune-compiled")
        loop.fill_memory()
        loop.play(2 * slice_)
        seconds = measure(lambda: loop.play(slice_), arguments.seconds, clock)
        value, unit = slice_ / seconds, "events/s"
    print(json.dumps({"name": arguments.workload, "median": value, "unit": unit,
                      "version": torch.__version__.split("+")[0]}))


if __name__ == "__main__":
    main()
