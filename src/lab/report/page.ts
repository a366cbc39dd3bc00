/** A page that needs nothing else: HTML with its style and pictures inside, without scripts. */
import { escapeText, inlineSvg, type Picture, withMinus } from "../plot/svg.ts";
import { PLOT_STYLE } from "../plot/theme.ts";

export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell of a row is its heading. */
  readonly rows: readonly (readonly string[])[];
}

export interface Figure {
  /** A heading of its own. */
  readonly title?: string;
  readonly pictures: readonly Picture[];
  readonly caption: string;
}

export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "commands"; readonly lines: readonly string[] }
  | { readonly kind: "table"; readonly table: Table }
  /** A table that is folded up at first. */
  | { readonly kind: "details"; readonly table: Table }
  | { readonly kind: "figure"; readonly figure: Figure };

export const text = (content: string): Block => ({ kind: "text", text: content });
export const table = (content: Table): Block => ({ kind: "table", table: content });
export const details = (content: Table): Block => ({ kind: "details", table: content });

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface Page {
  readonly title: string;
  readonly introduction: string;
  readonly sections: readonly Section[];
}

const STYLE = `
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;overflow-wrap:break-word}
main,header,nav{max-width:68rem;margin:0 auto;padding:0 1rem}
h1{font-size:1.7rem;line-height:1.2;margin:1.5rem 0 .5rem}
h2{font-size:1.3rem;margin:2.5rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--grid)}
h3{font-size:1.05rem;margin:2rem 0 .5rem}
h3+figure{margin-top:.5rem}
p{max-width:44rem}
a{color:var(--blue)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;list-style:none}
pre,.scroll{overflow-x:auto}
pre{background:var(--region);padding:.75rem 1rem;border-radius:.4rem;font-size:.85rem}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.5rem 0;color:var(--soft)}
th,td{padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--grid)}
caption span{display:inline-block;max-width:min(44rem,calc(100vw - 2rem))}
th[scope=row]{font-weight:500;min-width:8rem}
td:not(:last-child),.number{white-space:nowrap}
td:last-child:not(.number){min-width:14rem}
.number{text-align:right}
.scroll{margin:1rem 0;background:linear-gradient(to right,var(--paper) 50%,transparent) left/2.5rem 100% no-repeat local,linear-gradient(to left,var(--paper) 50%,transparent) right/2.5rem 100% no-repeat local,linear-gradient(to right,var(--shade),transparent) left/1rem 100% no-repeat scroll,linear-gradient(to left,var(--shade),transparent) right/1rem 100% no-repeat scroll}
figure{margin:1.5rem 0}
figcaption{margin-top:.5rem;font-size:.9rem;color:var(--soft);max-width:48rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem 1.5rem}
.plot{display:block;width:100%;max-width:30rem;height:auto}
summary{cursor:pointer;color:var(--blue)}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.5rem;background:var(--paper)}
@media print{nav,.skip{display:none}body{font-size:11pt}figure,tr{break-inside:avoid}h2,h3{break-after:avoid}.plots{grid-template-columns:1fr 1fr}}
`.trim();

/** Text of a page: escaped, with minus signs. */
const wordsHtml = (text: string): string => escapeText(withMinus(text));

const isNumber = (cell: string) => /^[−-]?[\d.,]+( %)?$/.test(cell.trim());

function tableHtml({ caption, head, rows }: Table): string {
  // A column is aligned as numbers when most of its cells are.
  const numeric = head.map((_, n) => {
    const filled = rows.map((row) => row[n]).filter((cell) => cell !== "");
    return n > 0 && filled.filter(isNumber).length > 0.75 * filled.length;
  });
  const align = (n: number) => (numeric[n] ? ' class="number"' : "");
  const headings = head.map((text, n) => `<th scope="col"${align(n)}>${wordsHtml(text)}</th>`).join("");
  const lines = rows.map(
    ([first, ...cells]) =>
      `<tr><th scope="row">${wordsHtml(first)}</th>${cells
        .map((cell, n) => `<td${align(n + 1)}>${wordsHtml(cell)}</td>`)
        .join("")}</tr>`,
  );
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeText(caption)}"><table>
<caption><span>${wordsHtml(caption)}</span></caption>
<thead><tr>${headings}</tr></thead>
<tbody>
${lines.join("\n")}
</tbody></table></div>`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case "text":
      return `<p>${wordsHtml(block.text)}</p>`;
    case "commands":
      return `<pre>${escapeText(block.lines.join("\n"))}</pre>`;
    case "table":
      return tableHtml(block.table);
    case "details":
      return `<details><summary>${escapeText(block.table.caption)}: numbers</summary>\n${tableHtml(block.table)}\n</details>`;
    case "figure": {
      const { title, pictures, caption } = block.figure;
      const heading = title === undefined ? "" : `<h3>${escapeText(title)}</h3>\n`;
      return `${heading}<figure><div class="plots">\n${pictures.map(inlineSvg).join("\n")}\n</div><figcaption>${wordsHtml(caption)}</figcaption></figure>`;
    }
  }
}

const sectionHtml = ({ id, title, blocks }: Section): string =>
  `<section aria-labelledby="${id}"><h2 id="${id}">${escapeText(title)}</h2>\n${blocks.map(blockHtml).join("\n")}\n</section>`;

/** Pictures of a page in their order. */
export const picturesOf = ({ sections }: Page): Picture[] =>
  sections.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === "figure" ? block.figure.pictures : [])),
  );

export function pageHtml(page: Page): string {
  const { title, introduction, sections } = page;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<link rel="icon" href="data:,">
<style>
${PLOT_STYLE}
${STYLE}
</style>
</head>
<body>
<a class="skip" href="#${sections[0].id}">Skip to the content</a>
<header><h1>${escapeText(title)}</h1>
<p>${escapeText(introduction)}</p></header>
<nav aria-label="Contents"><ul>
${sections.map(({ id, title }) => `<li><a href="#${id}">${escapeText(title)}</a></li>`).join("\n")}
</ul></nav>
<main>
${sections.map(sectionHtml).join("\n")}
</main>
</body>
</html>
`;
}
