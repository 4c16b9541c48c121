// SPDX-License-Identifier: Apache-2.0
// Levels: makes the recordings equally loud, and limits the sum of the notes.

const kAttack = 0.25; // seconds from a note's beginning that decide its loudness
const kLevel = 0.29; // root mean square of the attack; a note of velocity 100 then peaks near 0.7
const kOnset = 0.02; // share of the peak at which a note begins
const kLinear = 0.7; // amplitude up to which the limiter changes nothing
const kWidest = 4; // the limiter treats larger amplitudes as this one
const kCurvePoints = 4097;

function channelsOf(buffer: AudioBuffer): Float32Array[] {
  return Array.from({ length: buffer.numberOfChannels }, (_, index) => buffer.getChannelData(index));
}

function attackLevel(buffer: AudioBuffer): number {
  const channels = channelsOf(buffer);
  const peak = Math.max(...channels.map((samples) => samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0)));
  const begin = channels[0]?.findIndex((x) => Math.abs(x) > kOnset * peak) ?? 0;
  const length = Math.round(kAttack * buffer.sampleRate);
  const powers = channels.map((samples) =>
    samples.subarray(begin, begin + length).reduce((sum, x) => sum + x * x, 0) / length,
  );
  return Math.sqrt(powers.reduce((sum, power) => sum + power, 0) / powers.length);
}

// Scales a recording of one note so that its attack is as loud as that of every other.
export function level(buffer: AudioBuffer): AudioBuffer {
  const gain = kLevel / attackLevel(buffer);
  for (const samples of channelsOf(buffer)) samples.forEach((x, i) => (samples[i] = gain * x));
  return buffer;
}

function limited(x: number): number {
  const over = Math.max(0, Math.abs(x) - kLinear);
  const size = Math.min(Math.abs(x), kLinear) + (1 - kLinear) * Math.tanh(over / (1 - kLinear));
  return Math.sign(x) * size;
}

// Returns a node whose input reaches `output` limited to -1 .. 1.
export function limiter(context: BaseAudioContext, output: AudioNode): AudioNode {
  const input = new GainNode(context, { gain: 1 / kWidest });
  const curve = Float32Array.from({ length: kCurvePoints }, (_, i) =>
    limited(kWidest * ((2 * i) / (kCurvePoints - 1) - 1)),
  );
  input.connect(new WaveShaperNode(context, { curve })).connect(output);
  return input;
}
