import { expect, it } from "vitest";
import { imagesIn } from "../../../src/core/providers/adapters/image-answers.ts";
import { makePng } from "../../support/pictures.ts";

const png = makePng(8, 8, [1, 2, 3]);
const base64 = Buffer.from(png).toString("base64");
const dataUrl = `data:image/png;base64,${base64}`;
const url = "https://cdn.example.com/a.png";

it.each([
  ["b64_json", { data: [{ b64_json: base64 }] }, { bytes: png }],
  ["a null beside it", { data: [{ b64_json: null, url }] }, { url }],
  ["a data: URL as base64", { data: [{ b64_json: dataUrl }] }, { bytes: png }],
  ["a data: URL as address", { data: [{ url: dataUrl }] }, { bytes: png }],
  ["an address without a host", { data: [{ url: "/files/a.png" }] }, { url: "/files/a.png" }],
  ["SiliconFlow's list", { images: [{ url }], seed: 1, timings: { inference: 1 } }, { url }],
  ["a list of base64", { images: [base64], parameters: {}, info: "" }, { bytes: png }],
  ["a list of addresses", { output: [url] }, { url }],
  ["one address", { output: url }, { url }],
  ["artifacts", { artifacts: [{ base64, finishReason: "SUCCESS" }] }, { bytes: png }],
  ["a wrapped address", { images: [{ type: "image_url", image_url: { url: dataUrl } }] }, { bytes: png }],
  ["one image", { image: base64 }, { bytes: png }],
  ["a bare list", [{ url }], { url }],
])("an image answer may contain %s", (_, body, expected) => {
  expect(imagesIn(body)).toEqual([expected]);
});

it.each([
  [undefined],
  [{}],
  [{ data: [] }],
  [{ data: [{}] }],
  [{ data: [{ b64_json: "" }] }],
  [{ data: "" }],
])("no image is found in %j", (body) => {
  expect(imagesIn(body)).toEqual([]);
});
