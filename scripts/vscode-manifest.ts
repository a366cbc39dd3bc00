import { readFileSync } from "node:fs";
import { launchOptions } from "../src/cli/launch-options.ts";
import { configurationSchema } from "../src/debug/dap/index.ts";

export const EXTENSION_MANIFEST = "editors/vscode/package.json";

/** The manifest of the VS Code extension with the attributes that a launch configuration has now. */
export function extensionManifest(): string {
  const text = readFileSync(new URL(`../${EXTENSION_MANIFEST}`, import.meta.url), "utf8");
  const manifest = JSON.parse(text) as {
    contributes: { debuggers: { configurationAttributes: object }[] };
  };
  const options = launchOptions();
  manifest.contributes.debuggers[0].configurationAttributes = {
    launch: configurationSchema(options, "launch"),
    attach: configurationSchema(options, "attach"),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
