/** Observation of a chip from outside the PPUs: what its analog core is asked for, when, and what it answers. */
import type { Chip } from "../../chip/chip.ts";
import type { Operation, Recording, RunTiming, Stage } from "./clock.ts";

export interface ObservedRun extends Recording {
  /** CADC results of the causal channels of every conversion: 256 bytes each. */
  readonly reads: readonly [Uint8Array[], Uint8Array[]];
  /** Ends the observation. */
  stop(): void;
}

/** Records resets, events and conversions of both hemispheres from now on. */
export function observe(chip: Chip): ObservedRun {
  const operations: [Operation[], Operation[]] = [[], []];
  const cycles: [number[], number[]] = [[], []];
  const reads: [Uint8Array[], Uint8Array[]] = [[], []];
  const sides = [chip.hemispheres.top, chip.hemispheres.bottom];
  for (const [side, hemisphere] of sides.entries()) {
    const { event, events, resetLanes, convert } = hemisphere;
    const note = (operation: Operation, cycle: number) => {
      operations[side].push(operation);
      cycles[side].push(cycle);
    };
    const noteEvent: typeof event = (buses, row, address, cycle) => {
      note("event", cycle);
      event.call(hemisphere, buses, row, address, cycle);
    };
    hemisphere.event = noteEvent;
    hemisphere.events = (words, at, count = words.length) => {
      for (let index = 0; index < count; index++) note("event", at[index]);
      // Some of them it hands on to `event`.
      hemisphere.event = event;
      events.call(hemisphere, words, at, count);
      hemisphere.event = noteEvent;
    };
    hemisphere.resetLanes = (parity, enables, cycle) => {
      note("reset", cycle);
      resetLanes.call(hemisphere, parity, enables, cycle);
    };
    hemisphere.convert = (row, cycle) => {
      note("convert", cycle);
      convert.call(hemisphere, row, cycle);
      reads[side].push(hemisphere.causal.slice());
    };
  }
  const stop = () => {
    for (const hemisphere of sides) {
      for (const name of ["event", "events", "resetLanes", "convert"] as const)
        Reflect.deleteProperty(hemisphere, name);
    }
  };
  return { operations, cycles, reads, stop };
}

const FIELDS = ["betweenResets", "resetToEvent", "event", "settle", "toNextReset"] as const;
type Field = (typeof FIELDS)[number];

/**
 * Mean timing of a recorded batch of `firmware/mnist`: 16 baseline reads, then for `images` images 25 runs of the
 * convolution on alternating hemispheres, two runs of the first dense layer on each, one of the last on alternating ones.
 */
export function meanTiming(recording: Recording, images: number): Record<Stage, RunTiming> {
  const steps = new Map<string, number[]>();
  for (const side of [0, 1] as const) {
    const own = Math.floor((images + 1 - side) / 2);
    const stageOf = (run: number): Stage => {
      if (run < 16) return "baseline";
      if (run < 16 + 25 * own) return 0;
      return run < 16 + 25 * own + 2 * images ? 1 : 2;
    };
    const operations = recording.operations[side];
    const cycles = recording.cycles[side];
    let run = 0;
    let resets = 0;
    for (let at = 0; at < operations.length; at++) {
      const before = operations[at - 1];
      const now = operations[at];
      let stage = stageOf(run);
      let field: Field | undefined;
      if (now === "reset") {
        resets++;
        // Resets come in pairs. A second pair in a row, or one behind the baseline, begins a stage.
        if (resets % 2 === 0) field = "betweenResets";
        else if (resets === 1 && run > 0 && (stageOf(run - 1) !== "baseline" || stage === "baseline")) {
          stage = stageOf(run - 1);
          field = "toNextReset";
        }
      } else if (now === "convert") {
        run++;
        if (before === "event" || stage === "baseline") field = "settle";
      } else field = before === "reset" ? "resetToEvent" : "event";
      if (now !== "reset") resets = 0;
      if (field === undefined) continue;
      const key = `${stage} ${field}`;
      const list = steps.get(key) ?? [];
      steps.set(key, list);
      list.push(cycles[at] - cycles[at - 1]);
    }
  }
  const timing = (stage: Stage): RunTiming => {
    const means = FIELDS.map((field) => {
      const list = steps.get(`${stage} ${field}`) ?? [0];
      return [field, list.reduce((sum, step) => sum + step, 0) / list.length];
    });
    return Object.fromEntries(means) as Record<Field, number>;
  };
  return { baseline: timing("baseline"), 0: timing(0), 1: timing(1), 2: timing(2) };
}
