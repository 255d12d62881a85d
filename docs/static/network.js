"use strict";
/* The packaged network in plain JavaScript, and the preprocessing of a drawing.

   mnist8k.readWeights reads what weights.js holds: the layers in their order, and the safetensors
   file in base64. mnist8k.forward and mnist8k.toMnist compute what the library computes in Python;
   nothing here depends on a page. segmentation.js and numbers.js read several digits. An activation
   is {channels, size, data}: square feature maps, one after another. */

(() => {
const mean = 0.1307, std = 0.3081;        // of the pixels of MNIST's training images, 0 to 1
const imageSize = 28, digitSize = 20;     // pixels: an image, and the longer side of its digit

// The layers and the tensors, by name, of what weights.js holds
function readWeights({layers, safetensors}) {
  const bytes = Uint8Array.from(atob(safetensors), (character) => character.charCodeAt(0));
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)), tensors = {};
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  for (const [name, {dtype, shape, data_offsets}] of Object.entries(header)) {
    if (dtype !== "F32") continue;        // such as the number of batches seen in training
    const [from, to] = data_offsets.map((offset) => start + offset);
    tensors[name] = {shape, data: new Float32Array(bytes.buffer.slice(from, to))};
  }
  return {layers, tensors};
}

// A new activation with the values value(channel, y, x)
function fill(channels, size, value) {
  const data = new Float32Array(channels * size * size);
  let index = 0;
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) data[index++] = value(c, y, x);
  return {channels, size, data};
}

// Zero padding on all four sides
function pad(input, width) {
  if (width === 0) return input;
  const {channels, size, data} = input;
  const inside = (position) => position >= width && position < width + size;
  return fill(channels, size + 2 * width, (c, y, x) =>
    inside(y) && inside(x) ? data[(c * size + y - width) * size + x - width] : 0);
}

// A convolution without bias: each weight adds a scaled and shifted input map to an output map.
// In one with groups, an output map sees only the input maps of its group
function convolve(input, {shape: [outputs, inputs, kernel], data: weights}, groups) {
  const size = input.size - kernel + 1, data = new Float32Array(outputs * size * size);
  let index = 0;
  for (let o = 0; o < outputs; o++) {
    const first = Math.floor(o * groups / outputs) * inputs;
    for (let i = first; i < first + inputs; i++)
      for (let ky = 0; ky < kernel; ky++)
        for (let kx = 0; kx < kernel; kx++) {
          const weight = weights[index++];
          for (let y = 0; y < size; y++) {
            const target = (o * size + y) * size;
            const source = (i * input.size + y + ky) * input.size + kx;
            for (let x = 0; x < size; x++) data[target + x] += weight * input.data[source + x];
          }
        }
  }
  return {channels: outputs, size, data};
}

// One number for each square of kernel x kernel values, combined one after another
function pool({channels, size, data}, kernel, combine, start) {
  return fill(channels, Math.floor(size / kernel), (c, y, x) => {
    let value = start;
    for (let row = y * kernel; row < (y + 1) * kernel; row++)
      for (let column = x * kernel; column < (x + 1) * kernel; column++)
        value = combine(value, data[(c * size + row) * size + column]);
    return value;
  });
}

// Batch normalisation in evaluation mode: each channel scaled and shifted
function normalise({channels, size, data}, epsilon, tensor) {
  const [mean, variance, weight, bias] = ["running_mean", "running_var", "weight", "bias"].map(
    (name) => tensor(name).data);
  const scale = variance.map((value, c) => weight[c] / Math.sqrt(value + epsilon));
  return fill(channels, size, (c, y, x) =>
    (data[(c * size + y) * size + x] - mean[c]) * scale[c] + bias[c]);
}

// Instance normalisation: each channel with mean 0 and variance 1
function standardise({channels, size, data}, epsilon) {
  const count = size * size, result = new Float32Array(data.length);
  for (let c = 0; c < channels; c++) {
    const map = data.subarray(c * count, (c + 1) * count);
    const mean = map.reduce((sum, value) => sum + value, 0) / count;
    const variance = map.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    const scale = 1 / Math.sqrt(variance + epsilon);
    map.forEach((value, index) => { result[c * count + index] = (value - mean) * scale; });
  }
  return {channels, size, data: result};
}

// The forward pass of each kind of layer; the names are PyTorch's
const operations = {
  Conv2d: (input, layer, tensor) => convolve(
    pad(input, layer.padding[0]), tensor("weight"), layer.groups),
  ReLU: (input) => ({...input, data: input.data.map((value) => Math.max(value, 0))}),
  InstanceNorm2d: (input, layer) => standardise(input, layer.eps),
  BatchNorm2d: (input, layer, tensor) => normalise(input, layer.eps, tensor),
  Dropout: (input) => input,              // only active in training
  MaxPool2d: (input, {kernel_size: size}) => pool(input, size, Math.max, -Infinity),
  AvgPool2d: (input, {kernel_size: size}) => pool(input, size, (a, b) => a + b / size ** 2, 0),
};

