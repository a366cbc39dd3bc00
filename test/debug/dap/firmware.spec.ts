import { readFileSync } from "node:fs";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { expect, it } from "vitest";
import { connect, lineOf, SATURATION } from "./fixture.ts";

const thread = { threadId: 1 };
const text = readFileSync(SATURATION, "utf8");

it("finds the bug of the example from its source: compiles, breaks, shows variables, and walks back", async () => {
  const client = await connect();
  const progress: string[] = [];
  for (const event of ["progressStart", "progressEnd"]) {
    client.on(event, ({ body }: DebugProtocol.ProgressStartEvent) =>
      progress.push(`${event} ${body.title ?? ""}`.trim()),
    );
  }
  const ready = client.waitForEvent("initialized");
  await client.initializeRequest({ adapterID: "ppu", pathFormat: "path", supportsProgressReporting: true });
  await client.launchRequest({
    program: SATURATION,
    stopOnEntry: true,
  } as DebugProtocol.LaunchRequestArguments);
  await ready;
  expect(progress).toEqual([`progressStart Compiling ${SATURATION}`, "progressEnd"]);
  expect(await client.stopAfter(client.configurationDoneRequest())).toMatchObject({
    reason: "entry",
    threadId: 1,
  });
  expect(await client.place()).toMatchObject({ name: "main", path: SATURATION });

  const sources = (await client.customRequest("loadedSources"))
    .body as DebugProtocol.LoadedSourcesResponse["body"];
  expect(sources.sources.map(({ path }) => path)).toContain(SATURATION);

  // The first lane that is clamped.
  const filters = await client.setExceptionBreakpointsRequest({ filters: ["saturation"] });
  expect(filters.body!.breakpoints).toMatchObject([{ verified: true }]);
  const stop = await client.stopAfter(client.continueRequest(thread));
  expect(stop).toMatchObject({ reason: "exception", text: expect.stringContaining("132 -> 127") });
  const exception = (await client.exceptionInfoRequest(thread)).body;
  expect(exception).toMatchObject({ exceptionId: "saturation", breakMode: "always" });
  expect(exception.description).toContain("v0.b[90]");

  const { stackFrames, totalFrames } = (await client.stackTraceRequest({ ...thread, levels: 2 })).body;
  expect(stackFrames.map(({ name }) => name)).toEqual(["addParts (inlined)", "main"]);
  expect(stackFrames[1].line).toBe(lineOf(text, "addParts().store(sums)"));
  expect(totalFrames).toBeGreaterThanOrEqual(2);
  const locals = await client.variables(await client.scope("Locals"));
  expect(locals.get("part")).toMatchObject({ value: "2", type: expect.any(String) });
  const sum = locals.get("sum")!;
  expect(sum.indexedVariables).toBe(128);
  expect(sum.value.length).toBeLessThan(200);
  const page = await client.variables(sum.variablesReference, { filter: "indexed", start: 90, count: 1 });
  expect(page.get("[90]")?.value).toBe("127");
  expect(await client.evaluate("part", "hover")).toBe("2");
  const info = await client.dataBreakpointInfoRequest({
    variablesReference: await client.scope("Locals"),
    name: "part",
  });
  expect(info.body.dataId).not.toBeNull();

  // The end, and back to who wrote the wrong value.
  await client.setExceptionBreakpointsRequest({ filters: [] });
  expect(await client.stopAfter(client.continueRequest(thread))).toMatchObject({ reason: "exit" });
  expect(client.text("stdout")).toBe("strongest neuron: 17, expected: 90\n");
  await client.setExceptionBreakpointsRequest({ filters: [], filterOptions: [{ filterId: "saturation" }] });
  const back = await client.stopAfter(client.reverseContinueRequest(thread));
  expect(back).toMatchObject({ reason: "exception", text: expect.stringContaining("v0.b[17]") });
  expect(progress.slice(2)).toEqual(["progressStart Going back", "progressEnd"]);
  expect((await client.place()).name).toMatch(/^addParts/);

  // What a step prints has the place of its line.
  await client.setExceptionBreakpointsRequest({ filters: [] });
  const printing = lineOf(text, 'print("strongest neuron: ")');
  await client.setBreakpointsRequest({ source: { path: SATURATION }, breakpoints: [{ line: printing }] });
  await client.stopAfter(client.continueRequest(thread));
  client.output.length = 0;
  while (client.output.length === 0) await client.stopAfter(client.nextRequest(thread));
  expect(client.output[0]).toMatchObject({ category: "stdout", source: { path: SATURATION } });
  expect(client.output[0].line).toBeGreaterThanOrEqual(printing);
});
