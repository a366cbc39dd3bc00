/** docs/tour-debugging.md holds what really happens; `vitest run test/debug/terminal/tour.spec.ts -u` renews the output of the terminal in it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { EXCEPTION_FILTERS } from "../../../src/debug/dap/requests/exceptions.ts";
import { GdbServer, GdbTarget } from "../../../src/debug/gdb/index.ts";
import { DebugSession } from "../../../src/debug/session.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { compileSource } from "../../../src/toolchain/compile.ts";
import { writeElf } from "../../../src/toolchain/elf/index.ts";
import { isInstalled } from "../../toolchain/installed-tools.ts";
import { GDB, runGdb } from "../gdb/stock-gdb.ts";
import { run, type TestTerminal, TOUR_PROGRAM, tourImage, tourTerminal } from "./fixture.ts";

const DOCUMENT = join(packageRoot(), "docs", "tour-debugging.md");
const document = readFileSync(DOCUMENT, "utf8");
const CONSOLE_BLOCK = /(?<=^```console\n).*?(?=^```$)/gms;
const PROMPT = /^\((?:top|bottom)\) (.*)$/;

/** A block with the output of its commands made anew. */
async function replayed(test: TestTerminal, block: string): Promise<string> {
  let text = "";
  for (const line of block.split("\n")) {
    const command = PROMPT.exec(line)?.[1];
    if (line.startsWith("$ ")) text += `${line}\n`;
    if (command !== undefined) text += `${line}\n${await run(test, command)}`;
  }
  return text;
}

/** Commands of a block and the lines that stand below each. */
function commandsOf(block: string, prompt: string): { readonly command: string; readonly lines: string[] }[] {
  const [, ...parts] = block.split(`\n${prompt} `);
  return parts.map((part) => {
    const [command, ...lines] = part.trimEnd().split("\n");
    return { command, lines };
  });
}

describe.runIf(isInstalled(GDB))("the tour with GDB", () => {
  it("shows what GDB writes", async () => {
    const block = /^```text\n(\$ ppu gdb .*?)^```$/ms.exec(document)![1];
    const commands = commandsOf(block, "(gdb)");
    expect(commands.length).toBeGreaterThan(5);
    const image = await tourImage();
    const directory = mkdtempSync(join(tmpdir(), "ppu-tour-"));
    const elf = join(directory, "saturation.elf");
    writeFileSync(elf, writeElf(image));
    const session = new DebugSession({ image, load: "top" });
    const server = await GdbServer.listen(new GdbTarget({ session, log: () => {} }), { once: true });
    try {
      const [, ...outputs] = await runGdb(
        [`target remote ${server.address}`, ...commands.map(({ command }) => command)],
        elf,
      );
      for (const [index, { command, lines }] of commands.entries()) {
        const shown = outputs[index].replaceAll(`${packageRoot()}/`, "").split("\n");
        expect([command, shown]).toEqual([command, expect.arrayContaining(lines)]);
      }
    } finally {
      await server.close();
      rmSync(directory, { recursive: true });
    }
  });
});

describe("the tour", () => {
  it("shows what the terminal writes", async () => {
    const test = await tourTerminal();
    const blocks = document.match(CONSOLE_BLOCK) ?? [];
    expect(blocks.length).toBeGreaterThan(3);
    const renewed: string[] = [];
    for (const block of blocks) renewed.push(await replayed(test, block));
    await expect(document.replaceAll(CONSOLE_BLOCK, () => renewed.shift()!)).toMatchFileSnapshot(DOCUMENT);
  });

  it("shows what its program prints", async () => {
    const [, source, expected] =
      /^```ts\n(import .*? from "ppu-emu";\n.*?)^```\n\n```text\n(.*?)^```$/ms.exec(document)!;
    const directory = mkdtempSync(join(packageRoot(), "build", "tour-"));
    const printed: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((...values) => printed.push(values.join(" ")));
    try {
      const library = join(packageRoot(), "src", "index.ts");
      const file = join(directory, "tour.ts");
      const firmware = JSON.stringify(join(packageRoot(), TOUR_PROGRAM));
      writeFileSync(
        file,
        source.replace('"ppu-emu"', JSON.stringify(library)).replace(JSON.stringify(TOUR_PROGRAM), firmware),
      );
      await import(file);
    } finally {
      log.mockRestore();
      rmSync(directory, { recursive: true });
    }
    expect(`${printed.join("\n")}\n`).toBe(expected);
  });

  it("names what VS Code shows", () => {
    for (const { label } of EXCEPTION_FILTERS.slice(0, 1)) expect(document).toContain(`**${label}**`);
  });

  it("has a fix that answers right and saturates nothing", async () => {
    const fixed = /^```ts\n(function addParts.*?^}\n)/ms.exec(document)![1];
    const source = readFileSync(join(packageRoot(), TOUR_PROGRAM), "utf8")
      .replace(/^function addParts.*?^}\n/ms, fixed)
      .replaceAll('"../lib/', '"ppu/')
      .replace("loadBytes, sync", "loadBytes, splatBytes, sync");
    const { image } = await compileSource(source, { name: "fixed.ts" });
    const session = new DebugSession({ image, load: "top" });
    session.addWatchpoint({ kind: "saturation", ppu: "top" });
    const stop = await session.resume();
    expect(stop.reason).toBe("finished");
    expect(session.chip.returnCode("top")).toBe(0);
    expect(session.chip.mailbox("top")).toBe("strongest neuron: 90, expected: 90\n");
  });
});
