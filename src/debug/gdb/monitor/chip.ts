/** Monitor commands that look at the chip, and those with which the outside world acts on it. */
import { RegisterError } from "../../../chip/registers/register-file.ts";
import type { AnalogState, SynapseRegionName } from "../../types.ts";
import { ProtocolError } from "../command.ts";
import { grid, type MonitorCommand, STALE } from "./command.ts";

const VIEWS = {
  membranes: "charge of the membranes, activation x weight, without noise",
  causal: "last results of the causal CADC",
  acausal: "last results of the acausal CADC",
  events: "events since each neuron's reset",
} as const;
const REGIONS = ["weights", "labels", "timeCalibration", "amplitudeCalibration"] as const;
const SWITCH_ROW = 256;
const MOST_PINS = 15;

function valuesOf(state: AnalogState, view: keyof typeof VIEWS): ArrayLike<number> {
  return view === "events" ? state.eventsSinceReset : state[view];
}

function summary(name: string, values: ArrayLike<number>): string {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const least = Math.min(...all).toFixed(1);
  return `  ${name.padEnd(10)} ${least} .. ${Math.max(...all).toFixed(1)}, mean ${mean.toFixed(1)}\n`;
}

/** `hemisphere=top word=2` as indices of a register. */
function indicesOf(words: readonly string[]): Record<string, number | string> {
  return Object.fromEntries(
    words.map((word) => {
      const match = /^([A-Za-z]\w*)=(\w+)$/.exec(word);
      if (!match) throw new ProtocolError(`"${word}" is no index; write NAME=VALUE, e.g. hemisphere=top`);
      return [match[1], /^\d+$/.test(match[2]) ? Number(match[2]) : match[2]];
    }),
  );
}

const word = (value: number): string => `0x${(value >>> 0).toString(16)}`;

export const CHIP_COMMANDS: readonly MonitorCommand[] = [
  {
    name: "analog",
    usage: `[${Object.keys(VIEWS).join("|")}|summary] [top|bottom]`,
    summary: "shows one hemisphere of the analog core: a summary, or 256 columns of one quantity",
    example: "analog membranes top",
    run(client, args) {
      const names = Object.keys(VIEWS) as (keyof typeof VIEWS)[];
      const view = args.choice([...names, "summary"], "summary");
      const hemisphere = args.ppu(client);
      args.end();
      const state = client.session.analog(hemisphere);
      if (view !== "summary") return `${hemisphere}: ${VIEWS[view]}\n${grid(valuesOf(state, view))}`;
      const cadc = `CADC ${state.cadcEnabled ? "on" : "off"}, ${state.conversions} conversions so far`;
      const lines = names.map((name) => summary(name, valuesOf(state, name)));
      return `${hemisphere}: ${cadc}\n${lines.join("")}`;
    },
  },
  {
    name: "row",
    usage: `ROW [top|bottom] [${REGIONS.join("|")}]`,
    summary: "shows a row 0..256 of the synapse array, 256 columns",
    example: "row 12 top labels",
    run(client, args) {
      const row = args.number("ROW", 0, SWITCH_ROW);
      const hemisphere = args.ppu(client);
      const region: SynapseRegionName = args.choice(REGIONS, "weights");
      args.end();
      return grid(client.session.synapseRow(hemisphere, region, row));
    },
  },
  {
    name: "adc",
    usage: "[causal|acausal] [top|bottom]",
    summary: "shows the last results of a CADC, 256 columns",
    example: "adc acausal bottom",
    run(client, args) {
      const view = args.choice(["causal", "acausal"], "causal");
      const hemisphere = args.ppu(client);
      args.end();
      return grid(client.session.analog(hemisphere)[view]);
    },
  },
  {
    name: "register",
    usage: "NAME [INDEX=VALUE ...]",
    summary: "shows the fields of a register of the chip (ppu regs lists them)",
    example: "register ppuStatus hemisphere=top",
    run(client, args) {
      const name = args.needed("NAME");
      const words: string[] = [];
      for (let next = args.word(); next !== undefined; next = args.word()) words.push(next);
      try {
        const fields = Object.entries(client.session.chip.registers.read(name, indicesOf(words)));
        return fields.map(([field, value]) => `${field} = ${value} (${word(value)})\n`).join("");
      } catch (error) {
        if (error instanceof RegisterError) throw new ProtocolError(error.message);
        throw error;
      }
    },
  },
  {
    name: "special",
    usage: "[top|bottom]",
    summary: "shows the special registers of a PPU, with their meaning",
    example: "special bottom",
    run(client, args) {
      const ppu = args.ppu(client);
      args.end();
      return client.session
        .registerDescriptions()
        .filter(({ group }) => group === "special")
        .map(({ name, summary }) => {
          const value = client.session.readRegister(ppu, name);
          const text = typeof value === "number" ? word(value) : "";
          return `${name.padEnd(8)} ${text.padEnd(12)} ${summary}\n`;
        })
        .join("");
    },
  },
  {
    name: "mailbox",
    usage: "[top|bottom]",
    summary: "shows the text in the mailbox and the return code word",
    example: "mailbox bottom",
    run(client, args) {
      const ppu = args.ppu(client);
      args.end();
      const { chip } = client.session;
      const text = chip.mailbox(ppu);
      return `${text === "" || text.endsWith("\n") ? text : `${text}\n`}return code ${chip.returnCode(ppu)}\n`;
    },
  },
  {
    name: "doorbell",
    usage: "[top|bottom|both]",
    summary: "rings the doorbell of a PPU",
    example: "doorbell both",
    run(client, args) {
      const ppus = args.choice(["top", "bottom", "both"], client.generalPpu);
      args.end();
      client.session.ringDoorbell(ppus);
      return `rang the doorbell: ${ppus}\n`;
    },
  },
  {
    name: "pins",
    usage: "VALUE [top|bottom|both]",
    summary: "sets the four input pins of a PPU, 0..15",
    example: "pins 0x5 top",
    run(client, args) {
      const value = args.number("VALUE", 0, MOST_PINS);
      const ppus = args.choice(["top", "bottom", "both"], client.generalPpu);
      args.end();
      client.session.setPins(ppus, value);
      return `pins of ${ppus}: ${word(value)}\n`;
    },
  },
  {
    name: "reset",
    usage: "[top|bottom|both]",
    summary: "resets PPUs and releases them: pc 0, memories stay (behind GDB's load)",
    example: "reset top",
    run(client, args) {
      const ppus = args.choice(["top", "bottom", "both"], client.generalPpu);
      args.end();
      client.session.change(`reset of ${ppus}`, (chip) => chip.reset(ppus));
      return `reset: ${ppus}; ${STALE}`;
    },
  },
];
