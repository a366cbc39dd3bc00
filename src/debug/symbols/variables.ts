/** Variables of frames: which are in scope, and where their values lie. */
import { AT, TAG } from "../../toolchain/elf/dwarf-constants.ts";
import type { Die } from "../dwarf/die.ts";
import {
  type ExpressionContext,
  evaluateLocation,
  evaluateNumber,
  type Location,
} from "../dwarf/expression.ts";
import { machineRegister } from "../dwarf/registers.ts";
import type { StackType } from "../dwarf/stack-operations.ts";
import type { Unit } from "../dwarf/unit.ts";
import type { PhysicalFrame, ProgramFrame } from "./frames.ts";
import { declarationOf, hasAddresses } from "./functions.ts";
import type { LineIndex } from "./lines.ts";
import { stripped, type TypeReader } from "./type-reader.ts";
import type { MemoryReader, Place, Type, Variable } from "./types.ts";
import { placeOf, registerContext } from "./unwind.ts";
import { absent, integerBytes, Value, type ValueContext } from "./value.ts";

/** Values at entry that are computed by way of callers before the chain is given up. */
const MOST_ENTRY_VALUES = 8;

const LOCALS: ReadonlySet<number> = new Set([TAG.formalParameter, TAG.variable]);
const CALL_SITES: ReadonlySet<number> = new Set([TAG.callSite, TAG.gnuCallSite]);

/** Expressions of a frame's function: registers, memory, frame base and values at entry. */
function frameContext(
  physical: PhysicalFrame,
  unit: Unit,
  memory: MemoryReader,
  depth = 0,
): ExpressionContext {
  const context: ExpressionContext = {
    ...unitContext(unit, physical.lookupPc),
    ...registerContext(physical.registers, memory),
    frameAddress: () => physical.frameAddress,
    frameBase() {
      const die = physical.functionDie;
      const expression = die?.unit.location(die, AT.frameBase, physical.lookupPc);
      if (!die || !expression) return undefined;
      // Without `frameBase` of its own: an expression that asks for itself has no value.
      return evaluateNumber(expression, { ...context, frameBase: () => undefined });
    },
    entryValue: (expression) => entryValue(physical, expression, memory, depth + 1),
  };
  return context;
}

/** What expressions of a unit find in its debug information. */
function unitContext(unit: Unit, pc: number | undefined) {
  return {
    indexedAddress: (index: number) => unit.indexedAddress(index),
    baseType(offset: number): StackType | undefined {
      const die = unit.entryAt(offset);
      if (die?.tag !== TAG.baseType) return undefined;
      const bytes = die.number(AT.byteSize) ?? 0;
      const encoding = die.number(AT.encoding) ?? 0;
      const isInteger = bytes > 0 && bytes <= 8 && encoding !== 4 && encoding !== 3;
      return isInteger ? { bytes, signed: encoding === 5 || encoding === 6 } : undefined;
    },
    expressionOf(offset: number, global: boolean): Uint8Array | undefined {
      const die = global ? unit.info.entryAt(".debug_info", offset) : unit.entryAt(offset);
      return die?.unit.location(die, AT.location, pc);
    },
  };
}

/** What the caller passed: by the call site's entry of a parameter at the same location. */
function entryValue(
  physical: PhysicalFrame,
  expression: Uint8Array,
  memory: MemoryReader,
  depth: number,
): number | undefined {
  const { caller } = physical;
  const die = caller?.functionDie;
  if (!caller || !die || depth > MOST_ENTRY_VALUES) return undefined;
  const { pc } = caller.registers;
  for (const site of die.descendants(CALL_SITES, (child) => child.tag !== TAG.subprogram)) {
    if ((site.address(AT.callReturnPc) ?? site.address(AT.lowPc)) !== pc) continue;
    const context = frameContext(caller, die.unit, memory, depth);
    // It may have called another function, which ended with a jump to this one.
    if (!isCallOf(site, physical.functionDie, context)) return undefined;
    for (const parameter of site.children) {
      const place = parameter.bytes(AT.location);
      const value = parameter.bytes(AT.callValue) ?? parameter.bytes(AT.gnuCallSiteValue);
      if (!place || !value || !isSame(place, expression)) continue;
      return evaluateNumber(value, context);
    }
  }
  return undefined;
}

/** Whether a call site calls a function itself. */
function isCallOf(site: Die, callee: Die | undefined, context: ExpressionContext): boolean {
  if (!callee) return false;
  const target = site.bytes(AT.callTarget) ?? site.bytes(AT.gnuCallSiteTarget);
  if (target) return evaluateNumber(target, context) === callee.address(AT.lowPc);
  const origin = site.reference(AT.callOrigin) ?? site.origin();
  return (
    origin !== undefined && (origin.root() === callee.root() || origin.qualifiedName === callee.qualifiedName)
  );
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, n) => byte === b[n]);

