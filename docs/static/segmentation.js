"use strict";
/* Parts of ink, lines of writing, and what may be one digit, as mnist8k.segmentation in Python.

   Ink is whole numbers from 0 to 255, so that both decide alike. A part is {ink, width, height,
   left, top, component, crossed}; a candidate is {first, end, part, geometry}, a run of pieces. */

(() => {
const connecting = 76, sidestep = 5;
const right = (part) => part.left + part.width, bottom = (part) => part.top + part.height;
const weight = (part) => part.ink.reduce((sum, value) => sum + value, 0);
const indexOfBest = (values, better) =>
  values.reduce((best, value, index) => better(value, values[best]) ? index : best, 0);

// The connected component of each pixel, counted from 1; 0 for none
function labelComponents(ink, width, height) {
  const labels = new Int32Array(ink.length);
  let component = 0;
  for (let start = 0; start < ink.length; start++) {
    if (ink[start] <= connecting || labels[start]) continue;
    const stack = [start];
    labels[start] = ++component;
    while (stack.length) {
      const pixel = stack.pop();
      forNeighbours(pixel, width, height, (neighbour) => {
        if (ink[neighbour] <= connecting || labels[neighbour]) return;
        labels[neighbour] = component;
        stack.push(neighbour);
      });
    }
  }
  return labels;
}

function forNeighbours(pixel, width, height, visit) {
  const x = pixel % width, y = (pixel - x) / width;
  for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row++)
    for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column++)
      visit(row * width + column);
}

// The part of a component within columns and rows; end is excluded
function takePart(value, left, top, endX, endY, component, crossed = 0) {
  const width = endX - left, height = endY - top, ink = new Int32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) ink[y * width + x] = value(left + x, top + y);
  return {ink, width, height, left, top, component, crossed};
}

// The connected components of ink, each with its rim
function findParts(ink, width, height) {
  const cores = labelComponents(ink, width, height), labels = cores.slice(), boxes = [];
  cores.forEach((label, pixel) => {
    if (label || !ink[pixel]) return;
    forNeighbours(pixel, width, height, (neighbour) => {
      labels[pixel] = Math.max(labels[pixel], cores[neighbour]);
    });
  });
  labels.forEach((label, pixel) => {
    if (!label) return;
    const x = pixel % width, y = (pixel - x) / width;
    const box = boxes[label] ??= {left: x, top: y, endX: x, endY: y};
    box.left = Math.min(box.left, x);
    box.endX = Math.max(box.endX, x + 1);
    box.endY = y + 1;
  });
  return boxes.map(({left, top, endX, endY}, label) =>
    takePart((x, y) => labels[y * width + x] === label ? ink[y * width + x] : 0,
             left, top, endX, endY, label)).filter(Boolean);
}

// The median height of parts, weighted by their ink
function writingHeight(parts) {
  const ordered = parts.toSorted((a, b) => a.height - b.height), weights = ordered.map(weight);
  const total = weights.reduce((a, b) => a + b, 0);
  let below = 0;
  return ordered[weights.findIndex((one) => 2 * (below += one) >= total)].height;
}

function overlap(a, b) {
  const rows = Math.min(bottom(a), bottom(b)) - Math.max(a.top, b.top);
  return rows / Math.min(a.height, b.height);
}

// The distance of two parts, the vertical gap counted three times
function distance(a, b) {
  const gap = (from, to) => Math.max(from, to, 0);
  return gap(a.left - right(b), b.left - right(a)) + 3 * gap(a.top - bottom(b), b.top - bottom(a));
}

// Parts in lines of writing, without specks
function groupLines(parts) {
  if (!parts.length) return [];
  const height = writingHeight(parts), lines = [], isTall = (part) => part.height >= .6 * height;
  for (const part of parts.filter(isTall).sort((a, b) => a.left - b.left)) {
    const overlaps = [...lines.map((line) => overlap(line.at(-1), part)), .3];
    const best = indexOfBest(overlaps, (a, b) => a > b);
    (lines[best] ??= []).push(part);
  }
  const owners = lines.flatMap((line) => line.map((part) => ({line, part})));
  for (const part of parts) {
    if (isTall(part) || Math.max(part.height, part.width) < .15 * height) continue;
    const distances = owners.map((owner) => distance(part, owner.part));
    const nearest = indexOfBest(distances, (a, b) => a < b);
    if (distances[nearest] < height) owners[nearest].line.push(part);
  }
  const middle = (line) =>
    line.reduce((sum, part) => sum + part.top + bottom(part), 0) / line.length;
  return lines.sort((a, b) => middle(a) - middle(b));
}

// The cheapest ways from the first of some rows to each column of the last, and the steps back
function seamTable(part, rows) {
  const {ink, width} = part, steps = [new Int8Array(width)];
  const cost = (row, x) => ink[row * width + x] + 1;
  let total = Array.from({length: width}, (_, x) => cost(rows[0], x));
  for (const row of rows.slice(1)) {
    const step = new Int8Array(width), next = new Array(width);
    for (let x = 0; x < width; x++) {
      let best = total[x];
      if (x > 0 && total[x - 1] + sidestep < best) [best, step[x]] = [total[x - 1] + sidestep, -1];
      if (x < width - 1 && total[x + 1] + sidestep < best)
        [best, step[x]] = [total[x + 1] + sidestep, 1];
      next[x] = best + cost(row, x);
    }
    total = next;
    steps.push(step);
  }
  return {total, steps};
}

