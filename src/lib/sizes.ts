export const KIB = 1_024;
export const MIB = 1_024 * KIB;
export const GIB = 1_024 * MIB;

/** Writes a size for people, who read MB for the 1,048,576 bytes that limits are counted in. */
export const megabytes = (bytes: number): string => `${bytes / MIB} MB`;

/** Writes a large size for people. */
export const gibibytes = (bytes: number): string => `${bytes / GIB} GiB`;
