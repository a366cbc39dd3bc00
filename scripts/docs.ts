import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { manual } from "../isa/manual.ts";
import { analogManual } from "../src/chip/analog/document.ts";
import { registerManual } from "../src/chip/registers/document.ts";
import { gdbManual } from "../src/debug/gdb/document.ts";
import { commandManual } from "../src/debug/terminal/document.ts";
import { EXTENSION_MANIFEST, extensionManifest } from "./vscode-manifest.ts";

/** A document of the repository that is generated from the source; `npm run docs` writes all of them. */
export interface GeneratedDocument {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly make: () => string;
}

export const GENERATED_DOCUMENTS: readonly GeneratedDocument[] = [
  { file: "docs/isa.md", make: manual },
  { file: "docs/registers.md", make: registerManual },
  { file: "docs/analog-model.md", make: analogManual },
  { file: "docs/debugger-commands.md", make: commandManual },
  { file: "docs/gdb-reference.md", make: gdbManual },
  { file: EXTENSION_MANIFEST, make: extensionManifest },
];

const location = (document: GeneratedDocument) => new URL(`../${document.file}`, import.meta.url);

/** Whether the file on disk is what its source makes now. */
export function isCurrent(document: GeneratedDocument): boolean {
  try {
    return readFileSync(location(document), "utf8") === document.make();
  } catch {
    return false;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const document of GENERATED_DOCUMENTS) {
    if (isCurrent(document)) continue;
    writeFileSync(location(document), document.make());
    console.log(`wrote ${document.file}`);
  }
}
