// SPDX-License-Identifier: Apache-2.0
// The sound: a sampled piano, played live or rendered to a file. One melody sounds at a time.

import { audioBufferToWav16, renderOffline, Sampler, Scheduler } from "smplr";

import { level, limiter } from "./loudness";
import { piecesOf, placeInBar, type Playback } from "./melody";

// Every third semitone of the range that melodies use; the sampler transposes the others.
const kSamples = ["C3", "Ds3", "Fs3", "A3", "C4", "Ds4", "Fs4", "A4", "C5", "Ds5", "Fs5", "A5", "C6"];
const kRelease = 0.35; // seconds that a note rings after its end
const kTail = 1.5; // seconds after the last step, for the piano to fade in a file
const kStartDelay = 0.06; // seconds between a click and the first note, to schedule in time
const kSampleRate = 44100;

type Piano = ReturnType<typeof Sampler>;

export interface Playing {
  onStep?: (step: number, position: number) => void; // each frame: the step, and the exact position
  onEnd?: (finished: boolean) => void; // false: stopped early
}

export function secondsPerStep(tempo: number, { steps_per_quarter }: Playback): number {
  return 60 / tempo / steps_per_quarter;
}

let recordings: Promise<Record<string, AudioBuffer>> | undefined;

// Fetches and decodes the recordings, once. Needs no sound device and no click before it, so that
// the first click sounds at once.
export function loadRecordings(): Promise<Record<string, AudioBuffer>> {
  const decoder = new OfflineAudioContext(2, 1, kSampleRate);
  recordings ??= Promise.all(
    kSamples.map(async (name) => {
      const response = await fetch(`samples/${name}.mp3`);
      if (!response.ok) throw new Error(`The piano's sound is missing (${name}).`);
      const buffer = await decoder.decodeAudioData(await response.arrayBuffer());
      return [name.replace("s", "#"), level(buffer)] as const;
    }),
  ).then((entries) => Object.fromEntries(entries));
  return recordings;
}

async function makePiano(context: BaseAudioContext, output: AudioNode): Promise<Piano> {
  const buffers = await loadRecordings();
  // A whole melody is handed over at once, so that no timer of a busy page can delay a note.
  const scheduler = Scheduler(context, { lookaheadMs: 1e7 });
  // The sampler needs all of these: a missing one becomes NaN.
  const sound = { decayTime: kRelease, detune: 0, lpfCutoffHz: 20_000, volume: 127 };
  const destination = limiter(context, output);
  const piano = Sampler(context, { buffers, scheduler, destination, ...sound });
  await piano.ready;
  return piano;
}

// Louder on the beats, as a player would.
function velocityAt(step: number, playback: Playback): number {
  const place = placeInBar(step, playback);
  if (place === 0) return 100;
  return place % playback.beat === 0 ? 92 : 82;
}

function schedule(piano: Piano, events: readonly number[], playback: Playback, tempo: number, begin: number): void {
  const step = secondsPerStep(tempo, playback);
  for (const piece of piecesOf(events, playback)) {
    if (piece.pitch === null) continue;
    piano.start({
      note: piece.pitch,
      velocity: velocityAt(piece.start, playback),
      time: begin + piece.start * step,
      duration: piece.length * step,
    });
  }
}

// The melody as it sounds on the page, as a WAV file: 44.1 kHz, 16 bits, stereo.
export async function renderWav(events: readonly number[], playback: Playback, tempo: number): Promise<Blob> {
  const duration = events.length * secondsPerStep(tempo, playback) + kTail;
  const rendered = await renderOffline(
    async (context) => schedule(await makePiano(context, context.destination), events, playback, tempo, 0),
    { duration, sampleRate: kSampleRate },
  );
  return audioBufferToWav16(rendered.audioBuffer);
}

export class Player {
  private context: AudioContext | undefined;
  private output: GainNode | undefined;
  private loudness = 1;
  private piano: Promise<Piano> | undefined;
  private current: { end: (finished: boolean) => void } | undefined;

  get playing(): boolean {
    return this.current !== undefined;
  }

  // 0 is silent, 1 is as loud as a file, and 0.5 sounds about half as loud.
  set volume(volume: number) {
    this.loudness = volume ** 2;
    if (this.output) this.output.gain.value = this.loudness;
  }

  // Stops what sounds and plays `events` at `tempo` quarters a minute. The first call must come
  // from a click or a key, or the browser stays silent.
  async play(events: readonly number[], playback: Playback, tempo: number, { onStep, onEnd }: Playing): Promise<void> {
    this.stop();
    const context = (this.context ??= new AudioContext());
    if (!this.output) {
      this.output = new GainNode(context, { gain: this.loudness });
      this.output.connect(context.destination);
    }
    const { output } = this;
    let frame = 0;
    let piano: Piano | undefined;
    const current = {
      end: (finished: boolean) => {
        cancelAnimationFrame(frame);
        if (this.current === current) this.current = undefined;
        if (!finished) piano?.stop();
        onEnd?.(finished);
      },
    };
    this.current = current;
    let begin = 0;
    try {
      await context.resume();
      piano = await (this.piano ??= makePiano(context, output));
      if (this.current !== current) return; // stopped or replaced while loading
      begin = context.currentTime + kStartDelay;
      schedule(piano, events, playback, tempo, begin);
    } catch (error) {
      this.piano = undefined;
      current.end(false);
      throw error;
    }
    const step = secondsPerStep(tempo, playback);
    const follow = () => {
      const position = (context.currentTime - begin - (context.outputLatency || 0)) / step;
      if (position >= events.length) {
        current.end(true);
        return;
      }
      if (position >= 0) onStep?.(Math.floor(position), position);
      frame = requestAnimationFrame(follow);
    };
    follow();
  }

  stop(): void {
    this.current?.end(false);
  }
}
