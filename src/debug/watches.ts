/** Watchpoints at work: instructions that may touch a target end the run, and the values are compared then. */
import type { Chip, PpuName } from "../chip/index.ts";
import { byDataAddress, type Reached } from "./accesses.ts";
import { type Interest, type Listener, observe } from "./observe.ts";
import { firstSaturation } from "./saturation.ts";
import type { ScopeHost } from "./scope.ts";
import type { Saturation, WatchHit, Watchpoint } from "./types.ts";
import { firstDifference, laneOf, type Sample, type Sampler, sampler, sampleText } from "./watch-target.ts";

interface Watched {
  readonly watchpoint: Watchpoint;
  readonly sampler: Sampler;
  sample: Sample;
  interest: Interest;
  /** What the instruction in progress has done. */
  event:
    | {
        readonly ppu: PpuName;
        readonly pc: number;
        readonly reached?: Reached;
        readonly write: boolean;
        readonly saturation?: Saturation;
      }
    | undefined;
}

export class Watches {
  readonly #host: ScopeHost;
  readonly #chip: Chip;
  #list: Watched[] = [];
  #detach: (() => void) | undefined;
  /** The interests have changed since they were attached. */
  #stale = false;

  constructor(host: ScopeHost) {
    this.#host = host;
    this.#chip = host.chip;
  }

  get active(): boolean {
    return this.#list.length > 0;
  }

  /** Replaces the watchpoints; disabled ones have no effect at all. */
  set(watchpoints: readonly Watchpoint[]): void {
    this.detach();
    this.#list = watchpoints
      .filter(({ enabled }) => enabled)
      .map((watchpoint) => {
        const known = this.#list.find((entry) => entry.watchpoint.id === watchpoint.id);
        if (known) return { ...known, watchpoint };
        const read = sampler(this.#host, watchpoint.target);
        return {
          watchpoint,
          sampler: read,
          sample: [],
          interest: interestOf(watchpoint, []),
          event: undefined,
        };
      });
  }

  /** Takes the present values as the old ones and begins to watch. */
  arm(): void {
    if (!this.active) return;
    for (const watched of this.#list) this.#renew(watched);
    this.#attach();
  }

  detach(): void {
    this.#detach?.();
    this.#detach = undefined;
  }

  /** Hits of the instruction that has just ended a run. */
  collect(): readonly WatchHit[] {
    const hits: WatchHit[] = [];
    for (const watched of this.#list) {
      const { event } = watched;
      if (!event) continue;
      watched.event = undefined;
      const hit = this.#compare(watched, event);
      if (hit) hits.push(hit);
    }
    this.#reattach();
    return hits;
  }

  /** Changes that no instruction has made: by devices, or by the host while a way back is repeated. */
  collectForeign(): readonly WatchHit[] {
    const hits: WatchHit[] = [];
    for (const watched of this.#list) {
      const { target, access } = watched.watchpoint;
      if ((target.kind !== "memory" && target.kind !== "synapses") || access === "read") continue;
      const hit = this.#compare(watched, undefined);
      if (hit) hits.push(hit);
    }
    this.#reattach();
    return hits;
  }

  #compare(watched: Watched, event: Watched["event"]): WatchHit | undefined {
    const { watchpoint, sample: before } = watched;
    const { id, target, access } = watchpoint;
    if (event?.saturation) return saturationHit(watchpoint, event.ppu, event.pc, event.saturation);
    this.#renew(watched);
    const changed = firstDifference(before, watched.sample);
    if (changed === undefined && (access === "write" || !event)) return undefined;
    const element = changed ?? 0;
    const lane = changed === undefined ? undefined : laneOf(target, changed);
    const address = target.kind === "memory" ? touchedAddress(target, event?.reached, changed) : undefined;
    return {
      id,
      text: watchpoint.text,
      target,
      access: event && !event.write ? "read" : "write",
      ...(event && { ppu: event.ppu, pc: event.pc }),
      oldValue: sampleText(target, before, element),
      newValue: sampleText(target, watched.sample, element),
      ...(address !== undefined && { address }),
      ...(lane !== undefined && { lane }),
    };
  }

  #renew(watched: Watched): void {
    const { sample, dependencies } = watched.sampler.read();
    watched.sample = sample;
    watched.event = undefined;
    if (watched.interest.dependencies !== dependencies) {
      watched.interest = interestOf(watched.watchpoint, dependencies);
      this.#stale = true;
    }
  }

  /** Expressions may depend on other things than before. */
  #reattach(): void {
    if (!this.#stale || !this.#detach) return;
    this.detach();
    this.#attach();
  }

  #attach(): void {
    if (this.#detach) {
      if (!this.#stale) return;
      this.detach();
    }
    this.#stale = false;
    const list = this.#list;
    const stop = (index: number, event: NonNullable<Watched["event"]>) => {
      list[index].event = event;
      this.#chip.requestStop();
    };
    const listener: Listener = {
      element: (index, ppu, pc) => stop(index, { ppu, pc, write: true }),
      gpr: (index, ppu, pc, _register, value) => {
        const { watchpoint, sample } = list[index];
        if (watchpoint.target.kind === "register" && Number(sample[0]) >>> 0 === value >>> 0) return;
        stop(index, { ppu, pc, write: true });
      },
      access: (index, ppu, pc, _word, reached, write) => {
        const { watchpoint, sampler: read, sample } = list[index];
        if (watchpoint.access === "write") {
          const { target } = watchpoint;
          if (target.kind !== "expression" && firstDifference(read.read().sample, sample) === undefined)
            return;
        }
        stop(index, { ppu, pc, reached, write });
      },
      saturation: (index, ppu, pc, word) => {
        const saturation = firstSaturation(this.#chip.ppus[ppu], word);
        if (saturation) stop(index, { ppu, pc, write: true, saturation });
      },
    };
    this.#detach = observe(
      this.#chip,
      list.map(({ interest }) => interest),
      listener,
    );
  }
}

function interestOf({ target, access }: Watchpoint, dependencies: Interest["dependencies"]): Interest {
  return {
    dependencies,
    reads: access !== "write",
    writes: access !== "read",
    ...(target.kind === "saturation" && { saturation: target.ppu }),
  };
}

function saturationHit(
  { id, text, target }: Watchpoint,
  ppu: PpuName,
  pc: number,
  saturation: Saturation,
): WatchHit {
  return {
    id,
    text,
    target,
    access: "write",
    ppu,
    pc,
    oldValue: `${saturation.exact}`,
    newValue: `${saturation.result}`,
    lane: saturation.lane,
    saturation,
  };
}

/** First byte of a target that an access has touched, or that has changed, by data address. */
function touchedAddress(
  target: { readonly ppu: PpuName; readonly address: number; readonly length: number },
  reached: Reached | undefined,
  changed: number | undefined,
): number {
  if (changed !== undefined) return target.address + changed;
  const place = byDataAddress(target.ppu, target.address, target.length);
  return target.address + Math.max(0, (reached?.offset ?? place.offset) - place.offset);
}
