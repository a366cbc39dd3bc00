import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { afterEach, describe, expect, it } from "vitest";
import { packageRoot } from "../../../src/package-root.ts";
import { SUM } from "../gdb/programs.ts";
import { Client, sourceFile } from "./fixture.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});

/** The command itself, from its source. */
function ppu(...args: string[]) {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", join(packageRoot(), "src/cli/main.ts"), ...args],
    {
      cwd: packageRoot(),
      stdio: ["pipe", "pipe", "pipe"],
    },
  );
  children.push(child);
  const texts = { stdout: "", stderr: "" };
  child.stderr.on("data", (bytes: Buffer) => {
    texts.stderr += bytes.toString();
  });
  const exit = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  return { child, texts, exit };
}

describe("ppu dap", () => {
  it("speaks over stdin and stdout, and ends with its client", async () => {
    const { child, texts, exit } = ppu("dap");
    const client = new Client();
    client.use(child.stdout!, child.stdin!);
    const program = sourceFile("sum.s", SUM);
    const ready = client.waitForEvent("initialized");
    await client.initializeRequest();
    await client.launchRequest({ program } as DebugProtocol.LaunchRequestArguments);
    await ready;
    const stop = await client.stopAfter(client.configurationDoneRequest());
    expect(stop).toMatchObject({ reason: "exit", text: "program finished, top PPU: return code 7" });
    await client.disconnectRequest();
    expect(await exit).toBe(0);
    expect(texts.stderr).toBe("");
  });

  it("listens on a port that it prints, for one client with --once", async () => {
    const { child, exit } = ppu("dap", "--port", "0", "--once");
    const line = await new Promise<string>((resolve) =>
      child.stdout!.once("data", (bytes: Buffer) => resolve(bytes.toString())),
    );
    const port = Number(/^Listening on 127\.0\.0\.1:(\d+)\n$/.exec(line)?.[1]);
    const client = new Client();
    await client.start(port);
    const stop = await client.begin({ program: sourceFile("sum.s", SUM), stopOnEntry: true });
    expect(stop.reason).toBe("entry");
    await client.stop();
    expect(await exit).toBe(0);
  });
});
