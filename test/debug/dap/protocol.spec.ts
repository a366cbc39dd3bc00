import { connect as connectSocket } from "node:net";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adapterHost } from "../../../src/cli/dap.ts";
import { serveClient } from "../../../src/debug/dap/index.ts";
import { encodeMessage, type Message, MessageReader } from "../../../src/debug/dap/message-reader.ts";
import { REQUESTS } from "../../../src/debug/dap/requests/index.ts";
import { ENDLESS, SUM } from "../gdb/programs.ts";
import { connect, serve, sourceFile } from "./fixture.ts";

/** The door behind a pair of streams, and what it has sent. */
function pipe() {
  const input = new PassThrough();
  const output = new PassThrough();
  const log: string[] = [];
  const sent: Message[] = [];
  const reader = new MessageReader();
  output.on("data", (bytes: Uint8Array) => {
    for (const each of reader.push(bytes)) {
      if (each.kind === "problem")
        throw new Error(`the door sent something that is no message: ${each.problem}`);
      sent.push(each.message);
    }
  });
  const ended = serveClient(adapterHost(), input, output, (line) => log.push(line));
  let seq = 0;
  /** Sends a request and waits for its answer. */
  const ask = async (command: string, args?: unknown): Promise<Message> => {
    seq++;
    input.write(encodeMessage({ seq, type: "request", command, arguments: args }));
    for (;;) {
      const answer = sent.find((each) => each.type === "response" && each.request_seq === seq);
      if (answer) return answer;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const event = async (name: string): Promise<void> => {
    while (!sent.some((each) => each.event === name)) await new Promise((resolve) => setImmediate(resolve));
  };
  return { input, output, log, sent, ended, ask, event };
}

const oneLine = (message: unknown) =>
  typeof message === "string" && message !== "" && !message.includes("\n");

describe("messages that cannot be used", () => {
  it("answers unknown requests, wrong order, and wrong arguments in one line", async () => {
    const { ask, input, ended } = pipe();
    const cases: readonly [string, unknown, RegExp][] = [
      ["threads", {}, /threads before initialize/],
      ["initialize", { pathFormat: "uri" }, /pathFormat/],
      ["initialize", 7, /arguments must be an object/],
      ["initialize", { linesStartAt1: "yes" }, /linesStartAt1 must be true or false/],
      ["fly", {}, /there is no request "fly"/],
      ["constructor", {}, /there is no request "constructor"/],
      ["threads", {}, /no program yet/],
      ["setBreakpoints", {}, /source must be an object/],
      [
        "setBreakpoints",
        { source: { path: "x" }, breakpoints: [{ line: 1 }, {}] },
        /breakpoints\[1\]\.line must be a whole number/,
      ],
      ["launch", {}, /program is missing/],
      ["launch", [], /must be an object/],
      ["launch", { program: 7 }, /program must be a text, not 7/],
      ["launch", { program: "none.elf" }, /cannot read none\.elf/],
      ["launch", { program: "x.elf", ppu: "middle" }, /ppu must be one of top, bottom, both, not "middle"/],
      ["launch", { program: "x.elf", chipSeed: -1 }, /chipSeed/],
      ["launch", { program: "x.elf", chipSeed: 0.5 }, /chipSeed must be a whole number, not 0.5/],
      ["launch", { program: "x.elf", set: "r3=1" }, /set must be a list of texts/],
      ["launch", { program: "x.elf", stopOnEntry: "no" }, /stopOnEntry must be true or false, not "no"/],
      ["attach", { program: "x.elf" }, /session is missing/],
    ];
    for (const [command, args, expected] of cases) {
      const { success, message } = await ask(command, args);
      expect(success, `${command} ${JSON.stringify(args)}`).toBe(false);
      expect(message).toMatch(expected);
      expect(oneLine(message)).toBe(true);
    }
    const program = sourceFile("broken.s", "main: addi r1, r2\n");
    expect((await ask("launch", { program })).message).toMatch(/broken\.s/);
    const set = sourceFile("sum.s", SUM);
    expect((await ask("launch", { program: set, set: ["r99=1"] })).message).toMatch(/r99/);
    expect((await ask("disconnect")).success).toBe(true);
    await ended;
    input.end();
  });

  it("tells of unknown attributes, which are likely mistyped", async () => {
    const client = await connect();
    await client.begin({
      program: sourceFile("sum.s", SUM),
      stopOnEntry: true,
      chipsed: 3,
      cwd: "/",
      __restart: 1,
    });
    expect(client.text("stderr")).toBe("the launch configuration has an unknown attribute chipsed\n");
    await expect(client.launchRequest({ program: "x" } as object)).rejects.toThrow(/being debugged already/);
  });

  it("says what is no message, and answers the next one", async () => {
    const { ask, input, log, sent } = pipe();
    input.write("Content-Length: 7\r\n\r\nnothing");
    input.write("Nonsense: yes\r\n\r\n");
    expect((await ask("initialize", {})).success).toBe(true);
    expect(log).toHaveLength(2);
    const outputs = sent.filter(({ type, event }) => type === "event" && event === "output");
    expect(outputs).toHaveLength(2);
    for (const { body } of outputs)
      expect((body as { output: string }).output).toMatch(/^unusable message: [^\n]+\n$/);
  });

  it("survives any requests with any arguments, and leaves the chip as it was", async () => {
    const { ask, event } = pipe();
    const program = sourceFile("sum.s", SUM);
    await ask("initialize", {});
    await ask("launch", { program, stopOnEntry: true });
    await ask("configurationDone");
    await event("stopped");
    expect((await ask("configurationDone")).message).toMatch(/started already/);
    const state = async () => {
      const texts = ["r3", "pc", "cycle", "top.v3"].map(async (expression) => {
        const { body } = await ask("evaluate", { expression });
        return (body as { result: string }).result;
      });
      return Promise.all(texts);
    };
    const before = await state();
    const changing = new Set([
      ..."continue next stepIn stepOut stepBack reverseContinue goto restart terminate disconnect".split(" "),
      ..."evaluate setVariable setExpression writeMemory".split(" "),
    ]);
    const commands = Object.keys(REQUESTS).filter((command) => !changing.has(command));
    expect(commands.length).toBeGreaterThan(15);
    const names =
      "threadId frameId variablesReference source path breakpoints line column expression filters name memoryReference count start offset instructionCount dataId text targetId".split(
        " ",
      );
    const leaf = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.string({ maxLength: 12 }),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom("0x0", "r3", 1, 65536, "top"),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("tree"), { maxLength: 3 }), tie("object")),
      object: fc.dictionary(fc.constantFrom(...names), tie("tree"), { maxKeys: 6 }),
    }));
    const property = fc.asyncProperty(fc.constantFrom(...commands), tree, async (command, args) => {
      const { success, message } = await ask(command, args);
      if (!success) {
        expect(oneLine(message), `${command}: ${String(message)}`).toBe(true);
        expect(message).not.toMatch(/internal error/);
      }
    });
    await fc.assert(property, { numRuns: 200 });
    await ask("setExceptionBreakpoints", { filters: [] });
    expect(await state()).toEqual(before);
  });
});

