"use strict";
/* A canvas to draw on, and what network.js predicts for the drawing. The page draw.md shows all of
   it, the front page a part: where a page has no element for something, that is left out. */

(() => {
const find = (id) => document.getElementById(`draw-${id}`);
const append = (parent, name, properties = {}) =>
  parent.appendChild(Object.assign(document.createElement(name), properties));

const examplePaths = [                    // SVG paths in a square of 100 x 100, by digit
  "M50 20C25 20 25 80 50 80S75 20 50 20", "M54 20L47 80",
  "M32 36C34 14 68 14 66 38C64 54 40 66 32 80L70 78",
  "M34 26C48 12 70 22 62 38C58 46 50 48 46 48C70 46 74 74 56 80C46 84 36 80 32 74",
  "M36 20C34 34 32 44 32 52L68 50M62 22L58 82",
  "M66 20L40 22L36 46C50 38 68 46 66 62C64 82 40 84 32 74",
  "M60 18C44 28 32 50 36 66C40 84 66 82 64 64C62 50 42 50 36 64",
  "M32 24L68 22C60 42 52 58 46 82",
  "M64 28C56 14 34 20 38 34C42 48 66 54 64 68C60 86 34 82 36 66C38 52 62 44 64 28",
  "M64 32C58 16 36 20 36 36C36 52 60 52 64 34C66 50 62 66 56 82"];

const weights = mnist8k.readWeights(mnist8kPackage);
const canvas = find("canvas"), context = canvas.getContext("2d", {willReadFrequently: true});
let lastPoint = null;                     // where the pen is while it is down
let updateScheduled = false, announceUpdate = false;

// Paint values as the opacity of a square canvas, from transparent at low to opaque at high
function paintValues(canvas, size, values, low, high) {
  const image = new ImageData(size, size), scale = high > low ? 255 / (high - low) : 0;
  values.forEach((value, index) => { image.data[4 * index + 3] = (value - low) * scale; });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// The convolutions whose feature maps are shown, as their ReLU leaves them; the last convolution
// gives ten numbers and is left out
function createFeatureMaps() {
  const {activations} = mnist8k.forward(weights, Array(784).fill(0));
  const convolutions = weights.layers.flatMap(({kind}, layer) =>
    kind === "Conv2d" && activations[layer].size > 1 ? [layer] : []);
  return convolutions.map((layer, index) => {
    const {channels, size} = activations[layer];
    const kernel = weights.tensors[`layers.${layer}.weight`].shape[2];
    const figure = append(find("maps"), "figure"), caption = append(figure, "figcaption");
    append(caption, "b", {textContent: `Convolution ${index + 1}`});
    const shape = `${kernel} × ${kernel} · ${channels} maps of ${size} × ${size}`;
    append(caption, "span", {textContent: shape});
    const row = append(figure, "div");
    const canvases = Array.from({length: channels}, () =>
      append(row, "canvas", {width: size, height: size, className: "ink"}));
    return {canvases, layer: weights.layers[layer + 1].kind === "ReLU" ? layer + 1 : layer};
  });
}

const featureMaps = find("maps") ? createFeatureMaps() : [];
const bars = Array.from({length: 10}, (_, digit) => {
  const row = append(find("bars"), "li");
  append(row, "span", {textContent: digit});
  return {row, bar: append(append(row, "div"), "i"), percentage: append(row, "span")};
});

function showFeatureMaps(activations, empty) {
  for (const {canvases, layer} of featureMaps) {
    const {size, data} = activations[layer], area = size * size;
    canvases.forEach((canvas, channel) => {
      const map = empty ? new Float32Array(area)
        : data.subarray(channel * area, (channel + 1) * area);
      paintValues(canvas, size, map, Math.min(...map), Math.max(...map));
    });
  }
}

// Predict the drawing, and show the prediction, the probabilities, the input and the feature maps
function update() {
  const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
  const ink = Uint8Array.from({length: data.length / 4}, (_, pixel) => data[4 * pixel + 3]);
  const image = mnist8k.toMnist(ink, canvas.width, canvas.height), empty = !ink.some(Boolean);
  const {activations, logProbabilities} = mnist8k.forward(weights, image);
  const probabilities = logProbabilities.map((value) => empty ? 0 : Math.exp(value));
  const prediction = probabilities.indexOf(Math.max(...probabilities));
  const percent = (probability) => `${Math.round(100 * probability)} %`;
  bars.forEach(({row, bar, percentage}, digit) => {
    row.className = !empty && digit === prediction ? "best" : "";
    bar.style.width = `${100 * probabilities[digit]}%`;
    percentage.textContent = empty ? "" : percent(probabilities[digit]);
  });
  find("digit").textContent = empty ? "?" : prediction;
  if (announceUpdate)
    find("prediction").textContent = empty ? "The canvas is empty: draw a digit."
      : `The network predicts a ${prediction}, ${percent(probabilities[prediction])} sure.`;
  if (find("input")) paintValues(find("input"), 28, image, 0, 255);
  showFeatureMaps(activations, empty);
  updateScheduled = announceUpdate = false;
}

// Update once before the next frame, however often the pen has moved until then; with announce,
// the sentence that screen readers speak changes too
function scheduleUpdate(announce) {
  announceUpdate ||= announce;
  if (!updateScheduled) requestAnimationFrame(update);
  updateScheduled = true;
}

function clear() {
  context.clearRect(0, 0, canvas.width, canvas.height);
  scheduleUpdate(true);
}

function strokePath(path, scale = 1) {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.lineWidth = (find("width")?.value ?? 32) / scale;
  context.lineCap = context.lineJoin = "round";
  context.stroke(path);
  context.resetTransform();
  scheduleUpdate(false);
}

// A line from the pen's last point through others
function drawLine(points) {
  const path = new Path2D();
  path.moveTo(...lastPoint);
  for (const point of points) path.lineTo(...point);
  lastPoint = points.at(-1);
  strokePath(path);
}

// Where a pointer event happened, in pixels of the canvas
function canvasPoint(event) {
  const {left, top, width, height} = canvas.getBoundingClientRect();
  return [(event.clientX - left) * canvas.width / width,
          (event.clientY - top) * canvas.height / height];
}

canvas.addEventListener("pointerdown", (event) => {
  if (!event.isPrimary || event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  lastPoint = canvasPoint(event);
  drawLine([[lastPoint[0], lastPoint[1] + 0.01]]);  // a dot, should the pen not move
});
canvas.addEventListener("pointermove", (event) => {
  if (!lastPoint || !event.isPrimary) return;
  const events = event.getCoalescedEvents?.() ?? [];
  drawLine((events.length ? events : [event]).map(canvasPoint));
});
for (const name of ["pointerup", "pointercancel"])
  canvas.addEventListener(name, (event) => {
    if (!lastPoint || !event.isPrimary) return;
    lastPoint = null;
    scheduleUpdate(true);
  });

find("clear").addEventListener("click", clear);
if (find("examples")) examplePaths.forEach((path, digit) => {
  const button = append(find("examples"), "button", {type: "button", textContent: digit});
  button.setAttribute("aria-label", `Draw an example of a ${digit}`);
  button.addEventListener("click", () => {
    clear();
    strokePath(new Path2D(path), canvas.width / 100);
  });
});
scheduleUpdate(false);
})();
