import { ByteReader } from "../../toolchain/elf/bytes.ts";
import { CFA } from "../../toolchain/elf/dwarf-constants.ts";
import { ImageError } from "../../toolchain/elf/image-error.ts";
import { type Cie, type Fde, FrameSection } from "./call-frame-entries.ts";

/** How a register of the caller is found; offsets are in bytes from the canonical frame address. */
export type RegisterRule =
  | { readonly kind: "undefined" | "same" }
  | { readonly kind: "offset" | "valueOffset"; readonly offset: number }
  | { readonly kind: "register"; readonly register: number }
  | { readonly kind: "expression" | "valueExpression"; readonly expression: Uint8Array };

export type FrameAddressRule =
  | { readonly kind: "register"; readonly register: number; readonly offset: number }
  | { readonly kind: "expression"; readonly expression: Uint8Array };

/** How to leave the function at one address. Registers are DWARF numbers. */
export interface FrameRules {
  readonly frameAddress: FrameAddressRule;
  readonly registers: ReadonlyMap<number, RegisterRule>;
  /** Register that holds the caller's pc. */
  readonly returnRegister: number;
  /** The caller was interrupted: its pc is the next instruction, and not one behind a call. */
  readonly isSignal: boolean;
}

/** A row of the table that call frame instructions build. */
interface Row {
  frameAddress: FrameAddressRule | undefined;
  registers: Map<number, RegisterRule>;
}

const copyOf = (row: Row): Row => ({
  frameAddress: row.frameAddress,
  registers: new Map(row.registers),
});

/** Remembered states that are kept; a damaged program could ask for any number. */
const MOST_REMEMBERED = 64;

/** Executes instructions until the row for `pc` is complete. `initial` is the row that `restore` goes back to. */
function execute(program: ByteReader, cie: Cie, low: number, pc: number, row: Row, initial: Row): Row {
  const reader = new ByteReader(program.bytes, "call frame instructions");
  const remembered: Row[] = [];
  let current = row;
  let location = low;
  const set = (register: number, rule: RegisterRule) => current.registers.set(register, rule);
  const factored = (value: number) => value * cie.dataAlign;
  const restore = (register: number) => {
    const rule = initial.registers.get(register);
    if (rule) current.registers.set(register, rule);
    else current.registers.delete(register);
  };
  const block = () => reader.part(reader.uleb(), "call frame expression").bytes;
  const define = (register: number, offset: number) => {
    current.frameAddress = { kind: "register", register, offset };
  };
  const redefine = (change: { register?: number; offset?: number }) => {
    const { frameAddress } = current;
    if (frameAddress?.kind !== "register") throw new ImageError("damaged call frame instructions");
    current.frameAddress = { ...frameAddress, ...change };
  };
  while (!reader.atEnd) {
    const operation = reader.u8();
    const low6 = operation & 0x3f;
    const high2 = operation & 0xc0;
    let advance = 0;
    if (high2 === CFA.advanceLoc) advance = low6;
    else if (high2 === CFA.offset) set(low6, { kind: "offset", offset: factored(reader.uleb()) });
    else if (high2 === CFA.restore) restore(low6);
    else {
      switch (operation) {
        case CFA.nop:
          break;
        case CFA.setLoc: {
          const target = reader.u32();
          if (target > pc) return current;
          location = target;
          break;
        }
        case CFA.advanceLoc1:
          advance = reader.u8();
          break;
        case CFA.advanceLoc2:
          advance = reader.u16();
          break;
        case CFA.advanceLoc4:
          advance = reader.u32();
          break;
        case CFA.offsetExtended:
          set(reader.uleb(), { kind: "offset", offset: factored(reader.uleb()) });
          break;
        case CFA.offsetExtendedSf:
          set(reader.uleb(), { kind: "offset", offset: factored(reader.sleb()) });
          break;
        case CFA.gnuNegativeOffsetExtended:
          set(reader.uleb(), { kind: "offset", offset: -factored(reader.uleb()) });
          break;
        case CFA.valOffset:
          set(reader.uleb(), { kind: "valueOffset", offset: factored(reader.uleb()) });
          break;
        case CFA.valOffsetSf:
          set(reader.uleb(), { kind: "valueOffset", offset: factored(reader.sleb()) });
          break;
        case CFA.restoreExtended:
          restore(reader.uleb());
          break;
        case CFA.undefined:
          set(reader.uleb(), { kind: "undefined" });
          break;
        case CFA.sameValue:
          set(reader.uleb(), { kind: "same" });
          break;
        case CFA.register:
          set(reader.uleb(), { kind: "register", register: reader.uleb() });
          break;
        case CFA.rememberState:
          if (remembered.push(copyOf(current)) > MOST_REMEMBERED) {
            throw new ImageError("damaged call frame instructions");
          }
          break;
        case CFA.restoreState:
          current = remembered.pop() ?? current;
          break;
        case CFA.defCfa:
          define(reader.uleb(), reader.uleb());
          break;
        case CFA.defCfaSf:
          define(reader.uleb(), factored(reader.sleb()));
          break;
        case CFA.defCfaRegister:
          redefine({ register: reader.uleb() });
          break;
        case CFA.defCfaOffset:
          redefine({ offset: reader.uleb() });
          break;
        case CFA.defCfaOffsetSf:
          redefine({ offset: factored(reader.sleb()) });
          break;
        case CFA.defCfaExpression:
          current.frameAddress = { kind: "expression", expression: block() };
          break;
        case CFA.expression:
          set(reader.uleb(), { kind: "expression", expression: block() });
          break;
        case CFA.valExpression:
          set(reader.uleb(), { kind: "valueExpression", expression: block() });
          break;
        case CFA.gnuArgsSize:
          reader.uleb();
          break;
        default:
          throw new ImageError(`unknown call frame instruction 0x${operation.toString(16)}`);
      }
    }
    location += advance * cie.codeAlign;
    if (location > pc) return current;
  }
  return current;
}

