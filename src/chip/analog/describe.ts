import { ANALOG_PARAMETERS, type AnalogParameter } from "./parameters.ts";

/** The parameters of the analog core as a Markdown table, for the documentation and the command line. */
export function describeAnalogParameters(): string {
  const rows = Object.entries<AnalogParameter>(ANALOG_PARAMETERS).map(([name, p]) => {
    const unit = p.unit === "1" ? "" : p.unit;
    const cells = [
      `\`${name}\``,
      p.meaning,
      unit,
      p.calibrated,
      p.raw,
      p.ideal,
      p.knob,
      p.evidence,
      p.reference,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| parameter | meaning | unit | calibrated | raw | ideal | register | evidence | source |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
