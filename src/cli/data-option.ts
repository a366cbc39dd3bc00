import { Option } from "commander";
import { DATA_SET_NAMES, type DataSetName, dataSet } from "../lab/data-sets.ts";
import { UsageError } from "./usage-error.ts";

/** The option `--data`. */
export function dataOption(): Option {
  return new Option("--data <name>", "data set").choices(DATA_SET_NAMES).default("mnist");
}

/** The parameter file that is meant; throws one line when none is given and none is shipped for the data set. */
export function parametersPath(data: DataSetName, given: string | undefined): string {
  const path = given ?? dataSet(data).parameters;
  if (path !== undefined) return path;
  throw new UsageError(
    `no parameters are shipped for ${data}; make some with ppu train --data ${data}, and give them with --parameters`,
  );
}
