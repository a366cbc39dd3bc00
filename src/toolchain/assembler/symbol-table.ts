import type { ImageSymbol, SourceLocation } from "../image.ts";
import { formatLocation } from "../symbols.ts";
import { StatementError } from "./assembler-error.ts";
import { applyBinary, applyUnary, binaryNode, type ExpressionNode, numberNode } from "./expression.ts";
import type { SectionBuilder } from "./section-builder.ts";

/** A value that counts from the begin of a section as long as that has no address. */
export interface Value {
  readonly value: bigint;
  readonly section?: SectionBuilder;
}

/** What is known of a name. */
export interface SymbolEntry {
  readonly name: string;
  node?: ExpressionNode;
  isLabel: boolean;
  location?: SourceLocation;
  global: boolean;
  type: ImageSymbol["type"];
  size?: ExpressionNode;
  evaluating: boolean;
}

const LOCAL_REFERENCE = /^(\d+)([bf])$/;
const localName = (number: string, count: number): string => `${number}#${count}`;

/** Names of one assembly: labels, assigned symbols, numeric local labels. */
export class SymbolTable {
  private readonly entries = new Map<string, SymbolEntry>();
  private readonly localCounts = new Map<string, number>();
  private readonly final = new Map<ExpressionNode, Value>();
  /** Symbols of the linker by name; given when addresses are known. */
  private linker: ReadonlyMap<string, number> | undefined;
  readonly usedLinkerSymbols = new Set<string>();

  private entry(name: string): SymbolEntry {
    let entry = this.entries.get(name);
    if (!entry) {
      entry = { name, isLabel: false, global: false, type: "none", evaluating: false };
      this.entries.set(name, entry);
    }
    return entry;
  }

  isDefined(name: string): boolean {
    return this.entries.get(name)?.node !== undefined;
  }

  defineLabel(name: string, section: SectionBuilder, location: SourceLocation): void {
    let full = name;
    if (/^\d+$/.test(name)) {
      const count = (this.localCounts.get(name) ?? 0) + 1;
      this.localCounts.set(name, count);
      full = localName(name, count);
    }
    const entry = this.entry(full);
    if (entry.node) {
      const before = entry.location ? `, defined at ${formatLocation(entry.location)} before` : "";
      throw new StatementError(`symbol ${name} is defined twice${before}`);
    }
    entry.node = { kind: "place", section, offset: section.size, depth: 0 };
    entry.isLabel = true;
    entry.location = location;
  }

  /** Defines or redefines an assigned symbol; the value is fixed now as far as it is known. */
  assign(name: string, node: ExpressionNode, location: SourceLocation): void {
    if (name === ".") throw new StatementError("`.` cannot be assigned; use .org or .space");
    const entry = this.entry(name);
    if (entry.isLabel) {
      throw new StatementError(
        `symbol ${name} is a label, defined at ${formatLocation(entry.location!)} before`,
      );
    }
    const known = this.evaluate(node);
    if (known?.section) {
      entry.node = { kind: "place", section: known.section, offset: Number(known.value), depth: 0 };
    } else {
      entry.node = known ? numberNode(known.value) : node;
    }
    entry.location = location;
  }

  setGlobal(name: string): void {
    this.entry(name).global = true;
  }

  setType(name: string, type: ImageSymbol["type"]): void {
    this.entry(name).type = type;
  }

  setSize(name: string, size: ExpressionNode): void {
    this.entry(name).size = size;
  }

  /** Fixes what depends on the place in the text: `.`, numeric labels, and symbols that may be assigned again. */
  bind(node: ExpressionNode, section: SectionBuilder): ExpressionNode {
    switch (node.kind) {
      case "symbol":
        return this.bindSymbol(node, section);
      case "unary":
        return { ...node, operand: this.bind(node.operand, section) };
      case "binary":
        return binaryNode(node.operator, this.bind(node.left, section), this.bind(node.right, section));
      default:
        return node;
    }
  }

  private bindSymbol(node: ExpressionNode & { kind: "symbol" }, section: SectionBuilder): ExpressionNode {
    if (node.name === ".") return { kind: "place", section, offset: section.size, depth: 0 };
    const local = LOCAL_REFERENCE.exec(node.name);
    if (!local) return this.entries.get(node.name)?.node ?? node;
    const [, number, direction] = local;
    const count = (this.localCounts.get(number) ?? 0) + (direction === "f" ? 1 : 0);
    if (count === 0) throw new StatementError(`no label ${number}: stands before ${node.name}`, node.offset);
    return { ...node, name: localName(number, count) };
  }

  /** The value as far as it is known: undefined when it depends on a symbol that is not defined yet. */
  evaluate(node: ExpressionNode): Value | undefined {
    const known = this.final.get(node);
    if (known) return known;
    const value = this.compute(node);
    if (value && this.linker) this.final.set(node, value);
    return value;
  }

  private compute(node: ExpressionNode): Value | undefined {
    switch (node.kind) {
      case "number":
        return { value: node.value };
      case "place": {
        const section = node.section as SectionBuilder;
        if (this.linker) return { value: BigInt(section.address + node.offset) };
        return { value: BigInt(node.offset), section };
      }
      case "symbol":
        return this.symbolValue(node);
      case "unary": {
        const operand = this.evaluate(node.operand);
        if (operand?.section)
          throw new StatementError(`operator ${node.operator} on an address that is not known yet`);
        return operand && { value: applyUnary(node.operator, operand.value) };
      }
      case "binary": {
        const left = this.evaluate(node.left);
        if (!left) return undefined;
        const right = this.evaluate(node.right);
        return right && combine(node.operator, left, right);
      }
    }
  }

  private symbolValue(node: ExpressionNode & { kind: "symbol" }): Value | undefined {
    const entry = this.entries.get(node.name);
    if (entry?.node) {
      if (entry.evaluating) throw new StatementError(`symbol ${node.name} is defined by itself`);
      entry.evaluating = true;
      try {
        return this.evaluate(entry.node);
      } finally {
        entry.evaluating = false;
      }
    }
    if (!this.linker) return undefined;
    const linked = this.linker.get(node.name);
    if (linked === undefined) {
      const name = node.name.replace(/#\d+$/, "f");
      const hint =
        name !== node.name ? `no label ${name.slice(0, -1)}: follows` : `symbol ${name} is not defined`;
      throw new StatementError(hint, node.offset);
    }
    this.usedLinkerSymbols.add(node.name);
    return { value: BigInt(linked) };
  }

  /** From here on sections have addresses and everything has a value. */
  finish(linker: ReadonlyMap<string, number>): void {
    this.linker = linker;
  }

  /** Names for the symbol table of the image: all but numeric labels and `.L` ones. */
  *named(): Generator<SymbolEntry> {
    for (const entry of this.entries.values()) {
      if (!entry.name.includes("#") && !entry.name.startsWith(".L")) yield entry;
    }
  }
}

function combine(operator: string, left: Value, right: Value): Value {
  if (left.section === right.section && left.section) {
    if (operator === "+") throw new StatementError("the sum of two addresses makes no sense");
    if (!["-", "==", "=", "!=", "<>", "<", ">", "<=", ">="].includes(operator)) {
      throw new StatementError(`operator ${operator} on addresses that are not known yet`);
    }
    return { value: applyBinary(operator, left.value, right.value) };
  }
  const value = applyBinary(operator, left.value, right.value);
  if (!left.section && !right.section) return { value };
  if (operator === "+" && !(left.section && right.section))
    return { value, section: left.section ?? right.section };
  if (operator === "-" && !right.section) return { value, section: left.section };
  throw new StatementError(`operator ${operator} on addresses that are not known yet`);
}
