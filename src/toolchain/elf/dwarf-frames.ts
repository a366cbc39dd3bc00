/** Call frame information (`.debug_frame`). */
import type { DebugFrame, FrameRow } from "../debug-info.ts";
import { ByteWriter } from "./bytes.ts";
import { CFA, OP } from "./dwarf-constants.ts";
import { DWARF_REGISTER } from "./dwarf-registers.ts";

const CODE_ALIGNMENT = 4;
const DATA_ALIGNMENT = -4;

const returnColumn = (kind: DebugFrame["kind"]): number =>
  kind === "interrupt" ? DWARF_REGISTER.srr0 : DWARF_REGISTER.lr;

/** An entry: length, identification, then what `body` writes, filled up to a multiple of 4. */
function entry(out: ByteWriter, id: number, body: () => void): void {
  const start = out.length;
  out.u32(0);
  out.u32(id);
  body();
  while ((out.length - start) % 4 !== 0) out.u8(CFA.nop);
  out.setU32(start, out.length - start - 4);
}

function commonEntry(out: ByteWriter, kind: DebugFrame["kind"]): void {
  entry(out, 0xffffffff, () => {
    out.u8(3);
    // The interrupted instruction itself is where the frame below stands, not the one in front of it.
    out.string(kind === "interrupt" ? "S" : "");
    out.uleb(CODE_ALIGNMENT);
    out.sleb(DATA_ALIGNMENT);
    out.uleb(returnColumn(kind));
    out.u8(CFA.defCfa);
    out.uleb(DWARF_REGISTER.stackPointer);
    out.uleb(0);
    if (kind === "outermost") {
      out.u8(CFA.undefined);
      out.uleb(DWARF_REGISTER.lr);
    }
  });
}

function expression(...write: ((out: ByteWriter) => void)[]): Uint8Array {
  const out = new ByteWriter();
  for (const part of write) part(out);
  return out.toBytes();
}

const atStackPointer = (offset: number) => (out: ByteWriter) => {
  out.u8(OP.breg0 + DWARF_REGISTER.stackPointer);
  out.sleb(offset);
};

function block(out: ByteWriter, bytes: Uint8Array): void {
  out.uleb(bytes.length);
  out.bytes(bytes);
}

function writeCaller(out: ByteWriter, { offset, indirect }: FrameRow["caller"]): void {
  if (!indirect) {
    out.u8(CFA.defCfa);
    out.uleb(DWARF_REGISTER.stackPointer);
    out.uleb(offset);
    return;
  }
  out.u8(CFA.defCfaExpression);
  block(
    out,
    expression(atStackPointer(0), (inner) => {
      inner.u8(OP.deref);
      if (offset === 0) return;
      inner.u8(OP.plusUconst);
      inner.uleb(offset);
    }),
  );
}

function writeRow(out: ByteWriter, row: FrameRow, before: FrameRow | undefined, column: number): void {
  const numberOf = (register: FrameRow["saved"][number]["register"]): number =>
    register === "returnAddress"
      ? column
      : register === "lr"
        ? DWARF_REGISTER.lr
        : DWARF_REGISTER.gpr0 + register;
  const start = before?.caller ?? { offset: 0, indirect: false };
  if (start.offset !== row.caller.offset || start.indirect !== row.caller.indirect) {
    writeCaller(out, row.caller);
  }
  for (const { register, offset, relative } of row.saved) {
    const was = before?.saved.find((other) => other.register === register);
    if (was?.offset === offset && was.relative === relative) continue;
    if (relative === "caller") {
      out.u8(CFA.offsetExtendedSf);
      out.uleb(numberOf(register));
      out.sleb(offset / DATA_ALIGNMENT);
    } else {
      out.u8(CFA.expression);
      out.uleb(numberOf(register));
      block(out, expression(atStackPointer(offset)));
    }
  }
  for (const { register } of before?.saved ?? []) {
    if (row.saved.some((other) => other.register === register)) continue;
    out.u8(CFA.restoreExtended);
    out.uleb(numberOf(register));
  }
}

function advance(out: ByteWriter, bytes: number): void {
  const steps = bytes / CODE_ALIGNMENT;
  if (steps < 0x40) out.u8(CFA.advanceLoc | steps);
  else if (steps < 0x100) {
    out.u8(CFA.advanceLoc1);
    out.u8(steps);
  } else if (steps < 0x10000) {
    out.u8(CFA.advanceLoc2);
    out.u16(steps);
  } else {
    out.u8(CFA.advanceLoc4);
    out.u32(steps);
  }
}

export function writeFrames(frames: readonly DebugFrame[]): Uint8Array {
  const out = new ByteWriter();
  const common = new Map<DebugFrame["kind"], number>();
  for (const { kind } of frames) {
    if (common.has(kind)) continue;
    common.set(kind, out.length);
    commonEntry(out, kind);
  }
  for (const { address, size, kind, rows } of frames) {
    entry(out, common.get(kind)!, () => {
      out.u32(address);
      out.u32(size);
      let at = address;
      rows.forEach((row, i) => {
        if (row.address > at) advance(out, row.address - at);
        at = row.address;
        writeRow(out, row, rows[i - 1], returnColumn(kind));
      });
    });
  }
  return out.toBytes();
}
