/** Requests for bytes and instructions. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { type DisassembledLine, SessionError } from "../../types.ts";
import type { Adapter } from "../adapter.ts";
import { flag, integer, object, optional, RequestError, text } from "../checks.ts";
import type { Place } from "../references.ts";
import { type RequestTable, request } from "../request.ts";

const INSTRUCTION_BYTES = 4;
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_INSTRUCTIONS = 65536;
const MOST_ADDRESS = 2 ** 32 - INSTRUCTION_BYTES;

function countOf(count: number, most: number, what: string): number {
  if (count >= 0 && count <= most) return count;
  throw new RequestError(`${what} must be from 0 to ${most}, not ${count}`);
}

/** One instruction where there is no memory, or beyond the addresses. */
function filler(address: string): DebugProtocol.DisassembledInstruction {
  return { address, instruction: "(no memory)", presentationHint: "invalid" };
}

function instructionBody(
  adapter: Adapter,
  place: Place,
  line: DisassembledLine,
  withSymbols: boolean,
): DebugProtocol.DisassembledInstruction {
  const { debuggee } = adapter;
  const { source, symbol } = line;
  const word = (line.word >>> 0).toString(16).padStart(2 * INSTRUCTION_BYTES, "0");
  return {
    address: debuggee.reference({ ...place, address: line.address }),
    instructionBytes: word.replaceAll(/(..)(?=.)/g, "$1 "),
    instruction: line.text,
    ...(withSymbols && symbol !== undefined && { symbol }),
    ...(source && {
      location: debuggee.sources.source(place.ppu, source.file),
      line: adapter.client.lineOut(source.line),
      ...(source.column > 0 && { column: adapter.client.columnOut(source.column) }),
    }),
  };
}

/** Exactly `count` instructions from an address on, which may be negative. */
function disassemble(
  adapter: Adapter,
  { ppu, address: first }: Place,
  count: number,
  withSymbols: boolean,
): DebugProtocol.DisassembledInstruction[] {
  const { session } = adapter.debuggee;
  const instructions: DebugProtocol.DisassembledInstruction[] = [];
  for (let address = first; instructions.length < count; ) {
    const isAddress = address >= 0 && address <= MOST_ADDRESS;
    const lines = isAddress ? session.disassemble(ppu, address, count - instructions.length) : [];
    for (const line of lines)
      instructions.push(instructionBody(adapter, { ppu, address }, line, withSymbols));
    if (lines.length === 0) instructions.push(filler(adapter.debuggee.reference({ ppu, address })));
    address += INSTRUCTION_BYTES * Math.max(1, lines.length);
  }
  return instructions;
}

function bytesAt(adapter: Adapter, { ppu, address }: Place, count: number): Uint8Array {
  try {
    return adapter.stopped.session.readMemory(ppu, address, count);
  } catch (error) {
    if (error instanceof SessionError) return new Uint8Array();
    throw error;
  }
}

export const MEMORY: RequestTable = {
  disassemble: request(
    object({
      memoryReference: text,
      offset: optional(integer),
      instructionOffset: optional(integer),
      instructionCount: integer,
      resolveSymbols: optional(flag),
    }),
    (
      adapter,
      { memoryReference, offset = 0, instructionOffset = 0, instructionCount, resolveSymbols = true },
    ) => {
      const { ppu, address } = adapter.stopped.place(memoryReference, offset);
      const count = countOf(instructionCount, MOST_INSTRUCTIONS, "instructionCount");
      const first = address - (address % INSTRUCTION_BYTES) + INSTRUCTION_BYTES * instructionOffset;
      return { body: { instructions: disassemble(adapter, { ppu, address: first }, count, resolveSymbols) } };
    },
  ),
  readMemory: request(
    object({ memoryReference: text, offset: optional(integer), count: integer }),
    (adapter, { memoryReference, offset = 0, count }) => {
      const { stopped } = adapter;
      const place = stopped.place(memoryReference, offset);
      const wanted = countOf(count, MOST_BYTES, "count");
      const bytes = bytesAt(adapter, place, wanted);
      const body: NonNullable<DebugProtocol.ReadMemoryResponse["body"]> = {
        address: stopped.reference(place),
        ...(bytes.length > 0 && { data: Buffer.from(bytes).toString("base64") }),
        ...(bytes.length < wanted && { unreadableBytes: wanted - bytes.length }),
      };
      return { body };
    },
  ),
  writeMemory: request(
    object({ memoryReference: text, offset: optional(integer), data: text }),
    (adapter, { memoryReference, offset = 0, data }) => {
      const { stopped } = adapter;
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data) || data.length % 4 !== 0)
        throw new RequestError("data is not base64");
      const { ppu, address } = stopped.place(memoryReference, offset);
      const bytes = new Uint8Array(Buffer.from(data, "base64"));
      stopped.session.writeMemory(ppu, address, bytes);
      const after = () => {
        if (adapter.client.abilities.supportsMemoryEvent) {
          adapter.emitEvent("memory", { memoryReference, offset, count: bytes.length });
        }
        adapter.changed();
      };
      return { body: { bytesWritten: bytes.length }, after };
    },
  ),
};