// From 784 pixels, 0 to 255: the activation after every layer, the logarithm of the sum of the
// exponentials of the ten outputs, and ten log-probabilities
function forward({layers, tensors}, pixels) {
  let activation = fill(1, imageSize, (c, y, x) => (pixels[y * imageSize + x] / 255 - mean) / std);
  const activations = layers.map((layer, index) => {
    const tensor = (name) => tensors[`layers.${index}.${name}`];
    return activation = operations[layer.kind](activation, layer, tensor);
  });
  const logits = Array.from(activation.data), highest = Math.max(...logits);
  const exponentials = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
  const logSumExp = Math.log(exponentials) + highest;
  return {activations, energy: logSumExp,
          logProbabilities: logits.map((logit) => logit - logSumExp)};
}

const round = (value) => Math.floor(value + 0.5);
const clip = (value, low, high) => Math.min(Math.max(value, low), high);

// Bilinear resizing along one side as Pillow does it, which averages areas when it shrinks: for
// each of the new pixels, the first old pixel that counts, and the weights from there on
function resizeWeights(oldSize, newSize) {
  const scale = oldSize / newSize, support = Math.max(scale, 1);
  return Array.from({length: newSize}, (_, pixel) => {
    const centre = (pixel + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support + 0.5), oldSize);
    const weights = Array.from({length: end - first}, (_, i) =>
      Math.max(1 - Math.abs((i + first - centre + 0.5) / support), 0));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return {first, weights: weights.map((weight) => weight / total)};
  });
}

// An image {width, height, data} resized to another width and transposed: called twice, it
// resizes both sides
function resizeAndTranspose({width, height, data}, newWidth) {
  const result = new Float32Array(newWidth * height);
  resizeWeights(width, newWidth).forEach(({first, weights}, x) => {
    for (let y = 0; y < height; y++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * data[y * width + first + i];
      result[x * height + y] = sum;
    }
  });
  return {width: height, height: newWidth, data: result};
}

// The bounding box of the pixels above a threshold
function crop(ink, width, height, threshold) {
  let left = width, top = height, right = -1, bottom = -1;
  ink.forEach((value, pixel) => {
    if (value <= threshold) return;
    const x = pixel % width, y = (pixel - x) / width;
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), y];
  });
  const newWidth = right - left + 1, newHeight = bottom - top + 1;
  const data = new Float32Array(newWidth * newHeight);
  for (let y = 0; y < newHeight; y++)
    for (let x = 0; x < newWidth; x++)
      data[y * newWidth + x] = ink[(top + y) * width + left + x];
  return {width: newWidth, height: newHeight, data};
}

const maximum = (values) => values.reduce((a, b) => Math.max(a, b), 0);

// Resize the longer side to 20 pixels and scale the values to a maximum of 1; a drawing that was
// enlarged has soft edges, so its contrast is raised
function resizeToDigit(image) {
  const longer = Math.max(image.width, image.height), growth = Math.max(digitSize / longer, 1);
  const [width, height] = [image.width, image.height].map(
    (size) => Math.max(round(size * digitSize / longer), 1));
  const {data} = resizeAndTranspose(resizeAndTranspose(image, width), height);
  const strongest = maximum(data);
  const sharpened = data.map((value) =>
    growth === 1 ? value : clip((value / strongest - 0.65) * Math.sqrt(growth) + 0.65, 0, 1));
  const scale = maximum(sharpened);
  return {width, height, data: sharpened.map((value) => value / scale)};
}

// A drawing, its amount of ink at each pixel from 0 to 255, in the form of MNIST's images: 28 x 28
// pixels from 0 to 255, the digit's longer side 20 pixels, its centre of mass at pixel (14, 14)
function toMnist(ink, inkWidth, inkHeight) {
  const strongest = maximum(ink), image = new Float32Array(imageSize * imageSize);
  if (strongest < 8) return image;
  const {width, height, data} = resizeToDigit(crop(ink, inkWidth, inkHeight, 0.1 * strongest));
  let mass = 0, momentX = 0, momentY = 0;
  data.forEach((value, pixel) => {
    mass += value;
    momentX += value * (pixel % width);
    momentY += value * Math.floor(pixel / width);
  });
  const epsilon = 1e-6;                   // decides ties, which rounding errors would decide else
  const left = clip(round(imageSize / 2 - momentX / mass + epsilon), 0, imageSize - width);
  const top = clip(round(imageSize / 2 - momentY / mass + epsilon), 0, imageSize - height);
  data.forEach((value, pixel) => {
    const x = left + pixel % width, y = top + Math.floor(pixel / width);
    image[y * imageSize + x] = round(255 * value);
  });
  return image;
}

globalThis.mnist8k = {readWeights, forward, toMnist};
})();
