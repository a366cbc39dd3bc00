import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { extensionManifest } from "../../../scripts/vscode-manifest.ts";
import { launchOptions } from "../../../src/cli/launch-options.ts";
import { readConfiguration } from "../../../src/debug/dap/launch-options.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { directory } from "./fixture.ts";

const folder = join(packageRoot(), "editors/vscode");
const require = createRequire(import.meta.url);

interface Configuration {
  readonly type: string;
  readonly request: "launch" | "attach";
  readonly name: string;
  readonly [attribute: string]: unknown;
}

interface Manifest {
  readonly name: string;
  readonly publisher: string;
  readonly version: string;
  readonly engines: { readonly vscode: string };
  readonly main: string;
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly breakpoints: readonly { readonly language: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
    readonly debuggers: readonly {
      readonly type: string;
      readonly label: string;
      readonly configurationAttributes: object;
      readonly initialConfigurations: readonly Configuration[];
      readonly configurationSnippets: readonly { readonly label: string; readonly body: Configuration }[];
    }[];
  };
}

const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
const [debug] = manifest.contributes.debuggers;

/** Throws what the door would answer; names unknown to it count too. */
function check({ request, ...values }: Configuration): void {
  const { unknown } = readConfiguration(launchOptions(), request, values);
  expect(unknown).toEqual([]);
}

/** What the extension asks of VS Code, with a window that has one file open. */
function activate(fileName: string | undefined, settings: Readonly<Record<string, string>> = {}) {
  const registered: Record<string, { type: string; made: Record<string, (...args: unknown[]) => unknown> }> =
    {};
  const errors: string[] = [];
  const register =
    (kind: string) => (type: string, made: Record<string, (...args: unknown[]) => unknown>) => {
      registered[kind] = { type, made };
      return {};
    };
  const vscode = {
    workspace: { workspaceFolders: [], getConfiguration: () => ({ get: (name: string) => settings[name] }) },
    window: {
      activeTextEditor: fileName === undefined ? undefined : { document: { fileName } },
      showErrorMessage: (message: string) => errors.push(message),
    },
    debug: {
      registerDebugConfigurationProvider: register("provider"),
      registerDebugAdapterDescriptorFactory: register("factory"),
    },
    DebugAdapterExecutable: class {
      readonly command: string;
      readonly args: readonly string[];
      constructor(command: string, args: readonly string[]) {
        this.command = command;
        this.args = args;
      }
    },
  };
  const source = readFileSync(join(folder, manifest.main), "utf8");
  const module = { exports: {} as { activate: (context: object) => void } };
  const load = (name: string): unknown => {
    if (name === "vscode") return vscode;
    return name.startsWith("./") ? require(join(folder, name)) : require(name);
  };
  new Function("require", "module", source)(load, module);
  const subscriptions: unknown[] = [];
  module.exports.activate({ subscriptions, extensionPath: folder });
  expect(subscriptions).toHaveLength(2);
  return { registered, errors };
}