describe("requests in any order", () => {
  it("are all answered, in one line where they are refused", async () => {
    const { ask, event } = pipe();
    await ask("initialize", {});
    await ask("launch", { program: sourceFile("sum.s", SUM), stopOnEntry: true });
    await ask("configurationDone");
    await event("stopped");
    const source = { path: sourceFile("sum.s", SUM) };
    const expression = fc.constantFrom(
      "r3",
      "r3 = 5",
      "v2.h[3]",
      "top.pc = 0x40",
      "r3 +",
      ":pins 3",
      ":who-wrote r3",
      "",
    );
    const args = fc.record(
      {
        threadId: fc.constantFrom(1, 1, 1, 2, 3),
        frameId: fc.constantFrom(65536, 65537, 131072, 0),
        variablesReference: fc.integer({ min: 999, max: 1030 }),
        targetId: fc.integer({ min: 999, max: 1002 }),
        expression,
        text: expression,
        context: fc.constantFrom("repl", "watch"),
        name: fc.constantFrom("r3", "pc", "[0]", "weights", "square", "total"),
        value: fc.constantFrom("1", "-1", "r4 + 1", "x y"),
        column: fc.integer({ min: -1, max: 9 }),
        line: fc.integer({ min: -1, max: 50 }),
        granularity: fc.constantFrom("instruction", "line"),
        source: fc.constant(source),
        memoryReference: fc.constantFrom("0x0", "0x3ffc", "0x100000000", "-1"),
        data: fc.constantFrom("AAAA", "AAAAAA==", "A"),
        count: fc.integer({ min: -1, max: 64 }),
        instructionCount: fc.integer({ min: -1, max: 64 }),
        filters: fc.subarray(["saturation", "cadc"]),
        breakpoints: fc.constant([]),
      },
      { noNullPrototype: true },
    );
    const last = new Set(["disconnect", "terminate", "initialize", "restart"]);
    const commands = Object.keys(REQUESTS).filter((command) => !last.has(command));
    const property = fc.asyncProperty(fc.constantFrom(...commands), args, async (command, given) => {
      const { success, message } = await ask(command, given);
      if (success) return;
      expect(oneLine(message), `${command}: ${String(message)}`).toBe(true);
      expect(message).not.toMatch(/internal error/);
    });
    await fc.assert(property, { numRuns: 300 });
    expect((await ask("threads")).success).toBe(true);
  });
});

describe("clients that come and go", () => {
  it("ends a run when its client disconnects in the middle of it, with or without a word", async () => {
    const program = sourceFile("endless.s", ENDLESS);
    for (const bye of ["disconnect", "end", "error"]) {
      const { ask, input, ended } = pipe();
      await ask("initialize", {});
      await ask("launch", { program });
      await ask("configurationDone");
      expect((await ask("threads")).success).toBe(true);
      if (bye === "disconnect") await ask("disconnect");
      else if (bye === "end") input.end("Content-Length: 100\r\n\r\n{");
      else input.destroy(new Error("gone"));
      await ended;
    }
  });

  it("serves two clients at once, each with a chip of its own", async () => {
    const { port } = await serve();
    const program = sourceFile("sum.s", SUM);
    const [first, second] = await Promise.all([connect(), connect()]);
    await Promise.all([first, second].map((client) => client.begin({ program, stopOnEntry: true })));
    await first.evaluateRequest({ expression: "r20 = 5", context: "repl" });
    expect(await second.evaluate("r20")).toBe("0");
    expect(await first.evaluate("r20")).toBe("5");
    const rude = connectSocket(port, "127.0.0.1");
    rude.write("GET / HTTP/1.1\r\n\r\n");
    await new Promise((resolve) => rude.once("data", resolve));
    rude.destroy();
    expect(await first.evaluate("r20")).toBe("5");
  });
});
