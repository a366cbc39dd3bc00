/** The code generator: a module of trees to an image for the PPU. */
import type { DebugGlobal } from "../debug-info.ts";
import type { Image, ImageSymbol } from "../image.ts";
import type { Node, WasmFunction, WasmModule } from "../wasm-tree.ts";
import type { ModuleContext } from "./build/builder.ts";
import { buildGraph } from "./build/nodes.ts";
import { forEachChild } from "./build/rotate.ts";
import { CodegenError } from "./errors.ts";
import { ALIGNMENT_EXIT_CODE, TRAP_EXIT_CODE } from "./exit-codes.ts";
import { buildFrame } from "./frame.ts";
import { HELPERS } from "./helpers.ts";
import { mergeEdgeBlocks, threadJumps, useRecordForms } from "./layout.ts";
import { link } from "./link/link.ts";
import type { LinkOptions, Program } from "./link/program.ts";
import { type MachineFunction, VECTOR_BASE } from "./machine.ts";
import { optimize } from "./optimize/optimize.ts";
import { allocateRegisters } from "./registers/allocate.ts";
import { scheduleAfterAllocation, scheduleBeforeAllocation } from "./schedule/schedule.ts";
import { selectInstructions } from "./select/select.ts";
import type { Surroundings } from "./select/selection.ts";
import { exitCode, faultHandler, interruptWrapper, startCode, VECTORS, VECTORS_END } from "./startup.ts";

export interface CodegenOptions {
  /** Size of the mailbox at the end of the SRAM in bytes, default 4096; return code and stack lie below it. */
  readonly mailboxBytes?: number;
  /** First byte of static data, default 0x100 (the front end's memory base). */
  readonly dataBase?: number;
  /** Bytes that must remain for the stack, default 512. */
  readonly minimumStack?: number;
  /** Also return the program as text, with addresses and words. */
  readonly listing?: boolean;
}

export interface CodegenResult {
  readonly image: Image;
  readonly listing?: string;
  /** Sections and functions with addresses and sizes, one a line. */
  readonly map: string;
}

const RAM_END = 0x4000;

/** One function from trees to machine code without addresses. */
function compile(context: ModuleContext, source: WasmFunction, around: Surroundings): MachineFunction {
  const graph = buildGraph(context, source);
  optimize(graph);
  const f = selectInstructions(graph, around);
  scheduleBeforeAllocation(f);
  allocateRegisters(f);
  useRecordForms(f);
  mergeEdgeBlocks(f);
  scheduleAfterAllocation(f);
  threadJumps(f);
  buildFrame(f);
  threadJumps(f);
  return f;
}

/**
 * Translates a module. Returns the image with sections, symbols and line entries after firmware-abi sections 1 and 2.
 * Throws CodegenError for programs that do not fit or use an intrinsic wrongly, with the source location where known.
 * Integer division by zero and INT_MIN / -1 do not trap, they give the results of the hardware (nux-core 2.3).
 */
