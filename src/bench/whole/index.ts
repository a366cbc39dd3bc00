/**
 * MNIST by the firmware on the whole chip: images a second and speed against the chip's own time, on one process and on as many
 * as there are cores; the ratio to a lone PPU with a scalar program in the same turns; where the time goes.
 */
import { availableParallelism } from "node:os";
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import { onEngine } from "../scalar/engine.ts";
import { mixProgram } from "../scalar/programs.ts";
import { median, takeTurns, timed } from "../turns.ts";
import type { BenchContext, Row } from "../types.ts";
import { mnistFirmware, mnistImages, mnistRuns } from "./mnist.ts";
import { SHARES } from "./shares.ts";
import { ChipWorkers } from "./workers.ts";

const REAL_TIME = { atLeast: 1 };
/** Rounds of the lone PPU's program. */
const REPETITIONS = 3000;
/** Images before anything is timed: translated code is complete after some hundreds, and compiled for good a little later. */
const WARM_IMAGES = 438;
const CHIP = "the chip at 250 MHz";

const chipSeconds = (cycles: number) => cycles / CYCLES_PER_MICROSECOND / 1e6;

export async function wholeRows({ long }: BenchContext): Promise<Row[]> {
  const [turns, count] = long ? [7, 584] : [3, 73];
  const compilation = await timed(mnistFirmware);
  const images = mnistImages(count);
  const makeRun = mnistRuns(compilation.result);
  const construction = await timed(makeRun);
  const { cycles, instructions } = await makeRun().classify(images);
  const mix = mixProgram();
  const cores = availableParallelism();
  const workers = await ChipWorkers.start(cores, compilation.result);
  try {
    const first = await timed(() => workers.classify(count));
    for (let warm = 0; warm < WARM_IMAGES; warm += count) {
      await makeRun().classify(images);
      await workers.classify(count);
    }
    const { whole, lone, all } = await takeTurns(turns, {
      whole: async () => {
        const run = makeRun();
        return (await timed(() => run.classify(images))).seconds;
      },
      lone: () => {
        const { seconds, instructions: executed } = onEngine(mix, REPETITIONS, undefined, {
          translation: "off",
        });
        return executed / seconds;
      },
      all: async () => (await timed(() => workers.classify(count))).seconds,
    });
    const speeds = (seconds: number[], chips: number): Row[] => {
      const name = `MNIST, ${chips} ${chips === 1 ? "process" : "processes"}`;
      const speed = (chips * chipSeconds(cycles)) / median(seconds);
      return [
        { name, value: (chips * count) / median(seconds), unit: "images/s" },
        { name, value: speed, unit: "x speed", peer: CHIP, ...(chips === cores && { goal: REAL_TIME }) },
      ];
    };
    const ratio = median(whole.map((seconds, turn) => instructions / seconds / lone[turn]));
    const shares = await workers.profile(WARM_IMAGES);
    return [
      ...speeds(whole, 1),
      ...(cores > 1 ? speeds(all, cores) : []),
      {
        name: "instructions of both PPUs",
        value: ratio,
        unit: "x speed",
        peer: "a lone PPU in its SRAM, stepping",
      },
      {
        name: `first images of ${cores} new processes`,
        value: (cores * count) / first.seconds,
        unit: "images/s",
      },
      { name: "compiling the firmware", value: compilation.seconds * 1000, unit: "ms" },
      { name: "making a chip", value: construction.seconds * 1000, unit: "ms" },
      ...SHARES.map((share) => ({
        name: share,
        value: 100 * shares[share],
        unit: "%",
        group: "shares of the time",
      })),
    ];
  } finally {
    workers.close();
  }
}
