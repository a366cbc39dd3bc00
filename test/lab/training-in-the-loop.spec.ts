import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { trainCommand } from "../../src/cli/train.ts";
import { sliceImages } from "../../src/lab/image-set.ts";
import { loadMnist } from "../../src/lab/mnist-data.ts";
import { encodeParameters, readParameters } from "../../src/lab/parameter-file.ts";
import {
  LOOP_DEFAULTS,
  type LoopTask,
  trainInTheLoop,
  validationCount,
} from "../../src/lab/training/in-the-loop.ts";
import { keptEpoch } from "../../src/lab/training/kept-epoch.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-loop-"));
afterAll(() => rmSync(directory, { recursive: true }));
const train = loadMnist("train");
const quiet = () => undefined;
const task: LoopTask = {
  start: readParameters(),
  chip: { chipSeed: 4 },
  images: sliceImages(train, 0, 600),
  options: { ...LOOP_DEFAULTS, epochs: 2, batch: 20, validation: 100 },
};

describe("training in the loop", () => {
  it("is the same when interrupted and resumed, bit by bit", async () => {
    const whole = await trainInTheLoop(task, quiet);
    expect(whole.finished).toBe(true);
    expect(encodeParameters(whole.network)).not.toEqual(encodeParameters(task.start));
    const checkpoint = join(directory, "a.checkpoint");
    let interruptions = 0;
    for (let go = true; go; ) {
      let segments = 0;
      const part = await trainInTheLoop({ ...task, checkpoint }, quiet, () => segments++ === 1);
      go = !part.finished;
      if (part.finished) expect(part).toEqual(whole);
      else interruptions++;
    }
    expect(interruptions).toBeGreaterThan(1);
    expect(existsSync(checkpoint)).toBe(false);
  });

  it("repairs a chip whose weights do not fit", async () => {
    const lines: string[] = [];
    const chip = { chipSeed: 1, chip: "raw" } as const;
    const options = { ...task.options, epochs: 2, rate: 0.5 };
    const images = sliceImages(train, 0, 1100);
    const result = await trainInTheLoop({ ...task, chip, images, options }, (line) => lines.push(line));
    console.log(lines.join("\n"));
    expect(result.best).toBeGreaterThan(result.before + 0.05);
    expect(result.history.length).toBe(2);
  });

  it("keeps the weights of the start where no epoch is better, and says so", async () => {
    const lines: string[] = [];
    const options = { ...task.options, epochs: 1, rate: 20 };
    const result = await trainInTheLoop({ ...task, options }, (line) => lines.push(line));
    expect(encodeParameters(result.network)).toEqual(encodeParameters(task.start));
    expect(keptEpoch(result)).toBe(0);
    expect(lines.at(-1)).toBe("no epoch was better than the start: weights unchanged");
    const course = (...accuracies: number[]) => ({
      before: 0.9,
      history: accuracies.map((validation, n) => ({ epoch: n + 1, validation })),
    });
    expect([0.8, 0.9, 0.95].map((last) => keptEpoch(course(0.85, last)))).toEqual([0, 2, 2]);
    expect(keptEpoch(course(0.92, 0.91))).toBe(1);
  });

  it("says where it goes on", async () => {
    const checkpoint = join(directory, "c.checkpoint");
    const resumed = async (segments: number): Promise<string | undefined> => {
      rmSync(checkpoint, { force: true });
      let [asked, line] = [0, undefined as string | undefined];
      await trainInTheLoop({ ...task, checkpoint }, quiet, () => asked++ === segments);
      await trainInTheLoop(
        { ...task, checkpoint },
        (text) => {
          if (text.includes("resumed")) line = text;
        },
        () => true,
      );
      return line;
    };
    expect(await resumed(1)).toBe("resumed in epoch 1 after segment 1/2");
    expect(await resumed(2)).toBe("epoch 1 is complete; resumed in epoch 2");
    expect(await resumed(3)).toBe("resumed in epoch 2 after segment 1/2");
  });

  it("tells of each segment, and validates on a quarter of few images", async () => {
    const told: string[] = [];
    const options = { ...task.options, epochs: 1 };
    await trainInTheLoop(
      { ...task, options },
      quiet,
      () => false,
      ({ epoch, segment, segments }) => told.push(`${epoch}: ${segment}/${segments}`),
    );
    expect(told).toEqual(["1: 1/2", "1: 2/2"]);
    expect([2000, 8000, 12000, 60000].map(validationCount)).toEqual([500, 2000, 3000, 3000]);
  });

  it("refuses checkpoints of another training and damaged ones", async () => {
    const checkpoint = join(directory, "b.checkpoint");
    let segments = 0;
    await trainInTheLoop({ ...task, checkpoint }, quiet, () => segments++ === 1);
    const other = { ...task, checkpoint, chip: { chipSeed: 5 } };
    await expect(trainInTheLoop(other, quiet)).rejects.toThrow(/another chip/);
    const bytes = readFileSync(checkpoint);
    bytes[bytes.length - 9] ^= 1;
    writeFileSync(checkpoint, bytes);
    await expect(trainInTheLoop({ ...task, checkpoint }, quiet)).rejects.toThrow(/damaged/);
    writeFileSync(checkpoint, "hello");
    await expect(trainInTheLoop({ ...task, checkpoint }, quiet)).rejects.toThrow(/not a checkpoint/);
  });

  it("as a command refuses what makes no sense, before it starts", async () => {
    const io = { stdout: quiet, stderr: quiet, isTerminal: false, exitCode: 0 };
    const run = (...words: string[]) => trainCommand(io).parseAsync(words, { from: "user" });
    await expect(run("--chip-seed", "3")).rejects.toThrow("--chip-seed needs --in-the-loop");
    await expect(run("--in-the-loop", "--float-epochs", "3")).rejects.toThrow(/no meaning/);
    await expect(run("--in-the-loop", "--calibration", "x.json")).rejects.toThrow(/needs --chip raw/);
    const missing = run("--in-the-loop", "--chip", "raw", "--calibration", join(directory, "none.json"));
    await expect(missing).rejects.toThrow(/can't be read/);
    await expect(run("--rate", "-1")).rejects.toThrow('--rate needs a number above 0, got "-1"');
  });
});
