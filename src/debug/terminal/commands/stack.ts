import { type Frame, SessionError } from "../../types.ts";
import { count, ppuArgument, wholeNumber } from "../arguments.ts";
import type { Command, Result } from "../command.ts";
import { sourceData, sourceText, symbolAt } from "../render/places.ts";
import { placeLines } from "../render/stop.ts";
import type { Terminal } from "../terminal.ts";

/** More frames than this are shown only when asked for. */
const SHOWN_FRAMES = 64;

const FRAME_WORDS = { call: "", inlined: " (inlined)", interrupt: " (interrupt)" } as const;

function frameText(terminal: Terminal, frame: Frame): string {
  const { style } = terminal;
  const marker = frame.index === terminal.frame ? style.here("=>") : "  ";
  const source = frame.source ? ` at ${sourceText(terminal, frame.source)}` : "";
  const name = frame.function ? ` in ${style.symbol(frame.name)}` : "";
  return `${marker} #${String(frame.index).padEnd(3)}${style.address(frame.pc)}${name}${source}${FRAME_WORDS[frame.kind]}`;
}

const frameData = ({ index, kind, pc, name, source }: Frame) => ({
  index,
  kind,
  pc,
  name,
  source: sourceData(source),
});

function backtrace(terminal: Terminal, text: string): Result {
  const limit = count(text, "backtrace", SHOWN_FRAMES);
  const frames = terminal.session.frames(terminal.ppu, limit + 1);
  const shown = frames.slice(0, limit);
  const more = frames.length > limit ? [terminal.style.dim(`more frames; backtrace N shows N of them`)] : [];
  return {
    kind: "frames",
    data: { selected: terminal.frame, frames: shown.map(frameData) },
    lines: [...shown.map((frame) => frameText(terminal, frame)), ...more],
  };
}

/** Selects a frame and shows where it stands. */
function select(terminal: Terminal, index: number): Result {
  const frames = terminal.session.frames(terminal.ppu);
  if (index < 0) throw new SessionError("this is the innermost frame");
  if (index >= frames.length) {
    throw new SessionError(`no frame ${index}; the outermost one is ${frames.length - 1}`);
  }
  terminal.frame = index;
  terminal.listing = undefined;
  const lines = [frameText(terminal, frames[index]), ...placeLines(terminal, terminal.ppu, false).slice(1)];
  return { kind: "frames", data: { selected: index, frames: [frameData(frames[index])] }, lines };
}

function selectTyped(terminal: Terminal, text: string): Result {
  const index = text === "" ? terminal.frame : wholeNumber(text);
  if (index === undefined)
    throw new SessionError(`"${text}" is not the number of a frame; backtrace lists them`);
  return select(terminal, index);
}

function threads(terminal: Terminal): Result {
  const { session, style, ppu } = terminal;
  const rows = session.threads().map((thread) => ({
    thread,
    symbol: symbolAt(terminal, thread.ppu, thread.pc),
    source: session.symbols(thread.ppu).sourceAt(thread.pc),
  }));
  return {
    kind: "threads",
    data: {
      threads: rows.map(({ thread, symbol, source }) => ({
        ...thread,
        symbol,
        source: sourceData(source),
        selected: thread.ppu === ppu,
      })),
    },
    lines: rows.map(({ thread, symbol, source }) => {
      const marker = thread.ppu === ppu ? style.here("=>") : "  ";
      const name = symbol ? ` <${style.symbol(symbol)}>` : "";
      const place = source ? ` ${sourceText(terminal, source)}` : "";
      const counts = `cycle ${thread.cycle}, ${thread.instructions} instructions`;
      return `${marker} ${thread.id} ${thread.ppu.padEnd(7)}${thread.state.padEnd(9)}${style.address(thread.pc)}${name}${place}, ${counts}`;
    }),
  };
}

function selectPpu(terminal: Terminal, text: string): Result {
  terminal.selectPpu(ppuArgument(terminal, text));
  return threads(terminal);
}

export const STACK: readonly Command[] = [
  {
    name: "backtrace",
    aliases: ["bt", "where"],
    group: "stack",
    arguments: "[N]",
    summary: "list the calls that led here, innermost first",
    example: ["break printSigned", "continue", "backtrace"],
    result: "frames",
    run: (terminal, { text }) => backtrace(terminal, text),
  },
  {
    name: "frame",
    aliases: ["f", "info frame"],
    group: "stack",
    arguments: "[N]",
    summary: "select frame N, or show the selected one",
    help: "Expressions, locals and listings refer to the selected frame.",
    example: ["break printSigned", "continue", "frame 1"],
    result: "frames",
    run: (terminal, { text }) => selectTyped(terminal, text),
  },
  {
    name: "up",
    group: "stack",
    arguments: "[N]",
    summary: "select the caller, or the frame N calls further out",
    example: ["break printSigned", "continue", "up"],
    result: "frames",
    repeats: "same",
    run: (terminal, { text }) => select(terminal, terminal.frame + count(text, "up")),
  },
  {
    name: "down",
    group: "stack",
    arguments: "[N]",
    summary: "select the frame that this one called",
    example: ["break printSigned", "continue", "up", "down"],
    result: "frames",
    repeats: "same",
    run: (terminal, { text }) => select(terminal, terminal.frame - count(text, "down")),
  },
  {
    name: "info threads",
    group: "stack",
    arguments: "",
    summary: "both PPUs: state, place, cycle",
    example: ["info threads"],
    result: "threads",
    run: threads,
  },
  {
    name: "ppu",
    aliases: ["thread", "t"],
    group: "stack",
    arguments: "[top|bottom]",
    completes: "ppu",
    summary: "select a PPU (thread 1 or 2)",
    example: ["ppu bottom", "ppu top"],
    result: "threads",
    run: (terminal, { text }) => selectPpu(terminal, text),
  },
];
