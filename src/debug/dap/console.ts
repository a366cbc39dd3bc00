/** Commands of the debug console, for what the protocol has no request for. They begin with a colon. */
import { writeFileSync } from "node:fs";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Context, PpuSelection } from "../types.ts";
import type { Adapter } from "./adapter.ts";
import type { Wanted } from "./breakpoints.ts";
import { RequestError } from "./checks.ts";
import type { Answer } from "./request.ts";

interface ConsoleCommand {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly run: (adapter: Adapter, rest: string, context: Context) => Answer | Promise<Answer>;
}

const PREFIX = ":";
const GROUP = "console";

export const isCommand = (text: string): boolean => text.trimStart().startsWith(PREFIX);

const say = (result: string): Answer => {
  const body: DebugProtocol.EvaluateResponse["body"] = { result, variablesReference: 0 };
  return { body };
};

function numberOf(text: string, what: string): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new RequestError(`${what} must be a whole number, not "${text}"`);
  return value;
}

function selectionOf(text: string, otherwise: PpuSelection): PpuSelection {
  if (text === "") return otherwise;
  if (text === "top" || text === "bottom" || text === "both") return text;
  throw new RequestError(`"${text}" is none of top, bottom and both`);
}

function needed(rest: string, usage: string): string {
  if (rest !== "") return rest;
  throw new RequestError(`usage: ${PREFIX}${usage}`);
}

async function moving(adapter: Adapter, action: Parameters<Adapter["run"]>[0]): Promise<Answer> {
  const { after } = await adapter.run(action);
  return { ...say(""), ...(after && { after }) };
}

const WRITER = "who-wrote TARGET";
const GO = "go-to-writer TARGET";
const WATCH = "watch EXPRESSION [if CONDITION]";
const CYCLE = "to-cycle CYCLE";
const SAVE = "save FILE";
const NOISE = "noise SEED";
const PINS = "pins VALUE [top|bottom|both]";

const COMMANDS: readonly ConsoleCommand[] = [
  {
    name: "help",
    usage: "help",
    summary: "lists these commands",
    run: () => say(COMMANDS.map(({ usage, summary }) => `${PREFIX}${usage}  ${summary}`).join("\n")),
  },
  {
    name: "who-wrote",
    usage: WRITER,
    summary:
      "finds the last writer of a register, lane, variable, memory or synapse: r3, v3.h[17], mem32(0x3000), row(12)[5]",
    async run({ stopped: { session } }, rest, context) {
      const writer = await session.whoWrote(session.parseWatchTarget(needed(rest, WRITER), context));
      return say(writer?.message ?? `nobody has written ${rest} since the begin of the history`);
    },
  },
  {
    name: "go-to-writer",
    usage: GO,
    summary: "goes back to just before that write",
    async run(adapter, rest, context) {
      const { session } = adapter.stopped;
      const writer = await session.whoWrote(session.parseWatchTarget(needed(rest, GO), context));
      if (!writer) throw new RequestError(`nobody has written ${rest} since the begin of the history`);
      return moving(adapter, () => session.goTo(writer.before));
    },
  },
  {
    name: "watch",
    usage: WATCH,
    summary: "stops when the value of any expression changes: v3.h[17] > 100, sum(v2.sb)",
    run({ stopped: { session, points } }, rest, context) {
      const [, expression, condition] = /^(.*?)(?:\s+if\s+(.*))?$/s.exec(needed(rest, WATCH))!;
      const wanted: Wanted = {
        target: session.parseWatchTarget(expression, context),
        access: expression.trim().endsWith("cadc") ? "read" : "write",
        ...(condition !== undefined && { condition }),
      };
      const all = [...points.wanted(GROUP), wanted];
      const made = points.replace(GROUP, "data breakpoint", all).at(-1)!;
      if (made.verified) return say(`watching ${expression}; ${PREFIX}unwatch removes it`);
      points.replace(GROUP, "data breakpoint", all.slice(0, -1));
      throw new RequestError(made.message ?? "it cannot be watched");
    },
  },
  {
    name: "unwatch",
    usage: "unwatch",
    summary: `removes what ${PREFIX}watch has put`,
    run({ stopped: { points } }) {
      const count = points.wanted(GROUP).length;
      points.replace(GROUP, "data breakpoint", []);
      return say(`removed ${count}`);
    },
  },
  {
    name: "to-cycle",
    usage: CYCLE,
    summary: "runs until the chip has reached a cycle (250 are one microsecond)",
    run: (adapter, rest) => {
      const cycle = numberOf(needed(rest, CYCLE), "CYCLE");
      return moving(adapter, (session) => session.runTo({ cycle }));
    },
  },
  {
    name: "save",
    usage: SAVE,
    summary: "writes the chip as it is to a file, for an attach configuration",
    run({ stopped: { session } }, rest) {
      const path = needed(rest, SAVE);
      const bytes = session.save();
      try {
        writeFileSync(path, bytes);
      } catch (error) {
        throw new RequestError(
          `cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`,
        );
      }
      return say(`wrote ${path}, ${bytes.length} bytes`);
    },
  },
  {
    name: "noise",
    usage: NOISE,
    summary: "finds the first instruction from here on that differs with another noise seed",
    async run({ stopped: { session } }, rest) {
      const { message, first } = await session.compareNoise(numberOf(needed(rest, NOISE), "SEED"));
      return say([message, ...(first?.what ?? [])].join("\n"));
    },
  },
  {
    name: "doorbell",
    usage: "doorbell [top|bottom|both]",
    summary: "rings the doorbell of a PPU",
    run(adapter, rest) {
      const { session } = adapter.stopped;
      const ppus = selectionOf(rest, session.currentPpu);
      session.ringDoorbell(ppus);
      return {
        ...say(`rang the doorbell of ${ppus}; continue lets it go on`),
        after: () => adapter.changed(),
      };
    },
  },
  {
    name: "pins",
    usage: PINS,
    summary: "sets the four input pins of a PPU, 0..15",
    run(adapter, rest) {
      const { session } = adapter.stopped;
      const [value, ppus = ""] = needed(rest, PINS).split(/\s+/);
      session.setPins(selectionOf(ppus, session.currentPpu), numberOf(value, "VALUE"));
      return { ...say(`pins are ${value}`), after: () => adapter.changed() };
    },
  },
];

/** Carries out a line that `isCommand`. Throws or rejects with RequestError or SessionError. */
export function runCommand(adapter: Adapter, line: string, context: Context): Answer | Promise<Answer> {
  const [, name, rest] = /^(\S*)\s*(.*)$/s.exec(line.trim().slice(PREFIX.length).trim())!;
  const command = COMMANDS.find((each) => each.name === name);
  if (!command) throw new RequestError(`there is no command ${PREFIX}${name}; ${PREFIX}help lists them`);
  return command.run(adapter, rest.trim(), context);
}

/** Names of commands that begin as a line does; to stand behind its colon. */
export function completeCommand(line: string): { readonly label: string; readonly type: "keyword" }[] {
  const begin = line.trimStart().slice(PREFIX.length);
  return COMMANDS.filter(({ name }) => name.startsWith(begin)).map(({ name }) => ({
    label: name,
    type: "keyword",
  }));
}
