/** What can be seen of code and of the analog core at a stop. */
import { disassemble } from "../../isa/disassemble.ts";
import { decayFactor } from "../chip/analog/random.ts";
import { type Chip, Hemisphere } from "../chip/index.ts";
import { AddressIndex } from "../toolchain/symbols.ts";
import type { Breakables } from "./breakpoints.ts";
import { peekInstruction } from "./memory.ts";
import { sideIndex } from "./position.ts";
import type { ScopeHost } from "./scope.ts";
import type { AnalogState, DisassembledLine, PpuName } from "./types.ts";

/** Instructions in the fetch view; ends where memory does. */
export function disassembleAt(
  host: ScopeHost,
  breakables: Breakables,
  ppu: PpuName,
  address: number,
  count: number,
): readonly DisassembledLine[] {
  const lines: DisassembledLine[] = [];
  const symbols = host.symbols(ppu);
  const image = host.image(ppu);
  const index = image && new AddressIndex(image);
  const nameOf = (at: number) => index?.nameOf(at);
  const { pc } = host.chip.ppus[ppu];
  for (let at = (address & ~3) >>> 0; lines.length < count; at += 4) {
    const word = peekInstruction(host.chip, ppu, at);
    if (word === undefined) break;
    const { text, target } = disassemble(word, at, { symbolAt: nameOf });
    const symbol = nameOf(at);
    const source = symbols.sourceAt(at);
    lines.push({
      address: at,
      word: word >>> 0,
      text,
      ...(symbol !== undefined && { symbol }),
      ...(source && { source }),
      isPc: at === pc,
      ids: breakables.at(ppu, at),
      ...(target !== undefined && { target }),
    });
  }
  return lines;
}

const COLUMNS = 256;

/**
 * The analog core without touching it: a second hemisphere takes a copy of the state and does there what the next
 * conversion would do here.
 */
export class AnalogProbe {
  readonly #copies = new Map<PpuName, Hemisphere>();

  read(chip: Chip, name: PpuName): AnalogState {
    const hemisphere = chip.hemispheres[name];
    const state = hemisphere.snapshot();
    const copy = this.#copyOf(chip, name);
    copy.restore(state);
    // Any change of a driver moves pending charge to the membranes.
    copy.configureDriver(0, {});
    const { membrane, scalars } = copy.snapshot();
    const [referenceCycle, eventCount] = scalars;
    const age = chip.ppuCycle(name) - referenceCycle;
    const { leakRate } = copy.trim;
    return {
      hemisphere: name,
      membranes: Float64Array.from(
        { length: COLUMNS },
        (_, column) => membrane[column] * decayFactor(age * leakRate[column]),
      ),
      causal: hemisphere.causal.slice(),
      acausal: hemisphere.acausal.slice(),
      conversions: hemisphere.conversions,
      eventsSinceReset: Float64Array.from(state.eventsAtReset, (events) => eventCount - events),
      resetCycles: Float64Array.from(state.resetCycle),
      cadcEnabled: hemisphere.cadcEnabled,
    };
  }

  #copyOf({ hemispheres }: Chip, name: PpuName): Hemisphere {
    const { chipSeed, noiseSeed, parameters } = hemispheres[name];
    const made =
      this.#copies.get(name) ??
      new Hemisphere({ hemisphere: sideIndex(name), chipSeed, noiseSeed, parameters });
    this.#copies.set(name, made);
    return made;
  }
}
