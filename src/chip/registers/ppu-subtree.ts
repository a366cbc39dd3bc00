/** The subtree of each PPU: synapse controller, correlation, CADC, control and status. */
import { dimension, field, type Register, registers, sramTiming } from "./types.ts";

const SIDES = [dimension.hemisphere(0x01000000)];
const CADC_HALF = { name: "half", count: 2, stride: 0x800, labels: ["east", "west"] };

export const PPU_REGISTERS: readonly Register[] = [
  ...registers("synapse controller", "chip.md 6.2", [
    {
      name: "synapseController",
      address: 0x02000000,
      dimensions: SIDES,
      words: 3,
      fields: [
        field("prechargeWest", [0, 3], "wait cycles; stored"),
        field("prechargeEast", [4, 7], "wait cycles; stored"),
        field("writeWaitWest", [0, 7], "wait cycles; stored", { word: 1 }),
        field("writeWaitEast", [8, 15], "wait cycles; stored", { word: 1 }),
        field("waitClear", [0, 2], "wait cycles; stored", { word: 2 }),
      ],
      description: "timing of the synapse array access",
    },
    {
      name: "correlationConfig",
      address: 0x02200000,
      dimensions: SIDES,
      words: 4,
      fields: [
        field("senseDelay", [0, 11], "cycles; stored"),
        field("resetDuration", [0, 11], "cycles; stored", { word: 1 }),
        field("resetFallTime", [0, 11], "cycles; stored", { word: 2 }),
        field("resetMode", 0, "stored", { word: 3 }),
        field("selectRight", 1, "stored", { word: 3 }),
        field("selectLeft", 2, "stored", { word: 3 }),
      ],
      description: "correlation sensor timing",
    },
  ]),
  ...registers("cadc", "chip.md 6.2", [
    {
      name: "cadcOffset",
      address: 0x02400000,
      dimensions: [
        ...SIDES,
        CADC_HALF,
        dimension.indexed("column", 128, 2),
        { name: "channel", count: 2, stride: 1, labels: ["causal", "acausal"] },
      ],
      width: 8,
      effect: "modelled",
      fields: [field("value", [0, 7], "digital offset of the channel + 128", { reset: 128 })],
      description: "channel offset; half east holds columns 128..255, west 0..127",
    },
    sramTiming("cadcOffsetSramTiming", 0x02400102, [...SIDES, CADC_HALF]),
    {
      name: "cadcConfig",
      address: 0x02401000,
      dimensions: SIDES,
      effect: "modelled",
      fields: [
        field("enable", 0, "conversions need it; reads are 0 with a diagnostic otherwise"),
        field("resetWait", [4, 11], "cycles; stored"),
        field("deadTime", [12, 19], "cycles; stored"),
        field(
          "connectReference",
          31,
          "own addition of this emulator: all channels sample capmem.cadc_v_reference of their quadrant",
        ),
      ],
      description: "column ADC configuration",
    },
  ]),
  ...registers("ppu", "chip.md 2", [
    {
      name: "ppuControl",
      address: 0x02a00000,
      dimensions: SIDES,
      effect: "modelled",
      fields: [
        field("inhibitReset", 0, "0: PPU held in reset, 1: runs"),
        field("forceClockOn", 1, "stored"),
        field("forceClockOff", 2, "stored"),
        field("cacheControllerEnable", 3, "stored; external fetch works with 0"),
        field("ringDoorbell", 31, "own addition of this emulator: writing 1 rings the doorbell; reads 0"),
      ],
      description: "PPU control",
    },
    {
      name: "ppuStatus",
      address: 0x02a00001,
      dimensions: SIDES,
      access: "ro",
      effect: "modelled",
      fields: [field("sleep", 0, "the core is in the wait state; 0 while held in reset")],
      description: "PPU status",
    },
  ]),
];
