/** A square WebP cut from the middle of a picture; undefined where the bytes are none. */
export const squareWebp = async (
  images: ImagesBinding,
  bytes: Uint8Array,
  sidePixels: number,
): Promise<Uint8Array | undefined> => {
  try {
    const output = await images
      .input(new Blob([bytes]).stream())
      .transform({ width: sidePixels, height: sidePixels, fit: "cover" })
      .output({ format: "image/webp" });
    return new Uint8Array(await output.response().arrayBuffer());
  } catch {
    // The binding throws for junk and for broken files alike.
    return undefined;
  }
};
