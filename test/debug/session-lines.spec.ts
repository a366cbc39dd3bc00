/** Steps by source line in compiled firmware, forwards and backwards, and what is seen there. */
import { beforeAll, describe, expect, it } from "vitest";
import { DebugSession, type Stop } from "../../src/debug/index.ts";
import { compileSource } from "../../src/toolchain/compile.ts";
import type { Image } from "../../src/toolchain/image.ts";

const SOURCE = `import { terminate } from "ppu/mailbox";
let total: i32 = 0;
@noinline function square(n: i32): i32 {
  const m = n + load<i32>(0x2000);
  store<i32>(0x2004, m);
  return m * m;
}
@noinline function work(k: i32): i32 {
  let sum = 0;
  for (let i = 0; i < k; i++) {
    sum += square(i);
    total += sum;
  }
  return sum;
}
export function isr_dec(): void {
  store<i32>(0x2008, load<i32>(0x2008) + 1);
}
export function main(): i32 {
  const a = work(2);
  const b = work(3);
  terminate();
  return a * 100 + b + total;
}
`;

let image: Image;
beforeAll(async () => {
  ({ image } = await compileSource(SOURCE, { name: "lines.ts", debug: true }));
});

async function atMain(): Promise<DebugSession> {
  const session = new DebugSession({ image, load: "top", chip: { ideal: true } });
  await session.runTo({ symbol: "main" });
  return session;
}

const place = (session: DebugSession, { pc }: Stop) => {
  const source = session.symbols("top").sourceAt(pc);
  return `${session.symbols("top").functionAt(pc)?.name}:${source?.line}`;
};

describe("steps by line", () => {
  it("stay in their function when they go over calls", async () => {
    const session = await atMain();
    const places: string[] = [];
    while (places.length < 20) {
      const stop = await session.stepOver();
      if (stop.reason !== "step") break;
      places.push(place(session, stop));
      if (session.frames("top")[0].name !== "main") break;
    }
    expect(places.slice(0, 2)).toEqual(["main:21", "main:22"]);
    expect(session.evaluate("total", { ppu: "top" }).text).toBe("6");
  });

  it("go into calls, and come back the same way", async () => {
    const session = await atMain();
    const stops = [session.stop];
    for (let step = 0; step < 25; step++) {
      const stop = await session.stepLine();
      expect(stop.reason).toBe("step");
      stops.push(stop);
    }
    const places = stops.map((stop) => place(session, stop));
    expect(new Set(places.map((name) => name.replace(/:.*/, "").replace(/^.*\//, "")))).toEqual(
      new Set(["main", "work", "square"]),
    );
    // Backwards every line is met again at its begin; a line entered in its middle forwards is one more.
    const seen: string[] = [];
    while (session.position.instructions[0] > stops[0].position.instructions[0]) {
      seen.push(place(session, await session.reverseStepLine()));
    }
    const lines = (list: readonly string[]) => new Set(list);
    for (const name of lines(places.slice(0, -1))) expect(seen).toContain(name);
    await session.goTo(stops[25].position);
    expect(session.position).toEqual(stops[25].position);
  });

  it("backwards over calls lead to the begin of the line with the call", async () => {
    const session = await atMain();
    const call = session.position;
    await session.stepOver();
    const second = await session.stepOver();
    expect(place(session, second)).toBe("main:22");
    const back = await session.reverseStepOver();
    expect(place(session, back)).toBe("main:21");
    while (place(session, session.stop) === "main:21") await session.reverseStepOver();
    expect(place(session, session.stop)).toBe("main:20");
    expect(session.position.instructions[0]).toBeGreaterThanOrEqual(call.instructions[0] - 4);
    expect(session.evaluate("total", { ppu: "top" }).text).toBe("0");
  });

  it("leave functions forwards and backwards", async () => {
    const session = await atMain();
    session.addBreakpoint({ symbol: "square" });
    await session.resume();
    const names = () => session.frames("top").map(({ name }) => name.replace(/^.*\//, ""));
    expect(names().slice(0, 3)).toEqual(["square", "work", "main"]);
    await session.stepOut();
    expect(names().slice(0, 2)).toEqual(["work", "main"]);
    await session.reverseStepInstruction();
    expect(names()[0]).toBe("square");
    await session.reverseStepOut();
    expect(names()[0]).toBe("work");
    expect(session.disassemble("top", session.stop.pc, 1)[0].text).toMatch(/^bl .*square/);
    await session.reverseStepOut();
    expect(names()[0]).toBe("main");
  });
});

describe("variables", () => {
  it("are seen, watched, assigned and used in conditions", async () => {
    const session = await atMain();
    session.addBreakpoint({ symbol: "square" }, { condition: "n == 2" });
    const stop = await session.resume();
    expect(stop.reason).toBe("breakpoint");
    expect(session.locals().find(({ name }) => name === "n")?.value).toBe("2");
    expect(session.locals({ frame: 1 }).find(({ name }) => name === "k")?.value).toBe("3");
    expect(session.evaluate("k * 10 + i", { frame: 1 }).text).toBe("32");
    const target = session.parseWatchTarget("total");
    session.addWatchpoint(target, "write", { text: "total" });
    const hit = await session.resume();
    expect(hit.message).toMatch(/^watchpoint 2: total .* by top at 0x/);
    expect((await session.whoWrote(target))?.source?.line).toBe(12);
    session.assign("total", "1000");
    expect(session.evaluate("total").text).toBe("1000");
    await session.reverseStepInstruction();
    expect(session.evaluate("total < 1000").text).toBe("1");
  });
});
