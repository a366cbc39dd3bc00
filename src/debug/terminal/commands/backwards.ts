import { SessionError, type Writer } from "../../types.ts";
import { needed, watchTarget } from "../arguments.ts";
import type { Command, Result } from "../command.ts";
import { placeText, sourceData, symbolAt } from "../render/places.ts";
import { stopResult } from "../render/stop.ts";
import type { Terminal } from "../terminal.ts";
import { stepCommand } from "./step-command.ts";

/** Name of the mark that `who-wrote` leaves. */
const WRITER_MARK = "writer";

async function whoWrote(terminal: Terminal, text: string): Promise<Result> {
  const target = watchTarget(terminal, needed(text, "what was written"));
  const writer = await terminal.session.whoWrote(target);
  if (!writer) {
    const message = `nobody wrote ${text} since the begin of the history`;
    return { kind: "writer", data: { found: false, message }, lines: [message] };
  }
  terminal.marks.set(WRITER_MARK, writer.before);
  return { kind: "writer", data: writerData(terminal, writer), lines: writerLines(terminal, text, writer) };
}

const writerData = (terminal: Terminal, { ppu, pc, cycle, instruction, source, message }: Writer) => ({
  found: true,
  ppu: ppu ?? null,
  pc: pc ?? null,
  cycle,
  instruction: instruction ?? null,
  symbol: ppu && pc !== undefined ? symbolAt(terminal, ppu, pc) : null,
  source: sourceData(source),
  message,
});

function writerLines(terminal: Terminal, text: string, writer: Writer): string[] {
  const { style } = terminal;
  const { ppu, pc, cycle, instruction, message } = writer;
  const hint = style.dim(`goto ${WRITER_MARK} leads to the place just before`);
  if (ppu === undefined || pc === undefined) return [style.event(style.plain(message)), hint];
  return [
    style.event(
      style.plain(`${text} was written in cycle ${cycle} by ${instruction ?? "an unknown instruction"}`),
    ),
    `${ppu} at ${placeText(terminal, ppu, pc)}`,
    hint,
  ];
}

export const BACKWARDS: readonly Command[] = [
  {
    name: "reverse-continue",
    aliases: ["rc"],
    group: "backwards",
    arguments: "",
    summary: "go back to the last hit of a breakpoint or watchpoint, or to the begin of the history",
    example: ["run", "watch saturation", "reverse-continue"],
    result: "stop",
    repeats: "same",
    run: (terminal) => stopResult(terminal, terminal.session.reverseContinue()),
  },
  stepCommand({
    name: "reverse-step",
    aliases: ["rs"],
    group: "backwards",
    summary: "go back to the begin of the line executed before, into calls",
    example: ["start", "step 3", "reverse-step"],
    go: (session, ppu, times) => session.reverseStepLine(ppu, times),
  }),
  stepCommand({
    name: "reverse-next",
    aliases: ["rn"],
    group: "backwards",
    summary: "go back to the begin of the line executed before, over calls",
    example: ["start", "next 2", "reverse-next"],
    go: (session, ppu, times) => session.reverseStepOver(ppu, times),
  }),
  stepCommand({
    name: "reverse-stepi",
    aliases: ["rsi"],
    group: "backwards",
    summary: "go back by one instruction of the selected PPU, or by N",
    example: ["stepi 10", "reverse-stepi 3"],
    go: (session, ppu, times) => session.reverseStepInstruction(ppu, times),
    instructions: true,
  }),
  {
    name: "reverse-finish",
    aliases: ["rfin"],
    group: "backwards",
    arguments: "",
    summary: "go back to the call of the current function",
    example: ["break printSigned", "continue", "stepi 3", "reverse-finish"],
    result: "stop",
    repeats: "same",
    run: (terminal) => stopResult(terminal, terminal.session.reverseStepOut(terminal.ppu)),
  },
  {
    name: "who-wrote",
    aliases: ["who", "ww"],
    group: "backwards",
    arguments: "TARGET",
    completes: "expression",
    summary: "find the last write to a register, lane, variable, memory or synapse row",
    help: "TARGET is what watch takes. `goto writer` then leads to the place just before the write.",
    example: ["run", "who-wrote sums", "goto writer"],
    result: "writer",
    run: (terminal, { text }) => whoWrote(terminal, text),
  },
  {
    name: "mark",
    group: "backwards",
    arguments: "NAME",
    summary: "give the current place in time a name for goto",
    example: ["stepi 5", "mark early", "info position"],
    result: "note",
    run: (terminal, { text }) => {
      if (!/^[A-Za-z][\w-]*$/.test(text)) throw new SessionError(`a mark's name is a word, got "${text}"`);
      terminal.marks.set(text, terminal.session.position);
      return {
        kind: "note",
        data: { text: `mark ${text} set` },
        lines: [`mark ${text}: cycle ${terminal.session.position.cycle}`],
      };
    },
  },
  {
    name: "goto",
    group: "backwards",
    arguments: "NAME",
    summary: "go to a marked place in time, earlier or later: start, writer, or a name given by mark",
    example: ["stepi 5", "mark early", "run", "goto early"],
    result: "stop",
    run: (terminal, { text }) => {
      const position = terminal.marks.get(needed(text, "the name of the mark"));
      if (!position) {
        throw new SessionError(`no mark "${text}"; there are ${[...terminal.marks.keys()].join(", ")}`);
      }
      return stopResult(terminal, terminal.session.goTo(position), { instructions: true });
    },
  },
];