export interface FrameSectionSource {
  readonly debugFrame?: Uint8Array;
  readonly ehFrame?: Uint8Array;
  /** Address of `.eh_frame` in memory. */
  readonly ehFrameAddress?: number;
}

/** Call frame information of a program. `note` hears of damaged entries, which are left out. */
export class CallFrames {
  private readonly entries: readonly Fde[];
  private readonly note: (error: unknown) => void;
  private readonly known = new Map<number, FrameRules | undefined>();

  constructor(source: FrameSectionSource, note: (error: unknown) => void) {
    const { debugFrame, ehFrame, ehFrameAddress } = source;
    this.note = note;
    this.entries = [
      ...(debugFrame ? new FrameSection(debugFrame, ".debug_frame", undefined, note).entries : []),
      ...(ehFrame ? new FrameSection(ehFrame, ".eh_frame", ehFrameAddress ?? 0, note).entries : []),
    ].filter((fde) => fde.high > fde.low);
  }

  /** The rules at an address; undefined when nothing describes it. */
  at(pc: number): FrameRules | undefined {
    if (!this.known.has(pc)) this.known.set(pc, this.read(pc));
    return this.known.get(pc);
  }

  private read(pc: number): FrameRules | undefined {
    const fde = this.entries.find(({ low, high }) => pc >= low && pc < high);
    if (!fde) return undefined;
    const { cie } = fde;
    try {
      const empty: Row = { frameAddress: undefined, registers: new Map() };
      const initial = execute(cie.instructions, cie, 0, Number.POSITIVE_INFINITY, empty, copyOf(empty));
      const row = execute(fde.instructions, cie, fde.low, pc, copyOf(initial), initial);
      if (!row.frameAddress) return undefined;
      const { returnRegister, isSignal } = cie;
      return { frameAddress: row.frameAddress, registers: row.registers, returnRegister, isSignal };
    } catch (error) {
      this.note(error);
      return undefined;
    }
  }
}
