# SPDX-License-Identifier: Apache-2.0
"""JAX's side of bench/compare: prints one JSON object per line.

Each workload is one jitted program that runs many iterations in a lax.scan, without any rules (the
reward is log p alone).

tune: Q-learning at the paper's settings. A step of the scan plays five events by epsilon-greedy,
writes their transitions into a full replay memory of 100,000, and makes one gradient step: a
minibatch of 32, Double Q-learning, clipping, Adam and the target network.
tune-pg: the policy gradient. A step plays 256 compositions of 32 events and makes one update by
back-propagation through time, clipping and Adam.
train: one iteration of Note RNN training by back-propagation through time, batch 128, 128 steps.
"""
import argparse
import json
import os
import statistics
import time


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0],
                                     epilog=__doc__.split("\n\n", maxsplit=1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", choices=["tune", "tune-pg", "train"])
    parser.add_argument("--seconds", type=float, default=3, help="to measure (default: 3)")
    parser.add_argument("--threads", type=int, default=1,
                        help="1 (default): timed by its processor time; more: as many as the "
                        "process has cores, timed by the wall's clock")
    return parser.parse_args()


# JAX reads the environment when it is imported.
ARGUMENTS = read_arguments()
os.environ["JAX_PLATFORMS"] = "cpu"
if ARGUMENTS.threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

# pylint: disable=wrong-import-position
import jax
from jax import lax
from jax import numpy as jnp

VOCABULARY, HIDDEN = 38, 100
REPLAY, MINIBATCH, EVENTS_PER_GRADIENT, LENGTH = 100_000, 32, 5, 32
EPSILON, GAMMA, ETA = 0.1, 0.5, 0.01


def new_network(key):
    keys = jax.random.split(key, 3)
    uniform = {"event": (keys[0], (VOCABULARY, 4 * HIDDEN)),
               "recurrent": (keys[1], (HIDDEN, 4 * HIDDEN)),
               "output": (keys[2], (HIDDEN, VOCABULARY))}
    network = {name: jax.random.uniform(k, shape, minval=-0.1, maxval=0.1)
               for name, (k, shape) in uniform.items()}
    return network | {"bias": jnp.zeros(4 * HIDDEN), "output_bias": jnp.zeros(VOCABULARY)}


def lstm(network, events, h, c):
    """One event of each sequence: events [B], h and c [B, H]."""
    gates = network["event"][events] + network["bias"] + h @ network["recurrent"]
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def outputs(network, h):
    return h @ network["output"] + network["output_bias"]


def copy_of(tree):
    """Arrays of its own: an array that is donated must occur once."""
    return jax.tree.map(jnp.copy, tree)


def new_adam(network):
    zeros = jax.tree.map(jnp.zeros_like, network)
    return {"first": zeros, "second": copy_of(zeros), "steps": jnp.float32(0)}


def adam_step(adam, network, gradient, rate, clip):
    norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in jax.tree.leaves(gradient)))
    scale = jnp.minimum(1.0, clip / (norm + 1e-12))
    steps = adam["steps"] + 1
    # Both corrections of the moments' start, taken out of the loop over the weights.
    root = jnp.sqrt(1 - 0.999 ** steps)
    step_size = rate * root / (1 - 0.9 ** steps)
    first = jax.tree.map(lambda m, g: 0.9 * m + (0.1 * scale) * g, adam["first"], gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * (scale * g) ** 2, adam["second"],
                          gradient)
    network = jax.tree.map(lambda w, m, v: w - step_size * m / (jnp.sqrt(v) + 1e-8 * root),
                           network, first, second)
    return {"first": first, "second": second, "steps": steps}, network


