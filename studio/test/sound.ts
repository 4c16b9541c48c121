// SPDX-License-Identifier: Apache-2.0
// What a WAV file holds, and whether a pitch sounds in it.

export interface Sound {
  sampleRate: number;
  samples: Float32Array; // of the left channel, -1 .. 1
  right: Float32Array;
}

export function readWav(file: Buffer): Sound {
  if (file.toString("latin1", 0, 4) !== "RIFF" || file.toString("latin1", 8, 12) !== "WAVE") {
    throw new Error("not a WAV file");
  }
  let channels = 0;
  let sampleRate = 0;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString("latin1", at, at + 4);
    const size = file.readUInt32LE(at + 4);
    if (name === "fmt ") {
      channels = file.readUInt16LE(at + 10);
      sampleRate = file.readUInt32LE(at + 12);
    } else if (name === "data") {
      const frames = size / (2 * channels);
      const channel = (index: number) =>
        Float32Array.from(
          { length: frames },
          (_, i) => file.readInt16LE(at + 8 + 2 * (channels * i + index)) / 32768,
        );
      return { sampleRate, samples: channel(0), right: channel(channels - 1) };
    }
    at += 8 + size;
  }
  throw new Error("a WAV file without data");
}

export function loudness(sound: Sound, from: number, seconds: number): number {
  const power = (samples: Float32Array) => {
    const part = slice({ ...sound, samples }, from, seconds);
    return part.reduce((sum, x) => sum + x * x, 0) / part.length;
  };
  return Math.sqrt((power(sound.samples) + power(sound.right)) / 2);
}

// How much of the first four harmonics of a MIDI pitch is in a part of the sound (Goertzel).
export function pitchStrength(sound: Sound, pitch: number, from: number, seconds: number): number {
  const part = slice(sound, from, seconds);
  const frequency = 440 * 2 ** ((pitch - 69) / 12);
  let strength = 0;
  for (let harmonic = 1; harmonic <= 4; ++harmonic) {
    const turn = (2 * Math.PI * harmonic * frequency) / sound.sampleRate;
    let real = 0;
    let imaginary = 0;
    part.forEach((x, i) => {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / part.length);
      real += window * x * Math.cos(turn * i);
      imaginary += window * x * Math.sin(turn * i);
    });
    strength += Math.hypot(real, imaginary) / part.length;
  }
  return strength;
}

function slice({ samples, sampleRate }: Sound, from: number, seconds: number): Float32Array {
  return samples.subarray(Math.round(from * sampleRate), Math.round((from + seconds) * sampleRate));
}
