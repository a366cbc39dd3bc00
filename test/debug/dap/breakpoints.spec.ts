import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { SUM, TOTALS } from "../gdb/programs.ts";
import { type Client, connect, lineOf, sourceFile } from "./fixture.ts";

const thread = { threadId: 1 };
const CALL = lineOf(SUM, "bl      square");
const STORE = lineOf(SUM, "stw     r15, total");
const END = lineOf(SUM, "end:");

const program = () => sourceFile("sum.s", SUM);

const setLines = async (client: Client, ...breakpoints: DebugProtocol.SourceBreakpoint[]) =>
  (await client.setBreakpointsRequest({ source: { path: program() }, breakpoints })).body.breakpoints;

const functions = (...breakpoints: DebugProtocol.FunctionBreakpoint[]) => ({ breakpoints });

describe("breakpoints of an editor", () => {
  it("stops at source lines, keeps numbers and hits of those that stay, and moves to lines with code", async () => {
    const client = await connect();
    let first: DebugProtocol.Breakpoint[] = [];
    const stop = await client.begin({ program: program() }, async () => {
      first = await setLines(client, { line: STORE }, { line: CALL - 2 }, { line: 9999 });
    });
    expect(first.map(({ verified }) => verified)).toEqual([true, true, false]);
    expect(first[1].line).toBe(CALL - 2);
    expect(first[2].message).toBe("no program has code there");
    expect(stop).toMatchObject({ reason: "breakpoint", threadId: 1, allThreadsStopped: true });
    expect(stop.hitBreakpointIds).toEqual([first[1].id]);
    const second = await setLines(client, { line: STORE }, { line: CALL });
    expect(second[0].id).toBe(first[0].id);
    expect(await client.stopAfter(client.continueRequest(thread))).toMatchObject({
      hitBreakpointIds: [second[1].id],
    });
    expect(await client.place()).toMatchObject({ name: "main", line: CALL, path: program() });
    expect(await client.stopAfter(client.continueRequest(thread))).toMatchObject({
      hitBreakpointIds: [first[0].id],
    });
    expect(await setLines(client)).toEqual([]);
    expect((await client.stopAfter(client.continueRequest(thread))).reason).toBe("exit");
  });

  it("knows conditions, hit counts and log points", async () => {
    const client = await connect();
    await client.begin({ program: program() }, () =>
      setLines(client, { line: CALL, logMessage: "square of {r3}" }, { line: STORE, condition: "r14 == 4" }),
    );
    expect(await client.evaluate("r14")).toBe("4");
    expect(client.text("console")).toBe([0, 1, 2, 3, 4].map((n) => `square of ${n}\n`).join(""));
    expect(client.output.find(({ category }) => category === "console")).toMatchObject({
      line: CALL,
      source: { path: program() },
    });
    await setLines(client, { line: STORE, hitCondition: ">= 3" });
    await client.stopAfter(client.continueRequest(thread));
    expect(await client.evaluate("r14")).toBe("7");
    const refused = await setLines(
      client,
      { line: STORE, hitCondition: "% 2" },
      { line: STORE, hitCondition: "0" },
      { line: STORE, condition: "r14 ==" },
    );
    expect(refused.map(({ verified }) => verified)).toEqual([false, false, false]);
    for (const { message } of refused) expect(message).toMatch(/^[^\n]{10,}$/);
  });

  it("stops at functions and instructions", async () => {
    const client = await connect();
    let points: DebugProtocol.Breakpoint[] = [];
    const stop = await client.begin({ program: program() }, async () => {
      const set = functions({ name: "square", hitCondition: "2" }, { name: "nowhere" }, { name: "0x12 34" });
      points = (await client.setFunctionBreakpointsRequest(set)).body.breakpoints;
    });
    expect(points.map(({ verified }) => verified)).toEqual([true, false, false]);
    expect(stop).toMatchObject({ reason: "function breakpoint", hitBreakpointIds: [points[0].id] });
    expect(await client.evaluate("r3")).toBe("1");
    await client.setFunctionBreakpointsRequest(functions());

    const { stackFrames } = (await client.stackTraceRequest(thread)).body;
    const instructionReference = stackFrames[0].instructionPointerReference!;
    const set = (...breakpoints: DebugProtocol.InstructionBreakpoint[]) =>
      client
        .customRequest("setInstructionBreakpoints", { breakpoints })
        .then(
          (response) =>
            (response.body as DebugProtocol.SetInstructionBreakpointsResponse["body"]).breakpoints,
        );
    const [here, next, crooked, outside, nonsense] = await set(
      { instructionReference },
      { instructionReference, offset: 4 },
      { instructionReference, offset: 2 },
      { instructionReference: "0x70000000" },
      { instructionReference: "here" },
    );
    expect([here, next, crooked, outside, nonsense].map(({ verified }) => verified)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(await client.stopAfter(client.continueRequest(thread))).toMatchObject({
      reason: "instruction breakpoint",
      hitBreakpointIds: [next.id],
    });
  });

  it("stops at data by name, by address, and by row of a view", async () => {
    const client = await connect();
    await client.begin({ program: program(), stopOnEntry: true });
    const info = async (query: DebugProtocol.DataBreakpointInfoArguments) =>
      (await client.dataBreakpointInfoRequest(query)).body;
    const named = await info({ name: "total" });
    const typed = await info({ name: await client.evaluate("&total"), asAddress: true, bytes: 4 });
    expect(named.dataId).toContain('"kind":"memory"');
    expect(named.accessTypes).toEqual(["read", "write", "readWrite"]);
    expect(typed.dataId).toBe(named.dataId);
    const row = await info({ variablesReference: await client.scope("General registers"), name: "r14" });
    expect(row).toMatchObject({ accessTypes: ["write"], description: "r14", canPersist: true });
    expect(await info({ name: "no_such_thing" })).toMatchObject({ dataId: null });

    const set = async (...breakpoints: DebugProtocol.DataBreakpoint[]) =>
      (await client.setDataBreakpointsRequest({ breakpoints })).body.breakpoints;
    const [total, refused, foreign, strange] = await set(
      { dataId: named.dataId!, accessType: "write", hitCondition: "3" },
      { dataId: row.dataId!, accessType: "read" },
      { dataId: "made up" },
      { dataId: '{"kind":"memory","ppu":"middle","address":0,"length":4}' },
    );
    expect([total, refused, foreign, strange].map(({ verified }) => verified)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    const stop = await client.stopAfter(client.continueRequest(thread));
    expect(stop).toMatchObject({ reason: "data breakpoint", hitBreakpointIds: [total.id] });
    expect(await client.evaluate("total")).toBe(`${TOTALS[2]}`);
    const [r14] = await set({ dataId: row.dataId! });
    expect(await client.stopAfter(client.continueRequest(thread))).toMatchObject({
      hitBreakpointIds: [r14.id],
    });
    expect(await client.evaluate("r14")).toBe("3");
  });

  it("tells which lines can have one", async () => {
    const client = await connect();
    await client.begin({ program: program(), stopOnEntry: true });
    const response = await client.customRequest("breakpointLocations", {
      source: { path: program() },
      line: STORE - 1,
      endLine: END,
    });
    const { breakpoints } = response.body as DebugProtocol.BreakpointLocationsResponse["body"];
    expect(breakpoints.map(({ line }) => line)).toContain(STORE);
    expect(breakpoints.every(({ line }) => line >= STORE - 1 && line <= END)).toBe(true);
  });

  it("keeps them over a restart, which reads the program again", async () => {
    const client = await connect();
    const path = sourceFile("changing.s", SUM);
    const source = { path };
    let id: number | undefined;
    await client.begin({ program: path }, async () => {
      const set = await client.setBreakpointsRequest({
        source,
        breakpoints: [{ line: CALL, condition: "r3 == 5" }],
      });
      ({ id } = set.body.breakpoints[0]);
    });
    expect(await client.evaluate("r3")).toBe("5");
    sourceFile("changing.s", SUM.replace("li      r14, 0", "li      r14, 5").replace("10", "12"));
    expect(await client.stopAfter(client.restartRequest({}))).toMatchObject({ hitBreakpointIds: [id] });
    expect(await client.evaluate("r15")).toBe("0");
    expect(client.breakpoints.splice(0)).toEqual([
      { reason: "changed", breakpoint: expect.objectContaining({ id, verified: true, line: CALL }) },
    ]);
    // The client may send the configuration as it is now.
    const configuration = { arguments: { program: path, set: ["r20=9"] } };
    await client.stopAfter(client.restartRequest(configuration as DebugProtocol.RestartArguments));
    expect(await client.evaluate("r20")).toBe("9");
    sourceFile("changing.s", "this is no assembly");
    await expect(client.restartRequest({})).rejects.toThrow(/changing\.s/);
    expect(await client.evaluate("r3")).toBe("5");
  });
});
