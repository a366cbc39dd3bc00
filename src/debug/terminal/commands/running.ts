import { type Location, type PpuName, SessionError, type Stop } from "../../types.ts";
import { count, needed, wholeNumber } from "../arguments.ts";
import type { Command } from "../command.ts";
import { stopResult } from "../render/stop.ts";
import type { Terminal } from "../terminal.ts";
import { stepCommand } from "./step-command.ts";

/** To the start of the program, and to its end or the first stop. */
async function run(terminal: Terminal): Promise<Stop> {
  await terminal.session.restart();
  return terminal.session.resume();
}

async function start(terminal: Terminal): Promise<Stop> {
  await terminal.session.restart();
  return terminal.session.runTo({ symbol: "main" }, terminal.ppu);
}

/** Continues; from a breakpoint with a count on until it has been passed that often. */
async function resume(terminal: Terminal, text: string): Promise<Stop> {
  const { session } = terminal;
  const passes = count(text, "continue");
  const [id] = session.stop.ids;
  if (passes > 1) {
    if (id === undefined)
      throw new SessionError("continue N passes a breakpoint N times, but the chip stands at none");
    const { hits } = session.breakables().find((breakable) => breakable.id === id) ?? { hits: 0 };
    session.changeBreakable(id, { hitCount: hits + passes });
  }
  return session.resume();
}

const lineAt = (terminal: Terminal, ppu: PpuName): number | undefined =>
  terminal.session.frames(ppu, 1)[0].source?.line;

/** Steps over lines until a later one of the same function is reached, or the function is left. */
async function pastLine(terminal: Terminal): Promise<Stop> {
  const { session, ppu } = terminal;
  const [{ name }] = session.frames(ppu, 1);
  const from = lineAt(terminal, ppu);
  for (;;) {
    const stop = await session.stepOver(ppu);
    const line = lineAt(terminal, ppu);
    const isLater = from === undefined || line === undefined || line > from;
    if (stop.reason !== "step" || isLater || session.frames(ppu, 1)[0].name !== name) return stop;
  }
}

const locationOf = (terminal: Terminal, text: string): Location =>
  terminal.session.parseLocation(text, terminal.context);

function cycleOf(text: string): number {
  const cycle = wholeNumber(needed(text, "the cycle"));
  if (cycle === undefined)
    throw new SessionError(`"${text}" is not a cycle; info cycles tells the current one`);
  return cycle;
}

export const RUNNING: readonly Command[] = [
  {
    name: "run",
    aliases: ["r"],
    group: "running",
    arguments: "",
    summary: "start the program anew and run it until something stops it",
    help: "Breakpoints stay; changes that you made are forgotten.",
    example: ["run"],
    result: "stop",
    run: (terminal) => stopResult(terminal, run(terminal)),
  },
  {
    name: "start",
    group: "running",
    arguments: "",
    summary: "start the program anew and run it to main",
    example: ["start"],
    result: "stop",
    run: (terminal) => stopResult(terminal, start(terminal)),
  },
  {
    name: "restart",
    group: "running",
    arguments: "",
    summary: "go to the begin of the history; what came after is forgotten",
    example: ["stepi 5", "restart"],
    result: "stop",
    run: (terminal) => stopResult(terminal, terminal.session.restart()),
  },
  {
    name: "continue",
    aliases: ["c", "fg"],
    group: "running",
    arguments: "[N]",
    summary: "run until something stops the chip; with N pass the breakpoint here N - 1 times",
    help: "Both PPUs run. Ctrl-C stops them.",
    example: ["break strongest", "continue"],
    result: "stop",
    repeats: "same",
    run: (terminal, { text }) => stopResult(terminal, resume(terminal, text)),
  },
  stepCommand({
    name: "step",
    aliases: ["s"],
    group: "running",
    summary: "run to another source line, into calls",
    help: "The selected PPU steps; the other one goes on with the common clock. Without source lines: one instruction.",
    example: ["start", "step 2"],
    go: (session, ppu, times) => session.stepLine(ppu, times),
  }),
  stepCommand({
    name: "next",
    aliases: ["n"],
    group: "running",
    summary: "run to another source line, over calls",
    example: ["start", "next"],
    go: (session, ppu, times) => session.stepOver(ppu, times),
  }),
  stepCommand({
    name: "stepi",
    aliases: ["si"],
    group: "running",
    summary: "execute one instruction, or N",
    example: ["stepi", "stepi 10"],
    go: (session, ppu, times) => session.stepInstruction(ppu, times),
    instructions: true,
  }),
  stepCommand({
    name: "nexti",
    aliases: ["ni"],
    group: "running",
    summary: "execute one instruction, or N; a call with all that it does counts as one",
    example: ["nexti 3"],
    go: (session, ppu, times) => session.stepOverInstruction(ppu, times),
    instructions: true,
  }),
  {
    name: "finish",
    aliases: ["fin"],
    group: "running",
    arguments: "",
    summary: "run until the selected frame has returned",
    example: ["break printSigned", "continue", "finish"],
    result: "stop",
    repeats: "same",
    run: (terminal) => stopResult(terminal, terminal.session.stepOut(terminal.ppu, terminal.frame)),
  },
  {
    name: "until",
    aliases: ["u"],
    group: "running",
    arguments: "[LOCATION]",
    completes: "location",
    summary: "run to a later line of the function (out of a loop), or to LOCATION",
    example: ["start", "until"],
    result: "stop",
    repeats: "same",
    run: (terminal, { text }) =>
      stopResult(
        terminal,
        text === "" ? pastLine(terminal) : terminal.session.runTo(locationOf(terminal, text), terminal.ppu),
      ),
  },
  {
    name: "advance",
    group: "running",
    arguments: "LOCATION",
    completes: "location",
    summary: "run until the selected PPU reaches LOCATION",
    example: ["advance strongest"],
    result: "stop",
    run: (terminal, { text }) => {
      const location = locationOf(terminal, needed(text, "the location"));
      return stopResult(terminal, terminal.session.runTo(location, terminal.ppu));
    },
  },
  {
    name: "to-cycle",
    group: "running",
    arguments: "CYCLE",
    summary: "run until the chip has reached a cycle (250 are one microsecond)",
    example: ["to-cycle 5000"],
    result: "stop",
    run: (terminal, { text }) =>
      stopResult(terminal, terminal.session.runTo({ cycle: cycleOf(text) }, terminal.ppu), {
        instructions: true,
      }),
  },
];
