/** Source files as a client knows them (paths of this host) and as debug information names them. */
import { realpathSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { DebugSession } from "../session.ts";
import type { PpuName } from "../types.ts";

const PPUS = ["top", "bottom"] as const;

function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

export class Sources {
  readonly #session: DebugSession;
  #names: ReadonlyMap<string, string> | undefined;

  constructor(session: DebugSession) {
    this.#session = session;
  }

  /** A file of the debug information; without a path if it is not on this host. */
  source(ppu: PpuName, file: string): DebugProtocol.Source {
    const path = this.#session.symbols(ppu).sourcePath(file);
    const name = basename(file);
    return path === undefined
      ? { name, path: file, presentationHint: "deemphasize", origin: "not found; see sourceDirectory" }
      : { name, path: resolve(path) };
  }

  /** Name in the debug information for a path of the client; the path itself if there is none. */
  nameOf(path: string): string {
    if (!this.#names) {
      const names = new Map<string, string>();
      for (const { file, path: found } of this.#all()) names.set(canonical(found), file);
      this.#names = names;
    }
    return this.#names.get(canonical(path)) ?? path;
  }

  /** Files that are on this host. */
  loaded(): DebugProtocol.Source[] {
    const paths = [...new Set(this.#all().map(({ path }) => resolve(path)))].toSorted();
    return paths.map((path) => ({ name: basename(path), path }));
  }

  /** Lines of a file that have code. */
  linesWithCode(path: string): number[] {
    const name = this.nameOf(path);
    const lines = PPUS.flatMap((ppu) => this.#session.symbols(ppu).linesWithCode(name));
    return [...new Set(lines)].toSorted((a, b) => a - b);
  }

  #all(): { readonly file: string; readonly path: string }[] {
    return PPUS.flatMap((ppu) => {
      const symbols = this.#session.symbols(ppu);
      return symbols.files.flatMap((file) => {
        const path = symbols.sourcePath(file);
        return path === undefined ? [] : [{ file, path }];
      });
    });
  }
}
