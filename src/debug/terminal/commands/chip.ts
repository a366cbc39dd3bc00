import { SessionError } from "../../types.ts";
import { ppuArgument, ppusArgument, wholeNumber } from "../arguments.ts";
import { type Command, note, type Result } from "../command.ts";
import type { Terminal } from "../terminal.ts";

const MOST_PINS = 15;

function setPins(terminal: Terminal, text: string): Result {
  const [number, which = ""] = text.split(/\s+/);
  const value = wholeNumber(number);
  if (value === undefined || value > MOST_PINS) {
    throw new SessionError(`pins needs a value 0..${MOST_PINS} (one bit a pin), got "${number}"`);
  }
  const ppus = ppusArgument(terminal, which);
  terminal.session.setPins(ppus, value);
  return note(`pins of ${ppus} set to ${value}`);
}

function position(terminal: Terminal): Result {
  const { session, style } = terminal;
  const { history, position: here } = session;
  const marks = [...terminal.marks].map(([name, { cycle, instructions }]) => ({ name, cycle, instructions }));
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return {
    kind: "position",
    data: {
      cycle: here.cycle,
      instructions: here.instructions,
      changes: here.changes,
      checkpoints: history.checkpoints,
      bytes: history.bytes,
      memoryBudget: history.memoryBudget,
      replayedInstructions: history.replayedInstructions,
      marks,
    },
    lines: [
      `cycle ${here.cycle}, retired instructions: top ${here.instructions[0]}, bottom ${here.instructions[1]}; changes by you: ${here.changes}`,
      `history: ${history.checkpoints} checkpoints, ${mebibytes(history.bytes)} of ${mebibytes(history.memoryBudget)}, ` +
        `${history.replayedInstructions} instructions replayed`,
      ...marks.map(({ name, cycle }) => `${style.plain(name)}: cycle ${cycle}`),
    ],
  };
}

function mailbox(terminal: Terminal, text: string): Result {
  const ppu = ppuArgument(terminal, text);
  const content = terminal.session.chip.mailbox(ppu);
  const lines = content
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => terminal.style.plain(line));
  return {
    kind: "mailbox",
    data: { ppu, text: content },
    lines: content === "" ? ["the mailbox is empty"] : lines,
  };
}

export const CHIP: readonly Command[] = [
  {
    name: "info cycles",
    aliases: ["info position", "info history"],
    group: "chip",
    arguments: "",
    summary: "cycle, retired instructions, checkpoints of the history, marks",
    example: ["stepi 100", "info cycles"],
    result: "position",
    run: position,
  },
  {
    name: "info mailbox",
    aliases: ["mailbox"],
    group: "chip",
    arguments: "[top|bottom]",
    completes: "ppu",
    summary: "the text that a program has written for the host",
    help: "New text is also shown at every stop.",
    example: ["run", "info mailbox"],
    result: "mailbox",
    run: (terminal, { text }) => mailbox(terminal, text),
  },
  {
    name: "doorbell",
    group: "chip",
    arguments: "[top|bottom|both]",
    completes: "ppu",
    summary: "ring the doorbell of a PPU as the host does",
    example: ["doorbell top"],
    result: "note",
    run: (terminal, { text }) => {
      const ppus = ppusArgument(terminal, text);
      terminal.session.ringDoorbell(ppus);
      return note(`doorbell of ${ppus} rung`);
    },
  },
  {
    name: "pins",
    group: "chip",
    arguments: "VALUE [top|bottom|both]",
    summary: "set the four input pins of a PPU (0..15)",
    example: ["pins 1", "pins 0 both"],
    result: "note",
    run: (terminal, { text }) => setPins(terminal, text),
  },
];
