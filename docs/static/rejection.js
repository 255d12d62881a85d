"use strict";
/* The score for what is no digit, in plain JavaScript: what mnist8k.rejection computes in Python.

   mnist8k.noDigitScore reads an image of 784 pixels from 0 to 255 in MNIST's form, what
   mnist8k.forward returns for it, the layers of the network, and its ten rows of weights of
   rejection.json, one for each digit. Above zero, there is no digit. */

(() => {
const size = 28, rimWidth = 3, rimLimit = Math.log1p(20), rimScore = 10;
const sum = (values) => values.reduce((total, value) => total + value, 0);

// Means, then standard deviations, of the maps after each of the last three batch normalisations
function features(activations, layers, count = 3) {
  const chosen = activations.filter((_, index) => layers[index].kind === "BatchNorm2d");
  return chosen.slice(-count).flatMap(({channels, size: side, data}) => {
    const maps = Array.from({length: channels}, (_, channel) =>
      Array.from(data.subarray(channel * side * side, (channel + 1) * side * side)));
    const means = maps.map((map) => sum(map) / map.length);
    const deviations = maps.map((map, channel) => Math.sqrt(
      sum(map.map((value) => (value - means[channel]) ** 2)) / map.length));
    return [...means, ...deviations];
  });
}

// The number of connected components of a square of booleans
function countParts(inside, side, corners) {
  const seen = inside.map((value) => !value);
  let count = 0;
  for (let start = 0; start < seen.length; start++) {
    if (seen[start]) continue;
    count++;
    seen[start] = true;
    for (const open = [start]; open.length;) {
      const pixel = open.pop(), x = pixel % side, y = (pixel - x) / side;
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) {
          if (!corners && dx && dy) continue;
          const next = pixel + dy * side + dx;
          if (x + dx < 0 || x + dx >= side || y + dy < 0 || y + dy >= side || seen[next]) continue;
          seen[next] = true;
          open.push(next);
        }
    }
  }
  return count;
}

// Ink, width, edges, box height, box width, rim, components, holes, greyness
function facts(pixels) {
  const strongest = Math.max(1, ...pixels), at = (x, y) => pixels[y * size + x] / strongest;
  const columns = new Set(), rows = new Set(), side = size + 2;
  const bright = Array(size * size).fill(false), outside = Array(side * side).fill(true);
  let ink = 0, edges = 0, rim = 0, grey = 0;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const value = at(x, y);
      ink += value;
      grey += value * (1 - value);
      if (x) edges += Math.abs(value - at(x - 1, y));
      if (y) edges += Math.abs(value - at(x, y - 1));
      if (Math.min(x, y, size - 1 - x, size - 1 - y) < rimWidth) rim += value;
      if (value > 0.1) { columns.add(x); rows.add(y); }
      bright[y * size + x] = value > 0.3;
      outside[(y + 1) * side + x + 1] = !(value > 0.3);
    }
  const components = countParts(bright, size, true), holes = countParts(outside, side, false) - 1;
  return [ink / 100, ink / (edges + 1), edges / 100, rows.size / size, columns.size / size,
    Math.log1p(rim), Math.min(components, 4), Math.min(holes, 4), grey / (ink + 1)];
}

function noDigitScore(pixels, {activations, logProbabilities}, layers, rows) {
  const row = rows[logProbabilities.indexOf(Math.max(...logProbabilities))];
  const imageFacts = facts(pixels), values = [...features(activations, layers), ...imageFacts, 1];
  const score = sum(values.map((value, index) => value * row[index]));
  return imageFacts[5] > rimLimit ? Math.max(score, rimScore) : score;
}

Object.assign(globalThis.mnist8k, {facts, noDigitScore});
})();
