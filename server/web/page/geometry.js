// Where ribbons run. Pure: boxes in, paths out.
//
// A box is {left, right, top, bottom}. A ribbon has at each end the width of its share: at the target of what the
// word looks at, at the source of what looks at the word.

const WIDEST = 28; // of all the ribbons of one word together
const SHARE = 0.8; // of the width of a word that its ribbons take

/**
 * Ribbons between two rows.
 *
 * @param source boxes of the source's units
 * @param target boxes of the target's units, below them
 * @param cells [{s, t, weight}], those that are drawn
 * @returns [{s, t, weight, d}], d being the path
 */
export function ribbons(source, target, cells) {
  const ends = {
    s: widths(source, cells, "s", (cell) => middle(target[cell.t])),
    t: widths(target, cells, "t", (cell) => middle(source[cell.s])),
  };
  return cells.map((cell) => {
    const [a, b] = ends.s.get(cell);
    const [c, d] = ends.t.get(cell);
    return { ...cell, d: band(a, b, source[cell.s].bottom, c, d, target[cell.t].top) };
  });
}

/** Threads from each box to one point, or from it: what a plain model passes its sentence through. */
export function threads(boxes, point, isAbove) {
  return boxes.map((box) => {
    const [x, y] = [middle(box), isAbove ? box.bottom : box.top];
    const half = (y + point.y) / 2;
    return `M${fixed(x)} ${fixed(y)}C${fixed(x)} ${fixed(half)} ${fixed(point.x)} ${fixed(half)} ${fixed(point.x)} ${fixed(point.y)}`;
  });
}

/** Whether the boxes of a row stand in more than one line. */
export function isWrapped(boxes) {
  return firstLine(boxes).length < boxes.length;
}

/** The boxes of a row's first line; a line through the others would run over words. */
export function firstLine(boxes) {
  return boxes.filter((box) => box.top < boxes[0].top + 8);
}

/** Those of its last line. */
export function lastLine(boxes) {
  return boxes.filter((box) => box.top > boxes[boxes.length - 1].top - 8);
}

export function middle(box) {
  return (box.left + box.right) / 2;
}

/** From where to where each cell's ribbon goes at one end, side by side in the order of their other ends. */
function widths(boxes, cells, end, other) {
  const placed = new Map();
  const groups = new Map();
  for (const cell of cells) {
    if (!groups.has(cell[end])) groups.set(cell[end], []);
    groups.get(cell[end]).push(cell);
  }
  for (const [index, group] of groups) {
    const box = boxes[index];
    const total = group.reduce((sum, cell) => sum + cell.weight, 0);
    const room = Math.min((box.right - box.left) * SHARE, WIDEST);
    const unit = room / Math.max(total, 1);
    let x = middle(box) - (total * unit) / 2;
    for (const cell of group.sort((a, b) => other(a) - other(b))) {
      placed.set(cell, [x, x + cell.weight * unit]);
      x += cell.weight * unit;
    }
  }
  return placed;
}

function band(a, b, y0, c, d, y1) {
  const half = fixed((y0 + y1) / 2);
  const [top, bottom] = [fixed(y0), fixed(y1)];
  const [a_, b_, c_, d_] = [a, b, c, d].map(fixed);
  return `M${a_} ${top}C${a_} ${half} ${c_} ${half} ${c_} ${bottom}L${d_} ${bottom}C${d_} ${half} ${b_} ${half} ${b_} ${top}Z`;
}

function fixed(number) {
  return Math.round(number * 10) / 10;
}
