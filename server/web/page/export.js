// What can be taken away: the document itself, a picture, links for other tools.

import { gridOf, kept, pharaohOf, visible } from "./doc.js";
import { download } from "./dom.js";
import { middle, ribbons, threads } from "./geometry.js";

const FONT = "18px system-ui, 'Segoe UI', 'Noto Sans', sans-serif";
const INK = "#1d2129";
const ACCENT = "#2f5fd0";
const [MARGIN, GAP, ROW, BETWEEN] = [28, 16, 30, 130];

/** The ways of saving a document: [label, name of the file, type, content]. Links need attention. */
export function savings(doc, hypothesis, options) {
  const stem = fileName(doc.source.text);
  const ways = [
    ["JSON", `${stem}.json`, "application/json", () => `${JSON.stringify(doc, null, 2)}\n`],
    ["SVG", `${stem}.svg`, "image/svg+xml", () => picture(doc, hypothesis, options, textWidth)],
    ["PNG", `${stem}.png`, "image/png", () => painted(picture(doc, hypothesis, options, textWidth))],
  ];
  if (hypothesis.attention)
    ways.push(["Pharaoh", `${stem}.pharaoh`, "text/plain", () => `${pharaohOf(doc, hypothesis)}\n`]);
  return ways;
}

/** Let the browser save one of them. */
export async function save([, name, type, content]) {
  download(name, type, await content());
}

/**
 * A picture that needs nothing else. Pure but for `widthOf`, which measures text.
 *
 * @param options {mass, subwords, memorySize}
 */
export function picture(doc, hypothesis, options, widthOf) {
  const grid = gridOf(doc, hypothesis, options.subwords);
  const rows = [
    placed(grid.source, doc.source.direction, MARGIN, widthOf),
    placed(grid.target, hypothesis.direction, MARGIN + ROW + BETWEEN, widthOf),
  ];
  const width = Math.max(...rows.map((row) => row.width)) + 2 * MARGIN;
  for (const row of rows) shift(row.boxes, (width - row.width) / 2);
  const height = 2 * MARGIN + 2 * ROW + BETWEEN;
  const [source, target] = rows.map((row) => row.boxes);
  const words = [...texts(grid.source, source), ...texts(grid.target, target)];
  const drawn = grid.weights ? attended(grid, source, target, options.mass) : funnelled(source, target, width / 2, options);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(`${doc.source.text} → ${hypothesis.text}`)}</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...drawn,
    `<g style="font:${FONT}" fill="${INK}" text-anchor="middle">`,
    ...words,
    "</g>",
    "</svg>\n",
  ].join("\n");
}

/** The same as pixels, twice as many as the picture has. */
async function painted(drawing) {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([drawing], { type: "image/svg+xml" }));
  image.src = address;
  await image.decode();
  URL.revokeObjectURL(address);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * image.naturalWidth, 2 * image.naturalHeight];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function attended(grid, source, target, mass) {
  const cells = grid.weights.flatMap((row, t) => kept(row, mass).map((s) => ({ s, t, weight: row[s] })));
  return ribbons(source, target, cells).map(
    ({ d, weight }) => `<path d="${d}" fill="${ACCENT}" fill-opacity="${(0.18 + 0.5 * weight).toFixed(2)}"/>`,
  );
}

function funnelled(source, target, x, { memorySize }) {
  const y = MARGIN + ROW + BETWEEN / 2;
  const lines = [...threads(source, { x, y: y - 14 }, true), ...threads(target, { x, y: y + 14 }, false)];
  return [
    ...lines.map((d) => `<path d="${d}" fill="none" stroke="${ACCENT}" stroke-opacity="0.4"/>`),
    `<text x="${x}" y="${y + 5}" text-anchor="middle" fill="${INK}" style="font:${FONT.replace("18px", "14px")}">one vector of ${memorySize} numbers</text>`,
  ];
}

function placed(units, direction, top, widthOf) {
  let x = 0;
  const boxes = units.map((unit) => {
    const left = x;
    x += widthOf(shown(unit), FONT) + 8;
    const box = { left, right: x, top, bottom: top + ROW };
    x += unit.continues ? 2 : GAP;
    return box;
  });
  const width = x - GAP;
  if (direction === "rtl") for (const box of boxes) [box.left, box.right] = [width - box.right, width - box.left];
  return { boxes, width };
}

function shift(boxes, by) {
  for (const box of boxes) {
    box.left += by;
    box.right += by;
  }
}

function texts(units, boxes) {
  return units.map(
    (unit, index) =>
      `<text x="${middle(boxes[index]).toFixed(1)}" y="${boxes[index].bottom - 9}"${unit.isEnd ? ' fill-opacity="0.5"' : ""}>${escaped(shown(unit))}</text>`,
  );
}

function shown(unit) {
  return unit.isEnd ? "⏎" : visible(unit.text);
}

function escaped(text) {
  return visible(text).replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
}

/** The name of a file about a text, without its ending. */
export function fileName(text) {
  const plain = text.normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  return `attention-${Array.from(plain).slice(0, 40).join("").toLowerCase() || "preview"}`;
}

let pen;

function textWidth(text, font) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = font;
  return pen.measureText(text).width;
}
