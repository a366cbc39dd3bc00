/** The manual of the terminal's commands, generated from their rows. */
import { type Command, GROUPS, resultKinds } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { usage } from "./help.ts";
import { RESULT_KINDS, type ResultKind } from "./result-kinds.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

function section(command: Command): string {
  const repeats = {
    same: "An empty line does it again.",
    "without arguments": "An empty line goes on behind it.",
  };
  const parts = [
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    command.help ?? "",
    command.repeats ? repeats[command.repeats] : "",
    `Result: ${resultKinds(command)
      .map((kind) => `\`${kind}\``)
      .join(" or ")}.`,
  ].filter(Boolean);
  return [
    `### \`${usage(command)}\``,
    "",
    ...(command.aliases ? [`Short: ${command.aliases.map((alias) => `\`${alias}\``).join(", ")}`, ""] : []),
    parts.join("\n"),
    "",
    "```text",
    ...command.example,
    "```",
  ].join("\n");
}

function table(): string {
  const rows = COMMANDS.map(({ name, aliases = [], summary }) => {
    const short = aliases.map((alias) => `\`${alias}\``).join(", ");
    return `| \`${name}\` | ${short} | ${cell(summary)} |`;
  });
  return ["| command | short | does |", "| --- | --- | --- |", ...rows].join("\n");
}

function resultSection(kind: ResultKind): string {
  const { summary, fields } = RESULT_KINDS[kind];
  const rows = Object.entries(fields).map(([name, text]) => `| \`${name}\` | ${cell(text)} |`);
  return [`### \`${kind}\`: ${summary}`, "", "| field | holds |", "| --- | --- |", ...rows].join("\n");
}

/** Text of docs/debugger-commands.md. */
export function commandManual(): string {
  const groups = Object.entries(GROUPS).map(([group, title]) =>
    [`## ${title}`, ...COMMANDS.filter((command) => command.group === group).map(section)].join("\n\n"),
  );
  return `${[
    "# Commands of `ppu debug`",
    "Generated from `src/debug/terminal/commands/`; `npm run docs` writes it. The examples run on `firmware/examples/saturation.ts`.\n" +
      "How to use the terminal: [debugging.md](debugging.md).",
    table(),
    ...groups,
    "## Results of `--json`",
    "Each command prints one line with one object:",
    [
      "```text",
      '{"command": "…", "ok": true, "kind": "KIND", "result": {…}, "logs": […], "mailboxes": […]}',
      '{"command": "…", "ok": false, "error": "…", "logs": […], "mailboxes": […]}',
      "```",
    ].join("\n"),
    "`logs` are the texts of log points since the command before, as `{id, ppu, text}`; `mailboxes` what the programs have\n" +
      "written, as `{ppu, text}`. `source` prints the objects of its commands before its own. Fields with `?` may be absent.",
    ...(Object.keys(RESULT_KINDS) as ResultKind[]).map(resultSection),
  ].join("\n\n")}\n`;
}
