/** Profiles of a run and of a trace. */
import type { Chip } from "../../chip/index.ts";
import type { Image } from "../../toolchain/image.ts";
import { functionsOf } from "../functions.ts";
import { runRecorded } from "../live.ts";
import { PPUS, type PpuName, type Trace, type TraceEnd, type TraceRecord } from "../model.ts";
import { RawDecoder } from "../raw.ts";
import { CodeFrames } from "./code-frames.ts";
import { type PpuProfile, ProfileBuilder } from "./contexts.ts";
import type { Profile } from "./tree.ts";

/** Is told about every record, for other statistics of the same run. */
export type Listener = (record: TraceRecord) => void;

async function withFrames(
  profiles: readonly PpuProfile[],
  imageOf: (ppu: PpuName) => Image | undefined,
): Promise<Profile> {
  const known = new Map<Image | undefined, CodeFrames>();
  const ppus = [];
  for (const profile of profiles) {
    const image = imageOf(profile.ppu);
    const frames = known.get(image) ?? (await CodeFrames.of(image));
    known.set(image, frames);
    ppus.push({ profile, frames });
  }
  return { ppus };
}

export interface RunToProfile {
  /** With its program loaded, ready to run. */
  readonly chip: Chip;
  readonly image: Image;
  readonly ppus: readonly PpuName[];
  readonly maxCycles: number;
  readonly listener?: Listener;
}

/** Runs a chip to its end and profiles it; both PPUs in the same run. */
export async function profileRun({ chip, image, ppus, maxCycles, listener }: RunToProfile): Promise<{
  readonly profile: Profile;
  readonly end: TraceEnd;
}> {
  const functionAt = functionsOf(image);
  const sides = PPUS.filter((ppu) => ppus.includes(ppu));
  const builders = sides.map((ppu) => new ProfileBuilder(ppu, functionAt));
  const decoders = sides.map((ppu) => new RawDecoder(ppu));
  const records: TraceRecord[] = [];
  const run = runRecorded(chip, sides, maxCycles, (ppu, words, from, end, base) => {
    const side = sides.indexOf(ppu);
    records.length = 0;
    decoders[side].decode(words, from, end, base, records);
    for (const record of records) {
      builders[side].push(record);
      listener?.(record);
    }
  });
  for (;;) {
    const step = run.next();
    if (!step.done) continue;
    const profiles = builders.map((builder) => builder.finish(step.value.cycle));
    return { profile: await withFrames(profiles, () => image), end: step.value };
  }
}

/** Profiles what a trace holds. A trace that was cut ends with its last record. */
export async function profileTrace(trace: Trace, listener?: Listener): Promise<Profile> {
  const profiles = trace.header.ppus.map((ppu) => {
    const builder = new ProfileBuilder(ppu, functionsOf(trace.image(ppu)));
    let last = 0;
    for (const record of trace.records(ppu)) {
      builder.push(record);
      listener?.(record);
      last = record.cycle + 1;
    }
    return builder.finish(trace.end()?.cycle ?? last);
  });
  return withFrames(profiles, (ppu) => trace.image(ppu));
}
