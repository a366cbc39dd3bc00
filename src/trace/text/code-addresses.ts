/** Which values are addresses of code: return addresses on their way through registers and memory. */
import { decode, field } from "../../../isa/decode.ts";
import { sprByNumber } from "../../../isa/sprs.ts";
import type { InstructionRecord } from "../model.ts";

/** Registers that hold addresses of code whoever wrote them. */
const ALWAYS: ReadonlySet<string> = new Set(["lr", "srr0", "csrr0", "mcsrr0"]);
/** More words than any stack has; beyond it they are forgotten. */
const MOST_WORDS = 0x10000;
const GPRS = 32;

export interface CodeValues {
  /** Registers of `writes` whose value is an address of code. */
  readonly registers: ReadonlySet<string>;
  /** Indices of `accesses`. */
  readonly accesses: ReadonlySet<number>;
}

/** Follows the records of one PPU. */
export class CodeAddresses {
  readonly #registers = new Set<string>(ALWAYS);
  readonly #words = new Set<number>();

  reset(): void {
    for (const name of this.#registers) if (!ALWAYS.has(name)) this.#registers.delete(name);
    this.#words.clear();
  }

  apply(record: InstructionRecord): CodeValues {
    const { word, accesses, writes } = record;
    const found = { registers: new Set<string>(), accesses: new Set<number>() };
    if (accesses.length === 0 && writes.length === 0) return found;
    const row = decode(word);
    const target = field(word, "RT");
    const isMultiple = row?.timing === "loadMultiple" || row?.timing === "storeMultiple";
    const nth = (index: number) => `r${isMultiple ? Math.min(target + index, GPRS - 1) : target}`;
    const loaded = new Set<string>();
    accesses.forEach(({ port, address, bytes, write }, index) => {
      if (port !== "scalar") return;
      if (write) this.#words.delete(address & ~3);
      const isCode = write ? this.#registers.has(nth(index)) : this.#words.has(address);
      if (bytes !== 4 || !isCode) return;
      found.accesses.add(index);
      if (!write) loaded.add(nth(index));
      else if (this.#words.size < MOST_WORDS) this.#words.add(address);
    });
    const moved = this.#moved(word, row?.mnemonic);
    for (const { register } of writes) {
      if (!ALWAYS.has(register) && !loaded.has(register) && register !== moved)
        this.#registers.delete(register);
      else {
        this.#registers.add(register);
        found.registers.add(register);
      }
    }
    return found;
  }

  /** The register to which an instruction moves an address of code from another one. */
  #moved(word: number, mnemonic: string | undefined): string | undefined {
    if (mnemonic === "mfspr") {
      const name = sprByNumber(field(word, "SPR"))?.name.toLowerCase();
      return name !== undefined && ALWAYS.has(name) ? `r${field(word, "RT")}` : undefined;
    }
    const source = field(word, "RS");
    const isMove = mnemonic === "or" && source === field(word, "RB") && this.#registers.has(`r${source}`);
    return isMove ? `r${field(word, "RA")}` : undefined;
  }
}
