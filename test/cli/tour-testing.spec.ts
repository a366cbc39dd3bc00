/** docs/tour-testing.md holds what really happens; `vitest run test/cli/tour-testing.spec.ts -u` renews the output in it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { packageRoot } from "../../src/package-root.ts";
import { ppu, workspace } from "./harness.ts";

const DOCUMENT = join(packageRoot(), "docs", "tour-testing.md");
/** A source file with its name, or commands with their output. */
const PART =
  /^`(?<name>[\w.]+)`:\n\n```ts\n(?<source>.*?)^```$|(?<=^```console\n)(?<commands>.*?)(?=^```$)/gms;
const SIZE = /\d+ bytes \([\d.]+ an instruction\)/g;

it("the tour of testing shows what the commands print", async () => {
  const { file, path } = workspace();
  // Paths are part of the texts that the programs print.
  const before = process.cwd();
  process.chdir(path("."));
  onTestFinished(() => process.chdir(before));
  const document = readFileSync(DOCUMENT, "utf8");
  let [made, last, commands] = ["", 0, 0];
  for (const match of document.matchAll(PART)) {
    const { name, source } = match.groups!;
    if (name !== undefined) {
      file(name, source);
      continue;
    }
    // The file holds the program with the paths of its sources: its size is another one in another directory.
    const sizes = match[0].match(SIZE) ?? [];
    let text = "";
    for (const line of match[0].split("\n").filter((one) => one.startsWith("$ ppu "))) {
      const words = [...line.slice(6).matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
      const { stdout, stderr } = await ppu(...words);
      const output = `${stdout}${stderr}`.replace(SIZE, (size) => sizes.shift() ?? size);
      text += `${line}\n${output}${output.endsWith("\n") ? "" : "\n"}`;
      commands++;
    }
    made += document.slice(last, match.index) + text;
    last = match.index + match[0].length;
  }
  made += document.slice(last);
  expect(commands).toBe(7);
  await expect(made).toMatchFileSnapshot(DOCUMENT);
});
