/** Monitor commands about the debug session: time, history, watchpoints that GDB does not know, saved points. */
import { readFileSync, writeFileSync } from "node:fs";
import type { DebugSession } from "../../session.ts";
import type { Breakable, StopCondition, WatchAccess, WatchTarget } from "../../types.ts";
import type { GdbClient } from "../client.ts";
import { ProtocolError } from "../command.ts";
import { afterWords, type MonitorArguments, type MonitorCommand, STALE } from "./command.ts";

const MEBIBYTE = 2 ** 20;
const MOST_SEED = 2 ** 32 - 1;

/** `TARGET if CONDITION`. */
function split(text: string, usage: string): { readonly what: string; readonly options: StopCondition } {
  const match = /^(.+?)(?:\s+if\s+(.+))?$/s.exec(text.trim());
  if (!match) throw new ProtocolError(`nothing to watch; usage: ${usage}`);
  return { what: match[1], options: match[2] ? { condition: match[2] } : {} };
}

const watch =
  (access: WatchAccess, usage: string) =>
  ({ session, generalPpu }: GdbClient, { text }: MonitorArguments): string => {
    const { what, options } = split(text, usage);
    const target: WatchTarget = session.parseWatchTarget(what, { ppu: generalPpu });
    // Results of the CADC are only read, lanes only saturate when they are written.
    const possible = target.kind === "cadc" ? "read" : access;
    const point = session.addWatchpoint(target, possible, options);
    return `${describe(session, point)}`;
  };

function placeOf(session: DebugSession, point: Breakable): string {
  if (point.kind === "watchpoint") return `${point.access} ${point.text}`;
  const { addresses, ppus } = point;
  const all = [...new Set([...addresses.top, ...addresses.bottom])];
  const at = all.length === 0 ? "pending" : all.map((address) => `0x${address.toString(16)}`).join(", ");
  const lines = all.slice(0, 1).map((address) => {
    const [line] = session.disassemble(ppus === "bottom" ? "bottom" : "top", address, 1);
    return line?.symbol ? ` (${line.symbol})` : "";
  });
  return `at ${at}${lines.join("")}`;
}

function describe(session: DebugSession, point: Breakable): string {
  const condition = point.condition === undefined ? "" : ` if ${point.condition}`;
  const hits = point.hits === 1 ? "1 hit" : `${point.hits} hits`;
  return `${point.kind} ${point.id}: ${placeOf(session, point)}${condition}, ${hits}\n`;
}

function readFile(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new ProtocolError(`cannot read ${path}: ${(error as Error).message}`);
  }
}