/** A location in terms of the machine, for a value of `bytes` bytes. */
function toPlace(location: Location, bytes: number, physical: PhysicalFrame | undefined): Place {
  switch (location.kind) {
    case "memory":
      return location;
    case "value":
      return { kind: "value", bytes: integerBytes(location.value, bytes) };
    case "bytes":
      return { kind: "value", bytes: location.bytes.subarray(0, bytes) };
    case "register": {
      const register = machineRegister(location.register);
      if (!register || !physical) return absent(`register ${location.register} is not known`);
      return placeOf(physical.registers, register);
    }
    case "pieces":
      return {
        kind: "pieces",
        pieces: location.pieces.map((piece) => ({
          place: toPlace(piece.location, piece.bytes, physical),
          bytes: piece.bytes,
        })),
      };
    case "absent":
      return absent(location.reason);
  }
}

/** Place of a constant that an entry holds instead of a location. */
function constantPlace(die: Die, type: Type): Place | undefined {
  const bytes = die.bytes(AT.constValue);
  if (bytes) return { kind: "value", bytes: bytes.subarray(0, type.bytes) };
  const text = die.text(AT.constValue);
  if (text !== undefined) return { kind: "value", bytes: new TextEncoder().encode(`${text}\0`) };
  const value = die.value(AT.constValue);
  const isNumber = typeof value === "number" || typeof value === "bigint";
  return isNumber ? { kind: "value", bytes: integerBytes(value, type.bytes) } : undefined;
}

/** Variables of a function that this copy of it does not have any more: they are optimized out. */
function withoutInstance(scope: Die): Die[] {
  const origin = scope.own(AT.abstractOrigin) && scope.origin();
  if (!origin) return [];
  const present = new Set<Die>();
  for (const die of scope.descendants(LOCALS, (child) => child.tag !== TAG.inlinedSubroutine)) {
    present.add(die.root());
  }
  return origin.children.filter((die) => LOCALS.has(die.tag) && !present.has(die));
}

export class Variables {
  private readonly types: TypeReader;
  private readonly lines: LineIndex;
  private readonly nameOf: (address: number) => string | undefined;

  constructor(types: TypeReader, lines: LineIndex, nameOf: (address: number) => string | undefined) {
    this.types = types;
    this.lines = lines;
    this.nameOf = nameOf;
  }

  context(memory: MemoryReader, registers: ValueContext["registers"]): ValueContext {
    const { nameOf } = this;
    return { memory, nameOf, ...(registers && { registers }) };
  }

  /** The variable of an entry without a frame: a global one. */
  globalValue(die: Die, memory: MemoryReader): Value | undefined {
    const type = this.types.of(die);
    const expression = die.unit.location(die, AT.location, undefined);
    const place = expression
      ? toPlace(
          evaluateLocation(expression, {
            ...unitContext(die.unit, undefined),
            register: () => undefined,
            memory: (address, length) => memory.read(address, length),
          }),
          type.bytes,
          undefined,
        )
      : constantPlace(die, type);
    return place && new Value(type, place, this.context(memory, undefined));
  }

  /** Parameters and locals in scope, those of inner blocks first. */
  inScope(frame: ProgramFrame, memory: MemoryReader): readonly Variable[] {
    const variables: Variable[] = [];
    for (let depth = frame.scopes.length - 1; depth >= 0; depth--) {
      const scope = frame.scopes[depth];
      const blocksWithoutAddress = (die: Die) => die.tag === TAG.lexicalBlock && !hasAddresses(die);
      const own = [...scope.descendants(LOCALS, blocksWithoutAddress)];
      for (const die of [...own, ...(depth === 0 ? withoutInstance(scope) : [])]) {
        const { name } = die;
        if (name === undefined || die.own(AT.declaration)) continue;
        const declaration = declarationOf(die, this.lines);
        variables.push({
          name,
          role: die.tag === TAG.formalParameter ? "parameter" : "local",
          value: this.localValue(die, frame.physical, memory),
          ...(declaration && { declaration }),
          depth,
        });
      }
    }
    return variables;
  }

  private localValue(die: Die, physical: PhysicalFrame, memory: MemoryReader): Value {
    const type = this.types.of(die);
    const place = this.localPlace(die, type, physical, memory);
    // A text that is a constant has no bytes beyond it.
    const isShort = place.kind === "value" && place.bytes.length < stripped(type).bytes;
    return new Value(type, isShort ? absent() : place, this.context(memory, physical.live));
  }

  private localPlace(die: Die, type: Type, physical: PhysicalFrame, memory: MemoryReader): Place {
    for (let holder: Die | undefined = die, n = 0; holder && n < 4; holder = holder.origin(), n++) {
      const expression = holder.unit.location(holder, AT.location, physical.lookupPc);
      if (expression) {
        const context = frameContext(physical, holder.unit, memory);
        return toPlace(evaluateLocation(expression, context), type.bytes, physical);
      }
      if (holder.own(AT.location)) break;
    }
    return (die.own(AT.location) ? undefined : constantPlace(die, type)) ?? absent();
  }
}
