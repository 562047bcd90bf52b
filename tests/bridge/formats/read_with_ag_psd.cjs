// Prints what ag-psd finds in a PSD, as JSON: layers bottom to top, pixels as base64 of RGBA.
// Usage: node read_with_ag_psd.cjs FOLDER_OF_NODE_MODULES FILE
const { readFileSync } = require("fs");
const [modules, file] = process.argv.slice(2);
const { initializeCanvas, readPsd } = require(`${modules}/ag-psd`);

const noCanvas = () => {
  throw new Error("pixels only, nothing is drawn here");
};
initializeCanvas(noCanvas, (width, height) => ({ width, height, data: new Uint8ClampedArray(width * height * 4) }));

const pixels = (data) =>
  data && {
    width: data.width,
    height: data.height,
    bytes: data.data.BYTES_PER_ELEMENT,
    base64: Buffer.from(data.data.buffer, data.data.byteOffset, data.data.byteLength).toString("base64"),
  };
const node = (layer) => ({
  name: layer.name,
  blend: layer.blendMode,
  opacity: layer.opacity,
  visible: !layer.hidden,
  offset: [layer.left, layer.top],
  pixels: pixels(layer.imageData),
  children: layer.children && layer.children.map(node),
});
const psd = readPsd(readFileSync(file), { useImageData: true, skipThumbnail: true });
console.log(JSON.stringify({ merged: pixels(psd.imageData), children: psd.children.map(node) }));
