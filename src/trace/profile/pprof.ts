/** Profiles as pprof reads them: protocol buffers of profile.proto, gzipped. A sample is an instruction in a context. */
import { gzipSync } from "node:zlib";
import {
  type FunctionInput,
  type LocationInput,
  Profile as PprofProfile,
  type SampleInput,
  StringTable,
} from "pprof-format";
import type { SourceLocation } from "../../toolchain/image.ts";
import type { CodeFrames } from "./code-frames.ts";
import { type Context, NO_INSTRUCTION } from "./contexts.ts";
import { causeName, type Profile, standsApart } from "./tree.ts";

/** 4 ns, as the chip runs. */
const NANOSECONDS_PER_CYCLE = 4;
/** Byte of the gzip header that tells the operating system: unknown. */
const GZIP_SYSTEM = { at: 9, unknown: 0xff };

class Tables {
  readonly strings = new StringTable();
  readonly functions: FunctionInput[] = [];
  readonly locations: LocationInput[] = [];
  readonly #functions = new Map<string, number>();
  readonly #locations = new Map<CodeFrames, Map<string, number>>();

  /** Frames of an address, innermost first; without any, or for what is no code, a name of its own. */
  location(frames: CodeFrames, address: number, name?: string): number {
    const known = this.#locations.get(frames) ?? new Map<string, number>();
    this.#locations.set(frames, known);
    const key = name ?? `${address}`;
    let id = known.get(key);
    if (id === undefined) {
      id = this.locations.length + 1;
      known.set(key, id);
      const chain = name === undefined ? frames.at(address).toReversed() : [];
      const line = chain.map(({ name: function_, source, declaration }) => ({
        functionId: this.#function(function_, declaration),
        line: source?.line ?? 0,
      }));
      if (line.length === 0)
        line.push({ functionId: this.#function(name ?? hex(address), undefined), line: 0 });
      const isCode = name === undefined;
      this.locations.push({ id, line, ...(isCode && { mappingId: 1, address }) });
    }
    return id;
  }

  #function(name: string, declaration: SourceLocation | undefined): number {
    const key = `${declaration?.file ?? ""}:${declaration?.line ?? 0} ${name}`;
    let id = this.#functions.get(key);
    if (id === undefined) {
      id = this.functions.length + 1;
      this.#functions.set(key, id);
      const named = this.strings.dedup(name);
      this.functions.push({
        id,
        name: named,
        systemName: named,
        filename: this.strings.dedup(declaration?.file ?? ""),
        startLine: declaration?.line ?? 0,
      });
    }
    return id;
  }
}

const hex = (address: number): string => `0x${(address >>> 0).toString(16).padStart(8, "0")}`;

/** Where a context's caller stands; for what nobody called, its caller's entry. */
function callers(tables: Tables, frames: CodeFrames, context: Context): number[] {
  const list: number[] = [];
  for (let at = context; at.parent?.function; at = at.parent) {
    list.push(tables.location(frames, at.callSite ?? at.parent.function.entry));
  }
  return list;
}

/** The bytes of a `.pb.gz` file. Sample types: cycles, instructions. Labels: `ppu`, and `cause` of cycles that were waited. */
export function pprofFile(profile: Profile, program: string): Uint8Array {
  const tables = new Tables();
  const { strings } = tables;
  const samples: SampleInput[] = [];
  const count = strings.dedup("count");
  const cycles = strings.dedup("cycles");
  const [ppuKey, causeKey] = [strings.dedup("ppu"), strings.dedup("cause")];
  for (const { profile: one, frames } of profile.ppus) {
    const ppu = { key: ppuKey, str: strings.dedup(one.ppu) };
    const visit = (context: Context): void => {
      const outer = callers(tables, frames, context);
      for (const [pc, spent] of context.spent) {
        const here = pc === NO_INSTRUCTION ? [] : [tables.location(frames, pc)];
        for (const [cause, spentCycles] of spent.cycles) {
          const apart = standsApart(cause) ? [tables.location(frames, NO_INSTRUCTION, causeName(cause))] : [];
          const isIssue = cause === "issue";
          samples.push({
            locationId: [...apart, ...here, ...outer],
            value: [spentCycles, isIssue ? spent.instructions : 0],
            label: isIssue ? [ppu] : [ppu, { key: causeKey, str: strings.dedup(cause) }],
          });
        }
      }
      for (const child of context.children.values()) visit(child);
    };
    visit(one.root);
  }
  const longest = Math.max(...profile.ppus.map((one) => one.profile.cycles));
  const file = new PprofProfile({
    sampleType: [
      { type: cycles, unit: count },
      { type: strings.dedup("instructions"), unit: count },
    ],
    sample: samples,
    mapping: [
      {
        id: 1,
        memoryStart: 0,
        memoryLimit: 0xffff_ffff,
        filename: strings.dedup(program),
        hasFunctions: true,
        hasFilenames: true,
        hasLineNumbers: true,
        hasInlineFrames: true,
      },
    ],
    location: tables.locations,
    function: tables.functions,
    stringTable: strings,
    durationNanos: longest * NANOSECONDS_PER_CYCLE,
    periodType: { type: cycles, unit: count },
    period: 1,
    defaultSampleType: cycles,
  });
  const bytes = new Uint8Array(gzipSync(file.encode()));
  bytes[GZIP_SYSTEM.at] = GZIP_SYSTEM.unknown;
  return bytes;
}
