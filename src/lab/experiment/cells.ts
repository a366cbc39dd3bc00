/** Results of an experiment as files: one JSON file a cell, so that a repeated command continues where it ended. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory, writeErrorReason } from "../output-directory.ts";

export interface Cell<Result> {
  readonly key: string;
  /** Everything that the result depends on, hashed. */
  readonly inputs: string;
  /** Names of the files that belong to the result. */
  readonly files: readonly string[];
  readonly result: Result;
  /** Wall time of the computation. */
  readonly seconds: number;
}

/** A directory of results can't be used. */
export class CellError extends Error {
  override name = "CellError";
}

export class CellStore {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    try {
      makeDirectory(directory);
    } catch (error) {
      const reason = writeErrorReason(error as NodeJS.ErrnoException);
      throw new CellError(`${directory} can't be used for results: ${reason}`);
    }
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** The stored result, or undefined when there is none for these inputs, or a file of it is missing. */
  read<Result>(key: string, inputs: string): Cell<Result> | undefined {
    try {
      const cell = JSON.parse(readFileSync(this.path(`${key}.json`), "utf8")) as Cell<Result>;
      const complete = cell.key === key && cell.inputs === inputs;
      return complete && cell.files.every((name) => existsSync(this.path(name))) ? cell : undefined;
    } catch {
      return undefined;
    }
  }

  write<Result>(cell: Cell<Result>): void {
    this.writeFile(`${cell.key}.json`, `${JSON.stringify(cell, null, 2)}\n`);
  }

  /** Voids a result, to be done before its files are replaced. */
  remove(key: string): void {
    rmSync(this.path(`${key}.json`), { force: true });
  }

  readFile(name: string): Uint8Array {
    return readFileSync(this.path(name));
  }

  /** Writes a file as a whole or not at all. */
  writeFile(name: string, contents: string | Uint8Array): void {
    writeFileSync(this.path(`${name}.new`), contents);
    renameSync(this.path(`${name}.new`), this.path(name));
  }
}

export function hashInputs(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
