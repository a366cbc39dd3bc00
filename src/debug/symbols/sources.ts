import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, posix, resolve } from "node:path";

/** Larger files are not shown as source text. */
const MOST_SOURCE_BYTES = 16 * 1024 * 1024;

/** Finds and reads source files; each is looked for once. */
export class SourceFiles {
  private readonly directories: readonly string[];
  private readonly paths = new Map<string, string | undefined>();
  private readonly texts = new Map<string, readonly string[] | undefined>();

  /** `image` is the path of the program's file, beside which sources are looked for too. */
  constructor(directories: readonly string[], image: string | undefined) {
    this.directories = [
      ...directories,
      process.cwd(),
      ...(image === undefined ? [] : [dirname(resolve(image))]),
    ];
  }

  /** Existing path of a file; `recorded` is its path with the directory that it was compiled in. */
  path(file: string, recorded: string): string | undefined {
    if (!this.paths.has(file)) this.paths.set(file, this.find(file, recorded));
    return this.paths.get(file);
  }

  private find(file: string, recorded: string): string | undefined {
    const candidates = [
      ...(isAbsolute(recorded) ? [recorded] : []),
      ...(isAbsolute(file) ? [] : this.directories.map((directory) => join(directory, file))),
      ...this.directories.map((directory) => join(directory, basename(file))),
    ];
    return candidates.find((path) => existsSync(path));
  }

  lines(file: string, recorded: string): readonly string[] | undefined {
    if (!this.texts.has(file)) this.texts.set(file, this.read(this.path(file, recorded)));
    return this.texts.get(file);
  }

  private read(path: string | undefined): readonly string[] | undefined {
    if (path === undefined) return undefined;
    try {
      const bytes = readFileSync(path);
      if (bytes.length > MOST_SOURCE_BYTES) return undefined;
      const lines = bytes.toString("utf8").split(/\r?\n/);
      if (lines.at(-1) === "") lines.pop();
      return lines;
    } catch {
      return undefined;
    }
  }
}

/** Path without `.` and `..` parts, as files are compared. */
export const normalized = (path: string): string => posix.normalize(path);

/** Whether a path ends in all components of another one. */
export function endsInPath(path: string, end: string): boolean {
  return path === end || path.endsWith(end.startsWith("/") ? end : `/${end}`);
}