export function generateCode(module: WasmModule, options: CodegenOptions = {}): CodegenResult {
  const mailboxBytes = options.mailboxBytes ?? 4096;
  const stackTop = RAM_END - mailboxBytes - 16;
  const dataBase = options.dataBase ?? 0x100;
  const functions = new Map(module.functions.map((f) => [f.name, f]));
  const exported = new Map(module.functions.flatMap((f) => f.exports.map((name) => [name, f] as const)));
  const main = exported.get("main");
  if (!main)
    throw new CodegenError("the program exports no function main; add `export function main(): i32`");
  if (main.parameters.length > 0) {
    throw new CodegenError(
      "main takes no parameters on the PPU; let the host write to static data",
      main.location,
    );
  }
  for (const { handler } of VECTORS) {
    const f = handler ? exported.get(handler) : undefined;
    if (f && f.parameters.length > 0) {
      throw new CodegenError(`interrupt handler ${handler} takes no parameters`, f.location);
    }
  }
  const handlers = VECTORS.flatMap(({ handler }) => handler ?? []);
  for (const [name, f] of exported) {
    if (!name.startsWith("isr_") || handlers.includes(name)) continue;
    const hint = `exports beginning with isr_ are: ${handlers.join(", ")}`;
    throw new CodegenError(`${name} is no interrupt handler (${hint})`, f.location);
  }

  // Static words behind the module's own data: globals and the table of function addresses.
  let at = (Math.max(module.dataEnd, dataBase) + 3) & -4;
  const globals = new Map<string, number>();
  const fixedGlobals = new Map<string, number>();
  const words: { address: number; value: number }[] = [];
  for (const g of module.globals) {
    if (!g.mutable) fixedGlobals.set(g.name, g.initial);
    else {
      globals.set(g.name, at);
      words.push({ address: at, value: g.initial });
      at += 4;
    }
  }
  const tableAddress = at;
  at += 4 * module.table.length;
  const tablesAt = at;

  const wantedHelpers = new Set<keyof typeof HELPERS>();
  const context: ModuleContext = {
    module,
    functions,
    globals,
    fixedGlobals,
    tableAddress,
    helper(name) {
      wantedHelpers.add(name);
      return name;
    },
  };
  const placementOf = (name: string) => functions.get(name)?.placement ?? "internal";
  const { sources, calleesFirst } = reachable(module, exported);
  const vectorsWritten = new Map<string, ReadonlySet<number>>();
  const everyVector = Array.from({ length: 32 }, (_, i) => VECTOR_BASE + i);
  const compiled = new Map<WasmFunction, MachineFunction>();
  const translate = (source: WasmFunction): void => {
    const f = compile(context, source, {
      near: (target) => placementOf(target) === source.placement,
      vectorsWritten(target) {
        if (target === "exit" || (target && target in HELPERS)) return [];
        return [...((target && vectorsWritten.get(target)) || everyVector)];
      },
    });
    compiled.set(source, f);
    vectorsWritten.set(source.name, writtenVectors(f));
  };
  for (const source of calleesFirst) translate(source);
  for (const name of wantedHelpers) translate(HELPERS[name]);
  const code = [...sources, ...[...wantedHelpers].map((name) => HELPERS[name])].map((source) => ({
    f: compiled.get(source)!,
    source,
    placement: source.placement,
  }));

  const start = exported.get("_start") ?? exported.get("__start");
  const calls = [start, main].flatMap((f) =>
    f ? [{ target: f.name, near: placementOf(f.name) === "internal" }] : [],
  );
  const startup = [startCode(stackTop, calls), exitCode(stackTop)];
  const vectors: { address: number; target: string | undefined }[] = [{ address: 0, target: "__init" }];
  for (const { address, handler } of VECTORS) {
    const f = handler ? exported.get(handler) : undefined;
    let target: string | undefined;
    if (handler && f) {
      target = handler === f.name ? `${handler}_entry` : handler;
      startup.push(
        interruptWrapper(
          target,
          f.name,
          placementOf(f.name) === "internal",
          vectorNumbers(vectorsWritten.get(f.name)!),
          module.debug !== undefined,
        ),
      );
    } else if (handler === "isr_program" || handler === "isr_alignment") {
      target = handler;
      const value = handler === "isr_program" ? TRAP_EXIT_CODE : ALIGNMENT_EXIT_CODE;
      startup.push(faultHandler(handler, stackTop, value));
    }
    vectors.push({ address, target });
  }
  const program: Program = {
    vectors,
    vectorsEnd: VECTORS_END,
    code: [...startup.map((f) => ({ f, source: undefined, placement: "internal" as const })), ...code],
    words,
    functionTable: { address: tableAddress, names: module.table },
    tablesAt,
    data: module.data,
  };
  const linkOptions: LinkOptions = {
    dataBase,
    dataEnd: module.dataEnd,
    mailboxBytes,
    ramEnd: RAM_END,
    stackTop,
    minimumStack: options.minimumStack ?? 512,
    listing: options.listing ?? false,
    debug: module.debug,
    variables: (module.variables ?? []).flatMap((variable): DebugGlobal[] => {
      const { address, constant, name, type } = variable;
      if (address !== undefined || constant !== undefined) return [variable];
      const fixed = fixedGlobals.get(name);
      if (fixed !== undefined) return [{ ...variable, constant: fixed }];
      // Small variables are the low-order bytes of their words.
      const word = globals.get(name);
      const bytes = type.kind === "base" ? type.bytes : 4;
      return word === undefined ? [] : [{ ...variable, address: word + 4 - bytes }];
    }),
  };
  const linked = link(program, linkOptions);
  const variables = [...globals].map(([name, address]): ImageSymbol => {
    const section = linked.image.sections.find((s) => address >= s.address && address < s.address + s.size);
    return { name, address, size: 4, type: "object", global: true, section: section?.name };
  });
  return { ...linked, image: { ...linked.image, symbols: [...linked.image.symbols, ...variables] } };
}

/** Functions that exports, the table or other such functions call: in the order of the module, and callees first. */
function reachable(
  module: WasmModule,
  exported: ReadonlyMap<string, WasmFunction>,
): { sources: WasmFunction[]; calleesFirst: WasmFunction[] } {
  const byName = new Map(module.functions.map((f) => [f.name, f]));
  const seen = new Set<WasmFunction>();
  const calleesFirst: WasmFunction[] = [];
  const visit = (f: WasmFunction | undefined): void => {
    if (!f || seen.has(f)) return;
    seen.add(f);
    const scan = (node: Node): void => {
      if (node.op === "call") visit(byName.get(node.target));
      forEachChild(node, scan);
    };
    scan(f.body);
    calleesFirst.push(f);
  };
  for (const name of module.table) visit(name === null ? undefined : byName.get(name));
  for (const f of exported.values()) visit(f);
  return { sources: module.functions.filter((f) => seen.has(f)), calleesFirst };
}

/** Vector registers that a function and everything it calls may write. */
function writtenVectors(f: MachineFunction): Set<number> {
  const written = new Set<number>();
  for (const block of f.blocks) {
    for (const x of block.instructions) for (const n of x.writes()) if (n >= VECTOR_BASE) written.add(n);
  }
  return written;
}

const vectorNumbers = (registers: ReadonlySet<number>): number[] =>
  [...registers].map((n) => n - VECTOR_BASE).sort((a, b) => a - b);
