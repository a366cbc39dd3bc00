/** Starts `ppu dap` for debug configurations of the type "ppu". */
const { extname } = require("node:path");
const vscode = require("vscode");
const { adapterCommand } = require("./command.js");

const TYPE = "ppu";
const PROGRAMS = new Set([".ts", ".s", ".asm", ".elf", ".bin"]);

const foldersOf = () => (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);

/** The file that is being edited, if it can be a program. */
function currentProgram() {
  const file = vscode.window.activeTextEditor?.document.fileName;
  return file !== undefined && PROGRAMS.has(extname(file).toLowerCase()) ? file : undefined;
}

/** Debugs the file that is being edited where there is no launch configuration. */
const configurationProvider = {
  resolveDebugConfiguration(_folder, configuration) {
    if (configuration.type) return configuration;
    const program = currentProgram();
    if (program === undefined) {
      vscode.window.showErrorMessage(
        "PPU: open the program (.ts, .s, .elf) or write a launch configuration.",
      );
      return undefined;
    }
    return { type: TYPE, request: "launch", name: "Debug this file", program, stopOnEntry: true };
  },
};

const adapterFactory = (extensionDirectory) => ({
  createDebugAdapterDescriptor(session) {
    const settings = vscode.workspace.getConfiguration("ppu");
    const folders = foldersOf();
    const [command, ...args] = adapterCommand({
      setting: settings.get("command"),
      node: settings.get("node"),
      extensionDirectory,
      folders,
    });
    const cwd = session.workspaceFolder?.uri.fsPath ?? folders[0];
    return new vscode.DebugAdapterExecutable(command, args, cwd === undefined ? {} : { cwd });
  },
});

function activate(context) {
  context.subscriptions.push(
    vscode.debug.registerDebugConfigurationProvider(TYPE, configurationProvider),
    vscode.debug.registerDebugAdapterDescriptorFactory(TYPE, adapterFactory(context.extensionPath)),
  );
}

module.exports = { activate };
