/** Types of AssemblyScript as a debugger knows them. */
import type { DebugType } from "../debug-info.ts";
import type { AscClass, AscType } from "./debug-hooks.ts";

const integer = (name: string, bytes: number, encoding: "signed" | "unsigned" | "boolean"): DebugType => ({
  kind: "base",
  name,
  bytes,
  encoding,
});

const BASE: Readonly<Record<string, DebugType>> = {
  i8: integer("i8", 1, "signed"),
  u8: integer("u8", 1, "unsigned"),
  i16: integer("i16", 2, "signed"),
  u16: integer("u16", 2, "unsigned"),
  i32: integer("i32", 4, "signed"),
  u32: integer("u32", 4, "unsigned"),
  isize: integer("isize", 4, "signed"),
  usize: integer("usize", 4, "unsigned"),
  bool: integer("bool", 1, "boolean"),
};

/** Vectors: 128 unsigned bytes, 64 signed halfwords. */
const BYTES: DebugType = { kind: "array", name: "Bytes", element: BASE.u8, count: 128 };
const HALVES: DebugType = { kind: "array", name: "Halves", element: BASE.i16, count: 64 };

/** An array of unsigned numbers, as static data. */
export function dataType(bytes: number, width: number): DebugType {
  const element = { 2: BASE.u16, 4: BASE.u32 }[width] ?? BASE.u8;
  return { kind: "array", element, count: Math.floor(bytes / (width === 2 || width === 4 ? width : 1)) };
}

interface Field {
  readonly name: string;
  readonly instance?: {
    readonly isField: boolean;
    readonly memoryOffset: number;
    readonly type: AscType;
  };
}

/** Translates types; each class becomes one structure. */
export class DebugTypes {
  private readonly classes = new Map<AscClass, DebugType>();

  of(type: AscType): DebugType {
    const name = type.toString();
    if (BASE[name]) return BASE[name];
    const classReference = type.getClass();
    if (classReference && type.isReference && !/^(ref_)?(extern|any)/.test(name)) {
      return { kind: "pointer", to: this.structure(classReference) };
    }
    if (name.includes("extern")) return BYTES;
    if (name.includes("any")) return HALVES;
    return BASE.u32;
  }

  private structure(classReference: AscClass): DebugType {
    const known = this.classes.get(classReference);
    if (known) return known;
    const members: { name: string; offset: number; type: DebugType }[] = [];
    const made: DebugType = {
      kind: "structure",
      name: classReference.internalName.replace(/^.*\//, ""),
      bytes: classReference.nextMemoryOffset,
      members,
    };
    this.classes.set(classReference, made);
    for (const member of classReference.members?.values() ?? []) {
      const { name, instance: field } = member as Field;
      if (!field?.isField || field.memoryOffset < 0) continue;
      members.push({ name, offset: field.memoryOffset, type: this.of(field.type) });
    }
    return made;
  }
}
