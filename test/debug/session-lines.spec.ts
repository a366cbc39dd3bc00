/** Steps by source line in compiled firmware, forwards and backwards, and what is seen there. */
import { beforeAll, describe, expect, it } from "vitest";
import { DebugSession, type Stop } from "../../src/debug/index.ts";
import { compileSource } from "../../src/toolchain/compile.ts";
import type { Image } from "../../src/toolchain/image.ts";

const SOURCE = `import { terminate } from "ppu/mailbox";
let total: i32 = 0;
function square(n: i32): i32 {
  const m = n + load<i32>(0x2000);
  return m * m;
}
@noinline function sum(n: i32): i32 {
  total += square(n);
  return n > 0
    ? sum(n - 1) + total
    : 1;
}
export function main(): i32 {
  const a = sum(2);
  const b = sum(3);
  terminate();
  return a * 100 + b;
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

/** Innermost function, also an inlined one, and line; other files have a star. */
const place = (session: DebugSession, { pc }: Stop) => {
  const { source, name } = session.frames("top")[0];
  expect(session.frames("top")[0].pc).toBe(pc);
  return `${name.replace(/^.*\//, "")}:${source?.file.endsWith("lines.ts") ? source.line : "*"}`;
};

describe("steps by line", () => {
  it("stay in their function when they go over calls", async () => {
    const session = await atMain();
    const places: string[] = [];
    while (!places.includes("main:17")) places.push(place(session, await session.stepOver()));
    expect(places.filter((name) => name.startsWith("main:1"))).toEqual(["main:14", "main:15", "main:17"]);
    expect(places.some((name) => name.startsWith("s"))).toBe(false);
    expect(session.evaluate("total", { ppu: "top" }).text).toBe("19");
  });

  it("go into calls, and meet the same lines on the way back", async () => {
    const session = await atMain();
    const begin = session.position.instructions[0];
    const stops = [session.stop];
    const places = [place(session, session.stop)];
    for (let step = 0; step < 25; step++) {
      stops.push(await session.stepLine());
      expect(stops[step + 1].reason).toBe("step");
      places.push(place(session, session.stop));
    }
    expect(new Set(places.map((name) => name.split(":")[0]))).toEqual(new Set(["main", "sum", "square"]));
    const seen: string[] = [];
    const count = () => session.position.instructions[0];
    while (count() > begin) {
      const before = count();
      seen.push(place(session, await session.reverseStepLine()));
      expect(count()).toBeLessThan(before);
    }
    for (const name of new Set(places.slice(0, -1))) expect(seen).toContain(name);
    await session.goTo(stops[25].position);
    expect(session.position).toEqual(stops[25].position);
    expect(place(session, session.stop)).toBe(places[25]);
  });

  it("lead backwards over calls to the begin of the line with the call", async () => {
    const session = await atMain();
    while (place(session, session.stop) !== "main:15") await session.stepOver();
    const second = session.position;
    await session.stepOver();
    expect(session.evaluate("total").text).toBe("19");
    while (place(session, session.stop) !== "main:15") await session.reverseStepOver();
    expect(session.position.instructions).toEqual(second.instructions);
    expect(session.evaluate("total").text).toBe("5");
    const places: string[] = [];
    while (!places.includes("main:14")) places.push(place(session, await session.reverseStepOver()));
    expect(places.every((name) => name.startsWith("main"))).toBe(true);
    expect(session.evaluate("total").text).toBe("0");
  });

  it("leave functions forwards and backwards, inlined and recursive ones", async () => {
    const session = await atMain();
    const names = () => session.frames("top").map(({ name }) => name.replace(/^.*\//, ""));
    session.addBreakpoint({ symbol: "sum" }, { condition: "n == 0" });
    await session.resume();
    expect(names().slice(0, 4)).toEqual(["sum", "sum", "sum", "main"]);
    await session.stepOut();
    expect(names().slice(0, 3)).toEqual(["sum", "sum", "main"]);
    expect(session.locals().find(({ name }) => name === "n")?.value).toBe("1");
    await session.reverseStepOut();
    expect(names().slice(0, 3)).toEqual(["sum", "main"].concat(names()[2]));
    expect(session.disassemble("top", session.stop.pc, 1)[0].text).toMatch(/^bl .*sum/);
    await session.reverseStepOut();
    expect(names()[0]).toBe("main");
    while (names()[0] !== "square") await session.stepLine();
    await session.reverseStepOut();
    expect(names()[0]).toBe("sum");
    while (names()[0] !== "square") await session.stepLine();
    await session.stepOut();
    expect(names()[0]).toBe("sum");
  });
});

describe("variables", () => {
  it("are seen, watched, assigned and used in conditions", async () => {
    const session = await atMain();
    session.addBreakpoint({ symbol: "sum" }, { condition: "n == 1" });
    const stop = await session.resume();
    expect(stop.reason).toBe("breakpoint");
    expect(session.locals().find(({ name }) => name === "n")?.value).toBe("1");
    expect(session.evaluate("n * 10", { frame: 1 }).text).toBe("20");
    const target = session.parseWatchTarget("total");
    session.addWatchpoint(target, "write", { text: "total" });
    const hit = await session.resume();
    expect(hit.message).toMatch(/^watchpoint 2: total .* by top at 0x/);
    expect((await session.whoWrote(target))?.source?.line).toBe(8);
    session.assign("total", "1000");
    expect(session.evaluate("total").text).toBe("1000");
    await session.reverseStepInstruction();
    expect(session.evaluate("total < 1000").text).toBe("1");
  });
});
