/** Coverage of tests, from the counts that their results carry. */
import { readElf } from "../toolchain/elf/index.ts";
import type { Image } from "../toolchain/image.ts";
import {
  type Counts,
  coverageOf,
  mergeCoverage,
  mergeTests,
  type TestCoverage,
} from "../trace/coverage/index.ts";
import { type BrokenFile, type BuiltFile, type CounterTable, fullName, type PpuOutcome } from "./model.ts";
import { isBroken, type TestEvent } from "./runner.ts";

const NOTHING = { executed: 0, taken: 0, cycles: 0 };

function countsOf({ pc, executed, taken, cycles }: CounterTable): Counts {
  const index = new Map(Array.from(pc, (address, n) => [address, n]));
  return {
    at(address) {
      const n = index.get(address);
      return n === undefined ? NOTHING : { executed: executed[n], taken: taken[n], cycles: cycles[n] };
    },
  };
}

/** Is told what happens in a run whose settings ask for counters. */
export class CoverageCollector {
  readonly #builds: ReadonlyMap<string, BuiltFile | BrokenFile>;
  readonly #images = new Map<string, Image>();
  readonly #tests: TestCoverage[] = [];
  #pending: Promise<void> = Promise.resolve();

  /** `builds`: those of the run. */
  constructor(builds: ReadonlyMap<string, BuiltFile | BrokenFile>) {
    this.#builds = builds;
  }

  tell(event: TestEvent): void {
    if (event.kind === "test") {
      const { file, name, ppus } = event.result;
      if (ppus.length > 0) this.#add(file, `${file} > ${fullName(name)}`, ppus);
    } else if (event.kind === "program") this.#add(event.file, event.file, event.ppus);
  }

  /** Tests in the order in which they ended, each with all its seeds. */
  async finish(): Promise<readonly TestCoverage[]> {
    await this.#pending;
    return mergeTests(this.#tests);
  }

  #add(file: string, name: string, ppus: readonly PpuOutcome[]): void {
    const image = this.#image(file);
    if (!image) return;
    this.#pending = this.#pending.then(async () => {
      const tables = ppus.flatMap(({ counters }) => counters ?? []);
      const parts = await Promise.all(
        tables.map((table) => coverageOf(image, countsOf(table), { path: file })),
      );
      this.#tests.push({ name, coverage: mergeCoverage(parts) });
    });
  }

  #image(file: string): Image | undefined {
    const built = this.#builds.get(file);
    if (!built || isBroken(built)) return undefined;
    const known = this.#images.get(built.id);
    // The reader does not take shared bytes.
    const image = known ?? readElf(built.elf.slice(), file);
    this.#images.set(built.id, image);
    return image;
  }
}
