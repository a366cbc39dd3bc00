/** Global variables, constants and static data as a debugger shows them. */
import type { DebugGlobal } from "../debug-info.ts";
import type { SourceLocation } from "../image.ts";
import type { StaticLayout } from "./compiler-hooks.ts";
import type { AscType } from "./debug-hooks.ts";
import { DebugTypes, dataType } from "./debug-types.ts";
import { symbolName } from "./symbol-name.ts";
import { isLibraryFile } from "./user-locations.ts";

export interface AscGlobal {
  readonly type: AscType;
  /** 1: the value is an integer known when compiling. */
  readonly constantValueKind: number;
  readonly constantIntegerValue: unknown;
}

/** Static data under the name of the global that it initialises, other globals by their values. */
export function describeGlobals(
  globals: readonly (readonly [string, AscGlobal])[],
  layout: StaticLayout,
  declarations: ReadonlyMap<string, SourceLocation>,
  toNumber: (value: unknown) => number,
): DebugGlobal[] {
  const types = new DebugTypes();
  const data = new Map(layout.data.flatMap((entry) => (entry.name ? [[entry.name, entry] as const] : [])));
  return globals
    .filter(([internalName, { type }]) => {
      const file = declarations.get(internalName)?.file;
      const shown = !/^(void|auto|[iu]64|f\d+)$/.test(type.toString());
      return shown && file !== undefined && !isLibraryFile(file);
    })
    .map(([internalName, global]): DebugGlobal => {
      const common = { name: symbolName(internalName), location: declarations.get(internalName) };
      const placed = data.get(internalName);
      if (placed) {
        const { address, bytes, elements } = placed;
        const { at, width, count } = elements ?? { at: 0, width: 1, count: bytes.length };
        return { ...common, type: dataType(width * count, width), address: address + at };
      }
      const { constantValueKind, constantIntegerValue } = global;
      const constant = constantValueKind === 1 ? toNumber(constantIntegerValue) : undefined;
      return { ...common, type: types.of(global.type), ...(constant !== undefined && { constant }) };
    });
}
