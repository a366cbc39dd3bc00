/** The door as the real GDB sees it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { GdbServer, GdbTarget, PacketReader } from "../../../src/debug/gdb/index.ts";
import { DebugSession, type SessionOptions } from "../../../src/debug/session.ts";
import { assemble } from "../../../src/toolchain/assembler/index.ts";
import { compileFirmware } from "../../../src/toolchain/compile.ts";
import { writeElf } from "../../../src/toolchain/elf/index.ts";
import { isInstalled } from "../../toolchain/installed-tools.ts";
import { ENDLESS, lineOf, MIX, SUM, TOTALS } from "./programs.ts";
import { failures, GDB, runGdb } from "./stock-gdb.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-gdb-"));
afterAll(() => rmSync(directory, { recursive: true }));
const servers: GdbServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function program(name: string, text: string) {
  const source = join(directory, `${name}.s`);
  const elf = join(directory, `${name}.elf`);
  writeFileSync(source, text);
  const image = assemble(text, source);
  writeFileSync(elf, writeElf(image));
  return { image, elf };
}

async function listen(session: DebugSession, once = false) {
  const log: string[] = [];
  const target = new GdbTarget({ session, log: (line) => log.push(line) });
  const server = await GdbServer.listen(target, { once });
  servers.push(server);
  return { session, server, log, remote: `target remote ${server.address}` };
}

async function serve(name: string, text: string, options: SessionOptions = {}, once = false) {
  const { image, elf } = program(name, text);
  return { elf, ...(await listen(new DebugSession({ image, load: "top", ...options }), once)) };
}

const squareLine = lineOf(SUM, "square: mullw");
const total = (index: number) => new RegExp(`= ${TOTALS[index]}\\b`);

describe.runIf(isInstalled(GDB))("gdb-multiarch over TCP", () => {
  it("breaks at source lines, steps, shows registers, and walks back", async () => {
    const { elf, remote } = await serve("sum", SUM);
    expect(
      await failures(
        [
          [remote, /b {7}main/],
          ["info threads", /\* 1 .*"top" \(awake\)/, /2 .*"bottom" \(held in reset\)/],
          [`break sum.s:${squareLine}`, /Breakpoint 1 at 0x94/],
          ["continue", /Thread 1 "top" hit Breakpoint 1, square \(\)/, /mullw {3}r3, r3, r3/],
          ["backtrace", /#0 {2}square/, /#1 .*in (main|loop) \(\)/],
          ["x/3i $pc", /=> 0x94 <square>:\s+mullw\s+r3,r3,r3\n.*addi\s+r3,r3,1\n.*blr/],
          ["stepi", /addi {4}r3, r3, 1/],
          ["finish", /main \(\)/, /add {5}r15, r15, r3/],
          ["info registers r3 r15 pc", /r3 +0x1 +1\n/, /r15 +0x0 +0\n/, /pc +0x58 +0x58/],
          ["next", /stw {5}r15, total/],
          ["reverse-stepi", /add {5}r15, r15, r3/],
          ["continue", /hit Breakpoint 1/],
          ["continue", /hit Breakpoint 1/],
          ["print $r3", /= 2\b/],
          ["reverse-continue", /hit Breakpoint 1/],
          ["print $r3", /= 1\b/],
          ["delete", /^$/],
          ["reverse-continue", /No more reverse-execution history/],
          ["print $pc", /0x0\b/],
          ["info registers dec srr0 tbl", /dec .*\nsrr0 .*\ntbl /],
          ["hbreak end", /Hardware assisted breakpoint 2 at/],
          ["continue", /hit Breakpoint 2, (main|end) \(\)/],
          ["print $v2.h", /= \{295 <repeats 64 times>\}/],
          ["print $vr2.ub[1]", /= 39\b/],
          ["print $acc.w[3]", /= 0\b/],
          ["print $vcr.eq[3]", /= [01]\b/],
          ["set var $v2.h[5] = 1234", /^$/],
          ["print $v2.h[5]", /= 1234\b/],
          ["thread 2", /Switching to thread 2 /],
          ["print $r15", /= 0\b/],
        ],
        elf,
      ),
    ).toEqual([]);
  });

  it("watches memory in both directions, runs to the end, and goes back from there", async () => {
    const { elf, remote } = await serve("watch", SUM);
    expect(
      await failures(
        [
          [remote],
          ["watch *(int *) &total", /Hardware watchpoint 1/],
          ["continue", /hit Hardware watchpoint 1/, /Old value = 0\nNew value = 1\n/],
          ["continue", /Old value = 1\nNew value = 3\n/],
          ["continue", /Old value = 3\nNew value = 8\n/],
          ["reverse-continue", /Old value = 8\nNew value = 3\n/],
          ["delete", /^$/],
          [
            "continue",
            /^(?:.*\n)*done\ntop PPU: program finished, return code 7\n/,
            /Thread 1 "top" stopped/,
          ],
          ["rwatch *(int *) &total", /Hardware read watchpoint 2/],
          ["awatch *(int *) &total", /Hardware access \(read\/write\) watchpoint 3/],
          ["reverse-continue", /watchpoint 3/],
          ["print *(int *) &total", /= (213|295)\b/],
        ],
        elf,
      ),
    ).toEqual([]);
  });

  it("writes memory, in binary too, loads programs, resets, restarts, detaches and comes back", async () => {
    const { elf, remote, session } = await serve("write", SUM);
    const data = join(directory, "data.bin");
    writeFileSync(
      data,
      Uint8Array.from({ length: 256 }, (_, value) => value),
    );
    expect(
      await failures(
        [
          [remote],
          ["set var *(int *) &total = 77", /^$/],
          ["print *(int *) &total", /= 77\b/],
          [`restore ${data} binary 0x1000`, /Restoring binary file .* into memory \(0x1000 to 0x1100\)/],
          ["x/4xb 0x1021", /0x21\s+0x22\s+0x23\s+0x24/],
          ["x/2xb 0x107d", /0x7d\s+0x7e/],
          ["x/xw 0x4000", /Cannot access memory/],
          ["set var *(int *) 0x20000000 = 1", /Cannot access memory/],
          ["break end", /Breakpoint 1/],
          ["continue", /hit Breakpoint 1/],
          ["load", /Loading section/, /Transfer rate/],
          ["print *(int *) &total", /= 0\b/],
          ["monitor reset top", /reset: top/],
          ["maintenance flush register-cache"],
          ["continue", /hit Breakpoint 1/],
          ["print *(int *) &total", total(9)],
          ["break *0x42", /Breakpoint 2/],
          ["continue", /Cannot insert breakpoint 2/],
          ["delete 2"],
          ["detach", /detached/],
          [remote, /end/],
          ["print *(int *) &total", total(9)],
          [remote.replace("remote", "extended-remote")],
          ["run", /hit Breakpoint 1/],
          ["kill", /killed/],
        ],
        elf,
      ),
    ).toEqual([]);
    expect([...session.readMemory("top", 0x1000, 4)]).not.toEqual([0, 1, 2, 3]);
  });

  it("prints parameters, locals and vectors of AssemblyScript, and calls that were inlined", async () => {
    const source = join(directory, "mix.ts");
    const elf = join(directory, "mix.elf");
    writeFileSync(source, MIX);
    const { image } = await compileFirmware(source, { debug: true });
    writeFileSync(elf, writeElf(image));
    const { remote } = await listen(new DebugSession({ image, load: "top" }));
    expect(
      await failures(
        [
          [remote],
          [`break mix.ts:${lineOf(MIX, "lanes = lanes +")}`, /Breakpoint 1/],
          ["continue", /hit Breakpoint 1, main/, /lanes = lanes \+/],
          ["info locals", /total = 0\b/, /lanes = \{1 <repeats 128 times>\}/],
          ["continue", /hit Breakpoint 1, main/],
          ["continue", /hit Breakpoint 1, main/],
          ["print total", /= 8\b/],
          ["print i", /= 2\b/],
          ["print lanes", /= \{2 <repeats 128 times>\}/],
          ["reverse-continue", /hit Breakpoint 1, main/],
          ["print total", /= 2\b/],
          ["tbreak mix", /Temporary breakpoint 2/],
          ["continue", /mix \(a=2, b=2\)/],
          ["backtrace", /#0 .*mix \(a=2, b=2\)/, /#1 .*main \(\)/],
          ["finish", /main \(\)/],
          ["delete"],
          ["next", /for \(let i|lanes = |total \+=/],
          ["reverse-next", /total \+=|mix/],
          ["reverse-step", /total|mix|main/],
          ["continue", /program finished, return code/],
        ],
        elf,
      ),
    ).toEqual([]);
  });

  it("debugs both PPUs as threads of one program", async () => {
    const { elf, remote } = await serve("both", SUM, { load: "both" });
    expect(
      await failures(
        [
          [remote],
          ["break square thread 2 if $r3 == 4", /Breakpoint 1/],
          ["continue", /Thread 2 "bottom" hit Breakpoint 1, square/],
          ["thread apply 2 print $r14", /= 4\b/],
          ["delete"],
          ["watch *(int *) (0x8e000000 + (int) &total)", /Hardware watchpoint 2/],
          ["continue", /Thread 2 "bottom" hit Hardware watchpoint 2/, /Old value = 18\nNew value = 35\n/],
          ["thread 1", /Switching to thread 1/],
          ["print *(int *) &total >= 18", /= 1\b/],
          ["set scheduler-locking on"],
          ["stepi", /./],
          ["info threads", /\* 1 .*top[\s\S]*2 .*bottom/],
        ],
        elf,
      ),
    ).toEqual([]);
  });

  it("a breakpoint in data is never hit and does not change the data", async () => {
    const { elf, remote } = await serve("data", SUM);
    expect(
      await failures(
        [
          [remote],
          ["break *&total", /Breakpoint 1 at 0xa0/],
          ["continue", /program finished, return code 7/],
          ["print *(int *) &total", /= 295\b/],
        ],
        elf,
      ),
    ).toEqual([]);
  });

  it("has the analog core behind monitor", async () => {
    const { elf, remote } = await serve("monitor", SUM);
    expect(
      await failures(
        [
          [remote],
          ["monitor help", /analog .*\n(.*\n)*.*row ROW/],
          ["monitor row 0", / 0: .*0\n/],
          ["monitor analog", /top: CADC/],
          ["monitor nonsense", /there is no monitor command "nonsense"/],
          ["monitor watch r15", /watchpoint 1/],
          ["continue", /watchpoint 1: .*r15/, /received signal SIGTRAP/],
          ["monitor who-wrote r15", /r15/],
        ],
        elf,
      ),
    ).toEqual([]);
  });

  it("is interrupted by Ctrl-C", async () => {
    const { session, elf, remote } = await serve("endless", ENDLESS, { load: "both" });
    const outputs = await runGdb([remote, "continue", "info threads", "stepi"], elf, (gdb) => {
      session.once("running", () => {
        // GDB may not be waiting yet; it is asked until it has stopped the chip.
        const timer = setInterval(() => (session.running ? gdb.kill("SIGINT") : clearInterval(timer)), 300);
      });
    });
    expect(outputs[1]).toMatch(/received signal SIGINT/);
    expect(outputs[2]).toMatch(/"top" \(awake\).*spin[\s\S]*"bottom" \(awake\).*spin/);
    expect(outputs[3]).toMatch(/spin|b {7}spin/);
  });

  it("a second one is refused, the first goes on", async () => {
    const { elf, remote, log, server } = await serve("two", SUM);
    const second = connect(server.port, "127.0.0.1");
    const first = await new Promise<string[]>((done, fail) => {
      second.once("connect", () => runGdb([remote, "print 1"], elf).then(done, fail));
    });
    expect(first.join("")).toMatch(/another debugger is connected; detach it first/);
    expect(log).toContainEqual(expect.stringMatching(/^refused a second client/));
    second.destroy();
    await new Promise((done) => second.once("close", done));
    // The end of the first one is seen a moment later.
    for (;;) {
      const outputs = await runGdb([remote, "stepi", "print 2 + 2"], elf);
      if (/another debugger/.test(outputs[0])) continue;
      expect(outputs[2]).toMatch(/= 4\b/);
      break;
    }
  });

  it("--stdio speaks to it over a pipe", async () => {
    const { elf } = program("stdio", SUM);
    const main = resolve(import.meta.dirname, "../../../src/cli/main.ts");
    const command = `${process.execPath} --import tsx ${main} gdb ${elf} --stdio`;
    expect(
      await failures(
        [
          [`target remote | ${command}`, /b {7}main/],
          ["break square", /Breakpoint 1/],
          ["continue", /hit Breakpoint 1, square/],
          ["delete"],
          ["continue", /done\ntop PPU: program finished, return code 7\n/],
        ],
        elf,
      ),
    ).toEqual([]);
  });
});

describe("the server", () => {
  it("frees its port for the next one, and says which is taken", async () => {
    const { server, session } = await serve("port", SUM);
    await expect(GdbServer.listen(new GdbTarget({ session }), { port: server.port })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    const { port } = server;
    await server.close();
    servers.push(await GdbServer.listen(new GdbTarget({ session }), { port }));
  });

  it("with `once` ends with its client, even one that talks nonsense and goes", async () => {
    const { server, session } = await serve("once", ENDLESS, {}, true);
    const socket = connect(server.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\n\r\n$vCont;c#a8$m0");
    await new Promise<void>((done) => session.once("running", () => done()));
    socket.resetAndDestroy();
    await server.closed;
    expect(session.running).toBe(false);
  });

  it("closes while a client lets the chip run", async () => {
    const { server, session } = await serve("close", ENDLESS);
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("+$vCont;c#a8");
    await new Promise<void>((done) => session.once("running", () => done()));
    await server.close();
    expect(session.running).toBe(false);
  });

  it("answers a second client with a packet and ends it", async () => {
    const { server } = await serve("refuse", SUM);
    const first = connect(server.port, "127.0.0.1");
    await new Promise((done) => first.once("connect", done));
    first.write("+$qC#b4");
    const answered = new Promise((done) => first.once("data", done));
    await answered;
    const second = connect(server.port, "127.0.0.1");
    const reader = new PacketReader();
    const packets: string[] = [];
    second.on("data", (bytes) => {
      for (const event of reader.push(new Uint8Array(bytes)))
        if (event.kind === "packet") packets.push(event.data);
    });
    await new Promise((done) => second.once("close", done));
    expect(packets).toEqual(["E.another debugger is connected; detach it first"]);
    first.destroy();
  });
});