class QLearning:
    """State: networks, replay memory and the composition that is being played."""
    UNIT, ITERATIONS = "events/s", 400  # gradient steps in a call
    EVENTS = ITERATIONS * EVENTS_PER_GRADIENT

    @staticmethod
    def start():
        keys = jax.random.split(jax.random.key(1), 5)
        q = new_network(keys[0])
        states = jax.random.uniform(keys[1], (REPLAY, 4 * HIDDEN), minval=-1.0)
        going_on = jnp.arange(REPLAY) % LENGTH != LENGTH - 1
        facts = {"event": jax.random.randint(keys[2], (REPLAY,), 0, VOCABULARY),
                 "action": jax.random.randint(keys[3], (REPLAY,), 0, VOCABULARY),
                 "reward": jnp.zeros(REPLAY), "going_on": going_on.astype(jnp.float32)}
        rest = {name: jnp.zeros((1, HIDDEN)) for name in ("h", "c", "note_h", "note_c")}
        return {"q": q, "target": copy_of(q), "note_rnn": copy_of(q), "adam": new_adam(q),
                "memory": {"states": states, **facts}, "played": jnp.int32(0),
                "composition": {"event": jnp.zeros(1, jnp.int32), **rest}}

    @staticmethod
    def play(networks, carry, draws):
        """One event; returns the transition, to be written with those after it."""
        q, note_rnn = networks
        now, played = carry
        h, c = lstm(q, now["event"], now["h"], now["c"])
        note_h, note_c = lstm(note_rnn, now["event"], now["note_h"], now["note_c"])
        explores, random_action, first_event = draws
        best = jnp.argmax(outputs(q, h), axis=1).astype(jnp.int32)
        action = jnp.where(explores, random_action, best)
        reward = jax.nn.log_softmax(outputs(note_rnn, note_h))[0, action]
        last = played % LENGTH == LENGTH - 1
        transition = {"states": jnp.concatenate([now["h"], now["c"], h, c], axis=1)[0],
                      "event": now["event"][0], "action": action[0], "reward": reward[0],
                      "going_on": jnp.where(last, 0.0, 1.0)}
        after = {"h": h, "c": c, "note_h": note_h, "note_c": note_c}
        after = {name: jnp.where(last, 0.0, value) for name, value in after.items()}
        return ({"event": jnp.where(last, first_event, action), **after}, played + 1), transition

    @staticmethod
    def loss(q, target, batch):
        h, c, next_h, next_c = jnp.split(batch["states"], 4, axis=1)
        choice = outputs(q, lstm(q, batch["action"], next_h, next_c)[0])
        worth = outputs(target, lstm(target, batch["action"], next_h, next_c)[0])
        best = jnp.argmax(choice, axis=1, keepdims=True)
        worth = jnp.take_along_axis(worth, best, axis=1)[:, 0]
        goal = lax.stop_gradient(batch["reward"] + GAMMA * batch["going_on"] * worth)
        values = outputs(q, lstm(q, batch["event"], h, c)[0])
        values = jnp.take_along_axis(values, batch["action"][:, None], axis=1)[:, 0]
        return jnp.mean((values - goal) ** 2)

    @classmethod
    def iterate(cls, state, draws):
        networks = state["q"], state["note_rnn"]
        carry, transitions = lax.scan(lambda carry, d: cls.play(networks, carry, d),
                                      (state["composition"], state["played"]), draws["events"])
        # Written before it is read: read first, XLA copies the whole memory at each step.
        at = state["played"] % REPLAY
        memory = {name: lax.dynamic_update_slice_in_dim(rows, transitions[name], at, axis=0)
                  for name, rows in state["memory"].items()}
        batch = {name: rows[draws["minibatch"]] for name, rows in memory.items()}
        gradient = jax.grad(cls.loss)(state["q"], state["target"], batch)
        adam, q = adam_step(state["adam"], state["q"], gradient, 1e-3, 5.0)
        target = jax.tree.map(lambda t, w: t + ETA * (w - t), state["target"], q)
        return {"q": q, "target": target, "note_rnn": state["note_rnn"], "adam": adam,
                "memory": memory, "played": carry[1], "composition": carry[0]}, None

    @classmethod
    def run(cls, state, key):
        """All random numbers of a call are drawn at once, which costs next to nothing."""
        keys = jax.random.split(key, 4)
        shape = (cls.ITERATIONS, EVENTS_PER_GRADIENT, 1)
        draws = {"events": (jax.random.uniform(keys[0], shape) < EPSILON,
                            jax.random.randint(keys[1], shape, 0, VOCABULARY),
                            jax.random.randint(keys[2], shape, 0, VOCABULARY)),
                 "minibatch": jax.random.randint(keys[3], (cls.ITERATIONS, MINIBATCH), 0, REPLAY)}
        return lax.scan(cls.iterate, state, draws)[0]


