/** Where the command `ppu` is. Knows nothing of VS Code. */
const { existsSync, realpathSync } = require("node:fs");
const { join } = require("node:path");

const MAIN = join("dist", "src", "cli", "main.js");

/** Directories in which a built `ppu-emu` may be: this checkout, the workspace, the packages of the workspace. */
function candidates(extensionDirectory, folders) {
  const checkout = join(realpathSync(extensionDirectory), "..", "..");
  return [checkout, ...folders.flatMap((folder) => [folder, join(folder, "node_modules", "ppu-emu")])];
}

/**
 * Command and arguments that start the debug adapter: the setting if there is one, else a built `ppu-emu`, else `ppu`
 * on the PATH.
 */
function adapterCommand({ setting = "", node = "node", extensionDirectory, folders = [] }) {
  if (setting !== "") return setting.endsWith(".js") ? [node, setting, "dap"] : [setting, "dap"];
  const main = candidates(extensionDirectory, folders)
    .map((directory) => join(directory, MAIN))
    .find((file) => existsSync(file));
  return main === undefined ? ["ppu", "dap"] : [node, main, "dap"];
}

module.exports = { adapterCommand };
