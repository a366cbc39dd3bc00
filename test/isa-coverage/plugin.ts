/** Lets tests see `src/core/engine/program.ts` with a program class that notes what it decodes; it decodes to execute. */
import type { Plugin } from "vitest/config";

const PROGRAM = /\/src\/core\/engine\/program\.ts$/;
const CLASS = "export class Program {";

const NOTING = `
import { executedWords } from ${JSON.stringify(new URL("notes.ts", import.meta.url).pathname)};
const executed = executedWords();
export class Program extends PlainProgram {
  readonly #noted: State;
  constructor(state: State, bus: Bus, timing: TimingProfile) {
    super(state, bus, timing);
    this.#noted = state;
  }
  override predecode(pc: number): void {
    super.predecode(pc);
    executed.add(this.#noted.words[pc >>> 2]);
  }
  override fetchExternal(pc: number, t: number): number {
    const operation = super.fetchExternal(pc, t);
    executed.add(this.#noted.special[SPECIAL.word]);
    return operation;
  }
}
`;

export function isaCoverage(): Plugin {
  return {
    name: "isa-coverage",
    enforce: "pre",
    transform(code, id) {
      if (!PROGRAM.test(id)) return undefined;
      const parts = code.split(CLASS);
      if (parts.length !== 2) throw new Error(`${id} has no "${CLASS}"; adapt test/isa-coverage/plugin.ts`);
      return { code: parts.join("class PlainProgram {") + NOTING, map: null };
    },
  };
}
