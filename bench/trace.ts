/**
 * What recording costs: speed untraced, while counters or a recorder look on, and with a trace written, as ratios of turns
 * taken side by side; bytes an instruction. `--long`: more turns.
 */
import { ExecutionCounters } from "../src/core/record/counters.ts";
import { Recorder, type RecordSink } from "../src/core/record/recorder.ts";
import { loadMnist } from "../src/lab/mnist-data.ts";
import { compileMnistFirmware, MnistRun } from "../src/lab/mnist-run.ts";
import { readParameters } from "../src/lab/parameter-file.ts";
import { TraceWriter } from "../src/trace/file/index.ts";
import type { PpuName, TraceHeader } from "../src/trace/model.ts";
import { NO_BUS, onEngine, secondsSince } from "./scalar-engine.ts";
import { scalarPrograms } from "./scalar-programs.ts";

const long = process.argv.includes("--long");
const TURNS = long ? 15 : 3;
const REPETITIONS = long ? 6000 : 2000;
const IMAGES = long ? 73 : 24;
const IMAGE_BYTES = 784;

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

interface Turn {
  readonly nanoseconds: number;
  readonly bytes?: number;
}

/** One row: how long an instruction takes, and how many bytes of trace it makes. */
type Row = () => Turn | Promise<Turn>;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

async function compare(name: string, rows: Readonly<Record<string, Row>>): Promise<void> {
  const times: Record<string, number[]> = {};
  const sizes: Record<string, number | undefined> = {};
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const [row, run] of Object.entries(rows)) {
      const { nanoseconds, bytes } = await run();
      sizes[row] = bytes;
      // The first turn compiles.
      if (turn > 0) (times[row] ??= []).push(nanoseconds);
    }
  }
  console.log(name);
  const [base] = Object.keys(rows);
  for (const row of Object.keys(rows)) {
    const ratio = median(times[row].map((time, turn) => time / times[base][turn]));
    const size = sizes[row] === undefined ? "" : `, ${sizes[row].toFixed(2)} bytes an instruction`;
    console.log(
      `  ${row.padEnd(22)} ${median(times[row]).toFixed(1).padStart(6)} ns, ${ratio.toFixed(2)} x${size}`,
    );
  }
}

for (const program of scalarPrograms()) {
  const run = (prepare: Parameters<typeof onEngine>[2] = () => {}): Turn => {
    const { seconds, instructions } = onEngine(program, REPETITIONS, prepare, NO_BUS);
    return { nanoseconds: (seconds * 1e9) / instructions };
  };
  const recorded = (sink: RecordSink) =>
    run((ppu) => {
      ppu.recorder = new Recorder(sink);
    });
  await compare(`"${program.name}" on a lone PPU, an instruction`, {
    untraced: () => run(),
    "counters, history": () =>
      run((ppu) => {
        ppu.counters = new ExecutionCounters();
      }),
    "recorded, dropped": () => recorded(() => {}),
    written: () => {
      const writer = writerFor(["top"], true);
      const begin = process.hrtime.bigint();
      onEngine(program, REPETITIONS, (ppu) => {
        ppu.recorder = new Recorder((words, from, end, base) => writer.write("top", words, from, end, base));
      });
      writer.close(END);
      const seconds = secondsSince(begin);
      const { instructions } = writer;
      return { nanoseconds: (seconds * 1e9) / instructions, bytes: writer.bytes / instructions };
    },
  });
}

const firmware = await compileMnistFirmware();
const images = loadMnist("test").images.subarray(0, IMAGES * IMAGE_BYTES);
const network = readParameters(undefined);

async function classify(vectors: boolean | undefined): Promise<Turn> {
  const run = new MnistRun(network, firmware, { chipSeed: 1, noiseSeed: 1 });
  const writer = vectors === undefined ? undefined : writerFor(["top", "bottom"], vectors);
  const recording = writer && run.chip.record("both", writer.write);
  const begin = process.hrtime.bigint();
  const { instructions } = await run.classify(images);
  recording?.stop();
  writer?.close(END);
  const nanoseconds = (secondsSince(begin) * 1e9) / instructions;
  return { nanoseconds, ...(writer && { bytes: writer.bytes / writer.instructions }) };
}

await compare(`MNIST on the whole chip, ${IMAGES} images, an instruction`, {
  untraced: () => classify(undefined),
  written: () => classify(true),
  "written, no vectors": () => classify(false),
});
