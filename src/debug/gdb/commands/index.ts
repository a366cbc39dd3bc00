/** All packets that the door understands. */
import { PACKET_BYTES } from "../codec.ts";
import type { Command } from "../command.ts";
import { GENERAL_COMMANDS } from "./general.ts";
import { RUNNING_COMMANDS } from "./running.ts";
import { STATE_COMMANDS } from "./state.ts";
import { THREAD_COMMANDS } from "./threads.ts";

const OTHERS = [...GENERAL_COMMANDS, ...THREAD_COMMANDS, ...STATE_COMMANDS, ...RUNNING_COMMANDS];

const SUPPORTED: Command = {
  name: "qSupported",
  pattern: /^(?::(.*))?$/s,
  summary: "exchanges abilities; ours are those of the other rows",
  run(client, [, theirs = ""]) {
    for (const feature of theirs.split(";")) {
      if (feature.endsWith("+")) client.features.add(feature.slice(0, -1));
    }
    const ours = OTHERS.flatMap(({ features = [] }) => features);
    return [`PacketSize=${PACKET_BYTES.toString(16)}`, ...ours].join(";");
  },
};

/** By name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [SUPPORTED, ...OTHERS].map((row) => [row.name, row]),
);
