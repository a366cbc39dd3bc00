/** Packets about threads: the two PPUs. */
import type { PpuName } from "../../types.ts";
import { type Command, ProtocolError, pieceOf } from "../command.ts";
import { hexText } from "../hex.ts";
import { threadOf } from "../stop-reply.ts";
import { threadText } from "../target.ts";

/** PPU of a thread id in hex; undefined for `0` and `-1` (any, all). */
export function ppuOfThread(id: string): PpuName | undefined {
  switch (id.toLowerCase()) {
    case "0":
    case "-1":
      return undefined;
    case "1":
      return "top";
    case "2":
      return "bottom";
    default:
      throw new ProtocolError(`there is no thread ${id}; 1 is the top PPU, 2 the bottom one`);
  }
}

/** Offset and length of a part of a document. */
export const PIECE = /^([0-9a-f]{1,8}),([0-9a-f]{1,8})$/i;

export const piece = (text: string, [, offset, length]: readonly string[]): string =>
  pieceOf(text, Number.parseInt(offset, 16), Number.parseInt(length, 16));

export const THREAD_COMMANDS: readonly Command[] = [
  {
    name: "H",
    pattern: /^([gc])(-1|[0-9a-f]{1,8})$/i,
    summary: "chooses the thread of later packets",
    run(client, [, what, id]) {
      const ppu = ppuOfThread(id);
      if (what === "c") client.controlPpu = ppu;
      else client.generalPpu = ppu ?? client.generalPpu;
      return "OK";
    },
  },
  {
    name: "T",
    pattern: /^([0-9a-f]{1,8})$/i,
    summary: "asks whether a thread is alive",
    run(_client, [, id]) {
      ppuOfThread(id);
      return "OK";
    },
  },
  {
    name: "qC",
    pattern: /^$/,
    summary: "asks for the current thread",
    run: (client) => `QC${threadOf(client.generalPpu)}`,
  },
  {
    name: "qfThreadInfo",
    pattern: /^$/,
    summary: "asks for all threads",
    run: (client) =>
      `m${client.session
        .threads()
        .map(({ id }) => id)
        .join(",")}`,
  },
  {
    name: "qsThreadInfo",
    pattern: /^$/,
    summary: "asks for further threads",
    run: () => "l",
  },
  {
    name: "qThreadExtraInfo",
    pattern: /^,([0-9a-f]{1,8})$/i,
    summary: "asks for a description of a thread",
    run(client, [, id]) {
      const ppu = ppuOfThread(id) ?? client.generalPpu;
      const thread = client.session.threads().find((each) => each.ppu === ppu);
      return hexText(thread ? `${ppu}: ${threadText(thread)}` : ppu);
    },
  },
];
