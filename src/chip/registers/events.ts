/** Event path: PADI blocks, synapse drivers, crossbar and background sources. */
import { dimension, field, flags, type Register, registers, sramTiming } from "./types.ts";

const SIDES = [dimension.hemisphere(0x8000)];

export const EVENT_REGISTERS: readonly Register[] = [
  ...registers("padi", "chip.md 6.1", [
    {
      name: "padiTrigger",
      address: 0x00110000,
      dimensions: SIDES,
      access: "wo",
      effect: "modelled",
      fields: [
        field("fireBus", [0, 3], "one bit per PADI bus that gets the event"),
        field("eventAddress", [16, 21], "synapse label; matrix mode: bit 5 address bit, bits 4..0 code"),
        field("rowSelect", [22, 26], "compared with the position of each driver on its bus"),
      ],
      description: "a write sends one event on the chosen PADI buses",
    },
    {
      name: "padiConfig",
      address: 0x00110001,
      dimensions: SIDES,
      effect: "modelled",
      fields: [
        field("enableSpl1", [0, 3], "buses that take events from the crossbar (trigger writes always pass)"),
        field("enableExtendedTiming", [4, 7], "one bit per bus; stored"),
        field("dacenPulseExtension", [16, 31], "4 bits per bus; stored"),
      ],
      description: "PADI bus configuration",
    },
    {
      name: "padiStp",
      address: 0x00110002,
      dimensions: SIDES,
      fields: [
        field("recoveryClockSpeed", [0, 3], "short-term plasticity recovery clock"),
        field("enableRecovery", 4, "short-term plasticity recovery"),
      ],
      description: "short-term plasticity clocking",
    },
  ]),
  ...registers("synapse driver", "chip.md 6.1", [
    {
      name: "synapseDriver",
      address: 0x00110400,
      dimensions: [...SIDES, dimension.indexed("driver", 128, 4)],
      words: 3,
      width: 16,
      effect: "modelled",
      fields: [
        field("utilization", [0, 3], "short-term plasticity; stored"),
        field("offset", [4, 7], "short-term plasticity; stored"),
        field("enHagenDac", 8, "code to pulse length by the driver's DAC"),
        field("rowAddressCompareMask", [9, 13], "bits of row_select that must match"),
        field("enAddressOut", 14, "pass the low label bits on to the synapses", { inverted: true, reset: 1 }),
        field("enReceiver", 15, "take events from the PADI bus"),
        field("recovery", [0, 3], "short-term plasticity; stored", { word: 1, reversed: true }),
        field("enExcBottom", 4, "even row excitatory", { word: 1 }),
        field("enExcTop", 5, "odd row excitatory", { word: 1 }),
        field("enInhBottom", 6, "even row inhibitory", { word: 1 }),
        field("enInhTop", 7, "odd row inhibitory", { word: 1 }),
        field("hagenDacOffset", [8, 13], "shifts the pulse length of the driver", {
          word: 1,
          inverted: true,
          reset: 63,
        }),
        field("selectTargetVoltages", 0, "stored", { word: 2 }),
        field("enReadout", 1, "stored", { word: 2 }),
        field("enRenewing", 2, "stored", { word: 2 }),
        field("enHagenModulation", 3, "pulse length modulation of the matrix mode", { word: 2 }),
        field("enStp", 4, "current pulses; must be set in matrix mode", { word: 2 }),
        field("enChargeSharing", 6, "stored", { word: 2, inverted: true, reset: 1 }),
        field("enRecovery", 7, "stored", { word: 2 }),
      ],
      description: "synapse driver d: feeds rows 2d (bottom) and 2d+1 (top) from PADI bus d % 4",
    },
    sramTiming("synapseDriverSramTiming", 0x00110602, SIDES),
  ]),
  ...registers("crossbar", "chip.md 6.1", [
    {
      name: "crossbarOutput",
      address: 0x00130000,
      width: 16,
      fields: [
        field("enableSlow", [0, 3], "slow output to the FPGA; stored"),
        field("enableEventCounter", [4, 15], "counts the events of each output"),
      ],
      effect: "modelled",
      description: "crossbar outputs 0..3 PADI top, 4..7 PADI bottom, 8..11 FPGA",
    },
    {
      name: "backgroundSource",
      address: 0x00130001,
      dimensions: [dimension.indexed("source", 8, 3)],
      words: 3,
      fields: [
        field("mask", [0, 7], "label bits that are randomised"),
        field("rate", [8, 15], "probability of an event per period, in 1/256"),
        field("label", [16, 29], "event label"),
        field("enable", 0, "source runs", { word: 1 }),
        field("enableRandom", 1, "random instead of regular", { word: 1 }),
        field("period", [16, 31], "clock cycles between events", { word: 1 }),
        field("seed", [0, 31], "of the random generator", { word: 2 }),
      ],
      description: "background event source; stored, sends no events in this emulator",
    },
    {
      name: "crossbarNode",
      address: 0x00130019,
      dimensions: [dimension.indexed("node", 76, 1)],
      effect: "modelled",
      fields: [
        field("mask", [0, 13], "an event passes when (label & mask) == target"),
        field("target", [16, 29], "see mask"),
        field("enableDropCounter", 31, "counts events that do not pass"),
      ],
      description: "crossbar node; numbered by input, then by output, for the existing pairs only",
    },
    {
      name: "crossbarDropCounter",
      address: 0x00130065,
      dimensions: [dimension.indexed("input", 20, 1)],
      effect: "modelled",
      fields: [field("count", [0, 31], "events that a node with enableDropCounter did not pass")],
      description: "dropped events of a crossbar input; a write sets the count",
    },
    {
      name: "crossbarEventCounter",
      address: 0x00130079,
      dimensions: [dimension.indexed("output", 12, 1)],
      effect: "modelled",
      fields: [field("count", [0, 31], "events that left through the output")],
      description: "events of a crossbar output; a write sets the count",
    },
  ]),
  ...registers("global", "chip.md 6.1", [
    {
      name: "systemTime",
      address: 0x00000000,
      words: 2,
      access: "ro",
      effect: "modelled",
      fields: [
        field("low", [0, 31], "PPU cycles, low half"),
        field("high", [0, 10], "high half", { word: 1 }),
      ],
      description: "time of the chip, counted in PPU cycles here",
    },
    ...(
      [
        ["phyConfig", 0x00040000, "PHY configuration"],
        ["pllConfig", 0x00080000, "PLL and clock configuration"],
        ["globalMerger", 0x000a0000, "global event merger"],
        ["madc", 0x000c0000, "membrane ADC"],
        ["anncoreCentre", 0x00100000, "synapse bias selection and readout"],
      ] as const
    ).map(([name, address, what]) => ({
      name,
      address,
      dimensions: [dimension.indexed("word", 16, 1)],
      fields: flags([], ""),
      description: `${what}; fields not published, the first 16 words are stored`,
    })),
  ]),
];
