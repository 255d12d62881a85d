"use strict";
/* The packaged network in plain JavaScript, and what brings a drawing to the form of MNIST.

   mnist8k.readWeights reads what weights.js holds: the layers in their order, and the safetensors
   file in base64. mnist8k.forward and mnist8k.toMnist do what Python does in the library; nothing
   here knows of a page. An activation is {channels, size, data}: square maps, one after another. */

(() => {
const mean = 0.1307, deviation = 0.3081;  // of a pixel of MNIST's training images, 0 to 1
const side = 28, box = 20;                // pixels: an image, and the digit inside it

// The layers and the tensors, by name, of what weights.js holds
function readWeights({layers, safetensors}) {
  const bytes = Uint8Array.from(atob(safetensors), (letter) => letter.charCodeAt(0));
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)), tensors = {};
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  for (const [name, {dtype, shape, data_offsets}] of Object.entries(header)) {
    if (dtype !== "F32") continue;        // the recipe, and how many batches were seen
    const [from, to] = data_offsets.map((offset) => start + offset);
    tensors[name] = {shape, data: new Float32Array(bytes.buffer.slice(from, to))};
  }
  return {layers, tensors};
}

// A new activation whose value at each place is value(channel, y, x)
function fill(channels, size, value) {
  const data = new Float32Array(channels * size * size);
  let at = 0;
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) data[at++] = value(c, y, x);
  return {channels, size, data};
}

// Zeros on all four sides
function pad(input, width) {
  if (width === 0) return input;
  const {channels, size, data} = input, inside = (at) => at >= width && at < width + size;
  return fill(channels, size + 2 * width, (c, y, x) =>
    inside(y) && inside(x) ? data[(c * size + y - width) * size + x - width] : 0);
}

// A convolution without bias: for each weight, one shifted map added to another
function convolve(input, {shape: [outputs, inputs, kernel], data: weights}) {
  const size = input.size - kernel + 1, data = new Float32Array(outputs * size * size);
  let at = 0;
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++)
      for (let ky = 0; ky < kernel; ky++)
        for (let kx = 0; kx < kernel; kx++) {
          const weight = weights[at++];
          for (let y = 0; y < size; y++) {
            const to = (o * size + y) * size, from = (i * input.size + y + ky) * input.size + kx;
            for (let x = 0; x < size; x++) data[to + x] += weight * input.data[from + x];
          }
        }
  return {channels: outputs, size, data};
}

// One number for each square of kernel x kernel places
function pool({channels, size, data}, kernel, combine, first) {
  return fill(channels, Math.floor(size / kernel), (c, y, x) => {
    let value = first;
    for (let row = y * kernel; row < (y + 1) * kernel; row++)
      for (let column = x * kernel; column < (x + 1) * kernel; column++)
        value = combine(value, data[(c * size + row) * size + column]);
    return value;
  });
}

// Batch normalisation as it is after training: each channel scaled and shifted
function normalise({channels, size, data}, epsilon, tensor) {
  const [mean, variance, weight, bias] = ["running_mean", "running_var", "weight", "bias"].map(
    (name) => tensor(name).data);
  const scale = variance.map((value, c) => weight[c] / Math.sqrt(value + epsilon));
  return fill(channels, size, (c, y, x) =>
    (data[(c * size + y) * size + x] - mean[c]) * scale[c] + bias[c]);
}

// What each kind of layer does with an activation; the names are PyTorch's
const operations = {
  Conv2d: (input, layer, tensor) => convolve(pad(input, layer.padding[0]), tensor("weight")),
  ReLU: (input) => ({...input, data: input.data.map((value) => Math.max(value, 0))}),
  BatchNorm2d: (input, layer, tensor) => normalise(input, layer.eps, tensor),
  Dropout: (input) => input,              // it acts in training only
  MaxPool2d: (input, {kernel_size: size}) => pool(input, size, Math.max, -Infinity),
  AvgPool2d: (input, {kernel_size: size}) => pool(input, size, (a, b) => a + b / size ** 2, 0),
};

