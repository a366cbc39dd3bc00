import { AT, FORM, TAG } from "../../toolchain/elf/dwarf-constants.ts";
import type { FormValue } from "../../toolchain/elf/dwarf-form.ts";
import type { AttributeSpecification } from "./abbreviations.ts";
import type { Unit } from "./unit.ts";

/** References that are followed one after the other before a chain of them is given up as damaged. */
const LONGEST_CHAIN = 16;

export interface Attribute {
  readonly form: number;
  readonly value: FormValue;
}

/** A debugging information entry: a function, a variable, a type, a scope, … */
export class Die {
  readonly unit: Unit;
  /** In the section of its unit. */
  readonly offset: number;
  readonly tag: number;
  readonly parent: Die | undefined;
  readonly children: Die[] = [];
  private readonly specifications: readonly AttributeSpecification[];
  private readonly attributes: readonly Attribute[];

  constructor(
    unit: Unit,
    offset: number,
    tag: number,
    parent: Die | undefined,
    specifications: readonly AttributeSpecification[],
    attributes: readonly Attribute[],
  ) {
    this.unit = unit;
    this.offset = offset;
    this.tag = tag;
    this.parent = parent;
    this.specifications = specifications;
    this.attributes = attributes;
  }

  own(name: number): Attribute | undefined {
    const index = this.specifications.findIndex((specification) => specification.name === name);
    return index < 0 ? undefined : this.attributes[index];
  }

  /** The entry that has an attribute: this one, or one that it is an instance or the definition of. */
  private holder(name: number): Die | undefined {
    let die: Die | undefined = this;
    for (let n = 0; die && n < LONGEST_CHAIN; n++) {
      if (die.own(name)) return die;
      die = die.origin();
    }
    return undefined;
  }

  /** The abstract instance of an inlined or concrete one, or the declaration of a definition. */
  origin(): Die | undefined {
    return this.ownReference(AT.abstractOrigin) ?? this.ownReference(AT.specification);
  }

  /** The last entry of the chain of origins: what all instances of a function or variable have in common. */
  root(): Die {
    let die: Die = this;
    for (let n = 0; n < LONGEST_CHAIN; n++) {
      const origin = die.ownReference(AT.abstractOrigin);
      if (!origin) break;
      die = origin;
    }
    return die;
  }

  has(name: number): boolean {
    return this.holder(name) !== undefined;
  }

  text(name: number): string | undefined {
    const holder = this.holder(name);
    const attribute = holder?.own(name);
    return attribute && holder?.unit.text(attribute);
  }

  get name(): string | undefined {
    return this.text(AT.name);
  }

  /** What is stored for an attribute. */
  value(name: number): FormValue | undefined {
    return this.holder(name)?.own(name)?.value;
  }

  /** A constant; signed where its form is. Undefined for other kinds of values. */
  number(name: number): number | undefined {
    const value = this.value(name);
    return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
  }

  flag(name: number): boolean {
    return (this.number(name) ?? 0) !== 0;
  }

  bytes(name: number): Uint8Array | undefined {
    const value = this.value(name);
    return value instanceof Uint8Array ? value : undefined;
  }

  reference(name: number): Die | undefined {
    return this.holder(name)?.ownReference(name);
  }

  private ownReference(name: number): Die | undefined {
    const attribute = this.own(name);
    return attribute && this.unit.resolve(attribute);
  }

  /** An address of this entry itself. */
  address(name: number): number | undefined {
    const attribute = this.own(name);
    return attribute && this.unit.address(attribute);
  }

  /** Names of the namespaces and classes around it, joined by `::`. */
  get qualifiedName(): string | undefined {
    const name = this.name;
    if (name === undefined) return undefined;
    const parts = [name];
    const specified = this.ownReference(AT.specification) ?? this.root().ownReference(AT.specification);
    let scope = (specified ?? this.root()).parent;
    while (scope) {
      if (QUALIFYING.has(scope.tag)) parts.unshift(scope.name ?? "(anonymous)");
      scope = scope.parent;
    }
    return parts.join("::");
  }

  /** Descendants of which a tag is wanted, in order; `enter` says into which entries to go. */
  *descendants(wanted: ReadonlySet<number>, enter: (die: Die) => boolean): Generator<Die> {
    const work = [...this.children].reverse();
    while (work.length > 0) {
      const die = work.pop()!;
      if (wanted.has(die.tag)) yield die;
      if (enter(die)) for (let n = die.children.length - 1; n >= 0; n--) work.push(die.children[n]);
    }
  }
}

const QUALIFYING: ReadonlySet<number> = new Set([
  TAG.namespace,
  TAG.classType,
  TAG.structureType,
  TAG.unionType,
]);

/** Whether a value stands for an address or an index of one. */
export function isAddressForm(form: number): boolean {
  return form === FORM.addr || form === FORM.addrx || (form >= FORM.addrx1 && form <= FORM.addrx4);
}
