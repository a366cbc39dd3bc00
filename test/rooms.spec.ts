/** The rooms of docs/architecture.md: imports run downwards only. */
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { globSync } from "tinyglobby";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../src/package-root.ts";

/** From the bottom; rooms side by side do not know each other unless `MAY_KNOW` says so. */
const FLOORS = [
  ["isa"],
  ["core"],
  ["chip"],
  ["toolchain"],
  ["debug"],
  ["trace"],
  ["vitest", "testing", "lab"],
  ["bench"],
  ["cli"],
];
const MAY_KNOW = new Set(["vitest -> testing"]);
/** Files directly in `src/` that all rooms use. */
const COMMON = /^src\/[\w-]+\.ts$/;

const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room));
const roomOf = (file: string) => (file.startsWith("isa/") ? "isa" : file.split("/")[1]);

function importsOf(file: string): string[] {
  const text = readFileSync(join(packageRoot(), file), "utf8");
  const found = text.matchAll(/(?:from |import\(|^import )"(\.[^"]+)"/gm);
  return [...found].map(([, path]) => relative(packageRoot(), join(packageRoot(), dirname(file), path)));
}

function wrongImports(): string[] {
  const files = globSync(["isa/**/*.ts", "src/*/**/*.ts"], {
    cwd: packageRoot(),
    ignore: ["**/*.spec.ts", "**/kernels/**", "**/kernel/**"],
  });
  return files.flatMap((file) =>
    importsOf(file)
      .filter((target) => !COMMON.test(target))
      .filter((target) => {
        const [from, to] = [roomOf(file), roomOf(target)];
        if (from === to || MAY_KNOW.has(`${from} -> ${to}`)) return false;
        return floorOf(to) < 0 || floorOf(to) >= floorOf(from);
      })
      .map((target) => `${file} imports ${target}`),
  );
}

describe("rooms", () => {
  it("import downwards only", () => {
    expect(wrongImports()).toEqual([]);
  });
});
