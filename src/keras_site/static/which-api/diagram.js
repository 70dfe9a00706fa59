"use strict";
// Draw the graph of a model as SVG: src/which_api/diagram.py, function by function,
// to the same bytes. Sums are made in the same order, since floats round.

{
  const { depths, evidence, rule } = WhichApi;

  const LINE = 16; // height of a line of text
  const CHARACTER = 7.2; // width of a bold character at 12 pixels
  const PADDING = 10;
  const DOWN = 30; // between two rows
  const ACROSS = 18; // between two boxes
  const MARGIN = 4;
  const SWEEPS = 4; // passes up and down; more change nothing on small graphs

  // Return the picture of a graph, as `svg`, and in words, as `text`. `number` makes its
  // ids differ from those of the page's other pictures.
  function draw(graph, number) {
    const why = evidence(graph);
    return { svg: svgOf(graph, why, number), text: captionOf(why) };
  }

  function captionOf(why) {
    if (!why.size) return "One path from input to output: a stack.";
    const titles = [...why.keys()].map((id) => rule(id).title);
    const lower = titles.map((title) => title[0].toLowerCase() + title.slice(1));
    return `Not a stack: ${lower.join("; ")}.`;
  }

  // --- layout ------------------------------------------------------------------------

  // A call, or (with no lines) a point where a long edge passes a row; x: its middle.
  function boxOf(lines, row) {
    const longest = lines.reduce((most, line) => Math.max(most, [...line].length), 0);
    const width = Math.max(64, longest * CHARACTER + 2 * PADDING);
    return { lines, row, x: 0, width: lines.length ? width : 10 };
  }

  function linesOf(call, shared) {
    let kind = call.kind;
    if (kind === "InputLayer") kind = `Input ${call.layer}`;
    else if (kind === "Sequential" || kind === "Functional") {
      kind = `${call.layer} (${kind})`;
    }
    const lines = [kind];
    if (call.shape && call.shape.length) {
      const sizes = call.shape.map((size) => (size === null ? "None" : `${size}`));
      lines.push(`(${sizes.join(", ")})`);
    }
    if (shared) lines.push("shared weights");
    return lines;
  }

  // Return the rows of boxes, the box of each call, and the way of each edge.
  function layout(graph, shared) {
    const rows = depths(graph); // each call one row below the lowest of those that feed it
    const table = [];
    const boxes = new Map();
    for (const row of rows.values()) while (table.length <= row) table.push([]);
    for (const call of graph.calls) {
      const box = boxOf(linesOf(call, shared.has(call.id)), rows.get(call.id));
      boxes.set(call.id, box);
      table[box.row].push(box);
    }
    const ways = [];
    const above = new Map();
    const below = new Map();
    const note = (near, box, other) => {
      if (!near.has(box)) near.set(box, []);
      near.get(box).push(other);
    };
    for (const edge of graph.edges) {
      const way = [boxes.get(edge.source)];
      for (let row = rows.get(edge.source) + 1; row < rows.get(edge.target); row += 1) {
        const point = boxOf([], row);
        table[row].push(point);
        way.push(point);
      }
      way.push(boxes.get(edge.target));
      ways.push([edge, way]);
      for (const [a, b] of pairwise(way)) {
        note(below, a, b);
        note(above, b, a);
      }
    }
    for (const row of table) spread(row);
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      for (const row of [...table].reverse()) settle(row, below);
      for (const row of table) settle(row, above);
    }
    const all = table.flat();
    const left = all.reduce((least, box) => Math.min(least, box.x - box.width / 2), Infinity);
    for (const box of all) box.x += MARGIN - left;
    return [table, boxes, ways];
  }

  function pairwise(items) {
    return items.slice(1).map((item, index) => [items[index], item]);
  }

  // Move the boxes of a row below or above their neighbors, in an order that fits.
  function settle(row, near) {
    const goals = new Map();
    for (const box of row) {
      const around = near.get(box)?.map((other) => other.x) ?? [box.x];
      goals.set(box, mean(around));
    }
    row.sort((a, b) => goals.get(a) - goals.get(b)); // stable: equal ones keep their order
    for (const box of row) box.x = goals.get(box);
    const middle = mean(row.map((box) => box.x));
    spread(row, true);
    const shift = middle - mean(row.map((box) => box.x));
    for (const box of row) box.x += shift;
  }

  function mean(numbers) {
    let total = 0;
    for (const number of numbers) total += number;
    return total / numbers.length;
  }

  // Push overlapping boxes of a row apart, from left to right.
  function spread(row, keep = false) {
    let end = keep ? -Infinity : 0;
    for (const box of row) {
      const least = end + box.width / 2;
      box.x = keep ? Math.max(box.x, least) : least;
      end = box.x + box.width / 2 + ACROSS;
    }
  }

  // --- drawing -----------------------------------------------------------------------

  function svgOf(graph, why, number) {
    const marked = new Set([...why.values()].flat());
    const shared = new Set((why.get("shared-layer") ?? []).map((call) => call.id));
    const [table, boxes, ways] = layout(graph, shared);
    const tops = [];
    const heights = [];
    let y = MARGIN;
    for (const row of table) {
      const tall = row.reduce((most, box) => Math.max(most, box.lines.length), 0);
      tops.push(y);
      heights.push(tall * LINE + 10);
      y += tall * LINE + 10 + DOWN;
    }
    const right = table
      .flat()
      .reduce((most, box) => Math.max(most, box.x + box.width / 2), -Infinity);
    const width = fixed(right + MARGIN, 0);
    const height = fixed(y - DOWN + MARGIN, 0);
    const parts = [];
    const last = ([edge]) => Number(marked.has(edge));
    for (const [edge, way] of [...ways].sort((a, b) => last(a) - last(b))) {
      const style = marked.has(edge) ? HIGHLIGHT : PLAIN;
      parts.push(lineOf(way, tops, heights, style, number));
    }
    for (const call of graph.calls) {
      const box = boxes.get(call.id);
      const tall = box.lines.length * LINE + 10;
      const top = tops[box.row] + (heights[box.row] - tall) / 2;
      parts.push(rectOf(box, top, tall, marked.has(call) ? HIGHLIGHT : PLAIN));
    }
    return (
      `<svg class="model" viewBox="0 0 ${width} ${height}" ` +
      `width="${width}" role="img" aria-labelledby="model-${number}-title ` +
      `model-${number}-text" font-size="12" text-anchor="middle" ` +
      'fill="currentColor" xmlns="http://www.w3.org/2000/svg">' +
      `<title id="model-${number}-title">Graph of ${escapeHtml(graph.name)}</title>` +
      `<desc id="model-${number}-text">${escapeHtml(wordsOf(graph, why))}</desc>` +
      `<defs><marker id="model-${number}-tip" viewBox="0 0 8 8" refX="7.5" refY="4" ` +
      'markerWidth="8" markerHeight="8" orient="auto" markerUnits="userSpaceOnUse">' +
      `<path d="M0 0 8 4 0 8z"/></marker></defs>${parts.join("")}</svg>`
    );
  }

  const PLAIN = 'class="plain" stroke="currentColor" stroke-width="1"';
  const HIGHLIGHT = 'class="why" stroke="currentColor" stroke-width="2.5"';

  function lineOf(way, tops, heights, style, number) {
    const [start] = way;
    let path = `M${one(start.x)} ${one(tops[start.row] + heights[start.row])}`;
    for (const [a, b] of pairwise(way)) {
      const y1 = tops[a.row] + heights[a.row];
      const y2 = tops[b.row];
      if (!a.lines.length) path += `V${one(y1)}`;
      const half = (y1 + y2) / 2;
      path += `C${one(a.x)} ${one(half)} ${one(b.x)} ${one(half)} ${one(b.x)} ${one(y2)}`;
    }
    return `<path ${style} fill="none" marker-end="url(#model-${number}-tip)" d="${path}"/>`;
  }

  function rectOf(box, top, tall, style) {
    const left = box.x - box.width / 2;
    const rect =
      `<rect ${style} fill="none" rx="5" x="${one(left)}" y="${one(top)}" ` +
      `width="${one(box.width)}" height="${tall}"/>`;
    const texts = box.lines.map((line, index) => {
      const weight = index === 0 ? ' font-weight="600"' : "";
      return (
        `<text${weight} x="${one(box.x)}" y="${one(top + 17 + index * LINE)}">` +
        `${escapeHtml(line)}</text>`
      );
    });
    return rect + texts.join("");
  }

  // Say what the picture shows, for people who do not see it.
  function wordsOf(graph, why) {
    const name = new Map(graph.calls.map((call) => [call.id, linesOf(call, false)[0]]));
    const steps = graph.edges.map((e) => `${name.get(e.source)} to ${name.get(e.target)}`);
    return `${captionOf(why)} Arrows: ${steps.join(", ")}.`;
  }

  // --- what Python has built in --------------------------------------------------------

  const one = (x) => fixed(x, 1);

  // Python's f"{x:.0f}" or f"{x:.1f}": a number in the middle goes to the even digit;
  // toFixed takes the larger one.
  function fixed(x, digits) {
    if (x < 0 || Object.is(x, -0)) return `-${fixed(-x, digits)}`;
    const middle = digits ? (x * 4) % 2 === 1 : (x * 2) % 2 === 1;
    if (!middle) return x.toFixed(digits);
    const scale = digits ? 10 : 1;
    const below = Math.floor(x * scale);
    return ((below % 2 ? below + 1 : below) / scale).toFixed(digits);
  }

  const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };

  // Python's html.escape.
  function escapeHtml(text) {
    return text.replace(/[&<>"']/g, (sign) => SIGNS[sign]);
  }

  Object.assign(WhichApi, { draw, escapeHtml, fixed });
}
