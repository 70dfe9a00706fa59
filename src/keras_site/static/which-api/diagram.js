"use strict";
// Draw the graph of a model as SVG. What is drawn is the Picture of
// src/which_api/diagram.py; the SVG is this file's own.
/* exported WhichApiDiagram */
/* global WhichApiGraph, WhichApiSentences, WhichApiVerdict */

/**
 * A place in a row: the box of a call or, with no lines, a point of an arrow. `x` is its
 * middle, and `place` tells how many spots of its row stand before it.
 *
 * @typedef {{ row: number, lines: string[], width: number, place: number, x: number }} Spot
 */

/**
 * What is drawn of a graph, and the same in words: see diagram.Picture.
 *
 * @typedef {object} Picture
 * @property {string} title
 * @property {string} caption
 * @property {string} words
 * @property {Spot[][]} rows
 * @property {Map<Call, Spot>} boxes
 * @property {[Edge, Spot[]][]} arrows
 * @property {Set<Call | Edge>} marked
 */

const WhichApiDiagram = (() => {
  const { say } = WhichApiSentences;
  const { depths, evidence } = WhichApiGraph;
  const { title } = WhichApiVerdict;

  const LINE = 16; // height of a line of text
  const DOWN = 30; // between two rows
  const MARGIN = 4;
  // Across, a picture is laid out in thousandths of a pixel, as whole numbers: sums of
  // them are exact, so that both languages put the boxes of a row into the same order.
  const PIXEL = 1000;
  const CHARACTER = 7200; // width of a bold character at 12 pixels
  const PADDING = 10 * PIXEL;
  const ACROSS = 18 * PIXEL; // between two boxes
  const NARROWEST = 64 * PIXEL; // a box
  const POINT = 10 * PIXEL; // where an arrow passes a row
  const SWEEPS = 4; // passes up and down; more change nothing on small graphs

  // --- what is drawn -----------------------------------------------------------------

  /**
   * @param {number} row
   * @param {string[]} lines
   * @returns {Spot}
   */
  function spotOf(row, lines) {
    const longest = lines.reduce((most, line) => Math.max(most, [...line].length), 0);
    const width = Math.max(NARROWEST, longest * CHARACTER + 2 * PADDING);
    return { row, lines, width: lines.length ? width : POINT, place: 0, x: 0 };
  }

  /**
   * Lay out a graph, and say what there is to see.
   *
   * @param {Graph} graph
   * @returns {Picture}
   */
  function picture(graph) {
    const why = evidence(graph);
    const shared = new Set(why.get("shared-layer"));
    const depth = depths(graph); // each call one row below the lowest that feeds it
    /** @type {Map<Call, Spot>} */
    const boxes = new Map();
    /** @type {Map<string, Spot>} */
    const byId = new Map();
    for (const call of graph.calls) {
      const box = spotOf(depth(call.id), linesOf(call, shared.has(call)));
      boxes.set(call, box);
      byId.set(call.id, box);
    }
    /** @type {[Edge, Spot[]][]} */
    const arrows = [];
    for (const edge of graph.edges) {
      const [start, end] = [byId.get(edge.source), byId.get(edge.target)];
      if (!start || !end) continue; // `read` has seen to it that there are both
      const way = [start];
      for (let row = start.row + 1; row < end.row; row += 1) way.push(spotOf(row, []));
      arrows.push([edge, [...way, end]]);
    }
    const caption = captionOf(why);
    return {
      title: say("title", { name: graph.name }),
      caption,
      words: wordsOf(graph, caption),
      rows: rowsOf([...boxes.values()], arrows.map(([, way]) => way)),
      boxes,
      arrows,
      marked: new Set([...why.values()].flat()),
    };
  }

  /** @param {Evidence} why */
  function captionOf(why) {
    if (!why.size) return say("stack");
    const titles = [...why.keys()].map(title);
    const lower = titles.map((text) => text[0].toLowerCase() + text.slice(1));
    return say("no-stack", { titles: lower.join("; ") });
  }

  /**
   * Say what the picture shows, for people who do not see it.
   *
   * @param {Graph} graph
   * @param {string} caption
   */
  function wordsOf(graph, caption) {
    const name = new Map(graph.calls.map((call) => [call.id, linesOf(call, false)[0]]));
    const steps = graph.edges.map((edge) =>
      say("arrow", {
        source: name.get(edge.source) ?? "",
        target: name.get(edge.target) ?? "",
      }),
    );
    return say("words", { caption, arrows: steps.join(", ") });
  }

  /**
   * @param {Call} call
   * @param {boolean} isShared
   */
  function linesOf({ layer, kind, shape }, isShared) {
    const lines = [kind];
    if (kind === "InputLayer") lines[0] = say("input-box", { layer });
    if (kind === "Sequential" || kind === "Functional") {
      lines[0] = say("model-box", { layer, kind });
    }
    if (shape?.length) lines.push(`(${shape.map((size) => size ?? "None").join(", ")})`);
    if (isShared) lines.push(say("shared-box"));
    return lines;
  }

  /**
   * Put boxes, and the points between them, into rows, and give each its place.
   *
   * @param {Spot[]} boxes
   * @param {Spot[][]} ways
   * @returns {Spot[][]}
   */
  function rowsOf(boxes, ways) {
    /** @type {Spot[][]} */
    const rows = [];
    for (const box of boxes) while (rows.length <= box.row) rows.push([]);
    for (const spot of boxes) rows[spot.row].push(spot);
    for (const way of ways) for (const spot of way.slice(1, -1)) rows[spot.row].push(spot);
    /** @type {Map<Spot, Spot[]>} */
    const above = new Map(rows.flat().map((spot) => [spot, []]));
    /** @type {Map<Spot, Spot[]>} */
    const below = new Map(rows.flat().map((spot) => [spot, []]));
    for (const [one, other] of ways.flatMap(pairwise)) {
      below.get(one)?.push(other);
      above.get(other)?.push(one);
    }
    for (const row of rows) spread(row, 0);
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      for (const row of [...rows].reverse()) settle(row, below);
      for (const row of rows) settle(row, above);
    }
    const lefts = rows.map(([first]) => first.x - first.width / 2);
    const left = lefts.reduce((least, x) => Math.min(least, x), Infinity);
    for (const row of rows) {
      for (const [place, spot] of row.entries()) {
        spot.place = place;
        spot.x += MARGIN * PIXEL - left;
      }
    }
    return rows;
  }

  /**
   * Move the spots of a row below or above their neighbors, in an order that fits.
   *
   * @param {Spot[]} row
   * @param {Map<Spot, Spot[]>} near
   */
  function settle(row, near) {
    const goals = row.map((spot) => {
      const around = near.get(spot);
      return around?.length ? middleOf(around) : spot.x;
    });
    for (const [index, spot] of row.entries()) spot.x = goals[index];
    row.sort((a, b) => a.x - b.x); // stable: equal ones keep their order
    const middle = middleOf(row);
    spread(row, row[0].x - row[0].width / 2);
    const shift = middle - middleOf(row);
    for (const spot of row) spot.x += shift;
  }

  /** @param {Spot[]} spots */
  function middleOf(spots) {
    return Math.floor(spots.reduce((sum, spot) => sum + spot.x, 0) / spots.length);
  }

  /**
   * Push the spots of a row apart that overlap, to the right of `end`.
   *
   * @param {Spot[]} row
   * @param {number} end
   */
  function spread(row, end) {
    let free = end;
    for (const spot of row) {
      spot.x = Math.max(spot.x, free + spot.width / 2);
      free = spot.x + spot.width / 2 + ACROSS;
    }
  }

  // --- SVG ---------------------------------------------------------------------------

  const PLAIN = 'class="plain" stroke="currentColor" stroke-width="1"';
  const HIGHLIGHT = 'class="why" stroke="currentColor" stroke-width="2.5"';

  /**
   * Return a picture as the text of an SVG element. `name` makes its ids differ from
   * those of the page's other pictures.
   *
   * @param {Picture} drawn
   * @param {string} name
   * @returns {string}
   */
  function svgOf(drawn, name) {
    /** @type {number[]} */
    const tops = [];
    /** @type {number[]} */
    const heights = [];
    let y = MARGIN;
    for (const [index, row] of drawn.rows.entries()) {
      tops[index] = y;
      heights[index] = row.reduce((most, spot) => Math.max(most, tall(spot)), 0);
      y += heights[index] + DOWN;
    }
    const rights = drawn.rows.flat().map((spot) => spot.x + spot.width / 2);
    const right = rights.reduce((most, x) => Math.max(most, x), 0);
    const width = Math.round(right / PIXEL) + MARGIN;
    const height = y - DOWN + MARGIN;
    const style = (/** @type {Call | Edge} */ each) =>
      drawn.marked.has(each) ? HIGHLIGHT : PLAIN;
    const isMarked = (/** @type {[Edge, Spot[]]} */ [edge]) => drawn.marked.has(edge);
    const onTop = drawn.arrows.filter(isMarked);
    const arrows = [...drawn.arrows.filter((arrow) => !isMarked(arrow)), ...onTop];
    const parts = arrows.map(
      ([edge, way]) =>
        `<path ${style(edge)} fill="none" marker-end="url(#model-${name}-tip)" ` +
        `d="${pathOf(way, tops, heights)}"/>`,
    );
    for (const [call, box] of drawn.boxes) {
      const top = tops[box.row] + (heights[box.row] - tall(box)) / 2;
      parts.push(rectOf(box, top, style(call)));
    }
    return (
      `<svg class="model" viewBox="0 0 ${width} ${height}" width="${width}" role="img" ` +
      `aria-labelledby="model-${name}-title model-${name}-text" font-size="12" ` +
      'text-anchor="middle" fill="currentColor" xmlns="http://www.w3.org/2000/svg">' +
      `<title id="model-${name}-title">${escapeHtml(drawn.title)}</title>` +
      `<desc id="model-${name}-text">${escapeHtml(drawn.words)}</desc>` +
      `<defs><marker id="model-${name}-tip" viewBox="0 0 8 8" refX="7.5" refY="4" ` +
      'markerWidth="8" markerHeight="8" orient="auto" markerUnits="userSpaceOnUse">' +
      `<path d="M0 0 8 4 0 8z"/></marker></defs>${parts.join("")}</svg>`
    );
  }

  /** @param {Spot} spot */
  const tall = (spot) => spot.lines.length * LINE + 10;

  /** @param {number} x */
  const pixels = (x) => (x / PIXEL).toFixed(1);

  /**
   * @param {Spot[]} way
   * @param {number[]} tops
   * @param {number[]} heights
   */
  function pathOf(way, tops, heights) {
    const [start] = way;
    let path = `M${pixels(start.x)} ${tops[start.row] + heights[start.row]}`;
    for (const [one, other] of pairwise(way)) {
      const y1 = tops[one.row] + heights[one.row];
      const y2 = tops[other.row];
      const half = (y1 + y2) / 2;
      if (!one.lines.length) path += `V${y1}`;
      path += `C${pixels(one.x)} ${half} ${pixels(other.x)} ${half} ${pixels(other.x)} ${y2}`;
    }
    return path;
  }

  /**
   * @param {Spot} box
   * @param {number} top
   * @param {string} style
   */
  function rectOf(box, top, style) {
    const texts = box.lines.map((line, index) => {
      const weight = index === 0 ? ' font-weight="600"' : "";
      const y = top + 17 + index * LINE;
      return `<text${weight} x="${pixels(box.x)}" y="${y}">${escapeHtml(line)}</text>`;
    });
    return (
      `<rect ${style} fill="none" rx="5" x="${pixels(box.x - box.width / 2)}" y="${top}" ` +
      `width="${pixels(box.width)}" height="${tall(box)}"/>${texts.join("")}`
    );
  }

  /**
   * @template T
   * @param {T[]} items
   * @returns {[T, T][]}
   */
  function pairwise(items) {
    return items.slice(1).map((item, index) => [items[index], item]);
  }

  /** @type {Record<string, string>} */
  const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };

  /** @param {string} text */
  function escapeHtml(text) {
    return text.replace(/[&<>"']/g, (sign) => SIGNS[sign]);
  }

  return { picture, svgOf };
})();
