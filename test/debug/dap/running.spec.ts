import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { ENDLESS, SUM, TOTALS } from "../gdb/programs.ts";
import { connect, directory, lineOf, sourceFile } from "./fixture.ts";

const thread = { threadId: 1 };
const CALL = lineOf(SUM, "bl      square");
const STORE = lineOf(SUM, "stw     r15, total");
const sum = () => sourceFile("sum.s", SUM);

describe("running from an editor", () => {
  it("steps by lines and by instructions, over, into and out of calls, and back again", async () => {
    const client = await connect();
    const program = sum();
    await client.begin({ program }, () =>
      client.setBreakpointsRequest({ source: { path: program }, breakpoints: [{ line: CALL }] }),
    );
    await client.setBreakpointsRequest({ source: { path: program }, breakpoints: [] });
    const line = async (action: Promise<unknown>, reason = "step") => {
      expect((await client.stopAfter(action)).reason).toBe(reason);
      return (await client.place()).line;
    };
    expect(await line(client.nextRequest(thread))).toBe(CALL + 1);
    expect(await line(client.stepBackRequest(thread))).toBe(CALL);
    await client.stopAfter(client.stepInRequest(thread));
    const inside = await client.place();
    expect(inside.name).toBe("square");
    expect(await line(client.stepInRequest({ ...thread, granularity: "instruction" }))).toBe(inside.line + 1);
    expect(await line(client.stepOutRequest(thread))).toBe(CALL + 1);
    expect(await line(client.stepBackRequest({ ...thread, granularity: "instruction" }))).toBe(
      lineOf(SUM, "blr"),
    );
    expect(await line(client.stepOutRequest(thread))).toBe(CALL + 1);
    expect(await line(client.stepBackRequest(thread))).toBe(CALL);
    expect(await line(client.nextRequest({ ...thread, granularity: "instruction" }))).toBe(CALL + 1);
    expect(await line(client.reverseContinueRequest(thread), "entry")).toBe(lineOf(SUM, "b       main"));
  });

  it("stays at the end, from where one can go back, and ends with the next continue", async () => {
    const client = await connect();
    const program = sum();
    const end = await client.begin({ program });
    expect(end).toMatchObject({ reason: "exit", text: "program finished, top PPU: return code 7" });
    expect(client.text("stdout")).toBe("done\n");
    await client.setBreakpointsRequest({ source: { path: program }, breakpoints: [{ line: STORE }] });
    const back = await client.stopAfter(client.reverseContinueRequest(thread));
    expect(back.reason).toBe("breakpoint");
    expect(await client.evaluate("r14")).toBe("9");
    expect(await client.evaluate("total")).toBe(`${TOTALS[8]}`);
    await client.setBreakpointsRequest({ source: { path: program }, breakpoints: [] });
    expect(await client.stopAfter(client.continueRequest(thread))).toMatchObject({ reason: "exit" });
    const over = Promise.all([client.waitForEvent("exited"), client.waitForEvent("terminated")]);
    await client.continueRequest(thread);
    expect((await over)[0].body).toEqual({ exitCode: 7 });
  });

  it("ends with the program where that is wanted, and when it runs without debugging", async () => {
    for (const more of [{ stopAtEnd: false }, { noDebug: true, stopOnEntry: true }]) {
      const client = await connect();
      const program = sum();
      const ready = client.waitForEvent("initialized");
      await client.launch({ program, ...more });
      await ready;
      const set = await client.setBreakpointsRequest({
        source: { path: program },
        breakpoints: [{ line: STORE, condition: "r14 > 50" }],
      });
      expect(set.body.breakpoints[0].verified).toBe(!("noDebug" in more));
      const over = Promise.all([client.waitForEvent("exited"), client.waitForEvent("terminated")]);
      await client.configurationDoneRequest();
      expect((await over)[0].body).toEqual({ exitCode: 7 });
      expect(client.text("stdout")).toBe("done\n");
    }
  });

  it("pauses a program, refuses what needs a stopped one, and takes breakpoints meanwhile", async () => {
    const client = await connect();
    const program = sourceFile("endless.s", ENDLESS);
    const ready = client.waitForEvent("initialized");
    await client.launch({ program });
    await ready;
    await client.configurationDoneRequest();
    await expect(client.stackTraceRequest(thread)).rejects.toThrow("the chip is running; pause it first");
    await expect(client.continueRequest(thread)).rejects.toThrow("pause it first");
    expect((await client.stopAfter(client.pauseRequest(thread))).reason).toBe("pause");
    await expect(client.pauseRequest(thread)).rejects.toThrow("not running");
    await client.continueRequest(thread);
    const stop = client.waitForEvent("stopped");
    await client.setFunctionBreakpointsRequest({ breakpoints: [{ name: "spin" }] });
    expect((await stop).body.reason).toBe("function breakpoint");
    await client.setFunctionBreakpointsRequest({ breakpoints: [] });
    await client.continueRequest(thread);
    // A restart while it runs tells of no stop in between.
    const stops: string[] = [];
    client.on("stopped", ({ body }: DebugProtocol.StoppedEvent) => stops.push(body.reason));
    await client.restartRequest({});
    await client.stopAfter(client.pauseRequest(thread));
    expect(stops).toEqual(["pause"]);
    await client.continueRequest(thread);
    const terminated = client.waitForEvent("terminated");
    await client.terminateRequest();
    await terminated;
  });

  it("shows mistakes of the program: as output, and as exceptions where it is strict", async () => {
    const program = sourceFile("mistake.s", ".text\nlis r4, 0x2000\nlwz r5, 0(r4)\nend: wait\nb end\n");
    const lenient = await connect();
    await lenient.begin({ program, stopOnEntry: true });
    await lenient.stopAfter(lenient.stepInRequest({ ...thread, granularity: "instruction" }));
    await lenient.stopAfter(lenient.stepInRequest({ ...thread, granularity: "instruction" }));
    expect(lenient.text("stderr")).toMatch(/^[^\n]+ \(top PPU at 0x4, cycle \d+\)\n$/);
    const strict = await connect();
    const stop = await strict.begin({ program, strict: true });
    expect(stop).toMatchObject({ reason: "exception", description: "Paused on a mistake of the program" });
    const { exceptionId, description } = (await strict.exceptionInfoRequest(thread)).body;
    expect([exceptionId, description].every((text) => text !== "")).toBe(true);
    await strict.stopAfter(strict.stepBackRequest({ ...thread, granularity: "instruction" }));
    await expect(strict.exceptionInfoRequest(thread)).rejects.toThrow("did not stop for an exception");
  });

  it("says that only the host can wake a PPU, and wakes it by a command", async () => {
    const handler = "handler: addi r7, r7, 1\nli r5, 0\nmtspr 27, r5\nrfi\n";
    const program = sourceFile(
      "asleep.s",
      `.text\nb start\n${"nop\n".repeat(8)}b handler\nstart: li r5, 0\nori r5, r5, 0x8000\nmtmsr r5\nend: wait\nb end\n${handler}`,
    );
    const client = await connect();
    const stop = await client.begin({ program });
    expect(stop).toMatchObject({
      reason: "pause",
      description: expect.stringMatching(/^Asleep: .*:doorbell/),
    });
    expect((await client.threadsRequest()).body.threads).toEqual([{ id: 1, name: "top PPU (asleep)" }]);
    await client.evaluate(":doorbell", "repl");
    expect(await client.stopAfter(client.continueRequest(thread))).toMatchObject({ reason: "exit" });
    expect(await client.evaluate("r7")).toBe("1");
  });

  it("goes on at another line", async () => {
    const client = await connect();
    const program = sum();
    await client.begin({ program, stopOnEntry: true });
    const { targets } = (await client.gotoTargetsRequest({ source: { path: program }, line: STORE })).body;
    expect(targets).toHaveLength(1);
    const stop = await client.stopAfter(client.gotoRequest({ ...thread, targetId: targets[0].id }));
    expect(stop.reason).toBe("goto");
    expect((await client.place()).line).toBe(STORE);
    await expect(client.gotoRequest({ ...thread, targetId: 7 })).rejects.toThrow("no goto target 7");
  });

  it("debugs both PPUs as threads, with places of their own", async () => {
    const client = await connect();
    const program = sum();
    await client.begin({ program, ppu: "both", stopOnEntry: true });
    const { threads } = (await client.threadsRequest()).body;
    expect(threads).toEqual([
      { id: 1, name: "top PPU" },
      { id: 2, name: "bottom PPU" },
    ]);
    await client.setBreakpointsRequest({
      source: { path: program },
      breakpoints: [{ line: STORE, hitCondition: "2" }],
    });
    const stop = await client.stopAfter(client.continueRequest(thread));
    expect(stop).toMatchObject({ threadId: 2, reason: "breakpoint" });
    const bottom = await client.stackTraceRequest({ threadId: 2 });
    const top = await client.stackTraceRequest({ threadId: 1 });
    expect(bottom.body.stackFrames[0].instructionPointerReference).toMatch(/^0x100000[0-9a-f]{3}$/);
    expect(top.body.stackFrames[0].instructionPointerReference).toMatch(/^0x[0-9a-f]{1,3}$/);
    const registers = await client.scope("General registers", 2);
    await client.setVariableRequest({ variablesReference: registers, name: "r20", value: "77" });
    const frames = [top, bottom].map(({ body }) => body.stackFrames[0].id);
    const values = frames.map(
      async (frameId) => (await client.evaluateRequest({ expression: "r20", frameId })).body.result,
    );
    expect(await Promise.all(values)).toEqual(["0", "77"]);
  });

  it("goes on from a saved point with attach", async () => {
    const client = await connect();
    const program = sum();
    const file = join(directory, "point.session");
    await client.begin({ program }, () =>
      client.setBreakpointsRequest({
        source: { path: program },
        breakpoints: [{ line: STORE, condition: "r14 == 6" }],
      }),
    );
    expect(await client.evaluate(`:save ${file}`, "repl")).toMatch(/^wrote .*point\.session, \d+ bytes$/);
    expect(readFileSync(file).length).toBeGreaterThan(1000);

    const second = await connect();
    const ready = second.waitForEvent("initialized");
    await second.initializeRequest();
    await second.attachRequest({ program, session: file } as DebugProtocol.AttachRequestArguments);
    await ready;
    expect((await second.stopAfter(second.configurationDoneRequest())).reason).toBe("entry");
    expect(await second.evaluate("r14")).toBe("6");
    expect(await second.stopAfter(second.continueRequest(thread))).toMatchObject({ reason: "exit" });

    const third = await connect();
    await third.initializeRequest();
    const foreign = { program, session: program } as DebugProtocol.AttachRequestArguments;
    await expect(third.attachRequest(foreign)).rejects.toThrow(/^[^\n]+$/);
    const absent = { program, session: join(directory, "none") } as DebugProtocol.AttachRequestArguments;
    await expect(third.attachRequest(absent)).rejects.toThrow("ENOENT");
  });
});
