/** What stands behind GDB's `monitor`. */
import { SessionError } from "../../types.ts";
import type { GdbClient } from "../client.ts";
import { ProtocolError } from "../command.ts";
import { CHIP_COMMANDS } from "./chip.ts";
import { MonitorArguments, type MonitorCommand } from "./command.ts";
import { SESSION_COMMANDS } from "./session.ts";

const HELP: MonitorCommand = {
  name: "help",
  usage: "[COMMAND]",
  summary: "lists the monitor commands, or explains one",
  example: "help analog",
  run(_client, args) {
    const name = args.word();
    args.end();
    if (name === undefined) {
      const lines = MONITOR_COMMANDS.map((row) => `${signature(row).padEnd(56)} ${row.summary}\n`);
      return `${lines.join("")}A beginning of a name will do if no other command has it.\n`;
    }
    const row = find(name);
    return `monitor ${signature(row)}\n  ${row.summary}\n  Example: monitor ${row.example}\n`;
  },
};

/** All monitor commands, in the order of the help. */
export const MONITOR_COMMANDS: readonly MonitorCommand[] = [HELP, ...CHIP_COMMANDS, ...SESSION_COMMANDS];

const signature = ({ name, usage }: MonitorCommand): string => `${name} ${usage}`.trimEnd();

function find(name: string): MonitorCommand {
  const exact = MONITOR_COMMANDS.find((row) => row.name === name);
  if (exact) return exact;
  const found = MONITOR_COMMANDS.filter((row) => row.name.startsWith(name));
  if (found.length === 1) return found[0];
  const names = found.map((row) => row.name).join(", ");
  throw new ProtocolError(
    found.length > 1
      ? `"${name}" could be ${names}`
      : `there is no monitor command "${name}"; monitor help lists them`,
  );
}

/** Carries out one line behind `monitor`; mistakes come back as text, as GDB shows nothing else. */
export async function runMonitor(client: GdbClient, line: string): Promise<string> {
  const [, name, rest] = /^\s*(\S*)\s*(.*)$/s.exec(line) ?? [];
  try {
    const row = find(name || HELP.name);
    return await row.run(client, new MonitorArguments(rest, signature(row)));
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof SessionError) return `${error.message}\n`;
    throw error;
  }
}
