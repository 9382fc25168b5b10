/**
 * Transforms a picture with the Images binding. Returns undefined where it cannot be decoded; the binding throws both
 * for other files and for broken pictures.
 */
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

/** Crops a square WebP from the middle of a picture. */
export const squareWebp = (images: ImagesBinding, bytes: Uint8Array, sidePixels: number) =>
  transformed(images, bytes, { width: sidePixels, height: sidePixels, fit: "cover" }, "image/webp");

/** Scales a picture down to a WebP with sides of at most `sidePixels`. */
export const smallWebp = (images: ImagesBinding, bytes: Uint8Array, sidePixels: number) =>
  transformed(images, bytes, { width: sidePixels, height: sidePixels, fit: "scale-down" }, "image/webp");

/** Scales a picture down to an upright JPEG with sides of at most `sidePixels`, without the camera's metadata. */
export const plainJpeg = (images: ImagesBinding, bytes: Uint8Array, sidePixels: number) =>
  transformed(images, bytes, { width: sidePixels, height: sidePixels, fit: "scale-down" }, "image/jpeg");

/** Crops a PNG of exactly this size from the middle of a picture. */
export const cropPng = async (
  images: ImagesBinding,
  bytes: Uint8Array,
  width: number,
  height: number,
): Promise<Uint8Array> => {
  const cut = await transformed(images, bytes, { width, height, fit: "cover" }, "image/png");
  if (!cut) throw new Error("the picture cannot be decoded");
  return cut;
};
