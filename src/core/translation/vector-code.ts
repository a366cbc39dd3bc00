/** Vector instructions in translated code: the kernels on lanes, copies between registers and the SRAM, and their timing. */
import { packedWord, type VectorOperation } from "../engine/vector-operations.ts";
import { MEMORY_LAYOUT, SRAM_BYTES, VECTOR_BYTES } from "../layout.ts";
import { DERIVED_LAYOUT, SPECIAL } from "../state.ts";
import { kernelArguments, kernelName } from "../vector/kernels.ts";
import { inlineKernel } from "./kernel-templates.ts";
import type { Registers } from "./registers.ts";
import type { Code, Import } from "./wasm-code.ts";

const VECTOR_READY = MEMORY_LAYOUT.special + 4 * SPECIAL.vectorReady;
const STEP = 16;
/** Bytes of inlined kernels from which on a region calls them: its code would take long to compile. */
const MOST_INLINED = 60_000;
/** What the host has to provide: see `VectorHost`. */
const ISSUE_KNOWN: Import = { name: "issueKnown", parameters: 3, result: true };
const ISSUE: Import = { name: "issue", parameters: 3, result: false };
const DRAINED: Import = { name: "drained", parameters: 0, result: true };

/** The functions that translated code calls for vector instructions. */
export interface VectorHost {
  /** Kernels by mnemonic, and `issueKnown`. */
  readonly kernels: Readonly<Record<string, unknown>>;
  /** Before and behind a run of translated code. */
  enter(): void;
  leave(): void;
  /** The timing of an instruction that issues at relative t, whose port answers after `latency`. */
  issue(packed: number, t: number, latency: number): void;
  /** Relative time from which on nothing is left to do in the vector unit. */
  drained(): number;
}

/** One vector instruction: its word, and where it stands in the code. */
export interface VectorSite {
  readonly word: number;
  readonly vector: VectorOperation;
  /** Of a block: see `Block.settling`. */
  readonly settling: number;
  /** Pushes the time of issue, were the vector unit not busy. */
  readonly issue: () => void;
  /** Leaves the instruction if the i32 on the stack is not 0; it has had no effect yet. */
  readonly leaveIf: () => void;
}

export class VectorCode {
  readonly #code: Code;
  readonly #registers: Registers;
  readonly #latency: number;
  readonly #at: number;
  readonly #issue: number;
  /** Bytes of inlined kernels so far. */
  #inlined = 0;
  /** Local with the cycles that the last instruction waits for the vector unit. */
  readonly wait: number;

  /** `latency`: of vector loads and stores in the SRAM. */
  constructor(code: Code, registers: Registers, latency: number) {
    this.#code = code;
    this.#registers = registers;
    this.#latency = latency;
    this.#at = code.newLocal();
    this.#issue = code.newLocal();
    this.wait = code.newLocal();
  }

  /** Everything that the instruction does; behind it `wait` holds for how long it has waited. */
  execute(site: VectorSite): void {
    const code = this.#code;
    this.#waitForQueue(site);
    if (site.vector.addressed) this.#transfer(site);
    else this.#lanes(site);
    const issue = (callee: Import) => {
      code.constant(packedWord(site.vector, site.word)).get(this.#issue);
      code.constant(site.vector.addressed ? this.#latency : 1).call(callee);
    };
    issue(ISSUE_KNOWN);
    code.op("i32.eqz").if();
    issue(ISSUE);
    code.end();
  }

  /** The cycles that a `sync` waits for the vector unit beyond the time that `push` pushes. */
  drain(push: () => void): void {
    this.#code.call(DRAINED);
    push();
    this.#code.op("i32.sub");
    this.#setWait();
  }

  /** The i32 on the stack to `wait`, or 0 if it is negative. */
  #setWait(): void {
    const { wait } = this;
    this.#code.tee(wait).constant(0).get(wait).constant(0).op("i32.gt_s").op("select").set(wait);
  }

  #waitForQueue({ issue, settling, leaveIf }: VectorSite): void {
    const code = this.#code;
    issue();
    code.set(this.#issue).constant(0).access("i32.load", VECTOR_READY).get(this.#issue).op("i32.sub");
    this.#setWait();
    if (settling > 1) {
      code
        .get(this.wait)
        .constant(1)
        .op("i32.sub")
        .constant(settling - 1)
        .op("i32.lt_u");
      leaveIf();
    }
    code.get(this.#issue).get(this.wait).op("i32.add").set(this.#issue);
  }

  #lanes({ vector, word }: VectorSite): void {
    const code = this.#code;
    const name = kernelName(vector.kernel);
    const args = kernelArguments(vector.kernel, word);
    const [target, a, b, argument] = args;
    if (argument === undefined) {
      this.#registers.get(`r${(word >>> 16) & 31}`);
      code.set(code.scalar);
    }
    const start = code.bytes.length;
    if (this.#inlined < MOST_INLINED && inlineKernel(code, name, args)) {
      this.#inlined += code.bytes.length - start;
      return;
    }
    code.constant(target).constant(a).constant(b);
    if (argument === undefined) code.get(code.scalar);
    else code.constant(argument);
    code.call({ name, parameters: 4, result: false });
  }

  /** fxvlax and fxvstax, in the SRAM and not over code. */
  #transfer({ vector, word, leaveIf }: VectorSite): void {
    const code = this.#code;
    const base = (word >>> 16) & 31;
    this.#registers.get(`r${(word >>> 11) & 31}`);
    if (base !== 0) {
      this.#registers.get(`r${base}`);
      code.op("i32.add");
    }
    code.constant(~3).op("i32.and").tee(this.#at);
    code.constant(SRAM_BYTES - VECTOR_BYTES).op("i32.gt_u");
    leaveIf();
    const register = MEMORY_LAYOUT.vectors + ((word >>> 21) & 31) * VECTOR_BYTES;
    const isStore = vector.row.timing === "vectorStore";
    if (isStore) {
      this.#pushIsCode();
      leaveIf();
    }
    for (let offset = 0; offset < VECTOR_BYTES; offset += STEP) {
      if (isStore)
        code
          .get(this.#at)
          .constant(0)
          .access("v128.load", register + offset);
      else code.constant(0).get(this.#at).access("v128.load", offset);
      code.access("v128.store", isStore ? offset : register + offset);
    }
  }

  /** Pushes whether any of the words that the vector is stored to has been decoded. */
  #pushIsCode(): void {
    const code = this.#code;
    for (let offset = 0; offset < VECTOR_BYTES / 2; offset += STEP) {
      code
        .get(this.#at)
        .constant(1)
        .op("i32.shr_u")
        .access("v128.load", DERIVED_LAYOUT.code + offset);
      if (offset > 0) code.vector("v128.or");
    }
    code.vector("v128.any_true");
  }
}
