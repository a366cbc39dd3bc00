import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { packageRoot } from "../package-root.ts";
import type { CliIo } from "./io.ts";
import { UsageError } from "./usage-error.ts";

const EXAMPLES = `
Examples:
  ppu bench             short runs of everything
  ppu bench codegen     one suite
  ppu bench --long      longer runs, steadier figures

Needs a checkout with development dependencies. Figures are ratios; where gcc is missing, that part says so.
`;

/** Runs the benchmarks of the checkout in a process of their own; gives their exit code. */
function runBenchmarks(script: string, names: readonly string[], long: boolean): Promise<number> {
  const child = spawn(process.execPath, ["--import", "tsx", script, ...(long ? ["--long"] : []), ...names], {
    cwd: packageRoot(),
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

export function benchCommand(io: CliIo): Command {
  return new Command("bench")
    .description("Measures emulation speed and code quality, as ratios")
    .argument("[suite...]", "suites to run (default: all)")
    .option("--long", "longer runs")
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[], options: { long?: true }) => {
      const script = join(packageRoot(), "bench", "main.ts");
      const isCheckout = existsSync(script) && existsSync(join(packageRoot(), "node_modules", "tsx"));
      if (!isCheckout) {
        throw new UsageError(
          "bench needs a checkout of the project with its development dependencies (npm install)",
        );
      }
      io.exitCode = await runBenchmarks(script, names, options.long ?? false);
    });
}
