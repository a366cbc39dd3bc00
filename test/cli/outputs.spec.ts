/** Places where nothing can be written are refused in one line, before any work. */
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkOutputs, makeOutputDirectory } from "../../src/cli/outputs.ts";
import { packageRoot } from "../../src/package-root.ts";
import { ppu, workspace } from "./harness.ts";

const { path, file } = workspace();
const FILE = file("taken", "contents");
const inNowhere = path("nowhere/x.bin");

/** What refuses a command; nothing may have been said before. */
async function refusal(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await ppu(...argv);
  expect([code, stdout]).toEqual([127, ""]);
  expect(stderr).toMatch(/^ppu: [^\n]*\n$/);
  return stderr.slice("ppu: ".length, -1);
}

describe("output", () => {
  it.each([
    [["train", "-o", inNowhere], `cannot write ${inNowhere}: no such directory`],
    [["train", "--in-the-loop", "-o", inNowhere], `cannot write ${inNowhere}: no such directory`],
    [["train", "--in-the-loop", "-o", `${FILE}/x.bin`], `cannot write ${FILE}/x.bin: no such directory`],
    [
      ["train", "--in-the-loop", "-o", path("a.bin"), "--checkpoint", inNowhere],
      `cannot write ${inNowhere}: no such directory`,
    ],
    [["calibrate", "-o", inNowhere], `cannot write ${inNowhere}: no such directory`],
    [["calibrate", "-o", path(".")], `cannot write ${path(".")}: is a directory`],
    [["calibrate", "--on-chip", "-o", inNowhere], `cannot write ${inNowhere}: no such directory`],
    [
      ["report", "-o", path("r.html"), "--pictures", FILE],
      `cannot make ${FILE}: there is a file of this name`,
    ],
    [["report", "-o", path(".")], `cannot write ${path(".")}: is a directory`],
    [["map", "--export-mnist", FILE], `cannot make ${FILE}: there is a file of this name`],
    [["experiment", "mnist", "-o", FILE], `cannot make ${FILE}: there is a file of this name`],
    [["experiment", "mnist", "-o", inNowhere], `cannot make ${inNowhere}: no such directory`],
  ])("%j", async (argv, line) => {
    expect(await refusal(...argv)).toBe(line);
    expect(readFileSync(FILE, "utf8")).toBe("contents");
    expect(readdirSync(path("."))).toEqual(["taken"]);
  });

  it.runIf(existsSync("/proc/self"))("of places where Node's recursive mkdir would hang", async () => {
    expect(await refusal("experiment", "mnist", "-o", "/proc/none/x")).toMatch(
      /^cannot make \/proc\/none\/x: /,
    );
    expect(await refusal("map", "--export-mnist", "/proc/none")).toMatch(/^cannot make \/proc\/none: /);
  });

  it("is checked without a trace", () => {
    symlinkSync(path("new"), path("link"));
    checkOutputs(FILE, path("new"), path("link"), "/dev/null");
    rmSync(path("link"));
    makeOutputDirectory(path("made"));
    makeOutputDirectory(path("made"));
    expect(readdirSync(path(".")).sort()).toEqual(["made", "taken"]);
    expect(readdirSync(path("made"))).toEqual([]);
    expect(readFileSync(FILE, "utf8")).toBe("contents");
  });
});

describe("ppu mnist --calibration", () => {
  it("is refused before anything is compiled", async () => {
    const bad = file("bad.json", "{");
    expect(await refusal("mnist", "--calibration", bad)).toBe(
      "--calibration is for raw chips; add --chip raw",
    );
    expect(await refusal("mnist", "--chip", "raw", "--calibration", bad)).toMatch(
      /bad\.json: not a calibration file/,
    );
    const none = join(packageRoot(), "none.json");
    expect(await refusal("mnist", "--chip", "raw", "--calibration", none)).toMatch(
      /none\.json can't be read/,
    );
  });
});
