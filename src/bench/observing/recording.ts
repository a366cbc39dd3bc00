/** What recording costs in processor time: counters, an observer, records, a trace file; bytes an instruction. */

import type { Ppu } from "../../core/ppu.ts";
import { ExecutionCounters } from "../../core/record/counters.ts";
import { Recorder, type RecordSink } from "../../core/record/recorder.ts";
import { TraceWriter } from "../../trace/file/index.ts";
import type { PpuName, TraceHeader } from "../../trace/model.ts";
import { onEngine } from "../scalar/engine.ts";
import { blocksProgram, mixProgram, type ScalarProgram } from "../scalar/programs.ts";
import { medianRatio, processorSeconds, repetitionsFor, takeWarmTurns } from "../turns.ts";
import type { BenchContext, Row } from "../types.ts";
import { mnistFirmware, mnistImages, mnistRuns } from "../whole/mnist.ts";

/** Takes bytes to nowhere. */
const nowhere = { append() {}, close() {} };

function writerFor(ppus: readonly PpuName[], vectors: boolean): TraceWriter {
  const header: TraceHeader = {
    ...{ program: "bench", chipSeed: 1, noiseSeed: 1, chip: "calibrated", timing: "chip", ppus, filters: [] },
    has: { cycles: true, writes: true, accesses: true, stalls: true, vectors },
  };
  return new TraceWriter({ to: nowhere, header, images: {} });
}

const END = { reason: "finished", cycle: 0, instructions: [0, 0] } as const;
const PLAIN = "the same run unobserved";
const STEPPING = `${PLAIN}, in the stepping engine`;

/** Ratios of each side to the first one, whose name is not printed: `peer`. */
async function ratios(
  what: string,
  turns: number,
  peer: string,
  sides: Readonly<Record<string, () => number | Promise<number>>>,
): Promise<Row[]> {
  const figures = await takeWarmTurns(turns, sides);
  const [plain, ...others] = Object.entries(figures).map(([name, times]) => ({
    name,
    times,
  }));
  return others.map(({ name, times }) => ({
    ...{ name: `${what}: ${name}`, unit: "x time", peer },
    value: medianRatio(times, plain.times),
  }));
}

const bytesRow = (what: string, writer: TraceWriter): Row => ({
  ...{ name: `${what}: trace file`, unit: "bytes/instruction" },
  value: writer.bytes / writer.instructions,
});

async function scalarRows(program: ScalarProgram, long: boolean): Promise<Row[]> {
  // Whoever looks on gets the stepping engine.
  const engine = { translation: "off" } as const;
  const seconds = long ? 0.3 : 0.1;
  const repetitions = repetitionsFor(seconds, (count) => onEngine(program, count, undefined, engine).seconds);
  const run = (prepare: Parameters<typeof onEngine>[2]) => () =>
    processorSeconds(() => onEngine(program, repetitions, prepare, engine));
  const recorded = (sink: RecordSink) => (ppu: Ppu) => {
    ppu.recorder = new Recorder(sink);
  };
  let seen = 0;
  let writer = writerFor(["top"], true);
  const rows = await ratios(program.name, long ? 15 : 3, STEPPING, {
    plain: run(() => {}),
    "counters (history, coverage)": run((ppu) => {
      ppu.counters = new ExecutionCounters();
    }),
    "an observer of every instruction": run((ppu) => {
      ppu.observer = { retire: () => void seen++ };
    }),
    "records, thrown away": run(recorded(() => {})),
    "a full trace file": () => {
      writer = writerFor(["top"], true);
      const write: RecordSink = (words, from, end, base) => writer.write("top", words, from, end, base);
      return processorSeconds(() => {
        onEngine(program, repetitions, recorded(write));
        writer.close(END);
      });
    },
  });
  return [...(await breakpointRows(program, long)), ...rows, bytesRow(program.name, writer)];
}

/** Translated code and a breakpoint behind the program. */
async function breakpointRows(program: ScalarProgram, long: boolean): Promise<Row[]> {
  const repetitions = repetitionsFor(long ? 0.3 : 0.1, (count) => onEngine(program, count).seconds);
  const run = (prepare: Parameters<typeof onEngine>[2]) => () =>
    processorSeconds(() => onEngine(program, repetitions, prepare));
  return ratios(program.name, long ? 15 : 3, PLAIN, {
    plain: run(() => {}),
    "a breakpoint never hit": run((ppu) => ppu.breakpoints.add(0x3ff8)),
  });
}

async function mnistRows(long: boolean): Promise<Row[]> {
  const images = mnistImages(long ? 73 : 12);
  const makeRun = mnistRuns(await mnistFirmware());
  const writers = new Map<string, TraceWriter>();
  const classify = (vectors: boolean) => {
    const run = makeRun();
    const writer = writerFor(["top", "bottom"], vectors);
    writers.set(vectors ? "MNIST" : "MNIST, no vectors", writer);
    const recording = run.chip.record("both", writer.write);
    return processorSeconds(async () => {
      await run.classify(images);
      recording.stop();
      writer.close(END);
    });
  };
  const rows = await ratios("MNIST", long ? 15 : 3, PLAIN, {
    plain: () => {
      const run = makeRun();
      return processorSeconds(() => run.classify(images));
    },
    "a full trace file": () => classify(true),
    "a trace file without values of vectors": () => classify(false),
  });
  return [...rows, ...[...writers].map(([what, writer]) => bytesRow(what, writer))];
}

export async function recordingRows({ long }: BenchContext): Promise<Row[]> {
  return [
    ...(await scalarRows(mixProgram(), long)),
    ...(await scalarRows(blocksProgram(64), long)),
    ...(await mnistRows(long)),
  ];
}