describe("the VS Code extension", () => {
  it("has what VS Code demands of an extension with a debugger", () => {
    expect(manifest.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(manifest.publisher).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(manifest.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(manifest.engines.vscode).toMatch(/^\^\d+\.\d+\.\d+$/);
    expect(existsSync(join(folder, manifest.main))).toBe(true);
    expect(manifest.activationEvents).toContain(`onDebugResolve:${debug.type}`);
    expect(debug.label).not.toBe("");
    expect(manifest.contributes.breakpoints.map(({ language }) => language)).toEqual(
      expect.arrayContaining(["typescript", "asm", "ppc"]),
    );
    for (const { label, body } of debug.configurationSnippets)
      expect([label, body.type]).toEqual([label, debug.type]);
  });

  it("knows the attributes of a configuration as they are (npm run docs)", () => {
    expect(readFileSync(join(folder, "package.json"), "utf8")).toBe(extensionManifest());
    const { launch, attach } = debug.configurationAttributes as Record<
      "launch" | "attach",
      { required: string[]; properties: Record<string, { type: string; description: string }> }
    >;
    expect(launch.required).toEqual(["program"]);
    expect(attach.required).toEqual(["program", "session"]);
    expect(Object.keys(launch.properties)).toEqual(
      expect.arrayContaining(["ppu", "chipSeed", "set", "stopOnEntry"]),
    );
    for (const { description, type } of Object.values(launch.properties)) {
      expect(description).not.toBe("");
      expect(["string", "integer", "boolean", "array"]).toContain(type);
    }
  });

  it("offers configurations that the door takes", () => {
    for (const configuration of debug.initialConfigurations) check(configuration);
    for (const { body } of debug.configurationSnippets) check(body);
    const launch = readFileSync(join(packageRoot(), "firmware/.vscode/launch.json"), "utf8");
    const { configurations } = JSON.parse(launch) as { configurations: Configuration[] };
    expect(configurations.length).toBeGreaterThan(1);
    for (const configuration of configurations) {
      check(configuration);
      const { program } = configuration as unknown as { program: string };
      const file = program.replace(/^\$\{workspaceFolder\}/, join(packageRoot(), "firmware"));
      if (!file.startsWith("$")) expect(existsSync(file)).toBe(true);
    }
  });

  it("finds the command: setting, checkout behind a link, packages of the workspace, PATH", () => {
    const { adapterCommand } = require(join(folder, "command.js")) as {
      adapterCommand: (options: object) => string[];
    };
    const main = join("dist", "src", "cli", "main.js");
    const place = (name: string, built: boolean) => {
      const root = join(directory, name);
      mkdirSync(join(root, "editors/vscode"), { recursive: true });
      mkdirSync(join(root, "dist/src/cli"), { recursive: true });
      if (built) writeFileSync(join(root, main), "");
      return root;
    };
    const built = place("built", true);
    const bare = place("bare", false);
    const link = join(directory, "link");
    symlinkSync(join(built, "editors/vscode"), link);
    expect(adapterCommand({ extensionDirectory: link })).toEqual(["node", join(built, main), "dap"]);
    const extensionDirectory = join(bare, "editors/vscode");
    expect(adapterCommand({ extensionDirectory })).toEqual(["ppu", "dap"]);
    const workspace = place("workspace/node_modules/ppu-emu", true);
    expect(adapterCommand({ extensionDirectory, folders: [bare, join(directory, "workspace")] })).toEqual([
      "node",
      join(workspace, main),
      "dap",
    ]);
    expect(adapterCommand({ extensionDirectory: link, setting: "/opt/ppu" })).toEqual(["/opt/ppu", "dap"]);
    expect(adapterCommand({ extensionDirectory: link, setting: "/x/main.js", node: "node20" })).toEqual([
      "node20",
      "/x/main.js",
      "dap",
    ]);
  });

  it("starts the command, and debugs the open file where there is no configuration", () => {
    const { registered, errors } = activate("/project/a.ts", { command: "/opt/ppu" });
    const { factory, provider } = registered;
    expect([factory.type, provider.type]).toEqual([debug.type, debug.type]);
    expect(factory.made.createDebugAdapterDescriptor({})).toMatchObject({
      command: "/opt/ppu",
      args: ["dap"],
    });
    const made = provider.made.resolveDebugConfiguration(undefined, {}) as Configuration;
    expect(made).toMatchObject({ type: debug.type, request: "launch", program: "/project/a.ts" });
    check(made);
    const own = { type: debug.type, request: "attach", name: "mine" };
    expect(provider.made.resolveDebugConfiguration(undefined, own)).toBe(own);
    expect(errors).toEqual([]);
    const without = activate("/project/notes.md");
    expect(without.registered.provider.made.resolveDebugConfiguration(undefined, {})).toBeUndefined();
    expect(without.errors).toHaveLength(1);
  });
});