class PolicyGradient:
    UNIT, BATCH, ITERATIONS = "events/s", 256, 4  # updates in a call
    EVENTS = ITERATIONS * BATCH * LENGTH
    GAMMA = 0.7

    @staticmethod
    def start():
        policy = new_network(jax.random.key(1))
        return {"policy": policy, "note_rnn": copy_of(policy), "adam": new_adam(policy)}

    @classmethod
    def play(cls, policy, note_rnn, first_events, uniforms):
        """Returns log pi and log p, each [LENGTH, BATCH], of the events that are played."""
        def event(carry, u):
            events, h, c, note_h, note_c = carry
            h, c = lstm(policy, events, h, c)
            note_h, note_c = lstm(note_rnn, events, note_h, note_c)
            log_policy = jax.nn.log_softmax(outputs(policy, h))
            log_prior = jax.nn.log_softmax(outputs(note_rnn, note_h))
            # The first class whose cumulative probability exceeds u.
            below = jnp.cumsum(jnp.exp(lax.stop_gradient(log_policy)), axis=1) < u[:, None]
            actions = jnp.minimum(jnp.sum(below, axis=1, dtype=jnp.int32), VOCABULARY - 1)
            log_of = [jnp.take_along_axis(logs, actions[:, None], axis=1)[:, 0]
                      for logs in (log_policy, log_prior)]
            return (actions, h, c, note_h, note_c), tuple(log_of)
        rest = [jnp.zeros((cls.BATCH, HIDDEN)) for _ in range(4)]
        return lax.scan(event, (first_events, *rest), uniforms)[1]

    @classmethod
    def iterate(cls, state, draws):
        log_policy, back, log_prior = jax.vjp(
            lambda policy: cls.play(policy, state["note_rnn"], *draws), state["policy"],
            has_aux=True)

        def discounted(later, reward):
            now = reward + cls.GAMMA * later
            return now, now
        _, returns = lax.scan(discounted, jnp.zeros(cls.BATCH), log_prior - log_policy,
                              reverse=True)
        others = (jnp.sum(returns, axis=1, keepdims=True) - returns) / (cls.BATCH - 1)
        advantages = (returns - others) / (jnp.std(returns, axis=1, keepdims=True) + 1e-6)
        gradient = back(-advantages / advantages.size)[0]
        adam, policy = adam_step(state["adam"], state["policy"], gradient, 3e-3, 1.0)
        return {"policy": policy, "note_rnn": state["note_rnn"], "adam": adam}, None

    @classmethod
    def run(cls, state, key):
        keys = jax.random.split(key)
        first = jax.random.randint(keys[0], (cls.ITERATIONS, cls.BATCH), 0, VOCABULARY)
        uniforms = jax.random.uniform(keys[1], (cls.ITERATIONS, LENGTH, cls.BATCH))
        return lax.scan(cls.iterate, state, (first, uniforms))[0]


class Training:
    UNIT, BATCH, STEPS, ITERATIONS = "ms/iteration", 128, 128, 2

    @classmethod
    def start(cls):
        keys = jax.random.split(jax.random.key(1))
        network = new_network(keys[0])
        events = jax.random.randint(keys[1], (cls.STEPS + 1, cls.BATCH), 0, VOCABULARY)
        return {"network": network, "adam": new_adam(network), "events": events}

    @classmethod
    def loss(cls, network, events):
        def step(carry, now):
            carry = lstm(network, now, *carry)
            return carry, carry[0]
        rest = jnp.zeros((cls.BATCH, HIDDEN))
        _, hidden = lax.scan(step, (rest, rest), events[:-1])
        logs = jax.nn.log_softmax(outputs(network, hidden))
        return -jnp.mean(jnp.take_along_axis(logs, events[1:, :, None], axis=2))

    @classmethod
    def iterate(cls, state, _):
        gradient = jax.grad(cls.loss)(state["network"], state["events"])
        adam, network = adam_step(state["adam"], state["network"], gradient, 0.01, 5.0)
        return {"network": network, "adam": adam, "events": state["events"]}, None

    @classmethod
    def run(cls, state, _):
        return lax.scan(cls.iterate, state, length=cls.ITERATIONS)[0]


WORKLOADS = {"tune": QLearning, "tune-pg": PolicyGradient, "train": Training}


def measure(workload, seconds, clock):
    """The median time of one call, in seconds, after the compilation and a warm-up."""
    call = jax.jit(workload.run, donate_argnums=0)
    key = jax.random.key(2)
    state = workload.start()
    times = []
    for number in range(1_000_000):
        start = clock()
        state = jax.block_until_ready(call(state, jax.random.fold_in(key, number)))
        times.append(clock() - start)
        measured = times[2:]
        if len(measured) >= 3 and sum(measured) >= seconds:
            break
    return statistics.median(measured)


def main():
    workload = WORKLOADS[ARGUMENTS.workload]
    clock = time.process_time if ARGUMENTS.threads == 1 else time.perf_counter
    seconds = measure(workload, ARGUMENTS.seconds, clock)
    value = (workload.EVENTS / seconds if workload.UNIT == "events/s"
             else seconds / workload.ITERATIONS * 1e3)
    print(json.dumps({"name": ARGUMENTS.workload, "median": value, "unit": workload.UNIT,
                      "version": jax.__version__}))


if __name__ == "__main__":
    main()
