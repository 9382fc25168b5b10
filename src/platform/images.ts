/** Runs a picture through the image service. Undefined where it cannot be decoded: it throws for junk and broken files alike. */
const transformed = async (
  images: ImagesBinding,
  bytes: Uint8Array,
  transform: ImageTransform,
  format: "image/webp" | "image/png" | "image/jpeg",
): Promise<Uint8Array | undefined> => {
  try {
    const output = await images
      .input(new Blob([bytes]).stream())
      .transform(transform)
      .output({ format });
    return new Uint8Array(await output.response().arrayBuffer());
  } catch {
    return undefined;
  }
};

/** A square WebP cut from the middle of a picture. */
export const squareWebp = (images: ImagesBinding, bytes: Uint8Array, sidePixels: number) =>
  transformed(images, bytes, { width: sidePixels, height: sidePixels, fit: "cover" }, "image/webp");

/** A WebP no side of which is longer than `sidePixels`. */
export const smallWebp = (images: ImagesBinding, bytes: Uint8Array, sidePixels: number) =>
  transformed(images, bytes, { width: sidePixels, height: sidePixels, fit: "scale-down" }, "image/webp");

/** A JPEG no side of which is longer than `sidePixels`: upright, without what the camera wrote into it. */
export const plainJpeg = (images: ImagesBinding, bytes: Uint8Array, sidePixels: number) =>
  transformed(images, bytes, { width: sidePixels, height: sidePixels, fit: "scale-down" }, "image/jpeg");

/** A PNG of exactly this size cut from the middle of a picture. */
export const cutPng = async (
  images: ImagesBinding,
  bytes: Uint8Array,
  width: number,
  height: number,
): Promise<Uint8Array> => {
  const cut = await transformed(images, bytes, { width, height, fit: "cover" }, "image/png");
  if (!cut) throw new Error("the picture cannot be decoded any more");
  return cut;
};
