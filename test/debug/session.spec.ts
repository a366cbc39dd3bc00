/** What a session can do, one ability after the other. */
import { describe, expect, it } from "vitest";
import { DebugSession, type LogMessage, SessionError, type Stop } from "../../src/debug/index.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import { digestOf } from "./session-state.ts";

const LOOP = `
start: li r3, 0
  lis r1, 0
  ori r1, r1, 0x1f00
loop:
  addi r3, r3, 1
  bl work
  cmpwi r3, 20
  blt loop
end: wait
  b end
work:
  mulli r4, r3, 3
  stw r4, 0x100(0)
  blr
`;

const session = (text = LOOP, options: ConstructorParameters<typeof DebugSession>[0] = {}) =>
  new DebugSession({ image: assemble(text, "t.s"), load: "top", chip: { ideal: true }, ...options });

const summary = ({ reason, pc, ids }: Stop) => ({ reason, pc, ids });

describe("breakpoints", () => {
  it("stop at symbols, addresses and lines, on the PPU that has them", async () => {
    const s = session();
    const { addresses, source } = s.addBreakpoint({ symbol: "work" });
    expect(addresses).toEqual({ top: [0x24], bottom: [] });
    expect(source).toEqual({ file: "t.s", line: 13, column: 3 });
    expect(summary(await s.resume())).toEqual({ reason: "breakpoint", pc: 0x24, ids: [1] });
    expect(s.addBreakpoint({ file: "t.s", line: 15 }).addresses.top).toEqual([0x2c]);
    expect(summary(await s.resume())).toEqual({ reason: "breakpoint", pc: 0x2c, ids: [2] });
    s.addBreakpoint(s.parseLocation("loop+4"), { temporary: true });
    expect(summary(await s.resume())).toEqual({ reason: "breakpoint", pc: 0x10, ids: [3] });
    expect(s.breakables().map(({ id, hits }) => [id, hits])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  it("know conditions, hit counts and log messages", async () => {
    const s = session();
    s.addBreakpoint({ symbol: "work" }, { condition: "r3 == 7" });
    await s.resume();
    expect(s.evaluate("r3").text).toBe("7");
    const counted = s.addBreakpoint({ symbol: "work" }, { hitCount: 4 });
    await s.resume();
    expect(s.evaluate("r3").text).toBe("11");
    s.removeBreakable(counted.id);
    const messages: LogMessage[] = [];
    s.on("log", (message) => messages.push(message));
    s.addBreakpoint({ symbol: "end" }, { logMessage: "end with {r3}, {mem32(0x100) / 3} and {nobody}" });
    expect((await s.resume()).reason).toBe("finished");
    expect(messages.map(({ text }) => text)).toEqual([
      'end with 20, 20 and <there is no register, variable or symbol nobody (column 1 of "nobody")>',
    ]);
  });

  it("can be pending, disabled and changed", async () => {
    const s = session();
    expect(s.addBreakpoint({ symbol: "nowhere" }).addresses).toEqual({ top: [], bottom: [] });
    const { id } = s.addBreakpoint({ symbol: "work" }, { enabled: false });
    s.changeBreakable(id, { enabled: true, condition: "r3 > 4" });
    await s.resume();
    expect(s.evaluate("r3").text).toBe("5");
    s.changeBreakable(id, { enabled: false });
    expect((await s.resume()).reason).toBe("finished");
  });

  it("refuse what can never work in one line", () => {
    const s = session();
    expect(() => s.addBreakpoint({ address: 3 })).toThrow(SessionError);
    expect(() => s.addBreakpoint({ symbol: "work" }, { condition: "r3 ==" })).toThrow(/column 6/);
    expect(() => s.addBreakpoint({ symbol: "work" }, { hitCount: 0 })).toThrow(/hit count/);
    expect(() => s.addWatchpoint({ kind: "vector", ppu: "top", register: 32 })).toThrow(/v0\.\.v31/);
    expect(() => s.addWatchpoint({ kind: "register", ppu: "top", name: "pc" })).toThrow(/breakpoint/);
    expect(() => s.addWatchpoint({ kind: "register", ppu: "top", name: "r3" }, "read")).toThrow(/reads/);
    expect(() => s.removeBreakable(9)).toThrow(/no breakpoint 9/);
    expect(() => s.writeMemory("top", 0x3fff, new Uint8Array(2))).toThrow(/beyond/);
    expect(() => s.readMemory("top", 0x3000_0000, 4)).toThrow(/no memory/);
  });
});

describe("running", () => {
  it("steps over and out of calls", async () => {
    const s = session();
    await s.runTo({ symbol: "loop" });
    await s.stepInstruction();
    expect((await s.stepOverInstruction()).pc).toBe(0x14);
    await s.runTo({ symbol: "work" });
    expect((await s.stepOut()).pc).toBe(0x14);
    expect((await s.reverseStepOut()).reason).toBe("historyStart");
  });

  it("runs to a cycle and refuses those that have passed", async () => {
    const s = session();
    const stop = await s.runTo({ cycle: 100 });
    expect(stop.reason).toBe("reached");
    expect(stop.cycle).toBeGreaterThanOrEqual(100);
    await expect(s.runTo({ cycle: 90 })).rejects.toThrow(/not ahead/);
    expect(s.running).toBe(false);
  });

  it("can be interrupted, and refuses a second action meanwhile", async () => {
    const s = session("start: b start");
    const stop = s.resume();
    expect(s.running).toBe(true);
    await expect(s.resume()).rejects.toThrow(/running/);
    expect(() => s.ringDoorbell("top")).toThrow(/running/);
    setImmediate(() => s.interrupt());
    expect((await stop).reason).toBe("interrupted");
    expect((await s.stepInstruction()).reason).toBe("step");
  });

  it("keeps working after the end", async () => {
    const s = session();
    expect((await s.resume()).reason).toBe("finished");
    const end = s.position;
    expect((await s.stepInstruction()).reason).toBe("finished");
    expect((await s.reverseStepInstruction("top", 2)).pc).toBe(0x18);
    await s.goTo(end);
    expect(s.position).toEqual(end);
    expect(s.evaluate("r3").text).toBe("20");
  });

  it("says where both PPUs are", () => {
    expect(session().threads()).toMatchObject([
      { id: 1, ppu: "top", state: "awake", pc: 0, instructions: 0 },
      { id: 2, ppu: "bottom", state: "held" },
    ]);
  });
});

describe("saturation", () => {
  const TEXT = `
    lis r3, 0
    ori r3, r3, 0x7000
    fxvsplath v1, r3
    li r4, 0x100
    li r5, 0x7fff
    sth r5, 0x124(0)
    fxvlax v2, 0, r4
    fxvaddhfs v3, v2, v2
    fxvaddhm v3, v1, v1
    fxvaddhfs v4, v1, v1
  end: wait
    b end`;

  it("stops at the first lane and names its operands", async () => {
    const s = session(TEXT);
    s.addWatchpoint(s.parseWatchTarget("saturation"));
    const stop = await s.resume();
    expect(stop.reason).toBe("saturation");
    expect(stop.hits[0].saturation).toEqual({
      mnemonic: "fxvaddhfs",
      register: "v3",
      laneType: "h",
      lane: 18,
      operands: { VRA: 0x7fff, VRB: 0x7fff },
      exact: 0xfffe,
      result: 0x7fff,
    });
    expect(stop.hits[0].pc).toBe(0x1c);
    expect(stop.message).toBe(
      "saturation 1: fxvaddhfs v3.h[18] 65534 -> 32767 (VRA 32767, VRB 32767) by top at 0x1c",
    );
    expect((await s.resume()).hits[0]).toMatchObject({ pc: 0x24, lane: 0 });
    expect((await s.resume()).reason).toBe("finished");
  });
});

describe("changes of the user", () => {
  it("are made again on the way back, and forgotten when an earlier one is made", async () => {
    const s = session();
    s.addBreakpoint({ symbol: "work" }, { condition: "r3 == 5" });
    await s.resume();
    s.assign("mem32(0x200)", "0x1234");
    s.writeRegister("top", "r3", 15);
    const { id } = s.addBreakpoint({ symbol: "end" });
    await s.resume();
    const end = { position: s.position, digest: digestOf(s.chip) };
    await s.reverseStepInstruction("top", 10);
    expect(s.evaluate("mem32(0x200)").text).toBe("4660");
    await s.goTo(end.position);
    expect(digestOf(s.chip)).toEqual(end.digest);
    while ((await s.reverseContinue()).reason !== "historyStart");
    expect(s.evaluate("mem32(0x200)").text).toBe("0");
    // Forward again: the same changes at the same places.
    s.removeBreakable(1);
    await s.resume();
    expect(s.position).toEqual(end.position);
    expect(digestOf(s.chip)).toEqual(end.digest);
    await s.restart();
    expect(s.position.changes).toBe(0);
    await s.resume();
    expect(s.position.changes).toBe(0);
    expect(s.evaluate("mem32(0x200)").text).toBe("0");
    expect(s.breakables().map((one) => one.id)).toEqual([id]);
  });

  it("are named as writers", async () => {
    const s = session();
    await s.runTo({ symbol: "work" });
    s.writeRegister("top", "r20", 3);
    await s.stepInstruction("top", 5);
    const writer = await s.whoWrote(s.parseWatchTarget("r20"));
    expect(writer?.ppu).toBeUndefined();
    expect(writer?.message).toMatch(/last changed by the user/);
    expect(await s.whoWrote(s.parseWatchTarget("r21"))).toBeUndefined();
    expect((await s.whoWrote(s.parseWatchTarget("r4")))?.instruction).toBe("mulli r4, r3, 3");
  });
});

describe("session points", () => {
  it("are saved, checked and continued", async () => {
    const s = session();
    await s.runTo({ cycle: 100 });
    const file = s.save();
    const other = session();
    await other.load(file);
    expect(digestOf(other.chip)).toEqual(digestOf(s.chip));
    await s.resume();
    await other.resume();
    expect(digestOf(other.chip)).toEqual(digestOf(s.chip));
    const before = digestOf(other.chip);
    const damaged = file.slice();
    damaged[damaged.length >> 1] ^= 1;
    await expect(other.load(damaged)).rejects.toThrow(/checksum/);
    await expect(other.load(file.slice(0, 20))).rejects.toThrow(/no saved session point/);
    await expect(session("b .").load(file)).rejects.toThrow(/another program/);
    await expect(session(LOOP, { chip: { ideal: true, chipSeed: 4 } }).load(file)).rejects.toThrow(
      /chip seed/,
    );
    await expect(session(LOOP, { chip: {} }).load(file)).rejects.toThrow(/analog parameter/);
    expect(digestOf(other.chip)).toEqual(before);
    expect(other.running).toBe(false);
  });

  it("find where another noise seed makes the first difference", async () => {
    const s = session(
      `
      lis r6, 8
      li r3, 50
      mtctr r3
    loop:
      addi r4, r4, 1
      bdnz loop
      fxvinx v5, 0, r6
      fxvstax v5, 0, r0
    end: wait
      b end`,
      { chip: {} },
    );
    const { first, compared, message } = await s.compareNoise(7);
    expect(first).toMatchObject({ ppu: "top", pc: 0x14, instruction: "fxvinx 5, 0, r6" });
    expect(first!.what.some((line) => /^top\.v5\.b\[\d+\]: \d+ \/ \d+$/.test(line))).toBe(true);
    expect(compared).toBe(104);
    expect(message).toMatch(/fxvinx 5, 0, r6 of top at 0x14/);
    expect(s.position.instructions).toEqual([0, 0]);
    expect((await session(LOOP, { chip: {} }).compareNoise(7)).first).toBeUndefined();
  });
});

describe("the way back", () => {
  it("executes few instructions again, however far it has come", async () => {
    const s = session(
      "lis r3, 46\n mtctr r3\nloop: addi r4, r4, 1\n addi r5, r5, 2\n bdnz loop\nend: wait\n b end",
    );
    await s.resume();
    expect(s.history.instructions).toBeGreaterThan(9_000_000);
    await s.reverseStepInstruction();
    const first = s.history.replayedInstructions;
    expect(first).toBeLessThan(1_200_000);
    for (let step = 0; step < 50; step++) await s.reverseStepInstruction();
    expect((s.history.replayedInstructions - first) / 50).toBeLessThan(6_000);
    expect(s.evaluate("r4").text).toBe(`${46 * 65536 - 16}`);
  });

  it("keeps within its budget of memory", async () => {
    const s = session("lis r3, 8\n mtctr r3\nloop: addi r4, r4, 1\n bdnz loop\nend: wait\n b end", {
      memoryBudget: 2_000_000,
      checkpointInterval: 20_000,
    });
    await s.resume();
    const { bytes, checkpoints } = s.history;
    expect(bytes).toBeLessThanOrEqual(2_000_000);
    expect(checkpoints).toBeGreaterThan(5);
    await s.reverseStepInstruction("top", 400_000);
    expect(s.chip.instructions("top")).toBe(8 * 131072 + 3 - 400_000);
  });
});

describe("inspection", () => {
  it("leaves no trace", async () => {
    const s = session("lis r6, 8\n fxvinx v5, 0, r6\nend: wait\n b end", { chip: {} });
    await s.stepInstruction("top", 1);
    s.chip.sendEvent(0x0041);
    const before = digestOf(s.chip);
    for (const { name } of s.registerDescriptions()) s.readRegister("top", name);
    for (const { base } of s.memoryMap("top")) s.evaluate(`mem8(${base})`);
    s.readMemory("top", 0x8000_0000 + 4 * 0x02c8_0000, 64);
    const { causal, membranes, conversions } = s.analog("top");
    s.disassemble("top", 0, 20);
    s.locals();
    s.frames();
    expect(digestOf(s.chip)).toEqual(before);
    expect([causal.length, membranes.length, conversions]).toEqual([256, 256, 0]);
    await s.stepInstruction("top", 1);
    expect(s.analog("top").conversions).toBe(1);
    const results = s.readMemory("top", 0x8000_0000 + 4 * 0x02c8_0000, 128);
    expect([...results]).toEqual([...s.analog("top").causal].filter((_, column) => column % 2 === 0));
  });

  it("shows code with symbols, sources and breakpoints", () => {
    const s = session();
    s.addBreakpoint({ symbol: "work" });
    expect(s.disassemble("top", 0x20, 2)).toMatchObject([
      { address: 0x20, text: "b end", symbol: "end+0x4", target: 0x1c, ids: [] },
      { address: 0x24, text: "mulli r4, r3, 3", symbol: "work", ids: [1], source: { file: "t.s", line: 13 } },
    ]);
  });
});