// From 784 pixels, 0 to 255: the activation after every layer, and ten log-probabilities
function forward({layers, tensors}, pixels) {
  let activation = fill(1, side, (c, y, x) => (pixels[y * side + x] / 255 - mean) / deviation);
  const activations = layers.map((layer, at) => {
    const tensor = (name) => tensors[`layers.${at}.${name}`];
    return activation = operations[layer.kind](activation, layer, tensor);
  });
  const scores = Array.from(activation.data), top = Math.max(...scores);
  const total = Math.log(scores.reduce((sum, score) => sum + Math.exp(score - top), 0)) + top;
  return {activations, logProbabilities: scores.map((score) => score - total)};
}

const round = (value) => Math.floor(value + 0.5);
const clip = (value, low, high) => Math.min(Math.max(value, low), high);

// For each of `to` new places, the first of the `from` old ones that count, and their weights:
// a triangle as wide as Pillow's BILINEAR, which takes the mean of an area when it shrinks
function triangles(from, to) {
  const scale = from / to, support = Math.max(scale, 1);
  return Array.from({length: to}, (_, at) => {
    const centre = (at + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const last = Math.min(Math.trunc(centre + support + 0.5), from);
    const weights = Array.from({length: last - first}, (_, i) =>
      Math.max(1 - Math.abs((i + first - centre + 0.5) / support), 0));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return {first, weights: weights.map((weight) => weight / total)};
  });
}

// An image of {width, height, data} brought to another width, and turned over its diagonal:
// twice this is a change of both sides
function resizeTurned({width, height, data}, size) {
  const result = new Float32Array(size * height);
  triangles(width, size).forEach(({first, weights}, x) => {
    for (let y = 0; y < height; y++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * data[y * width + first + i];
      result[x * height + y] = sum;
    }
  });
  return {width: height, height: size, data: result};
}

// The part of a drawing that holds its ink: what is above a limit
function crop(ink, width, height, limit) {
  let left = width, top = height, right = -1, bottom = -1;
  ink.forEach((value, at) => {
    if (value <= limit) return;
    const x = at % width, y = (at - x) / width;
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), y];
  });
  const across = right - left + 1, down = bottom - top + 1;
  const data = new Float32Array(across * down);
  for (let y = 0; y < down; y++)
    for (let x = 0; x < across; x++) data[y * across + x] = ink[(top + y) * width + left + x];
  return {width: across, height: down, data};
}

const largest = (values) => values.reduce((a, b) => Math.max(a, b), 0);

// The longer side brought to 20 pixels and the strongest ink to 1; where the drawing had to grow,
// its edges are soft, and its contrast is raised
function fit(cut) {
  const longer = Math.max(cut.width, cut.height), growth = Math.max(box / longer, 1);
  const [across, down] = [cut.width, cut.height].map(
    (size) => Math.max(round(size * box / longer), 1));
  const {data} = resizeTurned(resizeTurned(cut, across), down), top = largest(data);
  const sharp = data.map((value) =>
    growth === 1 ? value : clip((value / top - 0.65) * Math.sqrt(growth) + 0.65, 0, 1));
  const most = largest(sharp);
  return {across, down, data: sharp.map((value) => value / most)};
}

// A drawing, one number of ink a pixel, 0 to 255, as MNIST has its digits: 28 x 28 pixels, 0 to
// 255, the longer side of the digit 20 pixels, its centre of mass at pixel 14
function toMnist(ink, width, height) {
  const strongest = largest(ink), image = new Float32Array(side * side);
  if (strongest < 8) return image;
  const {across, down, data} = fit(crop(ink, width, height, 0.1 * strongest));
  let mass = 0, right = 0, below = 0;
  data.forEach((value, at) => {
    mass += value;
    right += value * (at % across);
    below += value * Math.floor(at / across);
  });
  const hair = 1e-6;  // so that a tie is not left to rounding errors
  const x = clip(round(side / 2 - right / mass + hair), 0, side - across);
  const y = clip(round(side / 2 - below / mass + hair), 0, side - down);
  data.forEach((value, at) => {
    image[(y + Math.floor(at / across)) * side + x + at % across] = round(255 * value);
  });
  return image;
}

globalThis.mnist8k = {readWeights, forward, toMnist};
})();