// A seam from its end, at a column of the last row, back to its beginning
function follow(steps, column) {
  const seam = [column];
  for (let row = steps.length - 1; row > 0; row--) seam.push(seam.at(-1) + steps[row][seam.at(-1)]);
  return seam;
}

// Where a component may be cut: seams from left to right, each a column for every row
function findCuts(part, height) {
  const {ink, width, height: rows} = part, middle = Math.floor(rows / 2);
  if (width < .6 * height || rows < .45 * height) return [];
  const above = seamTable(part, Array.from({length: middle + 1}, (_, row) => row));
  const below = seamTable(part, Array.from({length: rows - middle}, (_, row) => rows - 1 - row));
  const cost = above.total.map((value, x) => value + below.total[x] - ink[middle * width + x]);
  const margin = Math.max(1, Math.floor(.1 * height + .5));
  const apart = Math.max(2, Math.floor(.08 * height + .5)), chosen = [];
  const columns = cost.map((_, x) => x).slice(margin, Math.max(width - margin, 0));
  for (const column of columns.sort((a, b) => cost[a] - cost[b])) {
    if (chosen.every((other) => Math.abs(column - other) >= apart)) chosen.push(column);
    if (chosen.length >= Math.ceil(8 * width / height)) break;
  }
  return chosen.sort((a, b) => a - b).map((column) =>
    [...follow(above.steps, column).slice(1).reverse(), ...follow(below.steps, column)]);
}

// The pieces of a part, or the part itself where it is not cut
function cutPart(part, height) {
  const seams = findCuts(part, height), {ink, width, left, top} = part;
  if (!seams.length) return [part];
  const pieces = [];
  for (let number = 0; number <= seams.length; number++) {
    const from = (y) => number ? seams[number - 1][y] : 0;
    const to = (y) => number < seams.length ? seams[number][y] : width;
    let [x0, y0, x1, y1, strongest] = [width, part.height, 0, 0, 0];
    for (let y = 0; y < part.height; y++)
      for (let x = from(y); x < to(y); x++) {
        const value = ink[y * width + x];
        if (!value) continue;
        [x0, y0] = [Math.min(x0, x), Math.min(y0, y)];
        [x1, y1, strongest] = [Math.max(x1, x + 1), y + 1, Math.max(strongest, value)];
      }
    if (strongest <= connecting) continue;
    const seam = seams[number - 1] ?? [];
    const crossed = seam.reduce((sum, x, y) => sum + ink[y * width + x], 0);
    const inside = (x, y) => x >= from(y) && x < to(y) ? ink[y * width + x] : 0;
    const piece = takePart(inside, x0, y0, x1, y1, part.component, crossed);
    pieces.push({...piece, left: left + x0, top: top + y0});
  }
  return pieces;
}

// Several pieces as one part
function merge(pieces) {
  if (pieces.length === 1) return pieces[0];
  const [left, top] = ["left", "top"].map((side) =>
    Math.min(...pieces.map((piece) => piece[side])));
  const [endX, endY] = [right, bottom].map((side) => Math.max(...pieces.map(side)));
  const width = endX - left, ink = new Int32Array(width * (endY - top));
  for (const piece of pieces)
    piece.ink.forEach((value, pixel) => {
      const x = pixel % piece.width, y = (pixel - x) / piece.width;
      const target = (piece.top - top + y) * width + piece.left - left + x;
      ink[target] = Math.max(ink[target], value);
    });
  const {component, crossed} = pieces[0];
  return {ink, width, height: endY - top, left, top, component, crossed};
}

// Size, cuts and gaps of a candidate, in heights of the writing
function describe(pieces, first, end, part, height) {
  const before = pieces[first - 1], piece = pieces[first];
  const cut = before?.component === piece.component;
  const width = part.width / height, tall = part.height / height;
  let joined = 0, gaps = 0, shared = 0;
  for (let index = first; index < end - 1; index++) {
    const [a, b] = [pieces[index], pieces[index + 1]];
    if (a.component === b.component) continue;
    joined++;
    gaps += Math.max(b.left - right(a), 0);
  }
  if (before && !cut) {
    const columns = Math.min(right(before), right(piece)) - Math.max(before.left, piece.left);
    shared = Math.max(columns, 0) / Math.min(before.width, piece.width);
  }
  return {"width": width, "width squared": width ** 2, "height": tall, "height squared": tall ** 2,
          "cut": Number(cut), "ink cut": cut ? piece.crossed / 255 / height : 0,
          "joined parts": joined, "gaps joined": gaps / height, "overlap": shared};
}

// The pieces of a line from left to right, and every run of them that may be a digit
function findCandidates(line, cut = true) {
  const height = writingHeight(line), candidates = [];
  const pieces = line.flatMap((part) => cut ? cutPart(part, height) : [part]);
  pieces.sort((a, b) => a.left + right(a) - b.left - right(b) || a.left - b.left);
  for (let first = 0; first < pieces.length; first++) {
    let reach = right(pieces[first]);
    for (let end = first + 1; end <= pieces.length; end++) {
      const last = pieces[end - 1];
      if (last.left - reach > .4 * height) break;
      reach = Math.max(reach, right(last));
      const part = merge(pieces.slice(first, end));
      if (end > first + 1 && part.width > 1.4 * height) break;
      const begins = pieces[first - 1]?.component === pieces[first].component;
      const ends = pieces[end]?.component === last.component;
      if (part.height < .45 * height && (begins || ends)) continue;
      candidates.push({first, end, part, geometry: describe(pieces, first, end, part, height)});
    }
  }
  return {pieces, candidates};
}

Object.assign(globalThis.mnist8k, {labelComponents, findParts, groupLines, findCandidates});
})();
