import type { DebugProtocol } from "@vscode/debugprotocol";
import { describe, expect, it } from "vitest";
import { SUM } from "../gdb/programs.ts";
import { type Client, connect, lineOf, sourceFile } from "./fixture.ts";

const STORE = lineOf(SUM, "stw     r15, total");
const END = lineOf(SUM, "end:");

/** Stopped at a line of the program. */
async function at(line: number, client: Promise<Client> = connect()): Promise<Client> {
  const program = sourceFile("sum.s", SUM);
  const connected = await client;
  await connected.begin({ program }, () =>
    connected.setBreakpointsRequest({ source: { path: program }, breakpoints: [{ line }] }),
  );
  return connected;
}

describe("what an editor sees of a stopped chip", () => {
  it("has a scope for each kind of state", async () => {
    const client = await at(STORE);
    const { frameId } = await client.place();
    const { scopes } = (await client.scopesRequest({ frameId })).body;
    expect(scopes.map(({ name }) => name)).toEqual([
      "Locals",
      "Globals",
      "General registers",
      "Special registers",
      "Vector registers",
      "Analog core",
    ]);
    const general = await client.variables(await client.scope("General registers"));
    expect(general.get("r15")).toMatchObject({ value: "1", evaluateName: "r15", variablesReference: 0 });
    const reference = await client.scope("General registers");
    expect((await client.variables(reference, { format: { hex: true } })).get("r1")?.value).toBe("0x2f00");
    const special = await client.variables(await client.scope("Special registers"));
    expect(special.get("pc")?.value).toMatch(/^0x/);
    expect(special.get("tbl")?.presentationHint?.attributes).toContain("readOnly");
  });

  it("opens vector registers by lane type, a part at a time, and sets lanes", async () => {
    const client = await at(END);
    const vectors = await client.variables(await client.scope("Vector registers"));
    expect(vectors.get("v0")?.value).toBe("all 0");
    const v2 = vectors.get("v2")!;
    expect(v2.namedVariables).toBe(4);
    const shapes = await client.variables(v2.variablesReference);
    expect([...shapes.keys()].toSorted()).toEqual(["b", "h", "sb", "uh"]);
    const halves = shapes.get("h")!;
    expect(halves).toMatchObject({ value: "all 295", indexedVariables: 64 });
    const page = await client.variables(halves.variablesReference, {
      filter: "indexed",
      start: 60,
      count: 10,
    });
    expect([...page.keys()]).toEqual(["[60]", "[61]", "[62]", "[63]"]);
    expect(page.get("[61]")).toMatchObject({ value: "295", evaluateName: "v2.h[61]" });
    const set = await client.setVariableRequest({
      variablesReference: halves.variablesReference,
      name: "[61]",
      value: "-2 * 3",
    });
    expect(set.body.value).toBe("-6");
    expect(await client.evaluate("v2.b[123]")).toBe("250");
    const again = (await client.variables(await client.scope("Vector registers"))).get("v2")!;
    expect(again.value).toMatch(/min \d+ max \d+/);
    const acc = (await client.variables(await client.scope("Vector registers"))).get("acc")!;
    expect([...(await client.variables(acc.variablesReference)).keys()]).toEqual(["w", "h"]);
    const whole = await client.evaluateRequest({ expression: "v2", context: "watch" });
    expect((await client.variables(whole.body.variablesReference)).get("h")?.indexedVariables).toBe(64);
  });

  it("shows the analog core down to synapses and fields of registers, and sets them", async () => {
    const client = await at(STORE);
    const analog = await client.variables(await client.scope("Analog core"));
    expect(analog.get("membranes")).toMatchObject({ indexedVariables: 256 });
    expect(analog.get("causal")).toMatchObject({ evaluateName: "top.causal", indexedVariables: 256 });
    const weights = analog.get("weights")!;
    expect(weights.indexedVariables).toBe(257);
    const rows = await client.variables(weights.variablesReference, {
      filter: "indexed",
      start: 12,
      count: 1,
    });
    const row = rows.get("[12]")!;
    expect(row).toMatchObject({ value: "all 0", indexedVariables: 256 });
    await client.setVariableRequest({ variablesReference: row.variablesReference, name: "[5]", value: "9" });
    expect(await client.evaluate("row(12)[5]")).toBe("9");

    const groups = await client.variables(analog.get("registers")!.variablesReference);
    const padi = await client.variables(groups.get("padi")!.variablesReference);
    const fields = padi.get("padiConfig")!.variablesReference;
    const [name] = (await client.variables(fields)).keys();
    const set = await client.setVariableRequest({ variablesReference: fields, name, value: "1" });
    expect(set.body.value).toBe("1");
    expect((await client.variables(fields)).get(name)?.value).toBe("1");
    await expect(
      client.setVariableRequest({ variablesReference: fields, name, value: "0x10000" }),
    ).rejects.toThrow(/^[^\n]+$/);
    const drivers = await client.variables(groups.get("synapse driver")!.variablesReference);
    expect(drivers.get("synapseDriver")).toMatchObject({ indexedVariables: 128 });
  });

  it("evaluates, completes and assigns, and tells that what is shown is old", async () => {
    const client = await connect();
    const program = sourceFile("sum.s", SUM);
    const ready = client.waitForEvent("initialized");
    await client.initializeRequest({ adapterID: "ppu", pathFormat: "path", supportsInvalidatedEvent: true });
    await client.launchRequest({ program, stopOnEntry: true } as DebugProtocol.LaunchRequestArguments);
    await ready;
    await client.stopAfter(client.configurationDoneRequest());
    const { frameId } = await client.place();
    const evaluate = async (expression: string, more: Partial<DebugProtocol.EvaluateArguments> = {}) =>
      (await client.evaluateRequest({ expression, frameId, ...more })).body;
    expect(await evaluate("r3 + 0x20")).toMatchObject({ result: "32", variablesReference: 0 });
    expect(await evaluate("r1", { format: { hex: true } })).toMatchObject({ result: "0x0" });
    const total = await evaluate("total");
    expect(total).toMatchObject({ result: "0", memoryReference: expect.stringMatching(/^0x/) });
    const invalidated = client.waitForEvent("invalidated");
    expect(await evaluate("r20 = 6 * 7", { context: "repl" })).toMatchObject({ result: "42" });
    expect((await invalidated).body).toEqual({ areas: ["variables", "stacks"] });
    const set = await client.customRequest("setExpression", {
      expression: "v1.h[3]",
      value: "r20 - 1",
      frameId,
    });
    expect(set.body).toMatchObject({ value: "41" });
    expect(await client.evaluate("v1.h[3]")).toBe("41");
    for (const wrong of ["r3 +", "nothing_here", "r3 = ", "v1.q", ""]) {
      await expect(client.evaluateRequest({ expression: wrong, frameId })).rejects.toThrow(/^[^\n]+$/);
    }
    await expect(client.setVariableRequest({ variablesReference: 4, name: "x", value: "1" })).rejects.toThrow(
      "no variables 4",
    );
    const scope = await client.scope("Special registers");
    await expect(
      client.setVariableRequest({ variablesReference: scope, name: "tbl", value: "1" }),
    ).rejects.toThrow("tbl");
    await expect(
      client.setVariableRequest({ variablesReference: scope, name: "what", value: "1" }),
    ).rejects.toThrow("what");

    const complete = async (text: string) =>
      (await client.completionsRequest({ text, column: text.length + 1, frameId })).body.targets;
    expect(await complete("r3 + tot")).toEqual([
      { label: "total", type: expect.any(String), start: 6, length: 3 },
    ]);
    expect((await complete("v3.")).map(({ label }) => label).toSorted()).toEqual(["b", "h", "sb", "uh"]);
    expect((await complete(":who")).map(({ label }) => label)).toEqual(["who-wrote"]);
  });

  it("has commands for what the protocol does not know", async () => {
    const client = await at(END);
    const repl = (text: string) => client.evaluate(text, "repl");
    expect(await repl(":help")).toMatch(/:who-wrote TARGET .*\n/);
    expect(await repl(":who-wrote total")).toMatch(/0x[0-9a-f]+/);
    const before = await client.evaluate("r14");
    expect(before).toBe("10");
    await client.stopAfter(client.evaluateRequest({ expression: ":go-to-writer r15", context: "repl" }));
    expect((await client.place()).line).toBe(lineOf(SUM, "add     r15"));
    expect(await repl(":watch r14 > 3")).toMatch(/watching r14 > 3/);
    await client.stopAfter(client.reverseContinueRequest({ threadId: 1 }));
    expect(await client.evaluate("r14")).toBe("3");
    expect(await repl(":unwatch")).toBe("removed 1");
    const cycle = Number(await client.evaluate("cycle"));
    await client.stopAfter(
      client.evaluateRequest({ expression: `:to-cycle ${cycle + 20}`, context: "repl" }),
    );
    expect(Number(await client.evaluate("cycle"))).toBeGreaterThanOrEqual(cycle + 20);
    expect(await repl(":pins 5")).toBe("pins are 5");
    expect(await repl(":doorbell")).toMatch(/^rang/);
    expect(await repl(":noise 3")).toMatch(/./);
    for (const wrong of [
      ":nothing",
      ":pins",
      ":pins 99",
      ":to-cycle soon",
      ":watch r3 +",
      ":who-wrote",
      ":doorbell left",
    ]) {
      await expect(client.evaluateRequest({ expression: wrong, context: "repl" }), wrong).rejects.toThrow(
        /^[^\n]+$/,
      );
    }
  });

  it("counts lines and columns from 0 for those who do", async () => {
    const client = await connect();
    const program = sourceFile("sum.s", SUM);
    const ready = client.waitForEvent("initialized");
    await client.initializeRequest({
      adapterID: "ppu",
      pathFormat: "path",
      linesStartAt1: false,
      columnsStartAt1: false,
    });
    await client.launchRequest({ program } as DebugProtocol.LaunchRequestArguments);
    await ready;
    const set = await client.setBreakpointsRequest({
      source: { path: program },
      breakpoints: [{ line: STORE - 1 }],
    });
    expect(set.body.breakpoints[0]).toMatchObject({ verified: true, line: STORE - 1 });
    await client.stopAfter(client.configurationDoneRequest());
    expect((await client.place()).line).toBe(STORE - 1);
    const targets = (await client.completionsRequest({ text: "r3 + tot", column: 8 })).body.targets;
    expect(targets).toMatchObject([{ label: "total", start: 5, length: 3 }]);
  });
});
