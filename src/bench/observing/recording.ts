/** What recording costs: counters, an observer, records, a trace file; bytes an instruction. */
import { ExecutionCounters } from "../../core/record/counters.ts";
import { Recorder, type RecordSink } from "../../core/record/recorder.ts";
import { TraceWriter } from "../../trace/file/index.ts";
import type { PpuName, TraceHeader } from "../../trace/model.ts";
import { onEngine } from "../scalar/engine.ts";
import { blocksProgram, mixProgram, type ScalarProgram } from "../scalar/programs.ts";
import { medianRatio, repetitionsFor, takeTurns, timed } from "../turns.ts";
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

/** Ratios of each side to the first one, whose name is not printed. */
async function ratios(
  what: string,
  turns: number,
  sides: Readonly<Record<string, () => number | Promise<number>>>,
): Promise<Row[]> {
  // The first turn compiles.
  const figures = await takeTurns(turns + 1, sides);
  const [plain, ...others] = Object.entries(figures).map(([name, times]) => ({
    name,
    times: times.slice(1),
  }));
  return others.map(({ name, times }) => ({
    ...{ name: `${what}: ${name}`, unit: "x time", peer: PLAIN },
    value: medianRatio(times, plain.times),
  }));
}

const bytesRow = (what: string, writer: TraceWriter): Row => ({
  ...{ name: `${what}: trace file`, unit: "bytes/instruction" },
  value: writer.bytes / writer.instructions,
});

async function scalarRows(program: ScalarProgram, long: boolean): Promise<Row[]> {
  const seconds = (count: number) => onEngine(program, count).seconds;
  const repetitions = await repetitionsFor(long ? 0.3 : 0.05, seconds);
  const recorded = (sink: RecordSink) =>
    onEngine(program, repetitions, (ppu) => {
      ppu.recorder = new Recorder(sink);
    }).seconds;
  let writer = writerFor(["top"], true);
  const rows = await ratios(program.name, long ? 15 : 3, {
    plain: () => seconds(repetitions),
    "a breakpoint never hit": () =>
      // Behind the program.
      onEngine(program, repetitions, (ppu) => ppu.breakpoints.add(0x3ff8)).seconds,
    "counters (history, coverage)": () =>
      onEngine(program, repetitions, (ppu) => {
        ppu.counters = new ExecutionCounters();
      }).seconds,
    "an observer of every instruction": () => {
      let seen = 0;
      return onEngine(program, repetitions, (ppu) => {
        ppu.observer = { retire: () => void seen++ };
      }).seconds;
    },
    "records, thrown away": () => recorded(() => {}),
    "a full trace file": async () => {
      writer = writerFor(["top"], true);
      const { seconds: wall } = await timed(() => {
        recorded((words, from, end, base) => writer.write("top", words, from, end, base));
        writer.close(END);
      });
      return wall;
    },
  });
  return [...rows, bytesRow(program.name, writer)];
}

async function mnistRows(long: boolean): Promise<Row[]> {
  const images = mnistImages(long ? 73 : 12);
  const makeRun = mnistRuns(await mnistFirmware());
  const writers = new Map<string, TraceWriter>();
  const classify = async (vectors: boolean) => {
    const run = makeRun();
    const writer = writerFor(["top", "bottom"], vectors);
    writers.set(vectors ? "MNIST" : "MNIST, no vectors", writer);
    const recording = run.chip.record("both", writer.write);
    const { seconds } = await timed(async () => {
      await run.classify(images);
      recording.stop();
      writer.close(END);
    });
    return seconds;
  };
  const rows = await ratios("MNIST", long ? 15 : 3, {
    plain: async () => {
      const run = makeRun();
      return (await timed(() => run.classify(images))).seconds;
    },
    "a full trace file": () => classify(true),
    "without values of vectors": () => classify(false),
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
