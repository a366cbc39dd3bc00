/** The recorded executions of vector instructions (test/golden/README.md). */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { FXV_INSTRUCTIONS } from "../../isa/index.ts";
import type { Instruction } from "../../isa/types.ts";

export interface VectorRecord {
  readonly i: string;
  readonly w: string;
  readonly cond: number;
  readonly imm?: number;
  readonly gpr?: Readonly<Record<string, string>>;
  readonly vra?: string;
  readonly vrb?: string;
  readonly vrt: string;
  readonly acc: string;
  readonly vcr: Conditions;
  readonly mem?: { readonly addr: string; readonly data: string };
  readonly pio?: { readonly addr: string; readonly data: string };
  readonly out: {
    readonly vrt: string;
    readonly acc: string;
    readonly vcr: Conditions | "=";
    readonly mem?: string;
    readonly pio?: string;
  };
}
type Conditions = { readonly eq: string; readonly gt: string; readonly lt: string };

export function readRecords(): VectorRecord[] {
  const text = gunzipSync(readFileSync(new URL("../golden/fxv.jsonl.gz", import.meta.url))).toString();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

export const rowByMnemonic = new Map<string, Instruction>(FXV_INSTRUCTIONS.map((row) => [row.mnemonic, row]));

/** "=" in a record means unchanged. */
export const changed = <T>(after: T | "=", before: T): T => (after === "=" ? before : after);
