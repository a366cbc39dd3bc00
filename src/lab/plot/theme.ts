/**
 * Colours of plots, as CSS for light and dark surroundings. Series colours follow Okabe and Ito (told apart with all
 * common kinds of colour blindness), darker on white and lighter on black for contrast.
 */

const SERIES = {
  blue: ["#0072b2", "#56b4e9"],
  orange: ["#d55e00", "#f39c3d"],
  green: ["#007f5f", "#2fc79b"],
  purple: ["#a8508a", "#e09cc5"],
  sky: ["#3b8fc4", "#9ad3f5"],
  yellow: ["#96790a", "#f0e442"],
  grey: ["#6b6b6b", "#b5b5b5"],
  brown: ["#7a4a21", "#c89f77"],
} as const;

/** A series' colour, by name. */
export type Series = keyof typeof SERIES;
export const SERIES_NAMES = Object.keys(SERIES) as readonly Series[];

const variables = (theme: 0 | 1) => SERIES_NAMES.map((name) => `--${name}:${SERIES[name][theme]}`).join(";");
const LIGHT = `--paper:#fff;--ink:#1b1b1b;--soft:#585858;--grid:#e2e2e2;--region:#ececec;--shade:#00000059;${variables(0)}`;
const DARK = `--paper:#15181c;--ink:#e8e8e8;--soft:#a9adb3;--grid:#333840;--region:#2a2f36;--shade:#000000bf;${variables(1)}`;

/** Rules for everything within `svg.plot`, and the variables that a page can use as well. */
export const PLOT_STYLE = [
  `:root{color-scheme:light dark;${LIGHT}}`,
  `@media (prefers-color-scheme:dark){:root{${DARK}}}`,
  `@media print{:root{${LIGHT}}}`,
  ".plot{font:13px system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}",
  ".plot text{fill:var(--ink)}",
  ".plot .tick{fill:var(--soft)}",
  ".plot .background{fill:var(--paper)}",
  ".plot .grid{stroke:var(--grid);fill:none}",
  ".plot .axis{stroke:var(--soft);fill:none}",
  ".plot .region{fill:var(--region)}",
  ".plot .region-edge{stroke:var(--soft);stroke-dasharray:2 3}",
  ".plot .inner{fill:var(--grid)}",
  ".plot .inner-edge{stroke:var(--soft)}",
  ".plot .missing{fill:var(--soft)}",
  ".plot .line{fill:none;stroke-width:2;stroke-linejoin:round}",
  ".plot .spread{opacity:.2;stroke:none}",
  ".plot .bar{opacity:.6;stroke-width:1}",
  ".plot .part{stroke:var(--paper);stroke-width:1}",
  ...SERIES_NAMES.map(
    (name) =>
      `.plot .${name}{fill:var(--${name});stroke:var(--${name})}.plot .line.${name}{fill:none}.plot .part.${name}{stroke:var(--paper)}`,
  ),
].join("\n");