function writeFile(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw new ProtocolError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

const WATCH_USAGE = "watch TARGET [if CONDITION]";
const READ_USAGE = "rwatch TARGET [if CONDITION]";
const BREAK_USAGE = "break LOCATION [if CONDITION]";

export const SESSION_COMMANDS: readonly MonitorCommand[] = [
  {
    name: "cycle",
    usage: "",
    summary: "shows how far the chip and both PPUs are",
    example: "cycle",
    run({ session }, args) {
      args.end();
      const lines = session
        .threads()
        .map(
          ({ ppu, state, cycle, instructions, pc }) =>
            `${ppu.padEnd(7)} cycle ${cycle}, ${instructions} instructions, pc 0x${pc.toString(16)}, ${state}\n`,
        );
      return `chip    cycle ${session.chip.cycle}\n${lines.join("")}`;
    },
  },
  {
    name: "history",
    usage: "",
    summary: "shows how far back one can go and what that costs",
    example: "history",
    run({ session }, args) {
      args.end();
      const { checkpoints, bytes, memoryBudget, instructions, replayedInstructions } = session.history;
      return (
        `${instructions} instructions, ${checkpoints} checkpoints, ` +
        `${(bytes / MEBIBYTE).toFixed(1)} of ${(memoryBudget / MEBIBYTE).toFixed(0)} MiB, ` +
        `${replayedInstructions} instructions executed again so far\n`
      );
    },
  },
  {
    name: "who-wrote",
    usage: "TARGET",
    summary:
      "finds the last writer of a register, lane, memory word, synapse: r3, v3.h[17], mem32(0x3000), row(12)[5]",
    example: "who-wrote v3.h[17]",
    async run({ session, generalPpu }, { text }) {
      if (text === "") throw new ProtocolError("TARGET is missing; usage: who-wrote TARGET");
      const writer = await session.whoWrote(session.parseWatchTarget(text, { ppu: generalPpu }));
      return writer ? `${writer.message}\n` : `nobody has written ${text} since the begin of the history\n`;
    },
  },
  {
    name: "watch",
    usage: WATCH_USAGE.slice("watch ".length),
    summary:
      "stops when something changes that GDB can't watch: a register, lane, synapse row, cadc, saturation",
    example: "watch v3.h[17] if r5 > 2",
    run: watch("write", WATCH_USAGE),
  },
  {
    name: "rwatch",
    usage: READ_USAGE.slice("rwatch ".length),
    summary: "stops when something is read: memory, a synapse row, cadc",
    example: "rwatch row(12)",
    run: watch("read", READ_USAGE),
  },
  {
    name: "break",
    usage: BREAK_USAGE.slice("break ".length),
    summary: "puts a breakpoint whose condition may use lanes, synapses and both PPUs",
    example: "break main if v3.h[17] > 100",
    run({ session, generalPpu }, { text }) {
      const { what, options } = split(text, BREAK_USAGE);
      const location = session.parseLocation(what, { ppu: generalPpu });
      return describe(session, session.addBreakpoint(location, options));
    },
  },
  {
    name: "points",
    usage: "",
    summary: "lists the breakpoints and watchpoints of the session, GDB's inserted ones included",
    example: "points",
    run({ session }, args) {
      args.end();
      const lines = session.breakables().map((point) => describe(session, point));
      return lines.length === 0 ? "none\n" : lines.join("");
    },
  },
  {
    name: "delete",
    usage: "NUMBER",
    summary: "removes a breakpoint or watchpoint that monitor has put",
    example: "delete 3",
    run({ session }, args) {
      const id = args.number("NUMBER", 0, Number.MAX_SAFE_INTEGER);
      args.end();
      session.removeBreakable(id);
      return `removed ${id}\n`;
    },
  },
  {
    name: "eval",
    usage: "EXPRESSION",
    summary: "evaluates an expression over registers, lanes, memory, synapses, symbols of both PPUs",
    example: "eval bottom.acc.w[2] + mem32(0x3000)",
    run({ session, generalPpu }, { text }) {
      if (text === "") throw new ProtocolError("EXPRESSION is missing; usage: eval EXPRESSION");
      return `${session.evaluate(text, { ppu: generalPpu }).text}\n`;
    },
  },
  {
    name: "snapshot",
    usage: "save|load FILE",
    summary: "writes the chip as it is to a file, or continues from one",
    example: "snapshot save before-bug.session",
    async run(client, args) {
      const how = args.choice(["save", "load"], "save");
      args.needed("FILE");
      const path = afterWords(args.text, 1);
      if (how === "save") {
        const bytes = client.session.save();
        writeFile(path, bytes);
        return `wrote ${path}, ${bytes.length} bytes\n`;
      }
      client.target.stop = await client.session.load(readFile(path));
      client.target.mailbox.reset(client.session);
      return `at cycle ${client.session.chip.cycle}; ${STALE}`;
    },
  },
  {
    name: "noise",
    usage: "SEED",
    summary: "finds the first instruction from here on that differs with another noise seed",
    example: "noise 7",
    async run({ session }, args) {
      const seed = args.number("SEED", 0, MOST_SEED);
      args.end();
      return `${(await session.compareNoise(seed)).message}\n`;
    },
  },
  {
    name: "finish",
    usage: "[stop|exit]",
    summary: "when the program has finished: stop there and keep the way back (default), or exit",
    example: "finish exit",
    run({ target }, args) {
      target.onFinish = args.choice(["stop", "exit"], target.onFinish);
      args.end();
      return `when the program has finished: ${target.onFinish}\n`;
    },
  },
  {
    name: "restart",
    usage: "",
    summary: "goes to the begin of the program",
    example: "restart",
    async run(client, args) {
      args.end();
      client.target.stop = await client.session.restart();
      client.target.mailbox.reset(client.session);
      return `at the begin; ${STALE}`;
    },
  },
  {
    name: "reload",
    usage: "",
    summary: "reads the program's file again and goes to its begin; breakpoints of monitor are dropped",
    example: "reload",
    async run(client, args) {
      args.end();
      if (!client.target.reload) throw new ProtocolError("this program was not read from a file");
      const session = await client.target.reload().catch((error: Error) => {
        throw new ProtocolError(`not read again: ${error.message}`);
      });
      client.points.removeAll();
      client.target.replace(session);
      return `read again; ${STALE}`;
    },
  },
];
